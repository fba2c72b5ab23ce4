import type {Sample, Target} from '../../../harness/types.ts';
import {type Canvas, type Chart, type DataTable, logTicks} from '../../document/charts/draw.ts';
import {type Axis, bareAxis} from '../../document/charts/layers.ts';
import {lineKey, seriesKey} from '../../document/charts/legend.ts';
import {colour, type SeriesStyle, seriesStyles} from '../../document/charts/palette.ts';
import {type Mark, namedTicks, plotted, promised} from '../../document/charts/plot.ts';
import type {Bound} from '../../document/charts/rows.ts';
import {curve, dots, levelNames, levels} from '../../document/charts/xy.ts';
import {byCount, byText, clipped, oneLine} from '../../words/text.ts';
import {formatBound, formatQuantity, scaleFor} from '../../words/units.ts';
import {labelWords, percentileOf, percentileWord, plural} from '../../words/words.ts';
import type {Sources} from '../sources.ts';
import {boundsOf} from './bounds.ts';

const metric = 'storage.latency';
const canvas: Canvas = {width: 258, height: 196, margin: {left: 62, right: 14, top: 14, bottom: 34}};
const without = new Set(['percentile', 'profile', 'trial', 'repetition', 'scenario']);

/**
 * Percentiles are spread by how rare they are: P90, P99, P99.9 are one step apart. The maximum stands one step beyond
 * the last.
 */
function place(percentile: number, last: number): number {
  return percentile >= 100 ? last + 0.7 : -Math.log10(1 - percentile / 100);
}

/** Latency by percentile with the promised bound, one panel for each series (pattern and direction). */
export async function percentileCharts(sources: Sources): Promise<Chart[]> {
  const panels = new Map<string, Panel>();
  for (const sample of sources.ofMetric(metric)) {
    const percentile = percentileOf(sample.labels.percentile ?? '');
    if (percentile === undefined) continue;
    const labels = Object.fromEntries(
      Object.entries(sample.labels)
        .filter(([name]) => !without.has(name))
        .sort(([a], [b]) => byText(a, b)),
    );
    const key = JSON.stringify([sample.labels.scenario ?? '', labels]);
    const panel = panels.get(key) ?? {scenario: sample.labels.scenario ?? '', labels, samples: []};
    panel.samples.push({sample, percentile});
    panels.set(key, panel);
  }
  const sorted = [...panels.entries()].sort(([a], [b]) => byText(a, b));
  const charts: Chart[] = [];
  for (const [, panel] of sorted) charts.push(await percentileChart(`latency-${charts.length + 1}`, panel, sources));
  return charts;
}

interface Panel {
  scenario: string;
  labels: Record<string, string>;
  samples: Entry[];
}

interface Entry {
  sample: Sample;
  percentile: number;
}

async function percentileChart(id: string, panel: Panel, sources: Sources): Promise<Chart> {
  const usable = panel.samples.filter(({sample}) => Number.isFinite(sample.value) && sample.value > 0);
  const percentiles = [...new Set(panel.samples.map(({percentile}) => percentile))].sort((a, b) => a - b);
  const bounds = boundsFor(panel, sources);
  const profiles = inRunOrder(new Set(usable.map(({sample}) => sample.labels.profile ?? '')), sources);
  const styles = seriesStyles(sources.report.header.profiles.map(profile => profile.name));
  const styled = profiles.flatMap(profile => {
    const style = styles.get(profile);
    return style === undefined ? [] : [{profile, style}];
  });
  const scale = rarityScale(percentiles);
  const title = `Latency by percentile: ${labelWords(panel.labels) || 'all operations'}`;
  return plotted({
    id,
    title,
    summary: summaryOf(usable, profiles, bounds),
    canvas,
    x: bareAxis(scale.left, scale.right),
    y: latencyAxis([...usable.map(({sample}) => sample.value), ...bounds.map(({value}) => value)]),
    marks: [
      namedTicks(scale.ticks, scale.named),
      levels(
        bounds.map(({value}) => value),
        promised,
      ),
      levelNames(
        bounds.map(({value, text}) => ({value, text: clipped(text, 44)})),
        {colour: colour.limit, size: 10, dy: -7, dx: 3},
      ),
      ...styled.flatMap(({profile, style}) =>
        profileMarks(
          usable.filter(({sample}) => sample.labels.profile === profile),
          percentiles,
          scale.at,
          style,
        ),
      ),
    ],
    legend: [
      ...styled.map(({profile, style}) => ({key: seriesKey(style), text: oneLine(profile)})),
      ...(bounds.length > 0 ? [{key: lineKey(colour.limit, '5 3'), text: 'promised bound'}] : []),
    ],
    table: numbersOf(title, panel, percentiles, sources),
  });
}

/** Where each percentile stands, and those that have room for their name. */
function rarityScale(percentiles: readonly number[]) {
  const last = percentiles
    .filter(percentile => percentile < 100)
    .reduce((most, percentile) => Math.max(most, place(percentile, 0)), 0);
  const at = (percentile: number) => place(percentile, last);
  const left = Math.max(0, (percentiles[0] === undefined ? 0 : at(percentiles[0])) - 0.25);
  const right = (percentiles.includes(100) ? at(100) : last) + 0.25;
  const tick = (percentile: number) => ({x: at(percentile), text: percentile === 100 ? 'max' : `P${percentile}`});
  const named = apart(percentiles, last, canvas.width / (right - left)).map(tick);
  return {at, left, right, ticks: percentiles.map(tick), named};
}

function latencyAxis(values: readonly number[]): Axis {
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  const {symbol, factor} = scaleFor('s', Number.isFinite(least) && most > 0 ? Math.sqrt(least * most) : 1e-3);
  return {title: `${symbol} (logarithmic)`, ticks: logTicks(least * factor, most * factor), log: true, factor};
}

/** Single trials as small points, and their median as a line. */
function profileMarks(
  mine: readonly Entry[],
  percentiles: readonly number[],
  at: (percentile: number) => number,
  style: SeriesStyle,
): readonly Mark[] {
  const singles = mine.map(({sample, percentile}) => ({x: at(percentile), y: sample.value}));
  const medians = percentiles.flatMap(percentile => {
    const y = medianAt(mine, percentile);
    return y === undefined ? [] : [{x: at(percentile), y}];
  });
  return [
    dots(singles, {...style, shape: 'circle', filled: true}, 8, 0.45),
    curve(medians, {colour: style.colour, width: 1.75, dash: style.dash}),
    dots(medians, style, 50),
  ];
}

function medianAt(entries: readonly Entry[], asked: number): number | undefined {
  return median(entries.filter(({percentile}) => percentile === asked).map(({sample}) => sample.value));
}

function summaryOf(usable: readonly Entry[], profiles: readonly string[], bounds: readonly Bound[]): string {
  const p99 = profiles.flatMap(profile => {
    const value = medianAt(
      usable.filter(({sample}) => sample.labels.profile === profile),
      99,
    );
    return value === undefined ? [] : [`P99 ${oneLine(profile)}: ${formatQuantity(value, 's')}.`];
  });
  return [
    'Lines: median over trials; points: single trials.',
    ...p99,
    ...(bounds.length > 0 ? [`Promised: ${bounds.map(({text}) => text).join(', ')}.`] : []),
  ].join(' ');
}

/** A row for each trial, a column for each percentile. */
function numbersOf(title: string, {samples}: Panel, percentiles: readonly number[], sources: Sources): DataTable {
  const order = inRunOrder(new Set(samples.map(({sample}) => sample.labels.profile ?? '')), sources);
  const trials = Map.groupBy(samples, ({sample: {labels}}) =>
    JSON.stringify([labels.profile ?? '', labels.trial ?? '']),
  );
  const rows = [...trials.values()]
    .map(entries => ({
      labels: entries[0]?.sample.labels ?? {},
      of: new Map(entries.map(({percentile, sample}) => [percentile, sample])),
    }))
    .sort(
      ({labels: a}, {labels: b}) =>
        order.indexOf(a.profile ?? '') - order.indexOf(b.profile ?? '') || byCount(a.trial ?? '', b.trial ?? ''),
    );
  return {
    caption: `${title} (${plural(rows.length, 'trial')})`,
    columns: [
      {title: 'Trial'},
      {title: 'Profile'},
      ...percentiles.map(percentile => ({title: percentileWord(String(percentile)), numeric: true})),
    ],
    rows: rows.map(({labels, of}) => [
      {href: `#trial-${labels.trial}`, words: `#${labels.trial}`},
      oneLine(labels.profile ?? ''),
      ...percentiles.map(percentile => {
        const sample = of.get(percentile);
        return sample ? sources.number(sample) : {absent: 'not reported'};
      }),
    ]),
  };
}

/** Those percentiles whose labels do not run into each other, the rarest first. */
function apart(percentiles: readonly number[], last: number, px: number): number[] {
  const kept: number[] = [];
  let edge = Number.POSITIVE_INFINITY;
  for (const percentile of [...percentiles].reverse()) {
    const half = percentile === 100 ? 13 : 4 + 3.4 * String(percentile).length;
    const centre = place(percentile, last) * px;
    if (centre + half + 3 > edge) continue;
    kept.push(percentile);
    edge = centre - half;
  }
  return kept;
}

/** Bounds on the latency of this series, with the percentile they are for. */
function boundsFor(panel: Panel, sources: Sources): readonly Bound[] {
  return boundsOf(sources.report, (target, seconds) => {
    if (target.metric !== metric || !covers(target, panel)) return undefined;
    const {percentile} = target.where;
    const which = target.statistic === 'p99' ? 'P99' : percentile ? percentileWord(percentile) : 'latency';
    const sign = target.relation === 'at-most' ? '≤' : '≥';
    return {text: `${which} ${sign} ${formatBound(seconds, 's')} (${oneLine(target.claim)})`};
  }).slice(0, 4);
}

/** Whether a target speaks of this series: none of its labels contradicts. */
function covers(target: Target, panel: Panel): boolean {
  return Object.entries(target.where).every(([name, value]) =>
    name === 'scenario' ? panel.scenario === value : without.has(name) || panel.labels[name] === value,
  );
}

export function inRunOrder(profiles: ReadonlySet<string>, sources: Sources): string[] {
  const known = sources.report.header.profiles.map(profile => profile.name).filter(name => profiles.has(name));
  return [...known, ...[...profiles].filter(name => !known.includes(name)).sort(byText)];
}

export function median(values: readonly number[]): number | undefined {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)];
  if (middle === undefined) return undefined;
  const below = sorted[sorted.length / 2 - 1];
  return sorted.length % 2 === 1 || below === undefined ? middle : (below + middle) / 2;
}
