/**
 * What the reports say, before and after a change of how they are drawn:
 *   node scripts/chores/said.ts render FOLDER     every example of every kind in every format
 *   node scripts/chores/said.ts diff OLD NEW      words and figures of OLD that NEW does not say; exit code 1 where
 * there are any
 * CSV, JSON and JUnit XML are interfaces: they must be the same bytes. Of pages, Markdown and text each cell and each
 * line is looked for.
 */
import {execFileSync} from 'node:child_process';
import {mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {extname, join} from 'node:path';
import {exampleAsked, exampleCluster, exampleLoads, exampleRounds} from '../../fixtures/kit/capacity.ts';
import {exampleReport} from '../../fixtures/kit/report.ts';
import {exampleSite} from '../../fixtures/kit/trend.ts';
import {capacityDocument} from '../../reports/capacity/document.ts';
import {type CapacityAsked, capacityReport} from '../../reports/capacity/report.ts';
import type {Document} from '../../reports/document/document.ts';
import {type FormatName, fileName, render} from '../../reports/document/index.ts';
import {runDocument} from '../../reports/run/document.ts';
import {nightlyDocument, nightlyReport} from '../../reports/trend/index.ts';
import {trendSite} from '../../reports/trend/site/index.ts';

const top = join(import.meta.dirname, '../..');

const judgedFiles = ['3.33', '3.36', '3.42'].map(version => `fixtures/fio-${version}/randrw-two-jobs.out`);

/** What the commands print of what is stored. */
const commands: readonly (readonly [name: string, words: readonly string[], formats: readonly string[]])[] = [
  ['stored-run', ['report', 'fixtures/runs/quick'], ['html', 'md', 'csv', 'verdicts-csv', 'json', 'junit']],
  ['plan', ['plan', 'docs/plan.yaml', '--prices', 'docs/prices.yaml'], ['html', 'md', 'text', 'csv', 'json']],
  ['plan-free', ['plan', 'docs/plan.yaml'], ['html', 'md', 'text']],
  [
    'availability',
    ['availability', '--topology', 'docs/topology.yaml', '--runs', 'fixtures/runs/quick', '--years', '200'],
    ['html', 'md', 'csv', 'json'],
  ],
  ['judge', ['judge', ...judgedFiles, '--targets', 'scripts/chores/said-targets.yaml'], ['text', 'md', 'csv', 'json']],
  [
    'compare',
    ['compare', ...sides('randrw-two-jobs'), ...['--figures', 'mean,p99']],
    ['html', 'md', 'text', 'csv', 'json'],
  ],
  [
    'compare-one',
    ['compare', 'fixtures/fio-3.33/randread-jsonplus.out', '--', 'fixtures/fio-3.42/bad-engine.out'],
    ['html', 'md', 'text', 'csv', 'json'],
  ],
];

function sides(name: string): readonly string[] {
  const of = (versions: readonly string[]) => versions.map(version => `fixtures/fio-${version}/${name}.out`);
  return [...of(['3.20', '3.25', '3.30']), '--', ...of(['3.33', '3.36', '3.42'])];
}

function documents(): readonly (readonly [name: string, document: Document, formats: readonly FormatName[]])[] {
  const capacity = (change: Partial<CapacityAsked>) =>
    capacityDocument(capacityReport(exampleAsked({resamples: 20, ...change})));
  const site = exampleSite({nights: 40, series: 56, seed: 1});
  const night = site.nights.at(-1);
  if (night === undefined) throw new Error('the example has no night');
  const nightly = nightlyReport({
    night,
    trends: site.trends,
    nights: site.nights,
    baseline: site.decisions.baselines[0],
    suspectedFirst: [],
    notRemeasured: '',
  });
  const all = ['html', 'md', 'text', 'csv', 'json'] as const;
  const hardware = {emulated: true, shared: true, note: 'a laptop'};
  return [
    ['run-example', runDocument(exampleReport(3)), ['html', 'md', 'csv', 'verdicts-csv', 'json', 'junit']],
    ['capacity', capacity({}), all],
    ['capacity-nothing', capacity({loads: [], rounds: []}), all],
    [
      'capacity-one',
      capacity({loads: exampleLoads(exampleCluster).slice(-1), rounds: exampleRounds(1, {hardware})}),
      all,
    ],
    ['nightly', nightlyDocument(nightly), ['md', 'json', 'junit']],
  ];
}

async function renderAll(folder: string): Promise<void> {
  mkdirSync(folder, {recursive: true});
  const save = (name: string, text: string) => writeFileSync(join(folder, name), text);
  for (const [name, document, formats] of documents())
    for (const format of formats) save(`${name}-${fileName('report', format)}`, await render(document, format));
  for await (const {name, text} of trendSite(exampleSite({nights: 40, series: 56, seed: 1})))
    save(`trend-${name.replaceAll('/', '-')}`, text);
  for (const [name, [command = '', ...words], formats] of commands)
    for (const format of formats)
      save(
        `${name}-${format}.${format === 'junit' ? 'xml' : format.split('-').at(-1)}`,
        printed(command, words, format),
      );
}

/** Options come before `--`, which a comparison has. */
function printed(command: string, words: readonly string[], format: string): string {
  return run([command, '--format', format, ...words]);
}

/** A verdict that is not met is an exit code, not a failure of the command. */
function run(words: readonly string[]): string {
  try {
    return execFileSync(process.execPath, [join(top, 'scripts/seatrial.ts'), ...words], {
      cwd: top,
      encoding: 'utf8',
      maxBuffer: 1e8,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    if (error instanceof Error && 'stdout' in error && typeof error.stdout === 'string' && error.stdout !== '')
      return error.stdout;
    throw error;
  }
}

const sameBytes = new Set(['.csv', '.json', '.xml']);

/** Lines of OLD, or its cells, that are nowhere in NEW. */
function diff(old: string, fresh: string): number {
  let lost = 0;
  for (const name of readdirSync(old).sort()) {
    const [before, after] = [old, fresh].map(folder => readFileSync(join(folder, name), 'utf8'));
    if (before === undefined || after === undefined) continue;
    if (sameBytes.has(extname(name))) {
      if (before !== after) {
        lost += 1;
        process.stdout.write(`${name}: other bytes\n`);
      }
      continue;
    }
    const there = ` ${saidIn(after, name).join(' ')} `;
    for (const words of new Set(saidIn(before, name))) {
      if (there.includes(words)) continue;
      lost += 1;
      process.stdout.write(`${name}: ${words}\n`);
    }
  }
  return lost;
}

const entities: Readonly<Record<string, string>> = {
  '&amp;': '&',
  '&lt;': '<',
  '&gt;': '>',
  '&quot;': '"',
  '&#39;': "'",
  '&ensp;': ' ',
  '&#47;': '/',
  '&#64;': '@',
};

/**
 * One cell, one line, one paragraph an entry: letters and figures only, so that neither signs, spaces nor capitals
 * count.
 */
function saidIn(text: string, name: string): readonly string[] {
  const html = extname(name) === '.html';
  const plain = html
    ? text
        .replace(/<(style|script)>[\s\S]*?<\/\1>/g, '')
        .replace(
          /<\/?(?:td|th|tr|li|p|div|dt|dd|h\d|caption|summary|figcaption|text|title|desc|br|ul|svg|span|button|strong|a)\b[^>]*>/g,
          '\n',
        )
        .replace(/<[^>]*>/g, '')
    : text
        .replace(/\]\([^)\s]*\)/g, '')
        .replace(/^\|[-:| ]+\|$/gm, '')
        .replace(/\\(.)/g, '$1');
  return plain
    .replace(/&[#a-z0-9]+;/g, entity => entities[entity] ?? entity)
    .toLowerCase()
    .split(html ? '\n' : /\n| \| |^\| | \|$|[(),]|(?<=[.;:]) | {2,}| [⁰¹²³⁴⁵⁶⁷⁸⁹]+/m)
    .map(words =>
      words
        .replace(/[^\p{L}\p{N}%≤≥±×÷−.]+/gu, ' ')
        .replace(/[. ]+$/g, '')
        .trim(),
    )
    .filter(words => words !== '');
}

const [what, ...folders] = process.argv.slice(2);
const [first, second] = folders;
if (what === 'render' && first !== undefined) await renderAll(first);
else if (what === 'diff' && first !== undefined && second !== undefined)
  process.exitCode = diff(first, second) > 0 ? 1 : 0;
else {
  process.stderr.write('node scripts/chores/said.ts render FOLDER | diff OLD NEW\n');
  process.exitCode = 3;
}
