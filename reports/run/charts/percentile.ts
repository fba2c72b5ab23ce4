import type {Sample, Target} from '../../../harness/types.ts';
import {type Canvas, type Chart, draw, logTicks} from '../../document/charts/draw.ts';
import {type Frame, type Layer, line, points, segments, textAbove, textAt} from '../../document/charts/layers.ts';
import {legend, lineKey, seriesKey} from '../../document/charts/legend.ts';
import {colour, seriesStyles} from '../../document/charts/palette.ts';
import {byCount, byText, clipped, oneLine} from '../../words/text.ts';
import {formatBound, formatQuantity, scaleFor} from '../../words/units.ts';
import {labelWords, percentileOf, percentileWord, plural} from '../../words/words.ts';
import type {Sources} from '../sources.ts';

const metric = 'storage.latency';
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
  samples: {sample: Sample; percentile: number}[];
}

async function percentileChart(id: string, panel: Panel, sources: Sources): Promise<Chart> {
  const usable = panel.samples.filter(({sample}) => Number.isFinite(sample.value) && sample.value > 0);
  const percentiles = [...new Set(panel.samples.map(({percentile}) => percentile))].sort((a, b) => a - b);
  const last = percentiles
    .filter(percentile => percentile < 100)
    .reduce((most, percentile) => Math.max(most, place(percentile, 0)), 0);
  const limits = limitsFor(panel, sources);
  const values = [...usable.map(({sample}) => sample.value), ...limits.map(limit => limit.seconds)];
  const least = values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
  const most = values.reduce((a, b) => Math.max(a, b), 0);
  const scale = scaleFor('s', Number.isFinite(least) && most > 0 ? Math.sqrt(least * most) : 1e-3);
  const left = Math.max(0, (percentiles[0] === undefined ? 0 : place(percentiles[0], last)) - 0.25);
  const right = (percentiles.includes(100) ? place(100, last) : last) + 0.25;
  const frame: Frame = {
    x: {title: '', ticks: [left, right], log: false, bare: true},
    y: {title: `${scale.symbol} (logarithmic)`, ticks: logTicks(least * scale.factor, most * scale.factor), log: true},
  };
  const canvas: Canvas = {width: 258, height: 196, margin: {left: 62, right: 14, top: 14, bottom: 34}};
  const floor = 'ticks' in frame.y ? (frame.y.ticks[0] ?? 1) : 1;
  const ceiling = 'ticks' in frame.y ? (frame.y.ticks.at(-1) ?? 10) : 10;
  const styles = seriesStyles(sources.report.header.profiles.map(profile => profile.name));
  const layers: Layer[] = [
    segments(
      frame,
      percentiles.map(percentile => ({x: place(percentile, last), x2: place(percentile, last), y: floor, y2: ceiling})),
      {colour: colour.grid, width: 1},
    ),
    textAbove(
      frame,
      canvas.height + 14,
      apart(percentiles, last, canvas.width / (right - left)).map(percentile => ({
        x: place(percentile, last),
        text: percentile === 100 ? 'max' : `P${percentile}`,
      })),
      {align: 'center', colour: colour.muted},
    ),
    segments(
      frame,
      limits.map(({seconds}) => ({x: left, x2: right, y: seconds * scale.factor, y2: seconds * scale.factor})),
      {colour: colour.limit, width: 1.5, dash: [5, 3]},
    ),
    textAt(
      frame,
      limits.map(({seconds, text}) => ({x: left, y: seconds * scale.factor, text: clipped(text, 44)})),
      {align: 'left', colour: colour.limit, size: 10, dy: -7, dx: 3},
    ),
  ];
  const profiles = inRunOrder(new Set(usable.map(({sample}) => sample.labels.profile ?? '')), sources);
  for (const profile of profiles) {
    const style = styles.get(profile);
    if (!style) continue;
    const mine = usable.filter(({sample}) => sample.labels.profile === profile);
    const medians = percentiles.flatMap(percentile => {
      const middle = median(mine.filter(entry => entry.percentile === percentile).map(({sample}) => sample.value));
      return middle === undefined ? [] : [{x: place(percentile, last), y: middle * scale.factor}];
    });
    layers.push(
      points(
        frame,
        mine.map(({sample, percentile}) => ({x: place(percentile, last), y: sample.value * scale.factor})),
        {...style, shape: 'circle', filled: true},
        8,
        0.45,
      ),
    );
    layers.push(line(frame, medians, {colour: style.colour, width: 1.75, dash: style.dash}));
    layers.push(points(frame, medians, style, 50));
  }

  const name = labelWords(panel.labels) || 'all operations';
  const title = `Latency by percentile: ${name}`;
  const summary = [
    'Lines: median over trials; points: single trials.',
    ...profiles.flatMap(profile => {
      const p99 = median(
        usable
          .filter(({sample, percentile}) => percentile === 99 && sample.labels.profile === profile)
          .map(({sample}) => sample.value),
      );
      return p99 === undefined ? [] : [`P99 ${oneLine(profile)}: ${formatQuantity(p99, 's')}.`];
    }),
    ...(limits.length > 0 ? [`Promised: ${limits.map(limit => limit.text).join(', ')}.`] : []),
  ].join(' ');
  const rows = new Map<string, {sample: Sample; percentile: number}[]>();
  for (const entry of panel.samples) {
    const key = JSON.stringify([entry.sample.labels.profile ?? '', entry.sample.labels.trial ?? '']);
    const list = rows.get(key) ?? [];
    list.push(entry);
    rows.set(key, list);
  }
  const order = inRunOrder(new Set(panel.samples.map(({sample}) => sample.labels.profile ?? '')), sources);
  const sortedRows = [...rows.values()].sort((a, b) => {
    const [first, second] = [a[0]?.sample.labels ?? {}, b[0]?.sample.labels ?? {}];
    return (
      order.indexOf(first.profile ?? '') - order.indexOf(second.profile ?? '') ||
      byCount(first.trial ?? '', second.trial ?? '')
    );
  });
  return {
    id,
    title,
    summary,
    svg: await draw(id, canvas, layers, title, summary),
    legend: legend([
      ...profiles.flatMap(profile => {
        const style = styles.get(profile);
        return style ? [{key: seriesKey(style), text: oneLine(profile)}] : [];
      }),
      ...(limits.length > 0 ? [{key: lineKey(colour.limit, '5 3'), text: 'promised bound'}] : []),
    ]),
    table: {
      caption: `${title} (${plural(sortedRows.length, 'trial')})`,
      columns: [
        {title: 'Trial'},
        {title: 'Profile'},
        ...percentiles.map(percentile => ({title: percentileWord(String(percentile)), numeric: true})),
      ],
      rows: sortedRows.map(entries => {
        const labels = entries[0]?.sample.labels ?? {};
        const found = new Map(entries.map(entry => [entry.percentile, entry.sample]));
        return [
          {href: `#trial-${labels.trial}`, words: `#${labels.trial}`},
          oneLine(labels.profile ?? ''),
          ...percentiles.map(percentile => {
            const sample = found.get(percentile);
            return sample ? sources.number(sample) : {absent: 'not reported'};
          }),
        ];
      }),
    },
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
function limitsFor(panel: Panel, sources: Sources): {seconds: number; text: string}[] {
  const found = new Map<string, {seconds: number; text: string}>();
  for (const {targets} of sources.report.verdicts) {
    for (const {target} of targets) {
      if (target.metric !== metric || target.statistic === 'ratio' || !covers(target, panel)) continue;
      const seconds = target.statistic === 'proportion' ? target.limit : target.bound;
      if (seconds === undefined || !(seconds > 0) || !Number.isFinite(seconds)) continue;
      const which =
        target.statistic === 'p99'
          ? 'P99'
          : target.where.percentile
            ? percentileWord(target.where.percentile)
            : 'latency';
      const text = `${which} ${target.relation === 'at-most' ? '≤' : '≥'} ${formatBound(seconds, 's')} (${oneLine(target.claim)})`;
      found.set(text, {seconds, text});
    }
  }
  return [...found.values()].sort((a, b) => a.seconds - b.seconds || byText(a.text, b.text)).slice(0, 4);
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
