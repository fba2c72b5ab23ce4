/**
 * How a migration grows with what its guest writes: total time, blackout and brown-out against the rate of writing, a
 * line for each option, and the rate from which it does not converge.
 */
import type {Sample} from '../../../harness/types.ts';
import {linearAxis, valueAxis} from '../../document/charts/axes.ts';
import type {Canvas, Chart, DataTable} from '../../document/charts/draw.ts';
import {lineKey, seriesKey} from '../../document/charts/legend.ts';
import {colour, type SeriesStyle, seriesStyles} from '../../document/charts/palette.ts';
import {type Mark, plotted, uprights} from '../../document/charts/plot.ts';
import {curve, dots} from '../../document/charts/xy.ts';
import {byCount, byText, oneLine} from '../../words/text.ts';
import {formatQuantity, scaleFor} from '../../words/units.ts';
import {plural} from '../../words/words.ts';
import type {Sources} from '../sources.ts';
import {median} from './percentile.ts';

const canvas: Canvas = {width: 258, height: 196, margin: {left: 62, right: 14, top: 14, bottom: 42}};
const panels = [
  ['migration.total', 'total time'],
  ['migration.blackout', "client's blackout"],
  ['migration.brownout', 'brown-out'],
] as const;
const tabled = [
  ['migration.dirty-rate', 'Written'],
  ['migration.dirtied', 'Found written by QEMU'],
  ['migration.total', 'Total time'],
  ['migration.iterations', 'Rounds'],
  ['migration.transferred', 'Data moved'],
  ['migration.downtime', 'QEMU downtime'],
  ['migration.blackout', 'Blackout'],
  ['migration.brownout', 'Brown-out'],
] as const;
const failed: SeriesStyle = {colour: colour.limit, shape: 'triangle-up', filled: false, dash: []};

/** One guest's migration in one cell of a matrix. */
interface Moved {
  labels: Readonly<Record<string, string>>;
  of: ReadonlyMap<string, Sample>;
  /** What was written in the guest, measured there. B/s. */
  rate: number;
  converged: boolean;
}

/** Three panels for each size of memory in use and each number of guests that move at once. */
export async function convergenceCharts(sources: Sources): Promise<readonly Chart[]> {
  const groups = Map.groupBy(movesOf(sources), ({labels}) => JSON.stringify([labels.used, labels.together]));
  const charts: Chart[] = [];
  for (const [, moves] of [...groups].sort(([a], [b]) => byCount(a, b)))
    for (const [metric, title] of panels)
      charts.push(await panel(`convergence-${charts.length + 1}`, metric, title, moves, sources));
  return charts;
}

function movesOf(sources: Sources): readonly Moved[] {
  const cells = new Map<string, Map<string, Sample>>();
  for (const [metric] of tabled) {
    for (const sample of sources.ofMetric(metric)) {
      const {option, dirty, used, together, guest, trial, profile} = sample.labels;
      if (option === undefined) continue;
      const key = JSON.stringify([profile, trial, option, dirty, used, together, guest]);
      const known = cells.get(key) ?? new Map<string, Sample>();
      cells.set(key, known.set(metric, sample));
    }
  }
  return [...cells.values()].flatMap((of): readonly Moved[] => {
    const total = of.get('migration.total');
    if (total === undefined) return [];
    return [{labels: total.labels, of, rate: of.get('migration.dirty-rate')?.value ?? 0, converged: !total.censored}];
  });
}

async function panel(
  id: string,
  metric: (typeof panels)[number][0],
  what: string,
  moves: readonly Moved[],
  sources: Sources,
): Promise<Chart> {
  const options = [...new Set(moves.map(({labels}) => labels.option ?? ''))];
  const styles = stylesOf(options);
  const points = moves.flatMap(move => {
    const y = move.of.get(metric)?.value;
    return y === undefined || !Number.isFinite(y) ? [] : [{...move, x: move.rate, y}];
  });
  const fastest = Math.max(1, ...moves.map(({rate}) => rate));
  const limits = options.flatMap(option => firstThatDidNot(moves, option) ?? []);
  const {used = '', together = '1'} = moves[0]?.labels ?? {};
  const guests = together === '1' ? '' : `, ${together} guests at once`;
  return plotted({
    id,
    title: `Migration, ${what} (${oneLine(used)} in use${guests})`,
    summary: options.map(option => convergedTo(moves, option)).join(' '),
    canvas,
    x: linearAxis(symbol => `written in the guest, ${symbol}`, fastest * 1.05, scaleFor('B/s', fastest), 5),
    y: valueAxis(
      points.map(({y}) => y),
      metric === 'migration.brownout' ? 's·s' : 's',
      metric !== 'migration.total',
    ),
    marks: [
      uprights([...new Set(limits)], {colour: colour.limit, width: 1.5, dash: [5, 3]}),
      ...options.flatMap(option =>
        optionMarks(
          points.filter(({labels}) => labels.option === option),
          styles.get(option),
        ),
      ),
      dots(
        points.filter(({converged}) => !converged),
        failed,
        60,
      ),
    ],
    legend: [
      ...options.flatMap(option => {
        const style = styles.get(option);
        return style === undefined ? [] : [{key: seriesKey(style), text: oneLine(option)}];
      }),
      ...(limits.length === 0
        ? []
        : [
            {key: seriesKey(failed), text: 'did not converge, called back'},
            {key: lineKey(colour.limit, '5 3'), text: 'the lowest rate that did not converge'},
          ]),
    ],
    table: numbersOf(`Migrations by option and rate: ${what}`, moves, sources),
  });
}

/** From the fifth on they are filled the other way round. */
function stylesOf(options: readonly string[]): ReadonlyMap<string, SeriesStyle> {
  const styles = [...seriesStyles(options)];
  return new Map(
    styles.map(([option, style], index) => [option, index < 4 ? style : {...style, filled: !style.filled}] as const),
  );
}

/** Single migrations as points, and the median of those that were asked for the same as a line. */
function optionMarks(
  points: readonly (Moved & {x: number; y: number})[],
  style: SeriesStyle | undefined,
): readonly Mark[] {
  if (style === undefined) return [];
  const converged = points.filter(point => point.converged);
  const asked = Map.groupBy(converged, ({labels}) => labels.dirty ?? '');
  const medians = [...asked.values()].flatMap(same => {
    const [x, y] = [median(same.map(point => point.x)), median(same.map(point => point.y))];
    return x === undefined || y === undefined ? [] : [{x, y}];
  });
  return [
    curve(
      medians.sort((a, b) => a.x - b.x),
      {colour: style.colour, width: 1.75, dash: style.dash},
    ),
    dots(converged, style, 40),
  ];
}

function firstThatDidNot(moves: readonly Moved[], option: string): number | undefined {
  const rates = moves.filter(({labels, converged}) => labels.option === option && !converged).map(({rate}) => rate);
  return rates.length === 0 ? undefined : Math.min(...rates);
}

function convergedTo(moves: readonly Moved[], option: string): string {
  const most = Math.max(
    0,
    ...moves.filter(({labels, converged}) => labels.option === option && converged).map(({rate}) => rate),
  );
  const not = firstThatDidNot(moves, option);
  const did = `${oneLine(option)}: converged up to ${formatQuantity(most, 'B/s')}`;
  return not === undefined ? `${did}.` : `${did}, not at ${formatQuantity(not, 'B/s')}.`;
}

function numbersOf(caption: string, moves: readonly Moved[], sources: Sources): DataTable {
  const sorted = [...moves].sort(
    ({labels: a, rate: x}, {labels: b, rate: y}) =>
      byText(a.profile ?? '', b.profile ?? '') || byText(a.option ?? '', b.option ?? '') || x - y,
  );
  return {
    caption: `${caption} (${plural(moves.length, 'migration')})`,
    columns: [
      {title: 'Trial'},
      {title: 'Profile'},
      {title: 'Option'},
      {title: 'Guest'},
      {title: 'Asked', numeric: true},
      ...tabled.map(([, title]) => ({title, numeric: true})),
    ],
    rows: sorted.map(({labels, of}) => [
      {href: `#trial-${labels.trial}`, words: `#${labels.trial}`},
      oneLine(labels.profile ?? ''),
      oneLine(labels.option ?? ''),
      oneLine(labels.guest ?? ''),
      oneLine(labels.dirty ?? ''),
      ...tabled.map(([metric]) => {
        const sample = of.get(metric);
        return sample === undefined ? {absent: 'not measured'} : sources.number(sample);
      }),
    ]),
  };
}
