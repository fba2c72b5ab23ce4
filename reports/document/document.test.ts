import test from 'ava';
import fc from 'fast-check';
import {XMLValidator} from 'fast-xml-parser';
import {z} from 'zod';
import {untrustedText} from '../../fixtures/kit/untrusted-text.ts';
import {renderSheet, sheet} from './csv.ts';
import {ctrfOf} from './ctrf.ts';
import {
  type Document,
  heading,
  joined,
  list,
  numeric,
  paragraph,
  present,
  quiet,
  table,
  type Words,
} from './document.ts';
import {type FormatName, fileName, formats, render} from './index.ts';
import type {Cases, Outcome} from './junit.ts';
import {html, trusted} from './markup.ts';
import {aligned} from './text.ts';

/** Every kind of block and of words, with `foreign` in every text. */
function everything(foreign: string, drawn: () => void = () => {}): Document {
  const words: Words = [
    `text ${foreign}`,
    {code: `code ${foreign}`},
    {strong: `strong ${foreign}`},
    {small: `small ${foreign}`},
    {below: `below ${foreign}`},
    {lines: [`first ${foreign}`, `second ${foreign}`]},
    {tone: 'undecided', words: `tone ${foreign}`},
    {href: '../trials/1/a.json', words: `link ${foreign}`, note: `note ${foreign}`},
    {href: '#here', words: `inside ${foreign}`},
    {href: undefined, words: `nowhere ${foreign}`, note: `hint ${foreign}`},
    {anchor: 'here', words: `anchor ${foreign}`},
    {absent: `absent ${foreign}`},
    {drawn: trusted('<svg class="sign"></svg>'), words: `drawn ${foreign}`},
    {choices: [`choice ${foreign}`]},
  ];
  return {
    title: `Undecided: title ${foreign}`,
    kicker: `kicker ${foreign}`,
    heading: `heading ${foreign}`,
    verdict: {tone: 'undecided', word: 'Undecided', says: words, counts: [words]},
    notes: [{headline: `headline ${foreign}`, words}],
    lead: [paragraph(words)],
    facts: [[`fact ${foreign}`, words]],
    sections: [
      {
        id: 'all',
        title: `section ${foreign}`,
        blocks: [
          heading(words),
          quiet(words),
          list([words]),
          list([words], 'warning'),
          groups(words, foreign),
          {kind: 'panels', blocks: [paragraph(`panel ${foreign}`)]},
          {kind: 'details', summary: words, blocks: [paragraph(`folded ${foreign}`)], anchor: 'folded'},
          {kind: 'later', of: () => [paragraph(`later ${foreign}`)]},
          {
            kind: 'chart',
            draw: async () => {
              drawn();
              return [chartOf(foreign)];
            },
            instead: [paragraph(`in its place ${foreign}`)],
          },
        ],
      },
      {id: 'paper', title: `to sign ${foreign}`, blocks: [paragraph('signature')], only: 'sign'},
    ],
    footer: [words],
    data: {value: () => ({foreign, open: Number.POSITIVE_INFINITY, none: Number.NaN})},
    sheets: {numbers: () => sheet([[`name ${foreign}`, ({n}: {n: number}) => n]], [{n: 1}, {n: Number.NaN}])},
    attested: () => ({subject: {name: `cluster ${foreign}`, facts: [foreign]}, commit: foreign}),
    cases: () => cases(foreign),
  };
}

function groups(words: Words, foreign: string) {
  return {
    kind: 'table',
    caption: `caption ${foreign}`,
    note: words,
    columns: [
      {title: `column ${foreign}`, shared: true, width: 50},
      {title: 'figure', numeric: true, width: 20},
      {title: 'why', small: true, width: 20},
      {title: 'long', page: true, width: 10},
    ],
    groups: [
      {
        title: `group ${foreign}`,
        rows: [
          ['twice', '1', words, `only on a page ${foreign}`],
          ['twice', '22', 'why not', ''],
        ],
      },
    ],
  } as const;
}

function chartOf(foreign: string) {
  const numbers = {caption: `numbers ${foreign}`, columns: [{title: 'x'}], rows: [[`row ${foreign}`]]};
  return {
    ...{id: 'drawn', title: 'a chart', summary: foreign, legend: html`${foreign}`},
    svg: trusted('<svg></svg>'),
    table: numbers,
  };
}

function cases(foreign: string): Cases {
  const bad = (kind: 'failure' | 'error', type: string) => ({kind, type, message: foreign, text: foreign});
  const one = (name: string, outcome: Cases['suites'][number]['cases'][number]['outcome']) => ({
    ...{name: `${name} ${foreign}`, className: 'class', outcome},
  });
  return {
    ...{name: foreign, startedAt: '2025-11-24T14:59:00.500Z', version: '1.2.3'},
    suites: [
      {
        name: `suite ${foreign}`,
        cases: [
          one('kept', {kind: 'passed', text: 'measured 1'}),
          one('broken', bad('failure', 'missed')),
          one('open', bad('error', 'undecided')),
          one('out', {kind: 'skipped', message: foreign}),
        ],
      },
    ],
  };
}

const names = Object.keys(formats) as FormatName[];
const all = everything('x');

test('every format but the one for verdicts draws any document, twice the same', async t => {
  for (const name of names.filter(each => each !== 'verdicts-csv')) {
    t.is(await render(all, name), await render(everything('x'), name), name);
  }
  await t.throwsAsync(render(all, 'verdicts-csv'), {message: /has nothing for verdicts-csv/});
  const bare: Document = {...everything('x'), sheets: {}};
  await t.throwsAsync(render(bare, 'csv'), {message: /has nothing for csv/});
});

test('each format is registered under its own name, and files do not fall together', t => {
  for (const name of names) t.is(formats[name].name, name);
  t.is(new Set(names.map(name => fileName('report', name))).size, names.length);
  t.is(fileName('report', 'html'), 'report.html');
  t.is(fileName('report', 'junit'), 'junit.xml');
});

test('charts are drawn only for a page; the others say what stands in their place', async t => {
  let drawn = 0;
  const counted = everything('x', () => {
    drawn += 1;
  });
  for (const name of ['md', 'text', 'csv', 'json', 'junit', 'ctrf'] as const) await render(counted, name);
  t.is(drawn, 0);
  t.regex(await render(counted, 'md'), /in its place x/);
  const page = await render(counted, 'html');
  t.is(drawn, 1);
  t.false(page.includes('in its place'));
  t.regex(page, /<figure id="drawn">/);
});

test('what is folded, for a page or to be signed is on the page only', async t => {
  const page = await render(all, 'html');
  for (const words of ['folded x', 'later x', 'only on a page x', 'signature']) {
    t.true(page.includes(words), words);
    for (const name of ['md', 'text'] as const) t.false((await render(all, name)).includes(words), `${name}: ${words}`);
  }
});

test('a shared cell is one on a page and in a terminal, and repeated in Markdown', async t => {
  t.is((await render(all, 'html')).match(/>twice</g)?.length, 1);
  t.regex(await render(all, 'html'), /<th scope="rowgroup" rowspan="2">twice</);
  t.is((await render(all, 'md')).match(/^\| twice/gm)?.length, 2);
});

test('text: figures flush right, small print below as footnotes', async t => {
  const lines = (await render(all, 'text')).split('\n');
  t.true(lines.includes('column x  figure'));
  t.true(
    lines.some(line => /^twice {8}1 ¹$/.test(line)),
    lines.join('\n'),
  );
  // What the rows of a group share is said once.
  t.true(lines.some(line => /^ {12}22 ²$/.test(line)));
  t.true(lines.includes('² why not'));
});

test('text: a table too wide for a terminal is folded, and no word of it is lost', t => {
  const words = Array.from({length: 40}, (_, index) => `word${index}`);
  const cell = words.join(' ');
  const lines = aligned(['first', 'second', 'n'], [[cell, cell, '7']], [false, false, true])
    .trimEnd()
    .split('\n');
  t.true(
    lines.every(line => line.length <= 120),
    lines.join('\n'),
  );
  const first = lines.slice(1).map(line => line.slice(0, 36).trim());
  t.is(first.join(' '), cell);
  t.regex(lines[1] ?? '', /7$/);
  t.is(aligned(['a', 'b'], [['short', 'cells']], [false, false]), 'a      b\nshort  cells\n');
});

/** Tags that are ours, without what stands between them. */
function shapeOf(markup: string): string {
  return markup.replace(/>[^<]*</g, '><').replace(/ (?:title|aria-label)="[^"]*"/g, '');
}

test('no text becomes markup, another row, another line or a formula', async t => {
  const shape = shapeOf(await render(everything('y'), 'html'));
  const rows = (markdown: string) => markdown.split('\n').map(line => line.replace(/\\./g, '').split('|').length);
  const plainRows = rows(await render(everything('y'), 'md'));
  const plainLines = (await render(everything('y'), 'text')).split('\n').length;
  await fc.assert(
    fc.asyncProperty(untrustedText, async payload => {
      const document = everything(`y${payload}`);
      t.is(shapeOf(await render(document, 'html')), shape);
      t.deepEqual(rows(await render(document, 'md')), plainRows);
      t.is((await render(document, 'text')).split('\n').length, plainLines);
      t.is(XMLValidator.validate(await render(document, 'junit')), true);
      t.true(isCtrf.safeParse(JSON.parse(await render(document, 'ctrf'))).success);
      for (const name of ['html', 'md', 'text', 'csv'] as const) {
        const text = await render(document, name);
        t.false(text.includes('\u0000') || text.includes('\u202e'), name);
      }
    }),
    {numRuns: 40},
  );
});

test('csv: no formula, and what is no number is empty', t => {
  const columns = [
    ['of', ({of}: {of: string}) => of],
    ['n', () => Number.NaN],
    ['high', () => Number.POSITIVE_INFINITY],
  ] as const;
  t.is(renderSheet(sheet(columns, [{of: '=1+1'}, {of: 'a,b'}])), 'of,n,high\n\'=1+1,,\n"a,b",,\n');
});

test('json: infinities are words, what does not exist is null', async t => {
  t.deepEqual(JSON.parse(await render(all, 'json')), {foreign: 'x', open: 'Infinity', none: null});
});

/** CTRF 1.0.0, of its schema what a reader relies on; strict, as the published one is. */
const count = z.number().int();
const isCtrf = z.strictObject({
  reportFormat: z.literal('CTRF'),
  specVersion: z.string().regex(/^\d+\.\d+\.\d+$/),
  generatedBy: z.string(),
  results: z.strictObject({
    tool: z.strictObject({name: z.string().min(1), version: z.string().optional()}),
    summary: z.strictObject({
      ...{tests: count, passed: count, failed: count, skipped: count, pending: count, other: count, suites: count},
      ...{start: count, stop: count, extra: z.record(z.string(), z.string())},
    }),
    tests: z.array(
      z.strictObject({
        name: z.string().min(1),
        status: z.enum(['passed', 'failed', 'skipped', 'pending', 'other']),
        duration: count,
        suite: z.array(z.string()).min(1),
        tags: z.array(z.string()),
        rawStatus: z.string().optional(),
        message: z.string().optional(),
        trace: z.string().optional(),
      }),
    ),
  }),
});

test('ctrf: what was not shown is other, with its own word, and never passed', t => {
  const {results} = isCtrf.parse(ctrfOf(cases('x')));
  t.deepEqual(
    results.tests.map(({status, rawStatus}) => [status, rawStatus]),
    [
      ['passed', undefined],
      ['failed', 'missed'],
      ['other', 'undecided'],
      ['skipped', undefined],
    ],
  );
  t.like(results.summary, {tests: 4, passed: 1, failed: 1, skipped: 1, pending: 0, other: 1, suites: 1});
  t.is(results.summary.start, Date.parse('2025-11-24T14:59:00.500Z'));
  t.regex(results.summary.extra.stop ?? '', /not recorded/);
  const ended = isCtrf.parse(ctrfOf({...cases('x'), endedAt: '2025-11-24T15:00:00.500Z'}));
  t.is(ended.results.summary.stop - ended.results.summary.start, 60_000);
  t.is(ended.results.summary.extra.stop, undefined);
});

const empty: Document = {
  ...{title: 'Undecided: x', kicker: 'k', heading: 'h', notes: [], facts: [], sections: [], footer: []},
  verdict: {tone: 'undecided', word: 'Undecided', says: 'x'},
};

test('in-toto: failed, warned and passed by name, and never PASSED where something was not shown', async t => {
  const stated = async (kinds: readonly Outcome['kind'][]) => {
    const all = cases('x');
    const suites = all.suites.map(suite => ({
      ...suite,
      cases: suite.cases.filter(({outcome}) => kinds.includes(outcome.kind)),
    }));
    const document = {...empty, cases: () => ({...all, version: '1.2.3', suites}), data: {value: () => ({a: 1})}};
    const attested = () => ({subject: {name: 'prod-a', facts: [{host: 'n1'}]}, commit: 'ab'.repeat(20)});
    return isStatement.parse(JSON.parse(await render({...document, attested}, 'in-toto')));
  };
  const all = await stated(['passed', 'failure', 'error', 'skipped']);
  t.is(all.predicate.result, 'FAILED');
  t.deepEqual(
    [all.predicate.passedTests.length, all.predicate.warnedTests.length, all.predicate.failedTests.length],
    [1, 1, 1],
  );
  t.is(all.subject[0]?.name, 'prod-a');
  t.is(all.predicate.configuration[1]?.digest?.gitCommit, 'ab'.repeat(20));
  t.is((await stated(['passed', 'error'])).predicate.result, 'WARNED');
  t.is((await stated(['passed'])).predicate.result, 'PASSED');
  t.is((await stated(['skipped'])).predicate.result, 'WARNED', 'nothing tried is nothing shown');
  t.is((await stated([])).predicate.result, 'WARNED');
  await t.throwsAsync(render({...empty, cases: () => cases('x')}, 'in-toto'), {message: /has nothing for in-toto/});
});

/** As the predicate's specification has it: spec/predicates/test-result.md of in-toto/attestation. */
const digest = z.record(z.string(), z.string().regex(/^[0-9a-f]+$/));
const isStatement = z.strictObject({
  _type: z.literal('https://in-toto.io/Statement/v1'),
  subject: z.array(z.strictObject({name: z.string().min(1), digest})).min(1),
  predicateType: z.literal('https://in-toto.io/attestation/test-result/v0.1'),
  predicate: z.strictObject({
    result: z.enum(['PASSED', 'WARNED', 'FAILED']),
    configuration: z.array(
      z.strictObject({name: z.string(), mediaType: z.string().optional(), digest: digest.optional()}),
    ),
    passedTests: z.array(z.string()),
    warnedTests: z.array(z.string()),
    failedTests: z.array(z.string()),
  }),
});

test('small helpers', t => {
  t.deepEqual(present('a', undefined, false, 'b'), ['a', 'b']);
  t.deepEqual(joined(['a', 'b', 'c'], ', '), ['a', ', ', 'b', ', ', 'c']);
  t.deepEqual(table('c', ['a', numeric('b')], []).columns, [{title: 'a'}, {title: 'b', numeric: true}]);
});
