import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {recordedArtefacts} from '../../fixtures/kit/recorded-artefacts.ts';
import {altered} from '../../fixtures/kit/stored-run.ts';
import {loadsTried, shares, sweep} from './sweep.ts';

const raw = recordedArtefacts('capacity-sweep');
const planned = plannedTrial({
  scenario: sweep.name,
  parameters: {...sweep.parameters.quick, sizeMiB: 32, loads: ['closed:2']},
});

test('a recorded sweep gives throughput, latency and use of every load', t => {
  const {samples, problems} = sweep.measure(raw, planned);
  t.deepEqual(problems, []);
  for (const metric of sweep.provides)
    t.true(
      samples.some(sample => sample.metric === metric),
      metric,
    );
  const p99 = samples.find(sample => sample.labels.percentile === 'p99');
  t.true(p99 !== undefined && p99.value > 0 && (p99.halfWidth ?? 0) > 0);
  // Two accesses in flight fell on the first two of four guests.
  t.true(samples.some(({labels}) => labels.resource === 'vcpu' && labels.host === 'all'));
});

test('a load whose file is missing or cut off is a problem, and gives no number', t => {
  for (const change of [() => undefined, (text: string) => text.slice(0, text.length / 2)]) {
    const {samples, problems} = sweep.measure(altered(raw, 'fio-1.json', change), planned);
    t.deepEqual(samples, []);
    t.true(problems.length > 0);
  }
});

test('a load that fell on fewer guests than meant is a problem', t => {
  const more = {...planned, parameters: {...planned.parameters, loads: ['closed:3']}};
  const {samples, problems} = sweep.measure(raw, more);
  t.deepEqual(samples, []);
  t.true(problems.some(({path}) => path === '/client_stats'));
});

test('a load is shared out evenly, and none of it gets lost', t => {
  t.deepEqual(shares(2, 4), [1, 1]);
  t.deepEqual(shares(10, 4), [3, 3, 2, 2]);
  for (let load = 1; load < 50; load++)
    t.is(
      shares(load, 7).reduce((sum, share) => sum + share, 0),
      load,
    );
});

test('an open loop asks for arrivals, a closed one for depth; a lost node is told in the preview', t => {
  const {cluster} = fakeCluster(() => undefined);
  const words = (parameters: object) =>
    sweep.preview(cluster, {...planned.parameters, ...parameters}).map(({argv}) => argv.join(' '));
  t.true(words({loads: ['open:100']}).some(text => /rate_iops=\d+/.test(text) && /poisson/.test(text)));
  t.true(words({loads: ['closed:100']}).every(text => !text.includes('rate_iops')));
  t.true(words({condition: 'node-lost'})[0]?.includes('stonith_admin --fence'));
});

test('a trial that ended tried all its loads; one that failed those up to the first without output', t => {
  const parameters = {...planned.parameters, loads: ['closed:2', 'open:300', 'closed:8']};
  const amounts = (failedWith?: Parameters<typeof loadsTried>[1]) =>
    loadsTried(parameters, failedWith).map(({loop, amount}) => `${loop}:${amount}`);
  t.deepEqual(amounts(), parameters.loads);
  t.deepEqual(amounts(raw), ['closed:2', 'open:300'], 'fio-1.json is there, fio-2.json is not');
  t.deepEqual(loadsTried({loads: []}), [], 'no sweep');
});
