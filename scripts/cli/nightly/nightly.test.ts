import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {Command, CommanderError} from 'commander';
import {syntheticId, syntheticNight, syntheticSeries} from '../../../fixtures/kit/history.ts';
import {asFound} from '../../../reports/judge/as-found.ts';
import {metrics} from '../../../reports/metrics.ts';
import {seriesName} from '../../../reports/trend/index.ts';
import {scenarios} from '../../../suites/index.ts';
import {loadNightly} from '../../../suites/read/nightly.ts';
import {setUp as setUpAck} from '../ack/command.ts';
import {setUp as setUpBaseline} from '../baseline/command.ts';
import {setUp as setUpHistory} from '../history/command.ts';
import {CommandError} from '../kit/command-error.ts';
import {readDecisions} from '../kit/history/decisions.ts';
import {importRun} from '../kit/history/import.ts';
import {withHistory} from '../kit/history/index.ts';
import {readProfiles} from '../kit/profiles.ts';
import {describedChoice, planned} from '../kit/run-suite.ts';
import {setUp as setUpNightly} from './command.ts';
import {analyse, readNightly, remeasurement} from './nightly.ts';

const nightly = readNightly([asFound, ...readProfiles()]);
const nothing = {baselines: [], acks: []};

/** Nights of three series; the newest `slow` of them with a fifth fewer operations and a fifth more latency. */
async function history(t: ExecutionContext, nights: number, slow: number): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-nightly-'));
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  const path = join(folder, 'history.sqlite');
  await withHistory(path, file => {
    for (let night = 0; night < nights; night++) {
      const bad = night >= nights - slow;
      importRun(
        file,
        syntheticNight({night, series: 3, trials: 3, seed: 1, level: index => (bad ? (index === 2 ? 1.25 : 0.8) : 1)}),
      );
    }
  });
  return path;
}

function program(): Command {
  const top = new Command('seatrial').exitOverride().configureOutput({writeErr: () => {}, writeOut: () => {}});
  setUpAck(top.command('ack'));
  setUpBaseline(top.command('baseline'));
  setUpHistory(top.command('history'));
  setUpNightly(top.command('nightly'));
  return top;
}

const call = (words: readonly string[]) => program().parseAsync(words, {from: 'user'});

/** What a command says, and the exit code it asks for. Serial tests only: both are the process's own. */
async function said(words: readonly string[]): Promise<{text: string; exitCode: unknown}> {
  const {write} = process.stdout;
  let text = '';
  process.stdout.write = (chunk: string | Uint8Array) => {
    text += String(chunk);
    return true;
  };
  process.exitCode = 0;
  try {
    await call(words);
    return {text, exitCode: process.exitCode};
  } finally {
    process.stdout.write = write;
    process.exitCode = 0;
  }
}

test.serial('a regression: found, acknowledged, and shown from then on', async t => {
  const path = await history(t, 20, 8);
  const look = ['nightly', '--analyse-only', '--history', path, '--runs', join(path, '..')];
  const before = await said(look);
  t.is(before.exitCode, 1);
  t.regex(before.text, /storage\/fio job-0 \(tuned\): .* is worse since 2023-01-13.*and 2 related figures/);
  for (const name of ['nightly.md', 'nightly.json', 'junit.xml', 'openmetrics.txt'])
    t.true(existsSync(join(path, '../nightly', name)));
  await said(['ack', 'storage/fio', '--night', '2023-01-13', '--reason', 'encryption is on', '--history', path]);
  t.is(readDecisions(path).acks.length, 3);
  const after = await said([...look, '--json']);
  t.is(after.exitCode, 0);
  const json = JSON.parse(after.text);
  t.deepEqual(
    json.alarms.map((alarm: {state: string}) => alarm.state),
    ['acknowledged'],
  );
  t.regex(readFileSync(join(path, '../nightly/nightly.md'), 'utf8'), /encryption is on/);
});

test.serial('a baseline: set by a range and by a night, shown, cleared', async t => {
  const path = await history(t, 20, 8);
  await said(['baseline', 'set', '--nights', '2023-01-01..2023-01-10', '--note', 'after go-live', '--history', path]);
  t.is(readDecisions(path).baselines[0]?.nights.length, 10);
  t.regex((await said(['baseline', 'show', '--history', path])).text, /10 nights.*after go-live/s);
  // The level of the newest night is accepted.
  const set = await said(['baseline', 'set', '2023-01-20', '--history', path]);
  t.regex(set.text, /fewer than 7 nights/);
  t.is((await said(['nightly', '--analyse-only', '--history', path, '--runs', join(path, '..')])).exitCode, 0);
  await said(['baseline', 'clear', '--history', path]);
  t.deepEqual(readDecisions(path).baselines, []);
});

test.serial('a damaged history is made anew from the runs by itself', async t => {
  const path = await history(t, 3, 0);
  writeFileSync(path, 'x'.repeat(5000));
  mkdirSync(join(path, '../runs'));
  await t.throwsAsync(call(['nightly', '--analyse-only', '--history', path, '--runs', join(path, '../runs')]), {
    message: /the history is empty/,
  });
});

test('refused with what to do', async t => {
  const path = await history(t, 8, 0);
  for (const [words, sentence] of [
    [['ack', 'storage.iops', '--night', '2023-01-03', '--reason', 'x'], /no open regression that began on 2023-01-03/],
    [['ack', 'storage.iops', '--night', '2023-01-03', '--reason', ' '], /without a reason/],
    [['ack', 'storage.iop', '--night', '2023-01-03', '--reason', 'x'], /no metric or scenario storage\.iop/],
    [['ack', 'storage.iops', '--night', '2024-01-03', '--reason', 'x'], /no night 2024-01-03/],
    [['baseline', 'set'], /which nights are meant/],
    [['baseline', 'set', '2023', '--nights', 'a..b'], /which nights are meant/],
    [['baseline', 'set', '2024-01-01'], /no night 2024-01-01/],
    [['baseline', 'clear'], /no baseline is pinned/],
    [['history', 'show', 'storage.latenzy'], /no metric or scenario/],
    [['history', 'list', '--cluster', 'x'], /no cluster x/],
    [['nightly', '--analyse-only', '--cluster', 'syntetic'], /no cluster syntetic/],
  ] as const) {
    const error = await t.throwsAsync(call([...words, '--history', path]), {instanceOf: CommandError}, words.join(' '));
    t.regex(error?.message ?? '', sentence);
    t.is(error?.exitCode, 3);
    t.not(error?.todo, '');
  }
  for (const words of [
    'nightly',
    'nightly --lab --cluster x',
    'nightly --lab --analyse-only',
    'nightly --lab --profile tunned',
    'history list --history /nowhere.sqlite',
  ])
    await t.throwsAsync(call(words.split(' ')), {instanceOf: CommandError}, words);
  for (const words of ['ack storage.iops --night x', 'nightly --remeasure many', 'history show'])
    await t.throwsAsync(call(words.split(' ')), {instanceOf: CommanderError}, words);
});

test('every command has examples in its help', t => {
  const commands = program().commands.flatMap(command => [command, ...command.commands]);
  t.is(commands.length, 11);
  for (const command of commands) {
    let help = '';
    command.configureOutput({writeOut: text => (help += text)}).outputHelp();
    t.regex(help, /Examples:\n {2}seatrial /, command.name());
  }
});

test('what is suspected is measured again, the strongest first, within the bounds', async t => {
  const path = await history(t, 12, 1);
  const report = await withHistory(path, file => analyse(file, {nightly, decisions: nothing}));
  t.is(report.exitCode, 2);
  const cluster = describedChoice({kind: 'lab', lab: {name: 'x', nodes: 3, storage: 'nbd', guests: 1}, keep: false});
  const plan = planned({suite: nightly.suite, scenarios, cluster, seed: 1, quick: true});
  const asked = {nightly, plan, quick: true, remeasureMinutes: 60};
  const again = remeasurement(asked, report, cluster);
  t.deepEqual(again.only, ['storage/fio']);
  t.is(again.plan?.trials.length, nightly.remeasure.repetitions);
  t.is(again.reason, '');
  const none = remeasurement({...asked, remeasureMinutes: 0}, report, cluster);
  t.is(none.plan, undefined);
  t.regex(none.reason, /left out: storage\/fio \(at most 3 scenarios and 0 minutes/);
});

test('measured again and found again: confirmed the same night', async t => {
  const path = await history(t, 12, 1);
  await withHistory(path, file => {
    importRun(
      file,
      syntheticNight({
        night: 11,
        series: 3,
        trials: 3,
        seed: 9,
        level: index => (index === 2 ? 1.25 : 0.8),
        confirms: syntheticId(11),
      }),
    );
    const names = [0, 1, 2].map(index => seriesName(syntheticSeries(index)));
    const report = analyse(file, {nightly, decisions: nothing, suspectedFirst: names});
    t.is(report.exitCode, 1);
    t.deepEqual(
      report.remeasured.map(({outcome}) => outcome),
      ['confirmed', 'confirmed', 'confirmed'],
    );
  });
});

test('the nightly suite: an unknown metric and a share of nothing are refused', t => {
  const known = {scenarios: ['storage/fio'], profiles: ['stock'], metrics: metrics.map(({name}) => name)};
  const text = (more: string) =>
    `name: n\npurpose: p\nprofiles: [stock]\nscenarios:\n  - {scenario: storage/fio, repetitions: {full: 1, quick: 1}}\nremeasure: {scenarios: 1, minutes: 1, repetitions: 1}\n${more}`;
  const good = loadNightly(text('threshold: 0.05\nthresholds: {storage.latency: 0.1}\n'), 'f', known);
  t.true(good.ok && good.value.thresholds['storage.latency'] === 0.1);
  const typo = loadNightly(text('threshold: 0.05\nthresholds: {storage.latenzy: 0.1}\n'), 'f', known);
  t.regex(typo.ok ? '' : JSON.stringify(typo.error), /storage\.latenzy/);
  t.false(loadNightly(text('threshold: 0\n'), 'f', known).ok);
});
