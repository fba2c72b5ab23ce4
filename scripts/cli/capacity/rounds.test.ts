import {cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {plannedTrial} from '../../../fixtures/kit/planned-trial.ts';
import {runHeader} from '../../../fixtures/kit/run-header.ts';
import {trialRecord} from '../../../fixtures/kit/trial-record.ts';
import {createRun} from '../../../harness/run/store.ts';
import type {RunHeader} from '../../../harness/types.ts';
import {asFound} from '../../../reports/judge/as-found.ts';
import {sweep} from '../../../suites/capacity/sweep.ts';
import {capacityOf} from './report.ts';
import {planRound, readRounds} from './rounds.ts';

const aim = {p99Seconds: 0.05, confidence: 0.95};
const asked = {
  target: aim,
  search: {closed: [1, 2], trials: 2, within: 1.15},
  conditions: ['whole', 'node-lost'] as const,
  parameters: {...sweep.parameters.quick, sizeMiB: 32},
  profile: asFound,
  rounds: 4,
  quick: true,
  seed: 5,
  folder: '',
  id: 'x',
};

test('the first round tries the closed loop in both conditions; the order turns round with every round', t => {
  const [first, second] = [planRound(asked, [], 1), planRound(asked, [], 2)];
  const conditions = (plan: typeof first.plan) => plan.trials.map(({parameters}) => parameters.condition);
  t.deepEqual(conditions(first.plan), ['whole', 'node-lost']);
  t.deepEqual(conditions(second.plan), ['node-lost', 'whole']);
  const loads = first.plan.trials[0]?.parameters.loads;
  t.deepEqual(Array.isArray(loads) && loads.toSorted(), ['closed:1', 'closed:2']);
  t.deepEqual(planRound(asked, [], 1), first, 'the same seed plans the same');
});

/** A round as the measuring part leaves it: recorded artefacts under the plan's trial. */
async function round(folder: string, number: number, whole: boolean, loads = ['closed:2']): Promise<void> {
  const source = join(import.meta.dirname, '../../../fixtures/capacity-sweep');
  const planned = plannedTrial({
    scenario: sweep.name,
    profile: asFound.name,
    repetition: number,
    parameters: {...asked.parameters, condition: 'whole', loads},
  });
  const header: RunHeader = {
    ...runHeader,
    id: `x-round-0${number}`,
    startedAt: new Date().toISOString(),
    cluster: 'lab',
    suite: 'capacity',
    seed: 5,
    storage: 'ceph',
    nodes: ['n1', 'n2', 'n3', 'n4'],
    guests: ['vm1', 'vm2', 'vm3', 'vm4'],
    profiles: [asFound],
  };
  const plan = {seed: 5, profiles: [asFound.name], trials: [planned], notApplicable: []};
  const store = await createRun(join(folder, `round-0${number}`), header, plan, 'claims: []\n');
  const trial = await store.openTrial(planned);
  for (const name of readdirSync(source)) await trial.keep(name, readFileSync(join(source, name), 'utf8'));
  if (!whole) return;
  const {startedAt} = header;
  await trial.end(trialRecord(planned, {startedAt, durationSeconds: 0.001, artefacts: trial.artefacts()}));
  await store.end('complete', '');
}

test('rounds are read back with every number led to its round; one that was cut off gives none', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-capacity-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  await round(folder, 1, true);
  await round(folder, 2, false);
  const measured = await readRounds(folder);
  t.deepEqual(
    measured.rounds.map(({folder: name, status}) => [name, status]),
    [
      ['round-01', 'complete'],
      ['round-02', 'aborted'],
    ],
  );
  t.is(measured.loads.length, 1);
  t.deepEqual(
    measured.loads[0]?.trials.map(({trial}) => trial),
    ['round-01/1'],
  );
  t.regex(measured.loads[0]?.trials[0]?.from.artefact ?? '', /^round-01\/.*fio-1\.json$/);
  // One closed load in one trial shows no limit, and nothing at all is known without a node.
  const report = capacityOf(measured, {aim, conditions: asked.conditions, reason: 'a test'});
  t.is(report.exitCode, 2);
  t.true(report.open.length >= 2);
  t.true(report.hardware.emulated && report.hardware.shared);
});

test('planted: a load that was tried and has no output is a hole of its trial', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-capacity-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  await round(folder, 1, true);
  await round(folder, 2, true, ['closed:4', 'closed:2']);
  const {loads} = await readRounds(folder);
  t.deepEqual(
    loads.map(({amount, trials, holes}) => [amount, trials.map(({trial}) => trial), holes]),
    [[2, ['round-01/1'], ['round-02/1']]],
  );
});

test('a folder without rounds holds nothing, and nothing is never an answer', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-capacity-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  mkdirSync(join(folder, 'elsewhere'));
  const measured = await readRounds(folder);
  t.deepEqual(measured, {loads: [], rounds: [], damage: []});
  t.is(capacityOf(measured, {aim, conditions: ['whole'], reason: ''}).exitCode, 2);
});

test('planted: a copied round counts once, a damaged or missing one is told; none of them leaves a limit found', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-capacity-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  await round(folder, 1, true);
  const sound = await readRounds(folder);
  t.deepEqual(sound.damage, []);
  cpSync(join(folder, 'round-01'), join(folder, 'round-02'), {recursive: true});
  const twice = await readRounds(folder);
  t.deepEqual(twice.damage, ['round-02 holds what round-01 measured, to the byte: it was left out.']);
  t.deepEqual(twice.loads, sound.loads);
  t.true(capacityOf(twice, {aim, conditions: ['whole'], reason: ''}).open[0]?.startsWith('round-02 holds'));
  rmSync(join(folder, 'round-01'), {recursive: true});
  t.deepEqual((await readRounds(folder)).damage, ['round-01 is missing.']);
  rmSync(join(folder, 'round-02/events.jsonl'));
  t.regex((await readRounds(folder)).damage[0] ?? '', /^round-02 is damaged: events\.jsonl/);
});

test('an altered artefact of a round gives no number', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-capacity-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  await round(folder, 1, true);
  const [trial] = readdirSync(join(folder, 'round-01/trials'));
  cpSync(
    join(folder, `round-01/trials/${trial}/artefacts/fio-fill.json`),
    join(folder, `round-01/trials/${trial}/artefacts/fio-1.json`),
  );
  t.deepEqual((await readRounds(folder)).loads, []);
});
