import type {Unit} from '../../../harness/types.ts';
import {type Canvas, type Chart, draw, linearTicks, logTicks} from '../../document/charts/draw.ts';
import {type Axis, type Frame, type Layer, points, segments, textAside} from '../../document/charts/layers.ts';
import {legend, lineKey, seriesKey} from '../../document/charts/legend.ts';
import {colour, type SeriesStyle, seriesStyles} from '../../document/charts/palette.ts';
import {joined, type Words} from '../../document/document.ts';
import {byCount, clipped, oneLine} from '../../words/text.ts';
import {formatEstimate, formatQuantity, missing, type Scale, scaleFor} from '../../words/units.ts';
import {comparisonWord, labelWords, metricTitle, plural} from '../../words/words.ts';
import {effectText, unitOf} from '../phrases.ts';
import type {Comparison} from '../report.ts';
import type {Sources} from '../sources.ts';

/** Rows of one chart; what is more stands in the table only. */
export const maxRows = 60;
const rowHeight = 36;

const familyTitle: Record<string, string> = {
  storage: 'Storage',
  network: 'Network',
  migration: 'Migration',
  failover: 'Failover',
  disruption: 'Bystanders',
};

/**
 * Dumbbells: before and after with their intervals, one chart per family and unit, so that every axis has one
 * meaning.
 */
export async function comparisonCharts(sources: Sources): Promise<Chart[]> {
  const groups = new Map<string, Comparison[]>();
  for (const comparison of sources.report.comparisons) {
    const key = `${familyOf(comparison.metric)}|${unitOf(comparison)}`;
    const group = groups.get(key);
    if (group) group.push(comparison);
    else groups.set(key, [comparison]);
  }
  const charts: Chart[] = [];
  for (const group of groups.values())
    charts.push(await comparisonChart(`before-after-${charts.length + 1}`, group, sources));
  return charts;
}

function familyOf(metric: string): string {
  return metric.split('.')[0] ?? metric;
}

async function comparisonChart(id: string, group: readonly Comparison[], sources: Sources): Promise<Chart> {
  const first = group[0];
  const unit = first ? unitOf(first) : 'ratio';
  const family = first ? familyOf(first.metric) : '';
  const drawn = group.slice(0, maxRows);
  const positions = drawn.flatMap(({before, after}) =>
    [before, after].flatMap(side => [
      side.median,
      ...side.values,
      side.estimate?.low ?? Number.NaN,
      side.estimate?.high ?? Number.NaN,
    ]),
  );
  const finite = positions.filter(Number.isFinite);
  const {axis, scale} = valueAxis(finite, unit, true);
  const frame: Frame = {x: axis, y: {rows: drawn.length}};
  const canvas: Canvas = {
    width: 286,
    height: Math.max(1, drawn.length) * rowHeight,
    margin: {left: 214, right: 180, top: 8, bottom: 38},
  };

  const styles = seriesStyles(sources.report.header.profiles.map(profile => profile.name));
  const layers: Layer[] = [
    segments(
      frame,
      drawn.map((_, index) => ({x: low(axis), x2: high(axis), y: index + 1, y2: index + 1})),
      {colour: colour.grid, width: 1},
    ),
  ];
  const at = (value: number) => value * scale.factor;
  const shown = (value: number) => Number.isFinite(value) && (!axis.log || value > 0);
  const connectors = drawn.flatMap(({before, after}, index) =>
    shown(before.median) && shown(after.median)
      ? [{x: at(before.median), x2: at(after.median), y: index + beforeAt, y2: index + afterAt}]
      : [],
  );
  layers.push(segments(frame, connectors, {colour: colour.muted, width: 1}));
  for (const side of ['before', 'after'] as const) {
    const offset = side === 'before' ? beforeAt : afterAt;
    const byProfile = new Map<string, {comparison: Comparison; index: number}[]>();
    for (const [index, comparison] of drawn.entries()) {
      const list = byProfile.get(comparison[side].profile) ?? [];
      list.push({comparison, index});
      byProfile.set(comparison[side].profile, list);
    }
    for (const [profile, rows] of byProfile) {
      const style = styles.get(profile) ?? fallbackStyle(side);
      const intervals = rows.flatMap(({comparison, index}) => {
        const estimate = comparison[side].estimate;
        return estimate && shown(estimate.low) && shown(estimate.high)
          ? [{x: at(estimate.low), x2: at(estimate.high), y: index + offset, y2: index + offset}]
          : [];
      });
      const singles = rows.flatMap(({comparison, index}) =>
        comparison[side].values
          .filter(shown)
          .map(value => ({x: at(value), x2: at(value), y: index + offset - 0.09, y2: index + offset + 0.09})),
      );
      const medians = rows.flatMap(({comparison, index}) =>
        shown(comparison[side].median) ? [{x: at(comparison[side].median), y: index + offset}] : [],
      );
      layers.push(segments(frame, intervals, {colour: style.colour, width: 2.5, opacity: 0.55}));
      layers.push(segments(frame, singles, {colour: style.colour, width: 1}));
      layers.push(points(frame, medians, style, 64));
    }
  }
  const titles = drawn.map(({metric}, index) => ({
    y: index + 0.34,
    text: clipped(metricTitle(metric).replace(/^(Failover|Migration|Storage|Network|Bystander)[:,] /, ''), 34),
  }));
  const places = drawn.map(({labels}, index) => ({y: index + 0.68, text: clipped(labelWords(labels), 38)}));
  const effects = drawn.map((comparison, index) => ({y: index + 0.34, text: clipped(effectText(comparison), 28)}));
  const words = drawn.map((comparison, index) => ({y: index + 0.68, text: comparisonWord[comparison.verdict]}));
  layers.push(textAside(frame, -206, titles, {align: 'left'}));
  layers.push(textAside(frame, -206, places, {align: 'left', colour: colour.muted, size: 10}));
  layers.push(textAside(frame, canvas.width + 14, effects, {align: 'left'}));
  for (const [verdict, tone] of [
    ['better', colour.good],
    ['worse', colour.limit],
    ['no-difference-shown', colour.muted],
    ['too-noisy', colour.unsure],
  ] as const) {
    const rows = words.filter((_, index) => drawn[index]?.verdict === verdict);
    if (rows.length > 0)
      layers.push(
        textAside(frame, canvas.width + 14, rows, {
          align: 'left',
          colour: tone,
          size: 10,
          bold: verdict === 'better' || verdict === 'worse',
        }),
      );
  }

  const count = (verdict: Comparison['verdict']) => group.filter(comparison => comparison.verdict === verdict).length;
  const title = `${familyTitle[family] ?? oneLine(family)}, before and after (${unitTitle(unit)})`;
  const rest = group.length - drawn.length;
  const summary = `${plural(group.length, 'comparison')}: ${count('better')} better, ${count('worse')} worse, ${count('no-difference-shown')} without a shown difference, ${count('too-noisy')} too noisy.${rest > 0 ? ` ${rest} of them only in the table.` : ''}`;
  const profiles = [...new Set(drawn.flatMap(({before, after}) => [before.profile, after.profile]))];
  return {
    id,
    title,
    summary,
    svg: await draw(id, canvas, layers, title, summary),
    legend: legend([
      ...profiles.map((profile, index) => ({
        key: seriesKey(styles.get(profile) ?? fallbackStyle(index === 0 ? 'before' : 'after')),
        text: `${oneLine(profile)}, median`,
      })),
      {key: lineKey(colour.muted, ''), text: 'from before to after; thick: interval; thin strokes: single trials'},
    ]),
    table: {
      caption: `${title}: values of the single trials`,
      columns: [
        {title: 'Metric'},
        {title: 'Series'},
        {title: 'Profile'},
        {title: 'Median', numeric: true},
        {title: 'Trials, in order of repetition', numeric: 'list'},
      ],
      rows: group.flatMap(comparison =>
        [comparison.before, comparison.after].map(side => [
          metricTitle(comparison.metric),
          labelWords(comparison.labels) || missing,
          oneLine(side.profile),
          side.estimate ? formatEstimate(side.estimate, unit).text : formatQuantity(side.median, unit),
          trialNumbers(sources, comparison, side.profile, side.values),
        ]),
      ),
    },
  };
}

const beforeAt = 0.32;
const afterAt = 0.66;

function fallbackStyle(side: 'before' | 'after'): SeriesStyle {
  return side === 'before'
    ? {colour: colour.before, shape: 'circle', filled: false, dash: [4, 3]}
    : {colour: colour.after, shape: 'diamond', filled: true, dash: []};
}

/** The single values as links to their artefacts; as bare numbers where their samples are not in the report. */
function trialNumbers(sources: Sources, comparison: Comparison, profile: string, values: readonly number[]): Words {
  if (values.length === 0) return {absent: 'no trial measured it'};
  const samples = [...sources.matching(comparison.metric, {...comparison.labels, profile})].sort((a, b) =>
    byCount(a.labels.repetition ?? '', b.labels.repetition ?? ''),
  );
  const numbers =
    samples.length === values.length
      ? samples.map(sources.number)
      : values.map(value => formatQuantity(value, unitOf(comparison)));
  return joined(numbers, ', ');
}

export function unitTitle(unit: Unit): string {
  const titles: Record<Unit, string> = {
    s: 'time',
    'B/s': 'bandwidth',
    'bit/s': 'throughput',
    'op/s': 'operations per second',
    B: 'bytes',
    count: 'count',
    ratio: 'ratio',
  };
  return titles[unit];
}

/** One axis for values in base units: scaled, and logarithmic where a decade and more has to be shown. */
export function valueAxis(values: readonly number[], unit: Unit, mayBeLog: boolean): {axis: Axis; scale: Scale} {
  let least = Number.POSITIVE_INFINITY;
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  if (!Number.isFinite(most)) most = 1;
  if (!Number.isFinite(least)) least = 0;
  const log = mayBeLog && least > 0 && most / least >= 12;
  const scale = scaleFor(unit, log ? Math.sqrt(least * most) : most);
  const ticks = log ? logTicks(least * scale.factor, most * scale.factor) : linearTicks(most * scale.factor, 5);
  return {axis: {title: `${scale.symbol || 'count'}${log ? ' (logarithmic)' : ''}`, ticks, log}, scale};
}

function low(axis: Axis): number {
  return axis.ticks[0] ?? 0;
}

function high(axis: Axis): number {
  return axis.ticks.at(-1) ?? 1;
}
