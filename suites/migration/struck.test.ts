import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {recordedFiles} from '../../fixtures/kit/recorded-artefacts.ts';
import {artefactsOf} from '../../fixtures/kit/replay-transport.ts';
import {altered} from '../../fixtures/kit/stored-run.ts';
import {struckArtefact} from './measure-struck.ts';
import {struckMigrations} from './struck.ts';

/** As it was recorded, the guest was asked as soon as libvirt had it running, and had not booted yet. */
const files = recordedFiles('migration-struck');
const recorded = artefactsOf(files);
const named = (name: string) => {
  const found = struckMigrations.find(each => each.name === `migration/${name}`);
  if (found === undefined) throw new Error(`no ${name}`);
  return found;
};
const killed = named('killed-in-perform');
const planned = plannedTrial({scenario: killed.name});
const record = JSON.parse(files.get(struckArtefact) ?? '');
const measured = (change: object) =>
  killed.measure(
    altered(recorded, struckArtefact, () => JSON.stringify({...record, ...change})),
    planned,
  );
const detailsOf = (change: object) => measured(change).findings.map(({detail}) => detail);

test('a guest that cannot be asked after the blow is a critical finding', t => {
  const {samples, findings} = killed.measure(recorded, planned);
  t.deepEqual(
    findings.map(({severity}) => severity),
    ['critical'],
  );
  t.regex(findings[0]?.detail ?? '', /vm1 cannot be asked from inside any more: .*agent is not connected/);
  // It was silent until the watch ended: that long at least.
  const blackout = samples.find(({metric}) => metric === 'migration.blackout');
  t.true(blackout?.censored === true && blackout.value > 8);
  t.deepEqual(
    samples.filter(({metric}) => metric === 'migration.lost-writes').map(({value}) => value),
    [0],
  );
});

const bootId = 'f5e33076-99ed-4462-8097-a4301a17faee';
const goneOn = {...record.before};

test('one that was started anew, or goes on whole, is none; what is not as it was is', t => {
  t.deepEqual(detailsOf({after: {bootId, checksum: '', outward: 5, inward: 5, kernel: []}}), []);
  t.deepEqual(detailsOf({after: goneOn}), []);
  t.regex(detailsOf({after: {...goneOn, checksum: 'a'.repeat(64)}}).join(), /memory of vm1/);
  t.regex(detailsOf({after: goneOn, places: [...record.places, {node: 'n1', state: 'paused'}]}).join(), /run once/);
  t.regex(detailsOf({after: goneOn, places: []}).join(), /nowhere/);
  t.regex(detailsOf({after: goneOn, recovered: {why: 'waited 9 s'}}).join(), /did not come back in time: waited 9 s/);
});

test('planted: a node that did not say may have the guest too', t => {
  const unasked = ['n3: no answer'];
  for (const places of [record.places, []]) {
    const {findings} = measured({after: goneOn, places, unasked});
    t.deepEqual(
      findings.map(({detail, unknown}) => [detail, unknown]),
      [['it is not known whether vm1 runs elsewhere too: n3: no answer', true]],
    );
  }
});

test('planted: a guest that could not be asked before the blow is not called whole', t => {
  const {problems, findings} = measured({before: {inward: 5, kernel: [], silent: 'no agent'}, after: goneOn});
  t.deepEqual(findings, []);
  const expected = 'vm1 asked from inside before the blow';
  t.deepEqual(
    problems.filter(({path}) => path === '/before'),
    [{artefact: struckArtefact, path: '/before', expected, found: 'no agent'}],
  );
});

test('a blow that did not bite proves nothing', t => {
  const {samples, problems} = measured({bit: {yes: false, evidence: 'no packet was dropped'}});
  t.deepEqual(samples, []);
  t.is(problems[0]?.found, 'no packet was dropped');
});

test('what each blow makes lawful, and nothing else', t => {
  const guests = [
    {guest: 'vm1', node: 'n1'},
    {guest: 'vm2', node: 'n2'},
  ];
  const crash = (node: string) => ({injections: [{fault: 'host-crash', nodes: [node], parameters: {}}], guests});
  t.deepEqual(named('source-dies').expects(crash('n1')), {fences: {n1: [1]}, guests: {vm1: ['restarted']}});
  t.deepEqual(named('target-dies').expects(crash('n2')), {
    fences: {n2: [1]},
    guests: {vm1: ['unharmed', 'migrated', 'restarted'], vm2: ['restarted']},
  });
  const cut = {injections: [{fault: 'migration-path-cut', nodes: ['n1', 'n3'], parameters: {}}], guests};
  t.deepEqual(named('path-cut').expects(cut), {
    fences: {n1: [0], n3: [0]},
    guests: {vm1: ['unharmed', 'migrated']},
  });
});
