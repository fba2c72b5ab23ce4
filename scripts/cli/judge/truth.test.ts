/** Files that look like more than they are: none of them may be met. Each is a case that was met once. */
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {sideBySide} from '../../../reports/comparison/side-by-side.ts';
import {render} from '../../../reports/document/index.ts';
import {readSides, usualFigures} from '../compare/sides.ts';
import {CommandError} from '../kit/command-error.ts';
import {judge} from './command.ts';

const truth = join(import.meta.dirname, '../../../fixtures/truth');
const folder = mkdtempSync(join(tmpdir(), 'seatrial-truth-'));
test.after.always(() => rmSync(folder, {recursive: true}));

function filesIn(name: string, start = ''): readonly string[] {
  return readdirSync(join(truth, name))
    .filter(file => !file.endsWith('.yaml') && file.startsWith(start))
    .map(file => join(truth, name, file));
}

async function judged(name: string, targets: string) {
  const {document, exitCode} = await judge(filesIn(name), {targets: join(truth, targets)});
  const text = await render(document, 'json');
  const read: {verdicts: {verdict: string; reason?: string; files: number; estimate?: {value: number; n: number}}[]} =
    JSON.parse(text);
  const [first] = read.verdicts;
  if (first === undefined) throw new Error('no verdict');
  return {...first, exitCode, all: read.verdicts};
}

const undecided: readonly (readonly [name: string, targets: string, reason: RegExp])[] = [
  ['copies-ping', 'copies-ping/t.yaml', /b\.out is a copy of \S+a\.out, not another trial/],
  ['no-start', 'no-start.targets.yaml', /r1\.json is a copy of \S+r0\.json/],
  ['same-echo', 'same-echo.targets.yaml', /2\.out is a copy of \S+1\.out/],
  ['sequential', 'sequential/t.yaml', /h5\.json began 50 s after \S+h0\.json: all ran at once for 0 s of/],
  ['one-io', 'one-io/t.yaml', /holds 1 operation, which cannot show p99\.99: 29,956 are needed/],
  ['ping-loss', 'ping-loss/t.yaml', /known from below only: it never ended, was never answered/],
  ['few-operations', 'few-operations.targets.yaml', /holds 100 operations, which cannot show p99: 299 are needed/],
];
for (const [name, targets, reason] of undecided) {
  test(`${name} is undecided`, async t => {
    const {verdict, reason: said, exitCode} = await judged(name, targets);
    t.is(verdict, 'undecided');
    t.is(exitCode, 2);
    t.regex(said ?? '', reason);
  });
}

test('copies-client: what four copies carried is what one carried', async t => {
  const {verdict, estimate, files} = await judged('copies-client', 'copies-client/t.yaml');
  t.is(verdict, 'missed');
  t.is(Math.round(estimate?.value ?? 0), 2999);
  t.is(files, 1);
});

test('percentile-share is refused, and P99 as it should be written is missed', async t => {
  const files = filesIn('percentile-share');
  const error = await t.throwsAsync(judge(files, {targets: join(truth, 'percentile-share.targets.yaml')}), {
    instanceOf: CommandError,
  });
  t.regex(`${error?.message}`, /written in per cent: p99, not p0\.99/);
  const right = join(folder, 'right.yaml');
  const text = readFileSync(join(truth, 'percentile-share.targets.yaml'), 'utf8');
  writeFileSync(right, text.replaceAll('p0.99', 'p99').replaceAll('0.999', 'p99').replaceAll('0.99', 'p99'));
  const {exitCode} = await judge(files, {targets: right});
  t.is(exitCode, 1);
});

test('low-confidence is refused, and what is met says how surely', async t => {
  const files = filesIn('percentile-share');
  const targets = join(truth, 'low-confidence.targets.yaml');
  const error = await t.throwsAsync(judge(files, {targets}), {instanceOf: CommandError});
  t.regex(`${error?.message}`, /found 0\.0001 for targets\[1\]\.confidence, expected at least 0\.8/);
  const sure = join(folder, 'sure.yaml');
  writeFileSync(
    sure,
    'targets: [{id: a, metric: storage.iops, statistic: median, confidence: 0.9, bound: "> 1 op/s"}]\n',
  );
  const {document} = await judge(files, {targets: sure});
  for (const format of ['text', 'md', 'html'] as const) {
    t.regex(await render(document, format), /met, at 90 % confidence/);
  }
});

test('CSV has no infinities: an open end is an empty cell, and named', async t => {
  const {document} = await judge(filesIn('no-start'), {targets: join(truth, 'no-start.targets.yaml')});
  const text = await render(document, 'csv');
  t.notRegex(text, /Infinity|NaN/);
  const [head = '', first = ''] = text.split('\n');
  t.is(head.split(',').at(-1), 'open_ends');
  t.is(first.split(',').at(-1), 'low and high');
});

test('again: six names for one run are one trial a side', async t => {
  const read = await readSides(filesIn('again-1'), filesIn('again-2'), usualFigures);
  const {exitCode, rows} = sideBySide(read.before, read.after, {paired: false, reservations: read.reservations});
  t.is(exitCode, 2);
  t.deepEqual(
    [...new Set(rows.map(({before, after}) => `${before.values.length} + ${after.values.length}`))],
    ['1 + 1'],
  );
});

test('compare-edge: a loss that may exceed the threshold is not "no metric is worse"', async t => {
  const read = await readSides(filesIn('compare-edge', 'e'), filesIn('compare-edge', 'g'), ['mean']);
  t.is(sideBySide(read.before, read.after, {paired: false}).exitCode, 2);
  // Without their starts the sides are no blocks, and only the size of the loss speaks.
  const timeless = (side: typeof read.before) => side.map(({place: _, ...trial}) => trial);
  const {exitCode, rows} = sideBySide(timeless(read.before), timeless(read.after), {paired: false});
  t.is(exitCode, 2);
  t.true(rows.some(({verdict, notes}) => verdict === 'too-noisy' && notes.join().includes('may exceed 3 %')));
});

test('a side compared with itself says nothing', async t => {
  const files = filesIn('compare-edge', 'e');
  const read = await readSides(files, files, ['mean']);
  const {exitCode, reasons} = sideBySide(read.before, read.after, {paired: false, reservations: read.reservations});
  t.is(exitCode, 2);
  t.regex(reasons.join(), /e0\.json stands on both sides: the same trial is compared with itself/);
});
