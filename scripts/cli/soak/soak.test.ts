import {cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {fakeCluster} from '../../../fixtures/kit/fake-cluster.ts';
import type {Finding, Sample} from '../../../harness/types.ts';
import {asFound} from '../../../reports/judge/as-found.ts';
import {readProfiles} from '../kit/profiles.ts';
import {exitCodeOf} from './command.ts';
import {drawable, stepsFor} from './drawing.ts';
import {earlierSteps} from './earlier.ts';
import {openSoak, stepFolder} from './folder.ts';
import {verdictOn} from './soak.ts';

type Judged = Parameters<typeof verdictOn>[0];

const sample: Sample = {
  metric: 'failover.durable',
  unit: 's',
  value: 9.5,
  labels: {guest: 'vm1'},
  from: {artefact: 'watch', path: ''},
};
const trial: Judged['trials'][number] = {
  slot: 1,
  folder: 'trials/0001',
  scenario: 'failover/timeline',
  profile: 'as-found',
  repetition: 1,
  status: 'done',
  reason: '',
  durationSeconds: 60,
  startedAt: '2026-11-28T00:00:00Z',
  readBack: [],
  findings: [],
  artefacts: [],
};
const held: Judged = {trials: [trial], findings: [], samples: [sample], damage: [], warnings: []};
const finding = (more: Partial<Finding> = {}) => ({
  severity: 'critical' as const,
  invariant: 'no guest lives twice',
  detail: 'vm1 is active on n1 and n2',
  trial: 1,
  ...more,
});

test('what came back whole, with nothing to find, held', t => {
  t.deepEqual(verdictOn(held), {outcome: 'held', reasons: []});
  t.is(verdictOn({...held, findings: [finding({severity: 'warning'})]}).outcome, 'held');
});

test('planted: a broken invariant and a guest that never came back fail, and say so', t => {
  t.deepEqual(verdictOn({...held, findings: [finding()]}), {
    outcome: 'failed',
    reasons: ['no guest lives twice: vm1 is active on n1 and n2'],
  });
  t.deepEqual(verdictOn({...held, samples: [{...sample, value: 180, censored: true}]}), {
    outcome: 'failed',
    reasons: ['failover.durable of vm1 had not come after 180.0 s'],
  });
  t.is(verdictOn({...held, trials: [{...trial, status: 'failed', reason: 'it did not inject'}]}).outcome, 'failed');
});

test('planted: nothing measured, nobody could look, or damage is undecided; an abort is no failure', t => {
  t.is(verdictOn({...held, samples: []}).outcome, 'undecided');
  t.is(verdictOn({...held, findings: [finding({unknown: true})]}).outcome, 'undecided');
  const damage = [{artefact: 'watch', path: '', expected: 'its bytes', found: 'others'}];
  t.is(verdictOn({...held, damage}).outcome, 'undecided');
  const unread = {subject: 'trial 1', text: 'trials/0001/ledger at vm1: expected a ledger, found nothing', todo: ''};
  t.deepEqual(verdictOn({...held, warnings: [unread]}), {outcome: 'undecided', reasons: [unread.text]});
  t.is(verdictOn({...held, warnings: [{...unread, subject: 'shared hardware'}]}).outcome, 'held');
  const before = {...trial, folder: `${trial.folder}-before`, status: 'aborted' as const, reason: 'kill -9'};
  const text = `failover/timeline under as-found aborted (kill -9) and tried anew: what it left in ${before.folder} counts for nothing but its findings`;
  const resumed = {...held, resumed: {times: [], interrupted: [before]}, warnings: [{...unread, text}]};
  t.is(verdictOn(resumed).outcome, 'held', 'a step that was cut off, and that seatrial resume has ended');
  t.is(verdictOn({...resumed, warnings: [{...unread, text}, unread]}).outcome, 'undecided');
  t.is(verdictOn({...held, trials: [{...trial, status: 'aborted'}]}).outcome, 'aborted');
  t.is(verdictOn({...held, trials: [{...trial, status: 'unhealed'}]}).outcome, 'unhealed');
  t.is(verdictOn({...held, trials: []}).outcome, 'aborted');
});

test('a folder is gone on with after its last step, by the same seed, suite and cluster only', t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-soak-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const asked = {seed: 7, suite: 'resilience', cluster: 'trial'};
  t.is(openSoak(folder, asked, undefined), 1);
  mkdirSync(stepFolder(folder, 3));
  mkdirSync(`${stepFolder(folder, 5)}-smaller-1`);
  t.is(openSoak(folder, asked, undefined), 4);
  t.throws(() => openSoak(folder, {...asked, seed: 8}, undefined), {message: /is a soak of .*"seed":7/});
  t.throws(() => openSoak(folder, asked, 3), {message: /holds step 3 already/});
  writeFileSync(join(folder, 'soak.json'), 'no');
  t.throws(() => openSoak(folder, asked, undefined), {message: /is no soak/});
});

test('planted: a run of another timeline than is drawn now is credited to none', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-soak-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const suite = drawable('resilience', [asFound, ...readProfiles()], fakeCluster(() => undefined).cluster);
  const drawn = stepsFor(suite, 7, undefined);
  const own = stepFolder(folder, 1);
  cpSync(join(import.meta.dirname, '../../../fixtures/runs/quick'), own, {recursive: true});
  const changed = `${own} holds another timeline than is drawn now: the suite, the cluster or this program has changed`;
  const ends = async () => {
    const all = await earlierSteps(folder, drawn(1), 2);
    return all.map(({outcome, reasons}) => [outcome, ...reasons]);
  };
  t.deepEqual(await ends(), [['undecided', changed]]);
  // A run that was to try just this one, and that ended before it did, is judged by what it holds.
  rmSync(join(own, 'trials'), {recursive: true});
  const plan = JSON.parse(readFileSync(join(own, 'plan.json'), 'utf8'));
  const [first] = drawn(1);
  const planOf = (parameters: object) =>
    writeFileSync(join(own, 'plan.json'), JSON.stringify({...plan, trials: [{...first?.planned, parameters}]}));
  planOf({...first?.planned.parameters});
  t.deepEqual(await ends(), [['aborted', 'the trial did not begin']]);
  planOf({...first?.planned.parameters, recoverySeconds: 1});
  t.deepEqual(await ends(), [['aborted', 'the trial did not begin']], 'what is no part of the timeline may differ');
  for (const other of [{holdSeconds: 1}, {faults: ['failover/osd-killed@9']}]) {
    planOf({...first?.planned.parameters, ...other});
    t.deepEqual(await ends(), [['undecided', changed]]);
  }
});

test('planted: a step of before that is gone, or was cut off, is none that held; the exit code counts all', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-soak-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const drawn = stepsFor(
    drawable('resilience', [asFound, ...readProfiles()], fakeCluster(() => undefined).cluster),
    7,
    undefined,
  );
  t.deepEqual(await earlierSteps(folder, drawn(1), 1), []);
  mkdirSync(stepFolder(folder, 2));
  const [gone, empty, ...more] = await earlierSteps(folder, drawn(1), 3);
  t.deepEqual([gone?.step, gone?.outcome, empty?.step, empty?.outcome, more], [1, 'aborted', 2, 'aborted', []]);
  t.regex(gone?.reasons[0] ?? '', /cannot be read/);
  const held = {outcome: 'held'} as const;
  t.is(exitCodeOf({ended: 'time', steps: [held, held]}), 0);
  t.is(exitCodeOf({ended: 'time', steps: [{outcome: 'aborted'}, held]}), 2);
  t.is(exitCodeOf({ended: 'time', steps: [{outcome: 'failed'}, held]}), 1);
  t.is(exitCodeOf({ended: 'time', steps: [{outcome: 'unhealed'}, held]}), 1);
  t.is(exitCodeOf({ended: 'interrupt', steps: [held]}), 4);
  t.is(exitCodeOf({ended: 'time', steps: []}), 2);
});
