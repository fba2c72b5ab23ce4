import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {FileTarget} from '../judge/targets.ts';
import {combine, gather, startBatch, startGathering} from './gather.ts';
import {inspectText} from './inspect.ts';
import {type FileVerdict, judgeGathered} from './judge.ts';
import type {FileContents, FileRecord} from './records.ts';

const target: FileTarget = {
  id: 't',
  metric: 'storage.latency',
  unit: 's',
  where: {job: 'j', direction: 'read', percentile: 'p99'},
  written: 'p99',
  statistic: 'median',
  relation: 'at-most',
  bound: 0.005,
  confidence: 0.95,
  scope: 'file',
};
const iops: FileTarget = {
  ...target,
  metric: 'storage.iops',
  unit: 'op/s',
  where: {job: 'j', direction: 'read'},
  written: 'median',
  relation: 'at-least',
  bound: 100,
};
const observed = (one: FileTarget): FileTarget => ({...one, statistic: 'observed', written: 'observed', scope: 'all'});

let runs = 0;

/** A json+ file of one job: `ns` is a midpoint of fio's bins. Each ran 10 s and began a minute after the one before. */
function fio(file: string, ns = 1_003_520, change: Partial<FileRecord> = {}): FileContents {
  const latency = {min: ns / 1e9, mean: ns / 1e9, max: ns / 1e9, stddev: 0};
  const record: FileRecord = {
    name: 'j',
    direction: 'read',
    group: 0,
    pattern: 'randread',
    opsPerSecond: 150,
    bytesPerSecond: 150 * 4096,
    runtimeSeconds: 10,
    latencySeconds: latency,
    bins: [[ns, 1000]],
    latencyCount: 1000,
    span: ran(60 * runs++),
    path: '/jobs/0/read',
    ...change,
  };
  return {file, tool: 'fio', version: 'fio-3.42', records: [record], settings: {bs: '4k'}, warnings: []};
}

/** 10 s from so many seconds on. */
function ran(second: number) {
  const startMs = 1_700_000_000_000 + 1000 * second;
  return {startMs, endMs: startMs + 10_000};
}

/** As many files a batch as there are. */
function judged(targets: readonly FileTarget[], files: readonly FileContents[]) {
  return judgeGathered(combine(startGathering(targets), targets, batchOf(targets, files)), targets);
}

function batchOf(targets: readonly FileTarget[], files: readonly FileContents[]) {
  const batch = startBatch(targets);
  for (const file of files) gather(batch, targets, file);
  return batch;
}

function one(wanted: FileTarget, files: readonly FileContents[]): FileVerdict {
  const [first] = judged([wanted], files).verdicts;
  if (first === undefined) throw new Error('no verdict');
  return first;
}

function reason({verdict}: FileVerdict): string {
  return verdict.kind === 'undecided' ? verdict.reason : `decided: ${verdict.kind}`;
}

const six = Array.from({length: 6}, (_, n) => fio(`${n + 1}.json`));
const slow = Array.from({length: 6}, (_, n) => fio(`${n + 1}.json`, 8_028_160));

test('the order of the trials is that of their starts, not of their names', t => {
  const rates = [101, 105, 109, 113, 117, 121];
  // By name the rates go up and down; by their starts they only rise.
  const names = ['d', 'a', 'e', 'b', 'f', 'c'];
  const at = (seconds: readonly number[]) =>
    rates.map((opsPerSecond, index) =>
      fio(`${names[index]}.json`, undefined, {opsPerSecond, span: ran(seconds[index] ?? Number.NaN)}),
    );
  const files = at([0, 60, 120, 180, 240, 300]);
  t.regex(reason(one(iops, files)), /holds the bound 100; it is 7\.004 times as wide .* depend on each other/);
  t.is(one(iops, at([0, 180, 60, 300, 120, 240])).verdict.kind, 'met');
  const [first, ...others] = files;
  const [record] = first?.records ?? [];
  if (first === undefined || record === undefined) throw new Error('no files');
  const {span: _, ...timeless} = record;
  for (const other of [
    {...first, records: [timeless]},
    {...first, records: [{...record, span: ran(60)}]},
  ]) {
    const {verdict} = one(iops, [other, ...others]);
    t.true(verdict.kind === 'met' && /order of the trials is not known/.test(verdict.estimate.method));
  }
});

test('six good files keep a bound on the median, six slow ones break it, five leave it open', t => {
  t.is(one(target, six).verdict.kind, 'met');
  t.is(one(target, slow).verdict.kind, 'missed');
  const five = one(target, six.slice(0, 5)).verdict;
  t.like(five, {kind: 'undecided', trialsNeeded: 6});
});

test('one file is one trial: a median over it says nothing', t => {
  t.like(one(target, six.slice(0, 1)).verdict, {kind: 'undecided', trialsNeeded: 6});
  t.like(one({...target, statistic: 'worst', reliability: 0.95}, six).verdict, {kind: 'undecided', trialsNeeded: 59});
});

test('a bound inside the bin is undecided, and no further trial would help', t => {
  const within = one({...target, bound: 1_003_500e-9}, six);
  t.regex(reason(within), /too coarse/);
  t.regex(reason(one(observed({...target, bound: 1_003_500e-9}), six)), /within the resolution/);
});

const planted: readonly (readonly [name: string, files: readonly FileContents[], expected: RegExp])[] = [
  [
    'a file that cannot be read',
    [
      ...six,
      {file: 'x', records: [], settings: {}, warnings: [], error: {path: 'line 1', expected: 'JSON', found: 'text'}},
    ],
    /x is not judged: it cannot be read at line 1/,
  ],
  [
    'a file that must not be judged',
    [...six, {...fio('x'), unfit: 'fio was interrupted'}],
    /x is not judged: fio was interrupted/,
  ],
  [
    'a file without the percentile',
    [...six, fio('x', 1_003_520, {bins: [] as const, latencySeconds: {mean: 1}})],
    /x gives no p99 of storage.latency: run fio with --output-format=json\+/,
  ],
  [
    'a file whose job lacks the direction',
    [...six, fio('x', 1_003_520, {direction: 'write'})],
    /x holds no read of it/,
  ],
];
for (const [name, files, expected] of planted) {
  test(`good values are not enough beside ${name}`, t => {
    const verdict = one(target, files);
    t.is(verdict.verdict.kind, 'undecided');
    t.regex(reason(verdict), expected);
    t.regex(reason(verdict), /all values seen are good, but/);
    t.is(one(observed(target), files).verdict.kind, 'undecided');
  });
}

test('a broken bound stays broken, whatever else is missing', t => {
  t.is(one(target, [...slow, {...fio('x'), unfit: 'short'}]).verdict.kind, 'missed');
});

test('a file of another tool concerns no other target; one that nobody can read concerns all', t => {
  const iperf3: FileContents = {
    file: 'x',
    tool: 'iperf3',
    records: [],
    settings: {},
    warnings: [],
    error: {path: '/error', expected: 'a test', found: 'refused'},
  };
  t.is(one(target, [...six, iperf3]).verdict.kind, 'met');
  const {tool, ...unknown} = iperf3;
  t.is(one(target, [...six, unknown]).verdict.kind, 'undecided');
});

test('a copy of a file is no further trial', t => {
  const original = fio('a.json');
  const copies = Array.from({length: 6}, (_, n) => ({...original, file: `${n}.json`}));
  const verdict = one(target, copies);
  t.is(verdict.verdict.kind, 'undecided');
  t.is(verdict.trials, 1);
  t.regex(reason(verdict), /1\.json is a copy of 0\.json/);
  t.is(one(observed(iops), copies.slice(0, 2)).verdict.kind, 'undecided');
  const later = copies.map(({file}) => fio(file));
  t.is(one(target, later).verdict.kind, 'met');
});

test('several series are not thrown together', t => {
  const mixed = [
    ...six,
    ...six.map(({file, ...rest}) => ({
      ...rest,
      file: `w${file}`,
      records: rest.records.map(record => ({...record, direction: 'write'})),
    })),
  ];
  const {percentile} = target.where;
  const verdict = one({...target, where: {job: 'j', ...(percentile === undefined ? {} : {percentile})}}, mixed);
  t.regex(reason(verdict), /2 things at once: direction read, write: name one in "where"/);
  t.is(one({...observed(target), where: {percentile: 'p99'}}, mixed).verdict.kind, 'met');
});

test('a target that finds nothing is undecided and says what there is', t => {
  const verdict = one({...target, where: {job: 'k', percentile: 'p99'}}, six);
  t.regex(
    reason(verdict),
    /no file gives storage\.latency where job k, percentile p99; there is job j; direction read/,
  );
  t.is(verdict.passedOver, 6);
  t.is(judged([], six).overall, 'undecided');
  t.is(judged([target], []).overall, 'undecided');
});

test('all files together: rates are added, bins merged, and it is one trial', t => {
  const span = ran(0);
  const two = [fio('a/1.json', 1_003_520, {span}), fio('b/1.json', 8_028_160, {bins: [[8_028_160, 5]], span})];
  const sum = one({...observed(iops), bound: 300}, two);
  t.like(sum.verdict, {kind: 'met', estimate: {value: 300, n: 1}});
  t.is(sum.files, 2);
  t.is(one({...observed(iops), bound: 301}, two).verdict.kind, 'missed');
  // 5 of 1005 are slow: they are P99.6 of all and P50 of their own file.
  t.is(one(observed(target), two).verdict.kind, 'met');
  const p999 = {...observed(target), where: {...target.where, percentile: 'p99.9'}};
  t.is(one(p999, two).verdict.kind, 'missed');
});

test('each folder is a trial; one that lacks a file of its hosts cannot be met', t => {
  const folders = Array.from({length: 6}, (_, n) =>
    ['h1', 'h2'].map((host, at) => fio(`run${n}/${host}.json`, 1_003_520 + at, {span: ran(60 * n)})),
  ).flat();
  const each: FileTarget = {...iops, scope: 'folder', bound: 299};
  const whole = one(each, folders);
  t.like(whole.verdict, {kind: 'met', estimate: {value: 300, n: 6}});
  t.is(whole.trials, 6);
  const verdict = one({...each, bound: 100}, folders.slice(0, -1));
  t.regex(reason(verdict), /run5 holds 1 of its files where others hold 2/);
});

test('a copy is never added to a pool, in whichever batch it came', t => {
  const span = ran(0);
  const [one, two] = [fio('a/1.json', 1_003_520, {span}), fio('b/1.json', 1_011_712, {span})];
  const copy = {...one, file: 'c/1.json'};
  for (const batches of [[[one, two, copy]], [[one, two], [copy]], [[one], [copy], [two]]]) {
    const wanted = [observed(iops), observed(target)];
    const all = startGathering(wanted);
    for (const files of batches) combine(all, wanted, structuredClone(batchOf(wanted, files)));
    const {verdicts} = judgeGathered(all, wanted);
    t.deepEqual(
      verdicts.map(({files}) => files),
      [2, 2],
    );
    t.is(verdicts[0]?.verdict.estimate?.value, 300);
    t.is(verdicts[0]?.verdict.kind, 'undecided');
    t.regex(verdicts[0] === undefined ? '' : reason(verdicts[0]), /c\/1\.json is a copy of a\/1\.json/);
  }
});

test('files that ran one after the other are not added up; what was seen in their latencies is', t => {
  const files = [0, 1, 2].map(n => fio(`${n}.json`, 1_003_520 + n));
  t.regex(reason(one(observed(iops), files)), /2\.json began 120 s after 0\.json/);
  t.is(one(observed(target), files).verdict.kind, 'met');
  t.is(one(observed(target), files).files, 3);
});

test('files that ran at once, each taken for a trial, are told', t => {
  const hosts = Array.from({length: 6}, (_, n) => fio(`h${n}.json`, 1_003_520 + n, {span: ran(n)}));
  t.regex(one(target, hosts).warnings.join(), /h0\.json and h1\.json ran at once: are they parts of one trial/);
  t.deepEqual(one(target, six).warnings, []);
  t.deepEqual(one(observed(target), hosts).warnings, []);
});

test('a sum over files that are missing is not missed: they would have added to it', t => {
  const span = ran(0);
  const two = [fio('a/1.json', 1_003_520, {span}), fio('b/1.json', 1_011_712, {span})];
  const high = {...observed(iops), bound: 400};
  t.is(one(high, two).verdict.kind, 'missed');
  const beside = one(high, [...two, {...fio('c/1.json'), unfit: 'short'}]);
  t.regex(reason(beside), /breaks the bound, but files are missing.*c\/1\.json is not judged: short/);
  t.is(one(high, [...two, {...(two[0] ?? fio('x')), file: 'c/1.json'}]).verdict.kind, 'missed');
});

test('a file that has only writes is no silence about reads', t => {
  const verdict = one({...iops, where: {direction: 'read'}}, [...six, fio('w.json', 1_003_520, {direction: 'write'})]);
  t.regex(reason(verdict), /all values seen are good, but w\.json holds no read of it/);
});

test('too few operations for a percentile are no value of it; what was seen needs fewer', t => {
  const few = Array.from({length: 6}, (_, n) =>
    fio(`${n}.json`, 1_003_520, {bins: [[1_003_520, 100]], latencyCount: 100}),
  );
  t.regex(reason(one(target, few)), /0\.json holds 100 operations, which cannot show p99: 299 are needed/);
  t.is(one(observed(target), few).verdict.kind, 'met');
  const seen = few.map((file, n) => fio(file.file, 1_003_520 + n, {bins: [[1_003_520, 99]], latencyCount: 99}));
  t.is(one({...observed(target), scope: 'file'}, seen).verdict.kind, 'undecided');
  t.is(one(observed(target), seen).verdict.kind, 'met');
});

test('histograms that never ended are a lower bound only', t => {
  const last = 17_112_760_320;
  t.is(one(observed({...target, bound: 60}), [fio('a', last)]).verdict.kind, 'undecided');
  t.is(one(observed({...target, bound: 10}), [fio('a', last)]).verdict.kind, 'missed');
});

test('trials made with other settings are told apart in a warning', t => {
  const other = six.map((file, n) => (n === 0 ? {...file, settings: {bs: '64k'}} : file));
  t.deepEqual(one(target, other).warnings, ['Its files were made with different settings: bs 4k, 64k']);
  t.deepEqual(one(target, six).warnings, []);
});

test('the file to look at first is named, and so are trials in a reason', t => {
  const files = [...six.slice(1), fio('bad.json', 8_028_160)];
  const worst = one({...target, statistic: 'worst', reliability: 0.5}, files);
  t.is(worst.verdict.kind, 'missed');
  t.is(worst.worst?.from, 'bad.json');
  const unsure = one({...target, statistic: 'worst', reliability: 0.5, bound: 8_028_000e-9}, files);
  t.deepEqual(unsure.named, [{trial: 6, name: 'bad.json'}]);
});

test('gathered in parts, cloned and combined, it is the same', t => {
  const targets = [target, iops, observed(target), {...iops, scope: 'folder'} as const];
  const files = [...six, {...fio('x'), unfit: 'short'}, fio('d/1', 8_028_160), fio('d/2')];
  const parts = [files.slice(0, 3), files.slice(3, 4), files.slice(4)].map(part => {
    return structuredClone(batchOf(targets, part));
  });
  const combined = parts.reduce((all, part) => combine(all, targets, part), startGathering(targets));
  t.deepEqual(judgeGathered(combined, targets), judged(targets, files));
  t.is(judged(targets, files).problems.length, 1);
});

test('a gathering keeps no histogram of a file', t => {
  const bins = Array.from({length: 100}, (_, n) => [n, 1] as const);
  const targets = [target, iops, observed(target)];
  const state = startGathering(targets);
  for (let n = 0; n < 50; n += 1) combine(state, targets, batchOf(targets, [fio(`${n}`, 1_003_520, {bins})]));
  t.true(JSON.stringify(state).length < 50 * 1000);
});

test('recordings are judged: lossy UDP breaks a bound on loss', t => {
  const file = 'iperf3-3.12/udp-lossy.out';
  const contents = inspectText(readFileSync(join(import.meta.dirname, '../../fixtures', file), 'utf8'), file);
  const loss: FileTarget = {
    ...iops,
    metric: 'network.loss',
    unit: 'ratio',
    where: {protocol: 'udp'},
    relation: 'at-most',
    bound: 0.001,
  };
  t.is(one({...loss, statistic: 'observed'}, [contents]).verdict.kind, 'missed');
  t.is(one({...loss, statistic: 'observed', bound: 0.02}, [contents]).verdict.kind, 'met');
});
