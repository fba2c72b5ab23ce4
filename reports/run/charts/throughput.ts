import type {Sample, Unit} from '../../../harness/types.ts';
import {valueAxis} from '../../document/charts/axes.ts';
import type {Chart} from '../../document/charts/draw.ts';
import {lineKey, seriesKey} from '../../document/charts/legend.ts';
import {colour, type SeriesStyle, seriesStyles} from '../../document/charts/palette.ts';
import {ends, type Mark, plotted} from '../../document/charts/plot.ts';
import {aside, beginnings, dividers, dots, strokes} from '../../document/charts/rows.ts';
import {joined} from '../../document/document.ts';
import {metricNamed} from '../../metrics.ts';
import {byCount, byText, clipped, oneLine} from '../../words/text.ts';
import {formatBound, formatQuantity, missing} from '../../words/units.ts';
import {labelWords, metricTitle, plural, trialLabels} from '../../words/words.ts';
import type {Sources} from '../sources.ts';
import {inRunOrder, median} from './percentile.ts';

const maxRows = 60;
const rowHeight = 26;

interface Series {
  labels: Record<string, string>;
  scenario: string;
  profile: string;
  samples: Sample[];
}

/** Every trial as a point, the median as a stroke, one row for each series and profile. */
export async function throughputCharts(sources: Sources): Promise<Chart[]> {
  const charts: Chart[] = [];
  for (const metric of ['storage.iops', 'storage.bandwidth', 'network.throughput']) {
    const chart = await throughputChart(metric, sources);
    if (chart) charts.push(chart);
  }
  return charts;
}

async function throughputChart(metric: string, sources: Sources): Promise<Chart | undefined> {
  const samples = sources.ofMetric(metric);
  const unit = metricNamed(metric)?.unit;
  if (samples.length === 0 || unit === undefined) return undefined;
  const all = seriesOf(samples, sources).map(series => ({...series, bound: boundFor(metric, series, sources)}));
  const rows = all.slice(0, maxRows);
  const x = valueAxis(rows.flatMap(valuesOf), unit, false);
  const end = ends(x)[1] / (x.factor ?? 1);
  const beyond = rows.filter(({bound}) => bound !== undefined && bound > end).length;
  const inside = rows.some(({bound}) => bound !== undefined && bound <= end);
  const styles = seriesStyles(sources.report.header.profiles.map(profile => profile.name));
  const profiles = inRunOrder(new Set(all.map(row => row.profile)), sources);
  const title = metricTitle(metric);
  return plotted({
    id: metric.replaceAll('.', '-'),
    title,
    summary: `${all.length} series, every trial a point, the median a stroke.${beyond > 0 ? ` ${plural(beyond, 'promised bound')} beyond this scale, written at the right in brackets.` : ''}${all.length > rows.length ? ` ${all.length - rows.length} series stand only in the table.` : ''}`,
    canvas: {width: 280, height: rows.length * rowHeight, margin: {left: 232, right: 168, top: 8, bottom: 38}},
    x,
    y: {rows: rows.length},
    marks: [...namesOf(rows, title), ...valueMarks(rows, end, styles), besides(rows, unit)],
    legend: [
      ...profiles.flatMap(profile => {
        const style = styles.get(profile);
        return style ? [{key: seriesKey({...style, dash: []}), text: oneLine(profile)}] : [];
      }),
      ...(inside ? [{key: lineKey(colour.limit, '4 2'), text: 'promised bound'}] : []),
    ],
    table: {
      caption: `${title}, trial by trial`,
      columns: [
        {title: 'Series'},
        {title: 'Profile'},
        {title: 'Median', numeric: true},
        {title: 'Trials, in order of repetition', numeric: 'list'},
      ],
      rows: all.map(row => [
        labelWords(row.labels) || missing,
        oneLine(row.profile),
        medianWords(row, unit),
        joined(row.samples.map(sources.number), ', '),
      ]),
    },
  });
}

type Bounded = Series & {bound: number | undefined};

function valuesOf({samples}: Series): readonly number[] {
  return samples.map(sample => sample.value).filter(Number.isFinite);
}

function medianWords(row: Series, unit: Unit): string {
  const middle = median(valuesOf(row));
  return middle === undefined ? missing : formatQuantity(middle, unit);
}

/** A series is named once, above the profiles it was measured with. */
function namesOf(rows: readonly Series[], title: string): readonly Mark[] {
  const begins = (row: Series, before: Series) =>
    labelWords(row.labels) !== labelWords(before.labels) || row.scenario !== before.scenario;
  const heads = beginnings(rows, begins);
  return [
    dividers(rows, begins),
    aside(rows, {left: -224}, ({labels}, index) => (heads[index] ? clipped(labelWords(labels) || title, 30) : ''), {
      align: 'left',
    }),
    aside(rows, {left: -10}, ({profile}) => clipped(oneLine(profile), 9), {align: 'right', colour: colour.muted}),
  ];
}

function valueMarks(rows: readonly Bounded[], end: number, styles: ReadonlyMap<string, SeriesStyle>): readonly Mark[] {
  const bounds = ({bound}: Bounded) => (bound !== undefined && bound <= end ? [bound] : []);
  return [
    strokes(rows, bounds, [0.08, 0.92], {colour: colour.limit, width: 2, dash: [4, 2]}),
    ...[...styles].flatMap(([name, style]) => {
      const of = (row: Series) => (row.profile === name ? valuesOf(row) : []);
      const middle = (row: Series) => [median(of(row)) ?? []].flat();
      return [
        strokes(rows, middle, [0.18, 0.82], {colour: style.colour, width: 2}),
        dots(rows, of, 0.5, style, 36, 0.85),
      ];
    }),
  ];
}

function besides(rows: readonly Bounded[], unit: Unit): Mark {
  const promise = ({bound}: Bounded) => (bound === undefined ? '' : ` (≥ ${formatBound(bound, unit)})`);
  return aside(rows, {right: 12}, row => clipped(`${medianWords(row, unit)}${promise(row)}`, 28), {align: 'left'});
}

function seriesOf(samples: readonly Sample[], sources: Sources): Series[] {
  const found = new Map<string, Series>();
  for (const sample of samples) {
    const labels = Object.fromEntries(
      Object.entries(sample.labels)
        .filter(([name]) => !trialLabels.has(name))
        .sort(([a], [b]) => byText(a, b)),
    );
    const profile = sample.labels.profile ?? '';
    const scenario = sample.labels.scenario ?? '';
    const key = JSON.stringify([scenario, labels, profile]);
    const series = found.get(key) ?? {labels, scenario, profile, samples: []};
    series.samples.push(sample);
    found.set(key, series);
  }
  const order = inRunOrder(new Set([...found.values()].map(series => series.profile)), sources);
  for (const series of found.values())
    series.samples.sort((a, b) => byCount(a.labels.repetition ?? '', b.labels.repetition ?? ''));
  return [...found.values()].sort(
    (a, b) =>
      byText(labelWords(a.labels), labelWords(b.labels)) ||
      byText(a.scenario, b.scenario) ||
      order.indexOf(a.profile) - order.indexOf(b.profile),
  );
}

/** The lower bound promised for this very series and profile, the highest where there are several. */
function boundFor(metric: string, series: Series, sources: Sources): number | undefined {
  let highest: number | undefined;
  for (const {targets} of sources.report.verdicts) {
    for (const {target} of targets) {
      if (
        target.metric !== metric ||
        target.relation !== 'at-least' ||
        (target.statistic !== 'median' && target.statistic !== 'worst')
      )
        continue;
      const fits = Object.entries(target.where).every(([name, value]) =>
        name === 'profile'
          ? series.profile === value
          : name === 'scenario'
            ? series.scenario === value
            : series.labels[name] === value,
      );
      if (fits && Number.isFinite(target.bound) && (highest === undefined || target.bound > highest))
        highest = target.bound;
    }
  }
  return highest;
}
