import {appendFile, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import type {Plan, PlannedTrial, RunHeader, StoredRun, TrialRecord, TrialStatus} from '../types.ts';
import {trialFolderName} from './damage.ts';
import {lastHeard, openTrials, resumeRefusal, resumeRun, slotsAnew} from './resume.ts';
import {createRun, type RunStore, readRun} from './store.ts';

const planned = (slot: number): PlannedTrial => ({
  slot,
  scenario: 'storage/fio',
  profile: slot % 2 === 0 ? 'tuned' : 'stock',
  repetition: Math.ceil(slot / 2),
  parameters: {},
  estimatedSeconds: 1,
});
const plan: Plan = {seed: 1, profiles: ['stock', 'tuned'], trials: [1, 2, 3, 4].map(planned), notApplicable: []};

async function begun(t: ExecutionContext): Promise<{folder: string; store: RunStore}> {
  const folder = await mkdtemp(join(tmpdir(), 'resume-'));
  t.teardown(() => rm(folder, {recursive: true, force: true}));
  const header: RunHeader = {
    schema: 'seatrial-run/1',
    id: 'r',
    seatrialVersion: '0.1.0',
    commit: '',
    startedAt: new Date().toISOString(),
    cluster: 'c',
    suite: 'acceptance',
    sums: 'twice',
    quick: true,
    seed: 1,
    storage: 'nbd',
    hardware: {emulated: true, shared: true, note: ''},
    nodes: [],
    guests: [],
    profiles: [],
    fingerprints: [],
  };
  return {folder, store: await createRun(folder, header, plan, '')};
}

async function tried(store: RunStore, slot: number, status: TrialStatus = 'done', interrupted?: true): Promise<void> {
  const trial = await store.openTrial(planned(slot));
  await trial.keep('fio.json', `${slot} in ${trial.folder}`);
  const record: TrialRecord = {
    planned: planned(slot),
    status,
    reason: status === 'done' ? '' : 'why',
    startedAt: new Date().toISOString(),
    durationSeconds: 0.001,
    readBack: [],
    auditBefore: [],
    auditAfter: [],
    artefacts: trial.artefacts(),
    ...(interrupted === undefined ? {} : {interrupted}),
  };
  await trial.end(record);
}

async function read(folder: string): Promise<StoredRun> {
  const run = await readRun(folder);
  if (!run.ok) throw new Error(JSON.stringify(run.error));
  return run.value;
}

async function again(folder: string): Promise<RunStore> {
  const run = await read(folder);
  if (resumeRefusal(run) !== undefined) throw new Error(resumeRefusal(run));
  const [at, since] = [new Date().toISOString(), await lastHeard(folder)];
  return resumeRun(folder, run, {at, since, anew: slotsAnew(run), differs: []});
}

const states = ({trials}: StoredRun) => trials.map(({record, folder}) => [record.status, folder.slice(-4)]);

test('killed in mid-line and mid-trial: the rest is tried, the plan is kept, and every trial counts once', async t => {
  const {folder, store} = await begun(t);
  await tried(store, 1);
  await (await store.openTrial(planned(2))).keep('fio.json', 'half');
  // There was no time to say that trial 1 had ended, and a line is torn.
  const events = join(folder, 'events.jsonl');
  const [opened] = (await readFile(events, 'utf8')).split('\n');
  await writeFile(events, `${opened}\n{"at": "20`);

  const dead = await read(folder);
  t.deepEqual(
    openTrials(dead).map(({slot}) => slot),
    [2, 3, 4],
  );
  t.deepEqual(slotsAnew(dead), [2]);
  const next = await again(folder);
  for (const {slot} of openTrials(dead)) await tried(next, slot);
  await next.end('complete', '');

  const whole = await read(folder);
  t.deepEqual(whole.damage, []);
  t.is(whole.ended?.status, 'complete');
  t.deepEqual(states(whole), [
    ['done', 'k-r1'],
    ['done', 'r1-2'],
    ['done', 'k-r2'],
    ['done', 'd-r2'],
  ]);
  t.deepEqual(whole.trials[1]?.artefacts.text('fio.json'), {
    ok: true,
    value: `2 in trials/${trialFolderName(planned(2), 2)}`,
  });
  t.deepEqual(
    whole.resumed?.interrupted.map(({record}) => [record.planned.slot, record.status]),
    [[2, 'aborted']],
  );
  t.is(await readFile(join(folder, 'trials', trialFolderName(planned(2)), 'artefacts/fio.json'), 'utf8'), 'half');
});

test('stopped by Ctrl-C twice: its ends are taken back, and what failed by itself is not tried again', async t => {
  const {folder, store} = await begun(t);
  await tried(store, 1, 'failed');
  await tried(store, 2, 'aborted');
  await tried(store, 3, 'aborted', true);
  await store.end('aborted', 'stopped in trial 3 of 4');
  const second = await again(folder);
  t.is((await read(folder)).ended, undefined);
  await tried(second, 3, 'aborted', true);
  await second.end('aborted', 'stopped in trial 3 of 4');
  t.deepEqual((await read(folder)).damage, []);
  const third = await again(folder);
  await tried(third, 3);
  await tried(third, 4);
  await third.end('complete', '');
  const run = await read(folder);
  t.deepEqual(run.damage, []);
  t.deepEqual(
    run.trials.map(({record}) => record.status),
    ['failed', 'aborted', 'done', 'done'],
  );
  t.is(run.resumed?.times.length, 2);
  t.deepEqual(
    run.resumed?.interrupted.map(trial => trial.folder),
    [1, 2].map(attempt => `trials/${trialFolderName(planned(3), attempt)}`),
  );
  t.deepEqual(
    run.resumed?.times.map(({anew}) => anew),
    [[3], [3]],
  );
  for (const {at, since} of run.resumed?.times ?? []) t.true(at >= since);
});

test('resumed and killed before anything was tried, or in the middle of taking the end back: it can be resumed', async t => {
  const {folder, store} = await begun(t);
  await tried(store, 1, 'aborted', true);
  await store.end('aborted', 'stopped');
  await rm(join(folder, 'end.json'));
  await again(folder);
  const store2 = await again(folder);
  for (const slot of [1, 2, 3, 4]) await tried(store2, slot);
  await store2.end('complete', '');
  const run = await read(folder);
  t.deepEqual(run.damage, []);
  t.deepEqual(
    run.trials.map(({record}) => record.status),
    ['done', 'done', 'done', 'done'],
  );
});

test('a run that is complete, unhealed or damaged is refused with a sentence', async t => {
  const complete = await begun(t);
  for (const slot of [1, 2, 3, 4]) await tried(complete.store, slot);
  await complete.store.end('complete', '');
  t.regex(resumeRefusal(await read(complete.folder)) ?? '', /it is complete/);
  const unhealed = await begun(t);
  await tried(unhealed.store, 1, 'unhealed');
  t.regex(resumeRefusal(await read(unhealed.folder)) ?? '', /it ended unhealed/);
  const damaged = await begun(t);
  await tried(damaged.store, 1);
  await writeFile(join(damaged.folder, 'trials', trialFolderName(planned(1)), 'artefacts/fio.json'), 'better');
  t.regex(resumeRefusal(await read(damaged.folder)) ?? '', /not as it was stored.*altered/);
});

test('planted: a trial that had ended and is tried until it fits, with and without a line that says so', async t => {
  const {folder, store} = await begun(t);
  await tried(store, 1);
  const sneaked = await again(folder);
  await tried(sneaked, 1);
  const found = (await read(folder)).damage.map(damage => damage.found);
  t.deepEqual(found, ['it had ended done before', 'no such line']);
  // The record of the first that is taken away is missed: its end was told.
  await rm(join(folder, 'trials', trialFolderName(planned(1)), 'trial.json'));
  t.true(
    (await read(folder)).damage.some(({artefact, found}) => artefact.includes('r1/trial.json') && found === 'nothing'),
  );
});

test('planted: lines after the end that no resumption explains', async t => {
  const {folder, store} = await begun(t);
  await tried(store, 1);
  await store.end('aborted', '');
  await rm(join(folder, 'end.json'));
  t.deepEqual((await read(folder)).damage, []);
  await appendFile(join(folder, 'events.jsonl'), '{"at": "2026-01-01T00:00:00Z", "kind": "said"}\n');
  t.true((await read(folder)).damage.some(({expected}) => expected === 'nothing after the end of the run'));
});
