/** `seatrial compare` on files and on the stored run, through the command line's own parser. */
import {copyFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {Command, CommanderError} from 'commander';
import {exampleReport} from '../../../fixtures/kit/report.ts';
import {CommandError} from '../kit/command-error.ts';
import {setUp as setUpCompare} from './command.ts';
import {reservationsOf} from './sides.ts';

const top = join(import.meta.dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'seatrial-compare-'));
test.after.always(() => rmSync(folder, {recursive: true, force: true}));

/** A whole document of fio: 10 s of random reads at the given speed. */
function fio(opsPerSecond: number, {iodepth = '1', seconds = 10, asked = 10} = {}): string {
  const total = Math.round(opsPerSecond * seconds);
  const bytes = total * 4096;
  const none = {min: 0, max: 0, mean: 0, stddev: 0, N: 0};
  const idle = {
    io_bytes: 0,
    short_ios: 0,
    drop_ios: 0,
    io_kbytes: 0,
    bw: 0,
    bw_bytes: 0,
    iops: 0,
    runtime: 0,
    total_ios: 0,
    slat_ns: none,
    clat_ns: none,
    lat_ns: none,
  };
  const read = {
    ...idle,
    io_bytes: bytes,
    io_kbytes: Math.floor(bytes / 1024),
    bw: Math.floor(bytes / seconds / 1024),
    bw_bytes: Math.round(bytes / seconds),
    iops: total / seconds,
    runtime: seconds * 1000,
    total_ios: total,
  };
  const options = {rw: 'randread', bs: '4k', iodepth, runtime: String(asked), time_based: ''};
  const job = {jobname: 'j', groupid: 0, error: 0, 'job options': options, read, write: idle, trim: idle};
  return JSON.stringify({'fio version': 'fio-3.33', jobs: [job]});
}

function files(name: string, speeds: readonly number[], options?: Parameters<typeof fio>[1]): string[] {
  mkdirSync(join(folder, name), {recursive: true});
  return speeds.map((speed, index) => {
    const path = join(folder, name, `${index}.json`);
    writeFileSync(path, fio(speed, options));
    return path;
  });
}

const old = files('old', [1000, 1010, 990, 1020, 980, 1005]);
const same = files('same', [1001, 1011, 991, 1021, 981, 1006]);
const slow = files('slow', [900, 910, 890, 920, 880, 905], {iodepth: '8'});

interface Ran {
  out: string;
  code: number;
}

let queue: Promise<unknown> = Promise.resolve();

/** One at a time: standard output and the exit code belong to the process. */
function run(...words: readonly string[]): Promise<Ran> {
  const one = queue.then(async () => {
    const program = new Command('seatrial').exitOverride().configureOutput({writeErr: () => {}, writeOut: () => {}});
    setUpCompare(program.command('compare'));
    const write = process.stdout.write;
    let out = '';
    process.stdout.write = (text: unknown) => {
      out += String(text);
      return true;
    };
    try {
      await program.parseAsync(['compare', ...words], {from: 'user'});
      return {out, code: Number(process.exitCode)};
    } finally {
      process.stdout.write = write;
      process.exitCode = 0;
    }
  });
  queue = one.catch(() => undefined);
  return one;
}

test('a slowdown is worse and exits 1; the other setting is told', async t => {
  const {out, code} = await run(...old, '--', ...slow);
  t.is(code, 1);
  t.regex(out, /iodepth: 1 → 8/);
  t.regex(out, /Storage operations[^\n]*\n.*−10\.0 % \[.*worse/);
});

test('alike exits 0; --paired too', async t => {
  t.is((await run(...old, '--', ...same)).code, 0);
  const {out, code} = await run('--paired', ...old, '--', ...same);
  t.is(code, 0);
  t.regex(out, /6 pairs/);
});

test('options may stand on either side of --', async t => {
  const before = await run(...old, '--metric', 'storage.iops', '--format', 'json', '--', ...slow);
  const after = await run(...old, '--', ...slow, '--metric', 'storage.iops', '--format=json');
  t.is(before.out, after.out);
  const read = JSON.parse(after.out);
  t.deepEqual([read.rows.length, read.before.length, read.after.length], [1, 6, 6]);
});

test('unfit files are left out with the reason, and none-worse is not said', async t => {
  const short = files('short', [1000], {seconds: 3});
  writeFileSync(join(folder, 'torn.json'), fio(1000).slice(0, 300));
  const {out, code} = await run(...old, '--', ...same, ...short, join(folder, 'torn.json'));
  t.is(code, 2);
  t.regex(out, /Left out of after: \S*short\/0\.json: a job ran shorter than asked/);
  t.regex(out, /Left out of after: \S*torn\.json: /);
  t.regex(out, /6 \+ 6/);
});

test('a copy is no further trial, and the same file on both sides is told', async t => {
  const copy = join(folder, 'copy.json');
  copyFileSync(old[0] ?? '', copy);
  const {out, code} = await run(...old, copy, '--', ...same, old[0] ?? '');
  t.is(code, 2);
  t.regex(out, /Left out of before: \S*copy\.json: a copy of \S*old\/0\.json: one trial counts once/);
  t.regex(out, /old\/0\.json stands on both sides/);
  t.regex((await run(...old, ...old, '--', ...same)).out, /named twice: one trial counts once/);
});

test('the noise of an A/A comparison raises what counts', async t => {
  const noise = join(folder, 'noise.json');
  const shaken = files('shaken', [1100, 1110, 1090, 1120, 1080, 1105]);
  await run(...old, '--', ...shaken, '--out', noise);
  const {out, code} = await run(...old, '--', ...slow, '--noise', noise);
  t.is(code, 0);
  t.regex(out, /but below 2\d(\.\d)? %/);
  t.regex(out, /is it an A\/A\?/);
  t.is((await run(...old, '--', ...slow, '--noise', '8%')).code, 0);
  t.is((await run(...old, '--', ...slow, '--threshold', '20%')).code, 0);
});

test('planted: a figure that was asked for and that no file gives forbids "no metric is worse"', async t => {
  const {out, code} = await run(...old, '--', ...same, '--figures', 'p99.99');
  t.is(code, 2);
  for (const side of ['before', 'after'])
    t.true(out.includes(`p99.99 was asked for, and no trial ${side} gives it`), out);
  const edge = join(top, 'fixtures/truth/compare-edge');
  const given = (side: string) => [0, 1, 2, 3, 4, 5].map(index => join(edge, `${side}${index}.json`));
  const both = await run(...given('e'), '--', ...given('g'), '--figures', 'mean,p99');
  t.notRegex(both.out, /was asked for/);
  // Nobody asked: what these files lack is no surprise.
  t.is((await run(...old, '--', ...same)).code, 0);
});

test('--out takes the format from the name', async t => {
  for (const [name, shape] of [
    ['x.md', /^# Worse/],
    ['x.csv', /^metric,labels/],
    ['x.html', /^<!doctype html>/],
    ['x.json', /^\{/],
    ['x.txt', /^Worse: before and after/],
  ] as const) {
    const path = join(folder, name);
    const {out} = await run(...old, '--', ...slow, '--out', path);
    t.is(out, `${path}\n`);
    t.regex(readFileSync(path, 'utf8'), shape);
  }
});

for (const [words, expected] of [
  ['OLD SAME', /-- is missing/],
  ['-- SAME', /nothing before --/],
  ['OLD --', /nothing after --/],
  ['', /-- is missing/],
  ['OLD -- SAME -- OLD', /stands there twice/],
  ['OLD -- /nowhere.json', /there is no file \/nowhere\.json/],
  ['OLD -- SAME --frmat md', /unknown option --frmat/],
  ['OLD -- FOLDER', /is a folder, but no stored run/],
  ['OLD -- RUN', /cannot be compared with each other/],
  ['RUN -- RUN --figures p99', /--figures is for files: a stored run has the figures that its scenarios measured/],
  ['--paired OLD -- SAME SLOW', /pairs need as many after as before: there are 1 before -- and 2 after it/],
  ['OLD -- SAME --noise /nowhere', /there is no file/],
  ['OLD -- SAME --noise OLD', /is no comparison/],
  ['OLD -- SAME --out /nowhere/x', /cannot be written/],
] as const) {
  test(`refused with 3: ${words}`, async t => {
    const names: Readonly<Record<string, string | undefined>> = {
      OLD: old[0],
      SAME: same[0],
      SLOW: slow[0],
      FOLDER: folder,
      RUN: join(top, 'fixtures/runs/quick'),
    };
    const all = words.split(' ').filter(word => word !== '');
    const error = await t.throwsAsync(run(...all.map(word => names[word] ?? word)), {instanceOf: CommandError});
    t.is(error?.exitCode, 3);
    t.regex(error?.message ?? '', expected);
    t.not(error?.todo, '');
  });
}

for (const words of [
  '--metric storage.iop a -- b',
  '--threshold 5 a -- b',
  '--confidence 95 a -- b',
  '--noise 900000% a -- b',
  '--figures p100 a -- b',
  '--format docx a -- b',
  '--frmat md a -- b',
]) {
  test(`wrong usage: ${words}`, async t => {
    await t.throwsAsync(run(...words.split(' ')), {instanceOf: CommanderError});
  });
}

test('two stored runs: each trial a value, each profile against itself; altered bytes and other hardware are told', async t => {
  const stored = join(top, 'fixtures/runs/quick');
  const other = join(folder, 'run');
  cpSync(stored, other, {recursive: true});
  const header = readFileSync(join(other, 'run.json'), 'utf8')
    .replace('"2026-11-24T16-38-41-fresh"', '"other"')
    .replaceAll('"16.2.15', '"17.2.0');
  writeFileSync(join(other, 'run.json'), header);
  const {out, code} = await run(stored, '--', other, '--format', 'json', '--metric', 'storage.iops,failover.service');
  t.is(code, 2);
  const read = JSON.parse(out);
  t.is(read.before.length, 12);
  t.deepEqual(
    new Set(read.rows.map((row: {labels: {profile: string}}) => row.labels.profile)),
    new Set(['stock', 'tuned']),
  );
  t.deepEqual(
    read.settings.between.map((one: {setting: string}) => one.setting),
    ['ceph'],
  );
  t.true(
    read.reasons.some((reason: string) => /^run other holds what run 2026-\S+ measured, to the byte/.test(reason)),
  );
  t.true(read.reasons.some((reason: string) => /^other: it is damaged in \d+ places/.test(reason)));
});

test('a stored run counts once, on one side and on both', async t => {
  const stored = join(top, 'fixtures/runs/quick');
  const copy = join(folder, 'run-copied');
  cpSync(stored, copy, {recursive: true});
  const {out, code} = await run(stored, copy, '--', stored, '--format', 'json');
  const read = JSON.parse(out);
  t.is(code, 2);
  t.regex(read.reasons.join('\n'), /Left out of before: .*to the byte: one measurement counts once/);
  t.regex(read.reasons.join('\n'), /stands on both sides: the same trials are compared with themselves/);
  const fit = (side: readonly {unfit?: string}[]) => side.filter(({unfit}) => unfit === undefined).length;
  t.is(fit(read.before), fit(read.after));
});

test('planted: an output of a done trial that could not be read forbids "no metric is worse"; an earlier try does not', t => {
  const example = exampleReport();
  const report = {...example, findings: [], warnings: []};
  const done = report.trials.find(({status}) => status === 'done');
  if (done === undefined) return t.fail('the example has no trial that is done');
  const about = (text: string) => ({subject: `trial ${done.slot}`, text, todo: ''});
  t.deepEqual(reservationsOf({name: 'night', report}), []);
  const unread = about(`${done.folder}/artefacts/fio.json at : expected JSON, found an unexpected end`);
  t.deepEqual(reservationsOf({name: 'night', report: {...report, warnings: [...example.warnings, unread]}}), [
    `night, trial ${done.slot}: ${unread.text}`,
  ]);
  const before = {...done, folder: `${done.folder}-before`, status: 'aborted' as const};
  const anew = about(
    `${done.scenario} under ${done.profile} aborted (stopped) and tried anew: what it left in ${before.folder} counts for nothing but its findings`,
  );
  const resumed = {times: [], interrupted: [before]};
  t.deepEqual(reservationsOf({name: 'night', report: {...report, resumed, warnings: [anew]}}), []);
});

test('the examples in the help run', async t => {
  const program = new Command('seatrial').exitOverride();
  setUpCompare(program.command('compare'));
  let help = '';
  program.commands[0]?.configureOutput({writeOut: text => (help += text)}).outputHelp();
  const examples = help
    .split('\n')
    .flatMap(line => /^ {2}seatrial compare (.*?)(?: {2,}.*| \|.*)?$/.exec(line)?.[1] ?? []);
  t.is(examples.length, 7);
  const inFolder = (word: string): string[] => {
    const named = {
      'old/*.json': old,
      'new/*.json': slow,
      'same1/*.json': old,
      'same2/*.json': same,
      'runs/monday': [join(top, 'fixtures/runs/quick')],
      'runs/tuesday': [join(top, 'fixtures/runs/quick')],
    }[word];
    if (named) return named;
    const single = /^([ab])(\d)\.json$/.exec(word);
    if (single) return [(single[1] === 'a' ? old : slow)[Number(single[2])] ?? word];
    return [/^(?:noise\.json|week\.html)$/.test(word) ? join(folder, word) : word];
  };
  for (const example of examples) {
    const {out} = await run(...example.split(' ').flatMap(inFolder));
    t.not(out, '', example);
  }
  t.true(existsSync(join(folder, 'week.html')));
});
