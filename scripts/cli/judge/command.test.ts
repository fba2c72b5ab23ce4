import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {type FormatName, render} from '../../../reports/document/index.ts';
import {fileMetrics} from '../../../reports/judge/targets.ts';
import {loadFileTargets} from '../../../suites/read/file-targets.ts';
import {CommandError} from '../kit/command-error.ts';
import {judge as judged} from './command.ts';

const top = join(import.meta.dirname, '../../..');
const page = readFileSync(join(top, 'docs/targets.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'seatrial-judge-'));
test.after.always(() => rmSync(folder, {recursive: true}));

async function judge(files: readonly string[], options: {targets: string; format?: FormatName}) {
  const {document, exitCode} = await judged(files, options);
  return {text: await render(document, options.format ?? 'text'), exitCode};
}

/** The fenced blocks of one language, in order. */
function blocks(language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, text = '']) => text);
}

const mixed = ['fixtures/fio-3.33/randrw-two-jobs.out', 'fixtures/fio-3.42/randrw-two-jobs.out'];

function written(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

function targets(bound: string): string {
  return `targets:\n  - {id: seen, metric: storage.iops, where: {direction: total}, statistic: observed, bound: "${bound}"}\n`;
}

test('the page: its example prints what it says', async t => {
  const [example = ''] = blocks('yaml');
  const files = /^\$ seatrial judge (.*) --targets mine\.yaml$/m.exec(page)?.[1]?.split(' ') ?? [];
  const told = await judge(files, {targets: written('mine.yaml', example)});
  t.is(told.text, blocks('text')[0] ?? '');
  t.is(told.exitCode, 1);
});

test('the page: its further targets are read, and its wrong ones are refused as it says', async t => {
  const [, further = '', wrong = ''] = blocks('yaml');
  const read = loadFileTargets(further, 'further.yaml', fileMetrics);
  t.true(read.ok, JSON.stringify(read));
  const file = written('wrong.yaml', wrong);
  const error = await t.throwsAsync(judge(mixed, {targets: file}), {instanceOf: CommandError});
  t.is(`${error?.message}\n${error?.todo}\n`.replaceAll(file, 'wrong.yaml'), blocks('text')[1] ?? '');
  t.is(error?.exitCode, 3);
});

test('the page: its table of metrics is the list of metrics', t => {
  const rows = [...page.matchAll(/^\| `([a-z.-]+)` \| (\S+) \| (fio|iperf3|ping) \| (.*) \|$/gm)];
  t.deepEqual(
    rows.map(([, name, unit, tool, labels = '']) => [name, unit, tool, labels.replaceAll('`', '').split(', ')]),
    fileMetrics.map(({name, unit, tool, labels}) => [name, unit, tool, [...labels]]),
  );
});

test('exit codes: 0 met, 1 missed, 2 undecided, 3 wrong usage', async t => {
  const met = written('met.yaml', targets('> 1 op/s'));
  t.is((await judge(mixed, {targets: met})).exitCode, 0);
  t.is((await judge(mixed, {targets: written('missed.yaml', targets('> 1M op/s'))})).exitCode, 1);
  const beside = await judge([...mixed, '/nowhere.json'], {targets: met});
  t.is(beside.exitCode, 2);
  t.regex(beside.text, /\/nowhere\.json is not judged: it cannot be read/);
  for (const [files, options, expected] of [
    [[...mixed, ...mixed], {targets: met}, /named twice/],
    [[...mixed, './fixtures/fio-3.33'], {targets: met}, /named twice/],
    [mixed, {targets: '/nowhere.yaml'}, /there is no file/],
  ] as const) {
    await t.throwsAsync(judge(files, options), {instanceOf: CommandError, message: expected});
  }
});

test('the same recording under another name is no second trial', async t => {
  mkdirSync(join(folder, 'copies'), {recursive: true});
  const text = readFileSync(join(top, 'fixtures/fio-3.42/randread-jsonplus.out'), 'utf8');
  const copies = Array.from({length: 6}, (_, n) => written(`copies/${n}.json`, text));
  const yaml = 'targets: [{id: a, metric: storage.iops, statistic: median, bound: "> 1 op/s"}]\n';
  const told = await judge(copies, {targets: written('copies.yaml', yaml)});
  t.is(told.exitCode, 2);
  t.regex(told.text, /1\.json is a copy of \S+0\.json, not another trial/);
});

test('JSON, CSV and Markdown say the same', async t => {
  const file = written('three.yaml', blocks('yaml')[0] ?? '');
  const said = async (format: FormatName) => (await judge(mixed, {targets: file, format})).text;
  const json = await said('json');
  const read: {overall: string; verdicts: {id: string; verdict: string; estimate?: {low?: number}}[]} =
    JSON.parse(json);
  t.is(read.overall, 'undecided');
  t.deepEqual(
    read.verdicts.map(({id, verdict}) => [id, verdict]),
    [
      ['reads.p99', 'undecided'],
      ['reads.seen', 'met'],
      ['loss', 'undecided'],
    ],
  );
  t.notRegex(json, /: null/);
  t.is(read.verdicts[0]?.estimate?.low, undefined);
  const rows = (await said('csv')).trimEnd().split('\n');
  t.deepEqual(
    rows.slice(1).map(row => row.split(',').slice(0, 2)),
    read.verdicts.map(({id, verdict}) => [id, verdict]),
  );
  const md = await said('md');
  t.regex(md, /^\| Verdict \| Target \| Promise \| Measured \| From \| Why \|\n/m);
  t.regex(md, /\| ✓ \*\*met, as observed\*\* \| `reads\.seen` \|/);
});
