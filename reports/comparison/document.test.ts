import test from 'ava';
import type {Sample, Unit} from '../../harness/types.ts';
import {render as renderDocument} from '../document/index.ts';
import {comparisonDocument} from './document.ts';
import type {ComparedTrial, SideBySide} from './model.ts';
import {changeText, sideText, verdictText} from './phrases.ts';
import {sideBySide} from './side-by-side.ts';

const untrusted = '<script>alert(1)</script>|`=cmd`\u202e\n# x';

function trial(
  name: string,
  settings: Record<string, string>,
  figures: readonly [string, Unit, number][],
): ComparedTrial {
  return {
    name,
    source: name,
    kind: 'fio a',
    pair: name.slice(1),
    settings,
    warnings: [],
    samples: figures.map(
      ([metric, unit, value]): Sample => ({metric, unit, value, labels: {job: 'a'}, from: {artefact: name, path: '/'}}),
    ),
  };
}

const steps = [0, 1, -1, 2, -2, 0.5];
const before = steps.map((step, index) =>
  trial(`a${index}`, {bs: '4k'}, [
    ['storage.iops', 'op/s', 620e3 + 1000 * step],
    ['storage.latency', 's', 300e-6 * (1 + 0.2 * step)],
    ['network.retransmits', 'count', 0],
    ['network.jitter', 's', 1e-3],
  ]),
);
const after = steps.map((step, index) =>
  trial(`b${index}`, {bs: '8k'}, [
    ['storage.iops', 'op/s', 500e3 + 1000 * step],
    ['storage.latency', 's', 310e-6 * (1 + 0.2 * step)],
    ['network.retransmits', 'count', 3 + index],
  ]),
);
const broken = {...trial('b6', {}, []), unfit: `not JSON: ${untrusted}`};
const comparison = sideBySide(before, [...after, broken], {paired: false, warnings: [`a0: ${untrusted}`]});
const formats = ['text', 'md', 'csv', 'html', 'json'] as const;
const render = (of: SideBySide, format: (typeof formats)[number]) => renderDocument(comparisonDocument(of), format);

test('text: aligned columns, warnings above, footnotes and what was left out below', async t => {
  const text = await render(comparison, 'text');
  const lines = text.split('\n');
  t.regex(text, /Settings differ between the two sides[^\n]*\n\nbs: 4k → 8k\n/);
  const iops = lines.find(line => line.includes('620K op/s')) ?? '';
  const head = lines.find(line => line.includes('After ÷ before')) ?? '';
  t.regex(iops, /^job=a +620K op\/s ± 0.4 % +500K op\/s ± 0.4 % +6 \+ 6 +−19\.4 % \[.*\] +< 0\.001 .* worse$/);
  t.is(iops.indexOf('worse'), head.indexOf('Verdict'));
  t.regex(text, /too noisy: \d+ more needed/);
  t.regex(text, /\+5\.5 \[\d\.\d, \d\.\d\] .* worse ¹/);
  t.regex(text, /¹ a value of 0 or below has no ratio/);
  t.regex(text, /Not compared\n\nnetwork\.jitter \(job=a\): measured before only \(6 before, 0 after\)/);
  t.regex(text, /Left out of after: b6: not JSON/);
  t.true(lines.indexOf(head) > lines.findIndex(line => line.startsWith('Settings differ')));
});

test('the same comparison gives the same bytes in every format', async t => {
  const again = sideBySide(before, [...after, broken], {paired: false, warnings: [`a0: ${untrusted}`]});
  for (const format of formats) {
    t.is(await render(comparison, format), await render(again, format), format);
  }
});

test('foreign text stays text: no markup, no further line, no formula', async t => {
  for (const format of formats) {
    const text = await render(comparison, format);
    t.false(text.includes('\u202e') && format !== 'json', format);
    if (format !== 'json') t.false(/^# x/m.test(text), format);
    if (format === 'html' || format === 'md') t.false(text.includes('<script>alert'), format);
  }
  const html = await render(comparison, 'html');
  t.false(/(?:src|href)="(?!#)/.test(html), 'nothing is fetched from elsewhere');
  t.regex(html, /Content-Security-Policy" content="default-src &#39;none&#39;/);
});

test('json: parsed again it says the same; an end that is not there is a word, never null', async t => {
  const text = await render(sideBySide(before.slice(0, 1), after.slice(0, 1), {paired: false}), 'json');
  t.false(text.includes('null'));
  const read = JSON.parse(text);
  t.is(read.schema, 'seatrial-comparison/1');
  t.is(read.rows[0].effect.high, 'Infinity');
  t.is(read.exitCode, 2);
});

test('csv: a line a series, full precision, what cannot be known is empty', async t => {
  const text = (await render(comparison, 'csv')).trimEnd();
  const lines = text.split('\n').map(line => line.replaceAll(/"[^"]*"/g, quoted => quoted.replaceAll(',', ';')));
  t.is(lines.length, 1 + 4);
  const head = lines[0]?.split(',') ?? [];
  const row = lines[1]?.split(',') ?? [];
  const at = (name: string) => row[head.indexOf(name)];
  t.is(at('verdict'), 'worse');
  t.is(at('effect'), String(comparison.rows[0]?.effect.value));
  t.is(lines.at(-1)?.split(',').length, head.length);
  t.regex(lines.at(-1) ?? '', /not-compared/);
  t.false(lines.join().includes('NaN') || lines.join().includes('Infinity'));
});

test('a comparison of nothing reads in every format', async t => {
  for (const format of formats) {
    const text = await render(sideBySide([], [], {paired: true}), format);
    t.regex(text, format === 'csv' ? /^metric,/ : /no metric was measured on both sides/);
  }
});

test('words of a row', t => {
  const [iops] = comparison.rows;
  if (!iops) throw new Error('no row');
  const change = (value: number, low: number, high: number) =>
    changeText({...iops, effect: {...iops.effect, value, low, high}});
  t.is(change(1.129, 1.101, 1.158), '+12.9 % [+10.1, +15.8]');
  t.is(change(0.9999, 0.999, 1.0008), '−0.01 % [−0.10, +0.08]');
  t.is(change(2.31, 2.02, 2.64), '2.31× [2.02, 2.64]');
  t.is(change(0.9, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY), '−10.0 % (no interval)');
  t.is(sideText({values: [], median: 300e-6, outliers: []}, 's'), '300 µs ± ∞');
  t.is(verdictText({...iops, verdict: 'too-noisy', trialsNeeded: 20}), 'too noisy: 14 more needed');
});
