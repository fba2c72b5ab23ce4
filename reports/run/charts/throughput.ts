import type {Sample} from '../../../harness/types.ts';
import {type Canvas, type Chart, draw} from '../../document/charts/draw.ts';
import {type Frame, type Layer, points, segments, textAside} from '../../document/charts/layers.ts';
import {legend, lineKey, seriesKey} from '../../document/charts/legend.ts';
import {colour, seriesStyles} from '../../document/charts/palette.ts';
import {joined} from '../../document/document.ts';
import {metricNamed} from '../../metrics.ts';
import {byCount, byText, clipped, oneLine} from '../../words/text.ts';
import {formatBound, formatQuantity, missing} from '../../words/units.ts';
import {labelWords, metricTitle, plural, trialLabels} from '../../words/words.ts';
import type {Sources} from '../sources.ts';
import {valueAxis} from './comparison.ts';
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
  const all = seriesOf(samples, sources);
  const rows = all.slice(0, maxRows);
  const {axis, scale} = valueAxis(
    rows.flatMap(row => row.samples.map(sample => sample.value)).filter(Number.isFinite),
    unit,
    false,
  );
  const frame: Frame = {x: axis, y: {rows: rows.length}};
  const canvas: Canvas = {
    width: 280,
    height: rows.length * rowHeight,
    margin: {left: 232, right: 168, top: 8, bottom: 38},
  };
  const end = axis.ticks.at(-1) ?? 1;
  const styles = seriesStyles(sources.report.header.profiles.map(profile => profile.name));
  const heads = rows.map(
    (row, index) =>
      index === 0 ||
      labelWords(row.labels) !== labelWords(rows[index - 1]?.labels ?? {}) ||
      row.scenario !== rows[index - 1]?.scenario,
  );
  const layers: Layer[] = [
    segments(
      frame,
      heads.flatMap((head, index) => (head && index > 0 ? [{x: 0, x2: end, y: index, y2: index}] : [])),
      {colour: colour.rule, width: 1},
    ),
    textAside(
      frame,
      -224,
      rows.flatMap((row, index) =>
        heads[index] ? [{y: index + 0.5, text: clipped(labelWords(row.labels) || metricTitle(metric), 30)}] : [],
      ),
      {align: 'left'},
    ),
    textAside(
      frame,
      -10,
      rows.map((row, index) => ({y: index + 0.5, text: clipped(oneLine(row.profile), 9)})),
      {align: 'right', colour: colour.muted},
    ),
  ];
  const bounds = rows.map(row => boundFor(metric, row, sources));
  const inside = bounds.flatMap((bound, index) =>
    bound !== undefined && bound * scale.factor <= end
      ? [{x: bound * scale.factor, x2: bound * scale.factor, y: index + 0.08, y2: index + 0.92}]
      : [],
  );
  layers.push(segments(frame, inside, {colour: colour.limit, width: 2, dash: [4, 2]}));
  for (const [profile, style] of styles) {
    const mine = rows.flatMap((row, index) =>
      row.profile === profile ? [{index, values: row.samples.map(sample => sample.value).filter(Number.isFinite)}] : [],
    );
    if (mine.length === 0) continue;
    const strokes = mine.flatMap(({index, values}) => {
      const middle = median(values);
      return middle === undefined
        ? []
        : [{x: middle * scale.factor, x2: middle * scale.factor, y: index + 0.18, y2: index + 0.82}];
    });
    const single = mine.flatMap(({index, values}) => values.map(value => ({x: value * scale.factor, y: index + 0.5})));
    layers.push(segments(frame, strokes, {colour: style.colour, width: 2}), points(frame, single, style, 36, 0.85));
  }
  const texts = rows.map((row, index) => {
    const middle = median(row.samples.map(sample => sample.value).filter(Number.isFinite));
    const bound = bounds[index];
    const promised = bound === undefined ? '' : ` (≥ ${formatBound(bound, unit)})`;
    return {
      y: index + 0.5,
      text: clipped(`${middle === undefined ? missing : formatQuantity(middle, unit)}${promised}`, 28),
    };
  });
  layers.push(textAside(frame, canvas.width + 12, texts, {align: 'left'}));

  const profiles = inRunOrder(new Set(all.map(row => row.profile)), sources);
  const beyond = bounds.filter(bound => bound !== undefined && bound * scale.factor > end).length;
  const title = metricTitle(metric);
  const summary =
    `${plural(all.length, 'series')}, every trial a point, the median a stroke.${beyond > 0 ? ` ${plural(beyond, 'promised bound')} beyond this scale, written at the right in brackets.` : ''}${all.length > rows.length ? ` ${all.length - rows.length} series stand only in the table.` : ''}`.replace(
      /seriess/,
      'series',
    );
  const id = metric.replaceAll('.', '-');
  return {
    id,
    title,
    summary,
    svg: await draw(id, canvas, layers, title, summary),
    legend: legend([
      ...profiles.flatMap(profile => {
        const style = styles.get(profile);
        return style ? [{key: seriesKey({...style, dash: []}), text: oneLine(profile)}] : [];
      }),
      ...(inside.length > 0 ? [{key: lineKey(colour.limit, '4 2'), text: 'promised bound'}] : []),
    ]),
    table: {
      caption: `${title}, trial by trial`,
      columns: [
        {title: 'Series'},
        {title: 'Profile'},
        {title: 'Median', numeric: true},
        {title: 'Trials, in order of repetition', numeric: 'list'},
      ],
      rows: all.map(row => {
        const middle = median(row.samples.map(sample => sample.value).filter(Number.isFinite));
        return [
          labelWords(row.labels) || missing,
          oneLine(row.profile),
          middle === undefined ? missing : formatQuantity(middle, unit),
          joined(row.samples.map(sources.number), ', '),
        ];
      }),
    },
  };
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
