import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {plannedTrial} from '../../fixtures/kit/planned-trial.ts';
import {runHeader} from '../../fixtures/kit/run-header.ts';
import {trialRecord} from '../../fixtures/kit/trial-record.ts';
import type {Plan, RunHeader, StoredRun} from '../types.ts';
import {trialFolderName} from './damage.ts';
import {createRun, readRun} from './store.ts';

const header: RunHeader = {...runHeader, only: ['storage/fio']};
const planned = (slot: number) =>
  plannedTrial({slot, scenario: 'storage/fio', repetition: slot, parameters: {patterns: ['randread']}});
const plan: Plan = {
  seed: 1,
  profiles: ['stock', 'tuned'],
  trials: [planned(1), planned(2), planned(3)],
  notApplicable: [],
};

async function folder(t: {teardown(fn: () => Promise<void>): void}): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'store-'));
  t.teardown(() => rm(path, {recursive: true, force: true}));
  return path;
}

async function stored(path: string, end: boolean): Promise<void> {
  const run = await createRun(path, header, plan, 'claims: []\n');
  for (const slot of [1, 2, 3]) {
    const trial = await run.openTrial(planned(slot));
    await trial.keep('fio.json', `{"slot": ${slot}}`);
    await trial.end(trialRecord(planned(slot), {artefacts: trial.artefacts()}));
  }
  if (end) await run.end('complete', '');
}

async function read(path: string): Promise<StoredRun> {
  const run = await readRun(path);
  if (!run.ok) throw new Error(JSON.stringify(run.error));
  return run.value;
}

test('what was stored is read back', async t => {
  const path = await folder(t);
  await stored(path, true);
  const run = await read(path);
  t.deepEqual(run.header, header);
  t.deepEqual(run.plan, plan);
  t.is(run.ended?.status, 'complete');
  t.deepEqual(run.damage, []);
  t.deepEqual(
    run.trials.map(x => x.record.status),
    ['done', 'done', 'done'],
  );
  t.deepEqual(run.trials[1]?.artefacts.text('fio.json'), {ok: true, value: '{"slot": 2}'});
  t.false(run.trials[1]?.artefacts.text('nothing').ok);
});

test('one altered byte in an artefact is noticed and the artefact is not used', async t => {
  const path = await folder(t);
  await stored(path, true);
  const file = join(path, 'trials', trialFolderName(planned(1)), 'artefacts', 'fio.json');
  await writeFile(file, '{"slot": 7}');
  const run = await read(path);
  t.is(run.damage.length, 1);
  t.regex(run.damage[0]?.found ?? '', /altered/);
  t.false(run.trials[0]?.artefacts.text('fio.json').ok);
  t.true(run.trials[1]?.artefacts.text('fio.json').ok);
});

for (const name of ['trial.json', 'plan.json', 'claims.yaml', 'events.jsonl', 'run.json']) {
  test(`one altered byte in ${name} is noticed`, async t => {
    const path = await folder(t);
    await stored(path, true);
    const file = name === 'trial.json' ? join(path, 'trials', trialFolderName(planned(1)), name) : join(path, name);
    const text = await readFile(file, 'utf8');
    await writeFile(file, text.length > 0 ? `${text}\n` : 'x');
    const run = await read(path);
    t.true(run.damage.some(error => error.artefact.endsWith(name)));
    if (name === 'trial.json') t.is(run.trials[0]?.record.status, 'aborted');
  });
}

test('a harness killed in a trial leaves an aborted trial and a run without end', async t => {
  const path = await folder(t);
  const run = await createRun(path, header, plan, '');
  const trial = await run.openTrial(planned(1));
  await trial.keep('fio.json', '{}');
  const back = await read(path);
  t.is(back.ended, undefined);
  t.deepEqual(
    back.trials.map(x => [x.record.status, x.record.reason]),
    [['aborted', 'the harness ended before this trial did']],
  );
  t.deepEqual(back.damage, []);
  t.false(back.trials[0]?.artefacts.text('fio.json').ok, 'an artefact without recorded sha256 is not trusted');
});

test('killed while it wrote a line, and before it wrote that a trial ended: that is no damage', async t => {
  const path = await folder(t);
  await stored(path, false);
  const text = await readFile(join(path, 'events.jsonl'), 'utf8');
  const whole = text.trimEnd().split('\n').slice(0, -1);
  await writeFile(join(path, 'events.jsonl'), `${whole.join('\n')}\n{"at": "2026`);
  t.deepEqual((await read(path)).damage, []);
  await writeFile(join(path, 'events.jsonl'), `{"at": "2026\n${whole.join('\n')}\n`);
  t.deepEqual(
    (await read(path)).damage.map(({artefact, path: place}) => [artefact, place]),
    [
      ['events.jsonl', 'line 1'],
      ['events.jsonl', ''],
    ],
  );
});

test('progress that nobody waits for is in the sum of the history all the same', async t => {
  const path = await folder(t);
  const run = await createRun(path, header, {...plan, trials: []}, '');
  for (let i = 0; i < 200; i++) void run.event('said', {text: `line ${i}`});
  await run.end('complete', '');
  await run.event('said', {text: 'too late'});
  t.deepEqual((await read(path)).damage, []);
  const lines = (await readFile(join(path, 'events.jsonl'), 'utf8')).trimEnd().split('\n');
  t.is(lines.length, 202);
  t.regex(lines.at(-1) ?? '', /"kind":"ended"/);
});

test('a measurement is never overwritten, and a name cannot leave its folder', async t => {
  const run = await createRun(await folder(t), header, plan, '');
  const trial = await run.openTrial(planned(1));
  await trial.keep('a.json', '1');
  await t.throwsAsync(trial.keep('a.json', '2'), {message: /kept before/});
  await t.throwsAsync(trial.keep('../a.json', '2'), {message: /does not match/});
});

test('a folder that is no run is one clear error', async t => {
  const path = await folder(t);
  const nothing = await readRun(path);
  t.false(nothing.ok);
  if (!nothing.ok) t.like(nothing.error, {artefact: 'run.json', found: 'ENOENT'});
  await writeFile(join(path, 'run.json'), '{"schema": "seatrial-run/1"}');
  t.false((await readRun(path)).ok);
});
