import test from 'ava';
import fc from 'fast-check';
import {XMLParser, XMLValidator} from 'fast-xml-parser';
import {z} from 'zod';
import {exampleReport} from '../../fixtures/kit/report.ts';
import {untrusted, untrustedText} from '../../fixtures/kit/untrusted-text.ts';
import {renderSheet} from '../document/csv.ts';
import {render} from '../document/index.ts';
import {renderData} from '../document/json.ts';
import {renderCases} from '../document/junit.ts';
import {runCases} from './cases.ts';
import {samplesSheet, verdictsSheet} from './columns.ts';
import {runDocument} from './document.ts';
import type {Report} from './report.ts';
import {renderSchema, reportJson} from './schema.ts';

const renderCsv = (report: Report) => renderSheet(samplesSheet(report));
const renderVerdictsCsv = (report: Report) => renderSheet(verdictsSheet(report));
const renderJson = (report: Report) => renderData(report);
const renderJunit = (report: Report) => renderCases(runCases(report));
const renderMarkdown = (report: Report) => render(runDocument(report), 'md');

const example = exampleReport();

// ───────────────────────────── csv ─────────────────────────────

/** RFC 4180, enough to read our own. */
function parseCsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  for (const [, quoted, bare = '', end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    if (end === '' && row.length === 0) break;
    row.push(quoted === undefined ? bare : quoted.replaceAll('""', '"'));
    if (end !== ',') {
      rows.push(row);
      row = [];
    }
  }
  return rows;
}

test('csv: every sample with all its digits, in stable columns', t => {
  const [head = [], ...rows] = parseCsv(renderCsv(example));
  t.deepEqual(head, [
    ...['metric', 'unit', 'value', 'half_width', 'censored', 'scenario', 'profile', 'trial', 'repetition'],
    ...['direction', 'fault', 'guest', 'leg', 'path', 'pattern', 'percentile', 'phase', 'protocol', 'artefact', 'path'],
  ]);
  t.is(rows.length, example.samples.length);
  for (const [index, row] of rows.entries()) {
    t.is(row.length, head.length);
    t.is(row[2], String(example.samples[index]?.value));
  }
  t.is(rows.filter(row => row[4] === 'true').length, 1);
});

test('csv: a value that does not exist is empty, never 0', t => {
  const [first] = example.samples;
  const none: Report = {...example, samples: first ? [{...first, value: Number.NaN}] : []};
  t.is(parseCsv(renderCsv(none))[1]?.[2], '');
});

test('csv: any text stays one cell, and none is a formula', t => {
  fc.assert(
    fc.property(untrustedText, payload => {
      const report = untrusted(example, payload);
      for (const text of [renderCsv(report), renderVerdictsCsv(report)]) {
        const rows = parseCsv(text);
        t.is(new Set(rows.map(row => row.length)).size, 1);
      }
    }),
    {numRuns: 25},
  );
  const [first] = example.samples;
  const formula: Report = {
    ...example,
    samples: first ? [{...first, from: {artefact: '=HYPERLINK("x")', path: '@x'}}] : [],
  };
  t.deepEqual(parseCsv(renderCsv(formula))[1]?.slice(-2), ['\'=HYPERLINK("x")', "'@x"]);
});

test('verdicts csv: one target a line, and no claim is dropped', t => {
  const [head = [], ...rows] = parseCsv(renderVerdictsCsv(example));
  t.is(
    rows.length,
    example.verdicts.reduce((sum, {targets}) => sum + Math.max(1, targets.length), 0),
  );
  t.deepEqual(new Set(rows.map(row => row[0])), new Set(example.verdicts.map(({claim}) => claim.id)));
  const missed = rows.find(row => row[head.indexOf('target')] === 'ha.switch.nic-down-stock');
  t.is(missed?.[head.indexOf('high')], '');
  t.is(missed?.[head.indexOf('open_ends')], 'high');
  const unmeasured = rows.find(row => row[head.indexOf('target')] === 'net.crc.rate');
  t.is(unmeasured?.[head.indexOf('value')], '');
});

// ───────────────────────────── json ─────────────────────────────

test('json: the report fits its published schema', t => {
  const published = z.fromJSONSchema(JSON.parse(renderSchema()));
  const data: unknown = JSON.parse(renderJson(example));
  t.true(published.safeParse(data).success);
  t.deepEqual(reportJson.parse(data), data, 'no key is lost');
});

test('json: a re-measured night, a damaged run and one with --only fit it too', t => {
  const published = z.fromJSONSchema(JSON.parse(renderSchema()));
  const found = {artefact: 'plan.json', path: '', expected: 'trial 3 in place 3', found: 'trial 4'};
  const again: Report = {
    ...example,
    header: {...example.header, confirms: 'the-night', only: ['storage/fio']},
    damage: [found],
  };
  const data: unknown = JSON.parse(renderJson(again));
  t.deepEqual(published.parse(data), data);
  t.deepEqual(reportJson.parse(data), data);
  t.false(published.safeParse({...again, damage: [{...found, stranger: 1}]}).success);
});

test('json: the schema refuses what is no report', t => {
  const published = z.fromJSONSchema(JSON.parse(renderSchema()));
  const planted: [string, (report: Record<string, unknown>) => void][] = [
    ['an unknown verdict', report => Object.assign(report, {overall: 'fine'})],
    ['a stranger key', report => Object.assign(report, {extra: 1})],
    ['a missing part', report => Reflect.deleteProperty(report, 'samples')],
    [
      'a met without estimate',
      report =>
        Object.assign(report, {verdicts: [{claim: {}, kind: 'met', reason: '', targets: [{verdict: {kind: 'met'}}]}]}),
    ],
  ];
  for (const [name, spoil] of planted) {
    const data: Record<string, unknown> = JSON.parse(renderJson(example));
    spoil(data);
    t.false(published.safeParse(data).success, name);
    t.false(reportJson.safeParse(data).success, name);
  }
});

test('json: infinities are kept, and what does not exist is null', t => {
  const data = reportJson.parse(JSON.parse(renderJson(example)));
  const verdicts = data.verdicts.flatMap(({targets}) => targets.map(({verdict}) => verdict));
  t.true(verdicts.some(verdict => verdict.estimate?.high === 'Infinity'));
  t.true(verdicts.some(verdict => verdict.estimate?.low === '-Infinity'));
  t.true(data.comparisons.some(({before}) => before.median === null));
});

// ───────────────────────────── junit ─────────────────────────────

interface Tallies {
  passed: string[];
  failed: string[];
  errors: string[];
  skipped: string[];
}

function tallies(xml: string): Tallies {
  const found: Tallies = {passed: [], failed: [], errors: [], skipped: []};
  for (const [, name = '', rest = ''] of xml.matchAll(/<testcase name="([^"]*)"[^>]*?(\/>|>[\s\S]*?<\/testcase>)/g)) {
    const kind = rest.includes('<failure ')
      ? 'failed'
      : rest.includes('<error ')
        ? 'errors'
        : rest.includes('<skipped ')
          ? 'skipped'
          : 'passed';
    found[kind].push(name);
  }
  return found;
}

test('junit: missed fails, undecided is an error, only the not testable is skipped', t => {
  const xml = renderJunit(example);
  t.is(XMLValidator.validate(xml), true);
  t.deepEqual(tallies(xml), {
    passed: ['the run ended complete and healed', 'mig.live.blackout', 'sto.fabric.rate'],
    failed: [
      'overall verdict',
      'no invariant was broken',
      'ha.switch.nic-down-stock',
      'ha.drill.lost-writes',
      'sto.iops.absolute',
      'sto.p99.write',
    ],
    errors: [
      'avail.annual',
      'ha.switch.host-crash',
      'ha.switch.share',
      'sto.iops.gain',
      'sto.p99.read',
      'net.crc.rate',
    ],
    skipped: ['cost.licence', 'dc.pue'],
  });
  t.regex(xml, /^<\?xml[^\n]*\n<testsuites [^>]*tests="17" failures="6" errors="6" skipped="2"/);
});

test('junit: a lost connection is an error and no failed check', t => {
  const unseen = {severity: 'critical' as const, invariant: 'every node can be reached', detail: 'n2: cut', trial: 1};
  const findings = [{...unseen, unknown: true as const}];
  t.true(tallies(renderJunit({...example, findings})).errors.includes('no invariant was broken'));
  t.true(tallies(renderJunit({...example, findings: [unseen]})).failed.includes('no invariant was broken'));
});

test('junit: a claim that is worse than its targets is seen', t => {
  const verdicts = example.verdicts.map(claim =>
    claim.claim.id === 'mig.live' ? {...claim, kind: 'undecided' as const, reason: 'an invariant broke'} : claim,
  );
  t.true(tallies(renderJunit({...example, verdicts})).errors.includes('mig.live'));
});

test('junit: an aborted run is an error, also where nothing was missed', t => {
  const aborted: Report = {
    ...example,
    overall: 'aborted',
    verdicts: [],
    findings: [],
    ended: {status: 'aborted', reason: 'Ctrl-C'},
  };
  t.deepEqual(tallies(renderJunit(aborted)).errors, ['overall verdict', 'the run ended complete and healed']);
});

test('junit: any text gives well-formed XML', t => {
  fc.assert(
    fc.property(untrustedText, payload => {
      const xml = renderJunit(untrusted(example, payload));
      t.is(XMLValidator.validate(xml), true);
      t.truthy(new XMLParser().parse(xml));
      t.is((xml.match(/<testcase /g) ?? []).length, 17);
    }),
    {numRuns: 25},
  );
});

test('junit: the only time stamp is the start of the run', t => {
  t.deepEqual(
    new Set([...renderJunit(example).matchAll(/timestamp="([^"]*)"/g)].map(match => match[1])),
    new Set(['2025-11-24T14:59:00']),
  );
});

// ───────────────────────────── markdown ─────────────────────────────

/** Lines that begin with a bar, without the escaped ones. */
function widths(markdown: string): number[] {
  return markdown
    .split('\n')
    .filter(line => line.startsWith('| '))
    .map(line => line.replace(/\\./g, '').split('|').length);
}

test('markdown: verdict, hardware and the worst promise come first', async t => {
  const lines = (await renderMarkdown(example)).split('\n');
  t.is(lines[0], '# Missed: lab, acceptance, 2025-11-24 14:59:00 UTC');
  t.regex(lines[2] ?? '', /^Of 8 promises: 4 missed, 2 undecided, 2 met\./);
  t.regex(lines[4] ?? '', /^> \*\*Emulated:/);
  t.regex(await renderMarkdown(example), /\| .*`ha\.switch`.* \| ≤ 15 s .* \| ✗ \*\*missed\*\* \|/);
});

test('markdown: any text stays in its cell, without markup of its own', async t => {
  const plainWidths = widths(await renderMarkdown(example));
  await fc.assert(
    fc.asyncProperty(untrustedText, async payload => {
      const markdown = await renderMarkdown(untrusted(example, payload));
      t.deepEqual(widths(markdown), plainWidths);
      const outside = markdown.replace(/\\[^\n]/g, '').replace(/`[^`\n]*`/g, '');
      t.false(/<[a-zA-Z!/]/.test(outside), outside.slice(0, 200));
    }),
    {numRuns: 25},
  );
  t.true((await renderMarkdown(untrusted(example, '[a](http://b)'))).includes('\\[a\\](http:&#47;/b)'));
});

test('no format reads NaN or undefined', async t => {
  for (const format of [renderCsv, renderVerdictsCsv, renderJson, renderJunit, renderMarkdown]) {
    t.is(/NaN|undefined|\[object/.exec(await format(example)), null, format.name);
  }
});

// ───────────────────────────── a note on what is met ─────────────────────────────

test('a drift that stopped before the bound is told beside its "met", in every format', async t => {
  const note = 'figures drift over the run: by 0.1 s a trial; at this pace the bound is crossed in 9 trials';
  const noted: Report = {
    ...example,
    verdicts: example.verdicts.map(claim => ({
      ...claim,
      targets: claim.targets.map(one => (one.verdict.kind === 'met' ? {...one, verdict: {...one.verdict, note}} : one)),
    })),
  };
  const [document, plain] = [runDocument(noted), runDocument(example)];
  for (const format of ['html', 'md', 'text'] as const) {
    const told = (await render(document, format)).replaceAll(/\s+/g, ' ');
    t.true(told.includes('at this pace the bound is crossed in 9 trials'), format);
    t.false((await render(plain, format)).includes('at this pace'), format);
  }
  const met = reportJson
    .parse(JSON.parse(await renderJson(noted)))
    .verdicts.flatMap(({targets}) => targets.flatMap(({verdict}) => (verdict.kind === 'met' ? [verdict.note] : [])));
  t.true(met.length > 0 && met.every(one => one === note));
  t.true((await renderVerdictsCsv(noted)).includes(note));
  t.true((await renderJunit(noted)).includes(note));
});
