/**
 * An OSD killed on a real Ceph: it bites, and its times come out; an OSD that is left alone yields no number,
 * whatever the guests did meanwhile. Needs root.
 */
import test from 'ava';
import {only} from '../../harness/faults/fault.ts';
import {osdKilled} from '../../harness/faults/index.ts';
import type {Claim, Fault, Host, Scenario} from '../../harness/types.ts';
import {judgeRun} from '../../scripts/cli/kit/judge-run.ts';
import {osdKilledScenario} from '../resilience/index.ts';
import {driveResilience, resilienceOptions} from '../resilience/scenario.ts';
import type {Drill} from '../resilience/timeline.ts';
import {type Ground, groundFor, tryOnce} from './environment.ts';

let ground: Ground;

test.before('a lab with two guests on Ceph', async t => {
  ground = await groundFor('osd-killed', 2, text => t.log(text), 'ceph');
});

test.after.always('nothing of the lab is left', async t => {
  if (ground !== undefined) t.deepEqual(await ground.leave(), []);
});

/** Generous, and of a single trial. */
const servesOn: Claim = {
  id: 'serves.on',
  title: 'writes go on',
  figure: '',
  source: 'this test',
  targets: [
    {
      id: 'serves.on.stall',
      claim: 'serves.on',
      metric: 'failover.write-stall',
      unit: 's',
      where: {scenario: 'failover/osd-killed'},
      statistic: 'worst',
      relation: 'at-most',
      bound: 60,
      confidence: 0.95,
      reliability: 0.05,
      source: 'this test',
    },
  ],
};

async function tried(t: {log(text: string): void}, scenario: Scenario) {
  const {run, end} = await tryOnce(ground, scenario, scenario.parameters.quick, 280_000, text => t.log(text));
  const trial = run.trials[0];
  if (end.status !== 'complete' || trial?.record.status !== 'done')
    throw new Error(`${end.reason} ${trial?.record.reason}`);
  const measured = scenario.measure(trial.artefacts, trial.record.planned);
  for (const {metric, value, halfWidth, labels} of measured.samples)
    t.log(`${metric} ${labels.guest ?? ''} ${value.toFixed(3)} ± ${halfWidth?.toFixed(3) ?? 0}`);
  return {measured, report: judgeRun(run, [servesOn], [scenario])};
}

test.serial('a killed OSD is down, comes back, and the guests wait and stay', async t => {
  t.timeout(300_000);
  const {measured, report} = await tried(t, osdKilledScenario);
  t.deepEqual(measured.problems, []);
  t.deepEqual(report.findings, []);
  for (const metric of osdKilledScenario.provides)
    t.true(
      measured.samples.some(sample => sample.metric === metric),
      metric,
    );
  t.is(measured.samples.filter(({metric}) => metric === 'failover.write-stall').length, 2);
  t.true(measured.samples.every(({value, metric}) => (metric === 'failover.lost-writes' ? value === 0 : value > 0)));
  t.is(report.verdicts[0]?.kind, 'met', report.verdicts[0]?.reason);
});

test.serial('a fault that does not bite leaves the promise undecided', async t => {
  t.timeout(300_000);
  const blunt = (node: Host): Fault => ({
    ...osdKilled.at([node], {nth: 0}),
    inject: async () => ({stdout: '', stderr: '', durationMs: 0, exit: {kind: 'exited', code: 0}}),
  });
  const timeline = ([0, 3] as const).map((at, index) => ({
    at,
    action: index === 0 ? ('inject' as const) : ('heal' as const),
    fault: 'osd-killed',
    target: 'node-of-first-guest' as const,
    parameters: {nth: 0},
  }));
  const drill: Drill = {
    timeline,
    main: 0,
    first: {strikes: 'osd', guests: 'stalled', everywhere: true},
    bind: (_cluster, _step, nodes) => blunt(only(nodes)),
  };
  const scenario: Scenario = {
    ...osdKilledScenario,
    run: trial => driveResilience(trial, drill, resilienceOptions(trial.planned.parameters)),
  };
  const {measured, report} = await tried(t, scenario);
  t.deepEqual(measured.samples, []);
  t.true(measured.problems.some(({expected}) => expected.endsWith('the fault did not bite')));
  t.is(report.verdicts[0]?.kind, 'undecided');
});
