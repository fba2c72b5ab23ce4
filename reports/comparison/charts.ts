import {type Chart, logTicks} from '../document/charts/draw.ts';
import type {Axis} from '../document/charts/layers.ts';
import {lineKey, seriesKey} from '../document/charts/legend.ts';
import {colour, type SeriesStyle} from '../document/charts/palette.ts';
import {ends, ground, type Mark, plotted, uprights} from '../document/charts/plot.ts';
import {aside, dots, spans} from '../document/charts/rows.ts';
import {clipped} from '../words/text.ts';
import {formatShare} from '../words/units.ts';
import {comparisonWord, metricTitle, plural} from '../words/words.ts';
import type {ContrastVerdict, Row, SideBySide} from './model.ts';
import {arrow, changeText, countSentence, countText, probability, seriesText, verdictText} from './phrases.ts';

/** Rows of the chart; what is more stands in the tables only. */
const maxRows = 60;
const rowHeight = 34;

const styles: Record<ContrastVerdict, SeriesStyle> = {
  better: {colour: colour.good, shape: 'diamond', filled: true, dash: []},
  worse: {colour: colour.limit, shape: 'square', filled: true, dash: []},
  'no-difference-shown': {colour: colour.muted, shape: 'circle', filled: true, dash: []},
  'too-noisy': {colour: colour.unsure, shape: 'circle', filled: false, dash: []},
};
const verdicts = ['worse', 'better', 'too-noisy', 'no-difference-shown'] as const;

/** A forest plot: after ÷ before of every series with its interval, around 1. Undefined where nothing has a ratio. */
export async function forestChart(comparison: SideBySide): Promise<Chart | undefined> {
  const ratios = comparison.rows.filter(({scale}) => scale === 'ratio');
  const rows = ratios.slice(0, maxRows);
  if (rows.length === 0) return undefined;
  const {threshold} = comparison;
  const x = ratioAxis(rows, threshold);
  const used = verdicts.filter(verdict => rows.some(row => row.verdict === verdict));
  const title = 'After ÷ before, with intervals';
  return plotted({
    id: 'forest',
    title,
    summary: [countSentence(comparison), ...unshown(comparison, ratios.length, rows, x)].join(' '),
    canvas: {width: 260, height: rows.length * rowHeight, margin: {left: 222, right: 198, top: 8, bottom: 38}},
    x,
    y: {rows: rows.length},
    marks: [
      ground(1 / (1 + threshold), 1 + threshold, colour.grid),
      uprights([1], {colour: colour.muted, width: 1}),
      ...used.flatMap(verdict => verdictMarks(rows, verdict)),
      aside(rows, {right: 14}, row => clipped(changeText(row), 30), {align: 'left', at: 0.36}),
      ...namesOf(rows),
    ],
    legend: [
      ...used.map(verdict => ({key: seriesKey(styles[verdict]), text: comparisonWord[verdict]})),
      {key: lineKey(colour.muted, ''), text: `no change; grey: below ${formatShare(threshold)}`},
      {key: lineKey('none', ''), text: '↑ higher is better, ↓ lower is better'},
    ],
    table: {
      caption: title,
      columns: [
        {title: 'Series'},
        {title: 'After ÷ before', numeric: true},
        {title: 'p Holm', numeric: true},
        {title: 'n', numeric: true},
        {title: 'Verdict'},
      ],
      rows: ratios.map(row => [
        `${metricTitle(row.metric)}, ${seriesText(row)}`,
        changeText(row),
        probability(row.pHolm),
        countText(row, comparison.paired),
        verdictText(row),
      ]),
    },
  });
}

/** Estimates of one verdict with their intervals, and the word for it at the right. */
function verdictMarks(rows: readonly Row[], verdict: ContrastVerdict): readonly Mark[] {
  const style = styles[verdict];
  const of = (row: Row) => (row.verdict === verdict ? [row.effect] : []);
  const interval = (row: Row) => of(row).filter(({low, high}) => Number.isFinite(low) && Number.isFinite(high));
  return [
    spans(rows, interval, 0.5, {colour: style.colour, width: 2}),
    dots(rows, row => of(row).map(({value}) => value), 0.5, style, 52),
    aside(rows, {right: 14}, row => (row.verdict === verdict ? verdictText(row) : ''), {
      align: 'left',
      at: 0.7,
      colour: style.colour,
      size: 10,
      bold: verdict === 'better' || verdict === 'worse',
    }),
  ];
}

function namesOf(rows: readonly Row[]): readonly Mark[] {
  return [
    aside(rows, {left: -214}, row => clipped(`${metricTitle(row.metric)} ${arrow(row)}`, 36), {
      align: 'left',
      at: 0.36,
    }),
    aside(rows, {left: -214}, row => clipped(seriesText(row), 40), {
      align: 'left',
      at: 0.7,
      colour: colour.muted,
      size: 10,
    }),
  ];
}

/** What the chart does not show, in sentences. */
function unshown(comparison: SideBySide, ratios: number, rows: readonly Row[], x: Axis): readonly string[] {
  const [left, right] = ends(x);
  return [
    ...(ratios > rows.length ? [`${ratios - rows.length} further ones stand only in the tables.`] : []),
    ...(ratios < comparison.rows.length
      ? [`${plural(comparison.rows.length - ratios, 'comparison')} without a ratio only in the tables.`]
      : []),
    ...(rows.some(({effect}) => effect.low < left || effect.high > right)
      ? ['A line that reaches the edge goes on beyond it.']
      : []),
  ];
}

/** Around all estimates and the band, and around their intervals as far as those do not dwarf them. */
function ratioAxis(rows: readonly Row[], threshold: number): Axis {
  const finite = (values: readonly number[]) => values.filter(value => Number.isFinite(value) && value > 0);
  const values = finite(rows.map(({effect}) => effect.value));
  const least = Math.min(1 / (1 + threshold), ...values);
  const most = Math.max(1 + threshold, ...values);
  const low = Math.max(least / 1.5, Math.min(least, ...finite(rows.map(({effect}) => effect.low))));
  const high = Math.min(most * 1.5, Math.max(most, ...finite(rows.map(({effect}) => effect.high))));
  return {title: 'after ÷ before (logarithmic)', ticks: ratioTicks(low, high), log: true, cut: true};
}

function ratioTicks(low: number, high: number): number[] {
  if (high / low > 5) return logTicks(low, high);
  const step = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5].find(candidate => (high - low) / candidate <= 7) ?? 1;
  const from = Math.max(1, Math.floor(low / step + 1e-9));
  const to = Math.ceil(high / step - 1e-9);
  const all = Array.from({length: to - from + 1}, (_, index) => Number(((from + index) * step).toPrecision(6)));
  const [first = low, last = high] = [all[0], all.at(-1)];
  // Even steps crowd towards the right of a logarithmic axis: the ends and 1 stay, others only where there is room.
  const apart = Math.log(last / first) / mostTicks;
  const kept = [...new Set([first, last, ...all.filter(tick => tick === 1)])];
  for (const tick of all) if (kept.every(other => Math.abs(Math.log(tick / other)) >= apart)) kept.push(tick);
  return kept.sort((a, b) => a - b);
}

const mostTicks = 8;
