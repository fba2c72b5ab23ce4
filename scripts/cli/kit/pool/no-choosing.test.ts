/** Nobody chooses: what somebody may do to a bad night, so that the good ones are judged without it. */
import {cpSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, unlinkSync} from 'node:fs';
import {basename, join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import test, {type ExecutionContext} from 'ava';
import {mendSums, rewrite} from '../../../../fixtures/kit/example-run.ts';
import {judged, night, nights, noise, place, reasonOf, verdictOf} from '../../../../fixtures/kit/nights.ts';
import {readRun} from '../../../../harness/run/store.ts';
import type {StoredRun, WindowForecast} from '../../../../harness/types.ts';
import type {Report} from '../../../../reports/run/report.ts';
import {CommandError} from '../command-error.ts';
import {importFolders, withHistory} from '../history/index.ts';
import {selectRuns} from './select.ts';
import {withKnown} from './with-history.ts';

/** Two good nights, and one that takes every "met" away as long as it is known. */
async function withBad(t: ExecutionContext): Promise<{at: string; good: string[]; bad: string}> {
  const at = place(t);
  const good = await nights(at, 1, 2);
  return {at, good, bad: await night(at, 3, {scale: noise(3, 0.5)})};
}

const enter = (at: string, ...folders: string[]) =>
  withHistory(join(at, 'history.sqlite'), file => importFolders(file, folders));

function isTaken(t: ExecutionContext, report: Report, why: RegExp): void {
  t.is(verdictOf(report)?.kind, 'undecided');
  t.regex(reasonOf(report), why);
  t.not(report.exitCode, 0);
}

test('planted: the bad night is made unreadable where it lies', async t => {
  for (const [file, why] of [
    ['run.json', /run night-3: it is known, and .*night-3 is not there or cannot be read/],
    ['plan.json', /run night-3: it is known, and .*night-3 is not there or cannot be read/],
    ['claims.yaml', /run night-3: it is known, and/],
  ] as const) {
    const {at, good, bad} = await withBad(t);
    unlinkSync(join(bad, file));
    isTaken(t, await judged(at, good), why);
  }
});

test('one of another cluster that cannot be read takes nothing away', async t => {
  const {at, good, bad} = await withBad(t);
  rewrite(bad, 'run.json', text => text.replace('"cluster": "example"', '"cluster": "another"'));
  unlinkSync(join(bad, 'plan.json'));
  t.is((await judged(at, good)).overall, 'met');
});

test('planted: its trials are taken away, so that it seems to have tried nothing', async t => {
  const {at, good, bad} = await withBad(t);
  for (const name of readdirSync(join(bad, 'trials'))) rmSync(join(bad, 'trials', name), {recursive: true});
  isTaken(t, await judged(at, good), /run night-3: it is damaged/);
});

test('planted: its header is changed, so that it seems to be of other machines, and its sums are mended', async t => {
  const {at, good, bad} = await withBad(t);
  rewrite(bad, 'run.json', text => text.replace('"quick": false', '"quick": true'));
  mendSums(bad);
  isTaken(t, await judged(at, good), /run night-3: it is damaged: run\.json/);
});

test('planted: it lies elsewhere, and the good ones are named by links; or it is itself a link', async t => {
  const {at, good, bad} = await withBad(t);
  mkdirSync(join(at, 'chosen'));
  const chosen = good.map(folder => join(at, 'chosen', basename(folder)));
  for (const [index, folder] of good.entries()) symlinkSync(folder, chosen[index] ?? '');
  isTaken(t, await judged(at, chosen), /run night-3: it is comparable/);
  renameSync(bad, join(at, 'elsewhere'));
  symlinkSync(join(at, 'elsewhere'), bad);
  isTaken(t, await judged(at, good), /run night-3: it is comparable/);
});

test('planted: a good copy of it is given while it lies beside', async t => {
  const {at, good, bad} = await withBad(t);
  renameSync(bad, join(at, 'kept'));
  const forged = await night(at, 3);
  t.is((await judged(at, [...good, forged])).overall, 'met');
  renameSync(join(at, 'kept'), join(at, 'runs/moved'));
  isTaken(t, await judged(at, [...good, forged]), /run night-3: .*moved is of the same run and has another trial 1/);
});

test('planted: a night that is in the history is replaced by a good one of the same name', async t => {
  const {at, good, bad} = await withBad(t);
  await enter(at, bad);
  rmSync(bad, {recursive: true});
  const forged = await night(at, 3);
  isTaken(t, await judged(at, [...good, forged]), /run night-3: it is not what was entered into the history/);
  isTaken(t, await judged(at, good), /run night-3: what lies in .*night-3 is not what was entered/);
});

test('planted: it is taken out of the history by hand: its folder beside is seen, and the history is not used', async t => {
  const {at, good, bad} = await withBad(t);
  await enter(at, bad);
  const path = join(at, 'history.sqlite');
  const db = new DatabaseSync(path);
  db.exec("UPDATE runs SET cluster = 'another' WHERE id = 'night-3'");
  db.close();
  await t.throwsAsync(judged(at, good), {instanceOf: CommandError, message: /history .* is not whole and is not used/});
  rmSync(path);
  isTaken(t, await judged(at, good), /run night-3: it is comparable/);
});

test('two histories: what either of them knows counts', async t => {
  const {at, good, bad} = await withBad(t);
  const other = join(at, 'other.sqlite');
  await withHistory(other, file => importFolders(file, [bad]));
  rmSync(bad, {recursive: true});
  await enter(at, good[0] ?? '');
  t.is((await judged(at, good)).overall, 'met');
  isTaken(t, await judged(at, good, [other]), /run night-3: it is known/);
});

test('planted: a later night was planned by one of which nothing is known any more', async t => {
  const at = place(t);
  const folders = await nights(at, 1, 2);
  const runs: StoredRun[] = [];
  for (const folder of folders) {
    const run = await readRun(folder);
    if (run.ok) runs.push(run.value);
  }
  const [one, two] = runs;
  if (one === undefined || two === undefined) return t.fail();
  const forecast = {runs: ['night-0', 'night-1']} as unknown as WindowForecast;
  const planned = {...two, plan: {...two.plan, window: {asked: 'for 1h', offers: [], forecast}}};
  t.deepEqual(selectRuns([one, planned], []).leftOut, [
    {id: 'night-0', reason: 'run night-2 was planned by it, and nothing is known of it now', forbids: true},
  ]);
});

test('a run that was entered when it had been stopped, and then went on, is what lies there now', async t => {
  const at = place(t);
  const [one = ''] = await nights(at, 1);
  const two = join(at, 'runs/night-2');
  await night(at, 2, {trials: 1, stopped: true});
  await enter(at, two);
  rmSync(two, {recursive: true});
  await night(at, 2);
  const report = await judged(at, [one, two]);
  t.is(verdictOf(report)?.kind, 'met', reasonOf(report));
  t.is(report.trials.length, 8);
});

test('a clock that was set back: nights that seem to be of the future are none of its history, and take every met away', async t => {
  const at = place(t);
  await night(at, 3);
  await night(at, 2);
  const own = await night(at, 1);
  const {runs, leftOut} = await withKnown(own, join(at, 'history.sqlite'));
  t.is(runs.length, 1);
  t.deepEqual(
    leftOut.map(({id, forbids}) => [id, forbids]),
    [
      ['night-2', true],
      ['night-3', true],
    ],
  );
});

test('planted: one night under two names counts once, whatever was changed of it', async t => {
  const at = place(t);
  const [one = ''] = await nights(at, 1);
  // The same four trials, said to be another night's.
  const copy = join(at, 'runs/copy');
  cpSync(one, copy, {recursive: true});
  rewrite(copy, 'run.json', text => text.replaceAll('night-1', 'night-9'));
  mendSums(copy);
  const report = await judged(at, [one, copy]);
  t.not(report.overall, 'met');
  t.true(report.damage.length > 0);
  const link = join(at, 'runs/link');
  symlinkSync(one, link);
  await t.throwsAsync(judged(at, [one, link]), {instanceOf: CommandError, message: /are the same run, night-1/});
});
