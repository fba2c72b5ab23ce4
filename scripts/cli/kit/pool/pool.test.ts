import {cpSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {easyRegister, exampleRun} from '../../../../fixtures/kit/example-run.ts';
import {judged, night, nights, noise, place, reasonOf, register, verdictOf} from '../../../../fixtures/kit/nights.ts';
import {scenarios} from '../../../../suites/index.ts';
import {registerOf} from '../claims-register.ts';
import {CommandError} from '../command-error.ts';
import {importFolders, withHistory} from '../history/index.ts';
import {judgeRun} from '../judge-run.ts';
import {checkManifest} from '../manifest.ts';
import {readPool, writePool} from './folder.ts';
import {givenRuns} from './known.ts';

test('two nights decide what neither of them does, and the report names both', async t => {
  const at = place(t);
  const folders = await nights(at, 1, 2);
  for (const {run} of await givenRuns(folders)) {
    const alone = judgeRun(run, register.claims, scenarios);
    t.is(verdictOf(alone)?.kind, 'undecided');
  }
  const report = await judged(at, folders);
  t.is(verdictOf(report)?.kind, 'met', reasonOf(report));
  t.is(report.overall, 'met');
  t.is(report.trials.length, 8);
  t.deepEqual(
    report.pool?.runs.map(({id, first, last}) => [id, first, last]),
    [
      ['night-1', 1, 4],
      ['night-2', 5, 8],
    ],
  );
  t.regex(verdictOf(report)?.targets[0]?.verdict.estimate?.method ?? '', /confidence sequence.*decided at look 7 of 8/);
});

test('planted: a night that is 15 % slower is not pooled with clean ones, and is named', async t => {
  const at = place(t);
  const clean = await nights(at, 1, 2);
  const slow = await night(at, 3, {scale: noise(3, 0.85)});
  const report = await judged(at, [...clean, slow]);
  t.is(verdictOf(report)?.kind, 'undecided');
  t.regex(
    reasonOf(report),
    /differ by more than chance \(Kruskal–Wallis .* level 0\.05\), so they are not pooled: run night-3 .*stands apart/,
  );
  rmSync(slow, {recursive: true});
  t.is((await judged(at, clean)).overall, 'met');
});

const outOfReach = registerOf(easyRegister('>= 100000000 op/s'), 'claims.yaml');
const differing = async (at: string) => [
  await night(at, 1, {trials: 8}),
  await night(at, 2, {trials: 8, scale: noise(2, 0.97)}),
  await night(at, 3, {trials: 8, scale: noise(3, 0.94)}),
];

test('where nights differ and each by itself says the same, the next one is reckoned with', async t => {
  const at = place(t);
  const folders = await differing(at);
  for (const [bound, kind] of [
    [register, 'met'],
    [outOfReach, 'missed'],
  ] as const) {
    const report = await judged(at, folders, [], bound);
    t.is(verdictOf(report)?.kind, kind, reasonOf(report));
    const estimate = verdictOf(report)?.targets[0]?.verdict.estimate;
    t.is(estimate?.n, 24);
    const decided = verdictOf(report)?.targets[0]?.verdict;
    const look = decided?.kind === 'undecided' ? undefined : decided?.look;
    t.true(
      look !== undefined && look.trial > 16 && look.trial <= 24 && look.number === look.trial,
      'in the last night',
    );
    t.regex(
      estimate?.method ?? '',
      /each of 3 runs by itself, since they differ by more than chance \(Kruskal–Wallis /,
    );
    // 3 % steps, t 4.30: some 15 % to either side.
    const [low, high] = [
      Number(estimate?.low) / Number(estimate?.value),
      Number(estimate?.high) / Number(estimate?.value),
    ];
    t.true(low > 0.82 && low < 0.9 && high > 1.11 && high < 1.2, `${low} ${high}`);
  }
});

test('planted: nights that differ, of which not each says so, not each is here, or the next may not', async t => {
  const at = place(t);
  const folders = await differing(at);
  const undecided = async (given: readonly string[], bound: typeof register, why: RegExp) => {
    const report = await judged(at, given, [], bound);
    t.is(verdictOf(report)?.kind, 'undecided');
    t.regex(reasonOf(report), why);
  };
  const value = Number(verdictOf(await judged(at, folders))?.targets[0]?.verdict.estimate?.value);
  const within = (share: number) => registerOf(easyRegister(`>= ${Math.round(value * share)} op/s`), 'claims.yaml');
  // Below the worst of the three by 6 %: each keeps it, a fourth may not.
  await undecided(folders, within(0.91), /stands apart, .*; each run by itself has met it, but a further one may be /);
  await undecided(folders, within(1.09), /; each run by itself has missed it, but a further one may be /);
  await undecided(folders, within(1.015), /the 95 % interval .* holds the bound/);
  await undecided(folders.slice(1), register, /the runs differ by more than chance/);
  await undecided(folders.slice(1), outOfReach, /the runs differ by more than chance/);
  const short = await night(at, 4, {scale: noise(4, 0.9)});
  await undecided([...folders, short], outOfReach, /the runs differ by more than chance/);
  await undecided([...folders, short], register, /the runs differ by more than chance/);
});

test('planted: a run that is left out takes every met away, by its folder beside the others and by the history', async t => {
  const at = place(t);
  const [one = '', two = '', three = ''] = await nights(at, 1, 2, 3);
  const chosen = await judged(at, [one, two]);
  t.is(verdictOf(chosen)?.kind, 'undecided');
  t.regex(
    reasonOf(chosen),
    /not all evidence is here: run night-3: it is comparable \(4 trials, complete\) and was not given/,
  );
  t.is((await judged(at, [one, two, three])).overall, 'met');
  await withHistory(join(at, 'history.sqlite'), file => importFolders(file, [three]));
  rmSync(three, {recursive: true});
  const missing = await judged(at, [one, two]);
  t.is(verdictOf(missing)?.kind, 'undecided');
  t.regex(reasonOf(missing), /run night-3: it is known, and .*night-3 is not there/);
  t.true(missing.warnings.some(({subject}) => subject === 'run night-3'));
});

test('runs of something else are left out with the reason, and take nothing away', async t => {
  const at = place(t);
  const facts = (kernel: string) => ({header: {fingerprints: [{host: 'n1', facts: {kernel}}]}});
  const [one, two] = [await night(at, 1, facts('6.1')), await night(at, 2, facts('6.1'))];
  const other = await night(at, 0, facts('6.0'));
  const quick = await night(at, 3, {header: {...facts('6.1').header, quick: true}, hoursAgo: 99});
  const report = await judged(at, [one, two, other]);
  t.is(verdictOf(report)?.kind, 'met', reasonOf(report));
  t.deepEqual(
    report.pool?.leftOut.map(({id, forbids}) => [id, forbids]),
    [
      ['night-0', false],
      ['night-3', false],
    ],
  );
  const reasons = report.pool?.leftOut.map(({reason}) => reason) ?? [];
  t.regex(reasons[0] ?? '', /^another fingerprint: kernel 6\.0, and here 6\.1/);
  t.regex(reasons[1] ?? '', /^other quick: true, and here false/);
  t.truthy(quick);
});

test('planted: one run twice is refused, and a copy under another name is damage', async t => {
  const at = place(t);
  const [one = '', two = ''] = await nights(at, 1, 2);
  await t.throwsAsync(givenRuns([one, one]), {instanceOf: CommandError, message: /are the same run, night-1/});
  await night(at, 3, {scale: noise(1)});
  const report = await judged(at, [one, two, join(at, 'runs/night-3')]);
  t.not(report.overall, 'met');
  t.true(report.damage.length > 0);
});

test('a folder of several runs holds them all under one manifest and one report, and is judged alike from there', async t => {
  const at = place(t);
  const given = await givenRuns(await nights(at, 1, 2));
  const into = join(at, 'signed');
  const {report, paths} = await writePool(into, given, [], register);
  t.is(report.overall, 'met');
  t.true(paths.length > 3);
  t.deepEqual(await checkManifest(into), []);
  t.deepEqual((await readPool(into)).report, report);
  writeFileSync(join(into, 'pool.json'), '{}');
  await t.throwsAsync(readPool(into), {instanceOf: CommandError, message: /is no folder of several runs/});
  t.is((await checkManifest(into)).length, 1);
});

test('planted: a trial that somebody stopped counts as it does in one run', async t => {
  const at = place(t);
  const folders = await nights(at, 1, 2);
  const stopped = join(at, 'runs/night-3');
  await exampleRun(stopped, {trials: 2, id: 'night-3', hoursAgo: 20, scale: noise(3), stopped: true});
  const report = await judged(at, [...folders, stopped]);
  t.is(verdictOf(report)?.kind, 'undecided');
  t.regex(reasonOf(report), /trial 10 gave no storage\.iops/);
});

test('two nights of which one lies elsewhere', async t => {
  const at = place(t);
  const [one = '', two = ''] = await nights(at, 1, 2);
  const elsewhere = join(at, 'elsewhere', 'copy');
  cpSync(two, elsewhere, {recursive: true});
  rmSync(two, {recursive: true});
  t.is((await judged(at, [one, elsewhere])).overall, 'met');
});
