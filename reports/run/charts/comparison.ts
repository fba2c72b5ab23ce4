import type {Unit} from '../../../harness/types.ts';
import {valueAxis} from '../../document/charts/axes.ts';
import type {Chart} from '../../document/charts/draw.ts';
import type {Axis} from '../../document/charts/layers.ts';
import {lineKey, seriesKey} from '../../document/charts/legend.ts';
import {colour, type SeriesStyle, seriesStyles} from '../../document/charts/palette.ts';
import {type Mark, plotted} from '../../document/charts/plot.ts';
import {aside, dots, links, ruled, spans, strokes} from '../../document/charts/rows.ts';
import {joined, type Words} from '../../document/document.ts';
import {byCount, clipped, oneLine} from '../../words/text.ts';
import {formatEstimate, formatQuantity, missing} from '../../words/units.ts';
import {comparisonWord, labelWords, metricTitle, plural} from '../../words/words.ts';
import {effectText, unitOf} from '../phrases.ts';
import type {Comparison} from '../report.ts';
import type {Sources} from '../sources.ts';

/** Rows of one chart; what is more stands in the table only. */
const maxRows = 60;
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
  const rows = group.slice(0, maxRows);
  const sides = rows.flatMap(({before, after}) => [before, after]);
  const x = valueAxis(
    sides.flatMap(({median, values, estimate}) => [
      median,
      ...values,
      ...(estimate ? [estimate.low, estimate.high] : []),
    ]),
    unit,
    true,
  );
  const styles = seriesStyles(sources.report.header.profiles.map(profile => profile.name));
  const title = `${familyTitle[family] ?? oneLine(family)}, before and after (${unitTitle(unit)})`;
  const profiles = [...new Set(sides.map(({profile}) => profile))];
  return plotted({
    id,
    title,
    summary: summaryOf(group, rows.length),
    canvas: {
      width: 286,
      height: Math.max(1, rows.length) * rowHeight,
      margin: {left: 214, right: 180, top: 8, bottom: 38},
    },
    x,
    y: {rows: rows.length},
    marks: [ruled(rows), ...dumbbells(rows, x, styles), ...namesAndVerdicts(rows)],
    legend: [
      ...profiles.map((profile, index) => ({
        key: seriesKey(styles.get(profile) ?? fallbackStyle(index === 0 ? 'before' : 'after')),
        text: `${oneLine(profile)}, median`,
      })),
      {key: lineKey(colour.muted, ''), text: 'from before to after; thick: interval; thin strokes: single trials'},
    ],
    table: {
      caption: `${title}: values of the single trials`,
      columns: [
        {title: 'Metric'},
        {title: 'Series'},
        {title: 'Profile'},
        {title: 'Median', numeric: true},
        {title: 'Trials, in order of repetition', numeric: 'list'},
      ],
      rows: group.flatMap(comparison => numbersOf(comparison, sources)),
    },
  });
}

const height = {before: 0.32, after: 0.66} as const;

/** Before above after: the intervals, the single trials, the medians, and a line from median to median. */
function dumbbells(rows: readonly Comparison[], {log}: Axis, styles: Styles): readonly Mark[] {
  const shown = (value: number) => Number.isFinite(value) && (!log || value > 0);
  const side = (name: 'before' | 'after', profile: string): readonly Mark[] => {
    const at = height[name];
    const style = styles.get(profile) ?? fallbackStyle(name);
    const of = (comparison: Comparison) => (comparison[name].profile === profile ? [comparison[name]] : []);
    const intervals = (row: Comparison) =>
      of(row).flatMap(({estimate}) => (estimate && shown(estimate.low) && shown(estimate.high) ? [estimate] : []));
    return [
      spans(rows, intervals, at, {colour: style.colour, width: 2.5, opacity: 0.55}),
      strokes(rows, row => of(row).flatMap(({values}) => values.filter(shown)), [at - 0.09, at + 0.09], {
        colour: style.colour,
        width: 1,
      }),
      dots(rows, row => of(row).flatMap(({median}) => (shown(median) ? [median] : [])), at, style, 64),
    ];
  };
  const medians = ({before, after}: Comparison) =>
    shown(before.median) && shown(after.median) ? [[before.median, after.median] as const] : [];
  return [
    links(rows, medians, [height.before, height.after], {colour: colour.muted, width: 1}),
    ...(['before', 'after'] as const).flatMap(name =>
      [...new Set(rows.map(row => row[name].profile))].flatMap(profile => side(name, profile)),
    ),
  ];
}

type Styles = ReadonlyMap<string, SeriesStyle>;

const verdictColour: Readonly<Record<Comparison['verdict'], string>> = {
  better: colour.good,
  worse: colour.limit,
  'no-difference-shown': colour.muted,
  'too-noisy': colour.unsure,
};

function namesAndVerdicts(rows: readonly Comparison[]): readonly Mark[] {
  const short = (metric: string) =>
    metricTitle(metric).replace(/^(Failover|Migration|Storage|Network|Bystander)[:,] /, '');
  return [
    aside(rows, {left: -206}, ({metric}) => clipped(short(metric), 34), {align: 'left', at: 0.34}),
    aside(rows, {left: -206}, ({labels}) => clipped(labelWords(labels), 38), {
      align: 'left',
      at: 0.68,
      colour: colour.muted,
      size: 10,
    }),
    aside(rows, {right: 14}, row => clipped(effectText(row), 28), {align: 'left', at: 0.34}),
    ...(['better', 'worse', 'no-difference-shown', 'too-noisy'] as const).map(verdict =>
      aside(rows, {right: 14}, row => (row.verdict === verdict ? comparisonWord[verdict] : ''), {
        align: 'left',
        at: 0.68,
        colour: verdictColour[verdict],
        size: 10,
        bold: verdict === 'better' || verdict === 'worse',
      }),
    ),
  ];
}

function summaryOf(group: readonly Comparison[], drawn: number): string {
  const count = (verdict: Comparison['verdict']) => group.filter(comparison => comparison.verdict === verdict).length;
  const rest = group.length - drawn;
  return `${plural(group.length, 'comparison')}: ${count('better')} better, ${count('worse')} worse, ${count('no-difference-shown')} without a shown difference, ${count('too-noisy')} too noisy.${rest > 0 ? ` ${rest} of them only in the table.` : ''}`;
}

function numbersOf(comparison: Comparison, sources: Sources): readonly (readonly Words[])[] {
  const unit = unitOf(comparison);
  return [comparison.before, comparison.after].map(({profile, estimate, median, values}) => [
    metricTitle(comparison.metric),
    labelWords(comparison.labels) || missing,
    oneLine(profile),
    estimate ? formatEstimate(estimate, unit).text : formatQuantity(median, unit),
    trialNumbers(sources, comparison, profile, values),
  ]);
}

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

function unitTitle(unit: Unit): string {
  const titles: Record<Unit, string> = {
    s: 'time',
    s·s: 'delay by time',
    'B/s': 'bandwidth',
    'bit/s': 'throughput',
    'op/s': 'operations per second',
    B: 'bytes',
    count: 'count',
    ratio: 'ratio',
  };
  return titles[unit];
}
