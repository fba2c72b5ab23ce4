import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {Command, CommanderError} from 'commander';
import {type SyntheticNight, syntheticId, syntheticNight, syntheticSeries} from '../../../fixtures/kit/history.ts';
import {runHeader} from '../../../fixtures/kit/run-header.ts';
import {formatConfigError} from '../../../harness/config/yaml.ts';
import {createRun} from '../../../harness/run/store.ts';
import {render} from '../../../reports/document/index.ts';
import {asFound} from '../../../reports/judge/as-found.ts';
import {metrics} from '../../../reports/metrics.ts';
import {type NightlyReport, nightlyDocument, renderOpenMetrics, seriesName} from '../../../reports/trend/index.ts';
import {scenarios} from '../../../suites/index.ts';
import {loadNightly} from '../../../suites/read/nightly.ts';
import {setUp as setUpAck} from '../ack/command.ts';
import {setUp as setUpBaseline} from '../baseline/command.ts';
import {setUp as setUpHistory} from '../history/command.ts';
import {CommandError} from '../kit/command-error.ts';
import {readDecisions, writeDecisions} from '../kit/history/decisions.ts';
import {importRun} from '../kit/history/import.ts';
import {withHistory} from '../kit/history/index.ts';
import {readProfiles} from '../kit/profiles.ts';
import {describedChoice, planned} from '../kit/run-suite.ts';
import {setUp as setUpNightly} from './command.ts';
import {type Analysis, analyse, readNightly, remeasurement} from './nightly.ts';

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

test.serial(
  'planted: an acknowledgement is of one length and one set of parameters, and said anew takes its own place',
  async t => {
    const folder = mkdtempSync(join(tmpdir(), 'seatrial-nightly-'));
    t.teardown(() => rmSync(folder, {recursive: true, force: true}));
    const path = join(folder, 'history.sqlite');
    await withHistory(path, file => {
      for (let night = 0; night < 14; night++) {
        const run = syntheticNight({night, series: 1, trials: 1, seed: 1, level: () => (night < 7 ? 1 : 0.8)});
        const other = run.samples.map(sample => ({...sample, series: {...sample.series, parameters: {seconds: 5}}}));
        importRun(file, {...run, samples: [...run.samples, ...other]});
      }
    });
    const before = {
      ...{cluster: 'synthetic', series: seriesName(syntheticSeries(0)), night: syntheticId(7)},
      ...{level: 0.8, setAt: 'then', reason: 'of quick nights'},
    };
    await writeDecisions(path, {baselines: [], acks: [{...before, quick: true}]});
    for (const reason of ['once', 'twice'])
      await said(['ack', 'storage.iops', '--night', syntheticId(7), '--reason', reason, '--history', path]);
    t.deepEqual(
      readDecisions(path).acks.map(({quick, parameters, reason}) => ({quick, parameters, reason})),
      [
        {quick: true, parameters: undefined, reason: 'of quick nights'},
        {quick: false, parameters: {seconds: 60}, reason: 'twice'},
        {quick: false, parameters: {seconds: 5}, reason: 'twice'},
      ],
    );
  },
);

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

test.serial('planted: a history that was made anew says what is not in it', async t => {
  const path = await history(t, 3, 0);
  const runs = join(path, '../runs');
  const claims = 'claims:\n  - {id: a.b, title: t, figure: f, source: s, notTestable: there is nothing to test}\n';
  const header = {...runHeader, id: 'one', startedAt: '2025-11-24T02:00:00.000Z', cluster: 'small', suite: 'nightly'};
  const nothingPlanned = {seed: 1, profiles: [], trials: [], notApplicable: []};
  await (await createRun(join(runs, 'one'), header, nothingPlanned, claims)).end('complete', '');
  mkdirSync(join(runs, 'broken'));
  writeFileSync(join(runs, 'broken/run.json'), '{');
  writeFileSync(path, 'x'.repeat(5000));
  const {text, exitCode} = await said(['nightly', '--analyse-only', '--history', path, '--runs', runs]);
  t.is(exitCode, 2);
  t.regex(
    text,
    /missing: the history: it was damaged \(.*\), and made anew from 1 runs: nights before 2025-11-24 are not in it/,
  );
  t.regex(text, /missing: .*broken: it is not in the history that was made anew: its run\.json cannot be read/);
  t.is(readFileSync(`${path}.damaged`, 'utf8'), 'x'.repeat(5000));
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

/** 20 nights, changed by `change`; the newest is analysed, or `more.night`. */
async function analysed(
  t: ExecutionContext,
  change: (night: number) => Partial<SyntheticNight> & {metric?: string},
  after: readonly Partial<SyntheticNight>[] = [],
  more: Partial<Analysis> = {},
) {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-nightly-'));
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  const synthetic = (night: number, own: Partial<SyntheticNight>) =>
    syntheticNight({night, series: 3, trials: 3, seed: 1, ...own});
  return withHistory(join(folder, 'history.sqlite'), file => {
    for (let night = 0; night < 20; night++) {
      const {metric, ...own} = change(night);
      const run = synthetic(night, own);
      const samples = run.samples.map(sample =>
        metric !== undefined && sample.series.metric === 'storage.latency'
          ? {...sample, series: {...sample.series, metric}}
          : sample,
      );
      importRun(file, {...run, samples});
    }
    for (const own of after) importRun(file, synthetic(19, {seed: 2, confirms: syntheticId(19), ...own}));
    return analyse(file, {nightly, decisions: nothing, ...more});
  });
}

const worse = {level: (index: number) => (index === 2 ? 1.6 : 0.6)};
const worseAt = (first: number) => (night: number) => (night >= first ? worse : {});
const texts = (report: NightlyReport) => report.holes.map(({subject, detail}) => `${subject}: ${detail}`).join('\n');

test('planted: a night whose clock was wrong hides no later one', async t => {
  const ofLater = (night: number) => (night === 5 ? {night: 40_000} : worseAt(16)(night));
  const right = await analysed(t, worseAt(16));
  t.is(right.exitCode, 2);
  t.is(right.holes.length, 0);
  for (const more of [{}, {night: syntheticId(19)}]) {
    const report = await analysed(t, ofLater, [], more);
    t.is(report.night.id, syntheticId(19));
    t.is(report.exitCode, 2);
    t.is(report.alarms[0]?.state, 'suspected');
    t.regex(texts(report), /^the clock: 1 of the history's nights began after 2023-01-20.*2132-/);
    t.true(report.trends.every(({trend}) => trend.points.length === 19));
  }
  // The run just imported is the one that is meant, whatever its own clock said.
  const early = await analysed(t, () => ({}), [], {night: syntheticId(2)});
  t.is(early.night.id, syntheticId(2));
  t.regex(texts(early), /the clock: 17 of .*…, .*2023-01-20/);
});

test('planted: what broke while it was measured again is a hole of the night', async t => {
  const sound = await analysed(t, worseAt(19), [worse]);
  t.is(sound.exitCode, 1);
  t.is(texts(sound), '');
  const dropped = await analysed(t, worseAt(19), [
    {
      more: {
        critical: ['trial 2: acknowledged writes: 17 lost'],
        incomplete: [{trial: 3, scenario: 'storage/fio', reason: 'storage/fio failed'}],
        notApplicable: [{scenario: 'failover/host-crash', reason: 'needs a BMC'}],
      },
    },
  ]);
  t.is(dropped.exitCode, 2);
  t.regex(texts(dropped), /an invariant broke: when it was measured again \(.*-again\): trial 2: .* 17 lost/);
  t.regex(texts(dropped), /storage\/fio, trial 3: when it was measured again \(.*\): storage\/fio failed/);
  t.regex(texts(dropped), /failover\/host-crash: not tried: needs a BMC/);
});

test('planted: a cluster that was not healed after it was measured again is 4 in every file', async t => {
  const more = {status: 'unhealed', counts: false, reason: 'n2 does not answer'} as const;
  const report = await analysed(t, worseAt(19), [{more}]);
  t.is(report.exitCode, 4);
  t.regex(report.sentence, /the run is unhealed: when it was measured again .*n2 does not answer/);
  t.regex(renderOpenMetrics(report), /^seatrial_nightly_exit_code\{.*\} 4$/m);
  t.regex(await render(nightlyDocument(report), 'junit'), /unhealed: when it was measured again/);
});

test('planted: a re-run on other ground drops no suspicion', async t => {
  const suspectedFirst = [0, 1, 2].map(index => seriesName(syntheticSeries(index)));
  const same = await analysed(t, worseAt(19), [{}], {suspectedFirst});
  t.is(same.exitCode, 0);
  const other = await analysed(t, worseAt(19), [{facts: {kernel: '6.9'}}], {suspectedFirst});
  t.is(other.exitCode, 2);
  t.deepEqual(
    other.remeasured.map(({outcome}) => outcome),
    ['still-suspected', 'still-suspected', 'still-suspected'],
  );
});

test('planted: figures of a metric that is not known are told', async t => {
  const level = (index: number) => (index === 2 ? 1.6 : 1);
  const plugin = (until: number) => (night: number) =>
    night <= until ? {metric: 'my.latency', ...(night >= 12 ? {level} : {})} : {};
  const report = await analysed(t, plugin(19));
  t.is(report.exitCode, 2);
  t.regex(texts(report), /^my\.latency: the history has figures of it/);
  t.regex(report.holes[0]?.todo ?? '', /--plugins/);
  t.regex(texts(await analysed(t, plugin(14))), /^my\.latency: /, 'five nights ago');
  t.notRegex(texts(await analysed(t, plugin(13))), /my\.latency/, 'six nights ago');
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
  // Planted: 5 for 5 %.
  for (const wrong of ['threshold: 5\n', 'threshold: 1\n', 'threshold: 0.05\nthresholds: {storage.iops: 5}\n']) {
    const refused = loadNightly(text(wrong), 'f', known);
    t.regex(refused.ok ? '' : refused.error.map(formatConfigError).join(), /found [15] for .* below 1: 0\.05 is 5 %/);
  }
});
