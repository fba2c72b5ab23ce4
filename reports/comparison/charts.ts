import {type Canvas, type Chart, draw, logTicks} from '../document/charts/draw.ts';
import {type Axis, blocks, type Frame, type Layer, points, segments, textAside} from '../document/charts/layers.ts';
import {legend, lineKey, seriesKey} from '../document/charts/legend.ts';
import {colour, type SeriesStyle} from '../document/charts/palette.ts';
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
  const drawn = ratios.slice(0, maxRows);
  if (drawn.length === 0) return undefined;
  const {threshold} = comparison;
  const axis = ratioAxis(drawn, threshold);
  const [left, right] = [axis.ticks[0] ?? 0.5, axis.ticks.at(-1) ?? 2];
  const frame: Frame = {x: axis, y: {rows: drawn.length}};
  const canvas: Canvas = {
    width: 260,
    height: drawn.length * rowHeight,
    margin: {left: 222, right: 198, top: 8, bottom: 38},
  };
  const within = (value: number) => Math.min(right, Math.max(left, value));
  const of = (verdict: ContrastVerdict) => [...drawn.entries()].filter(([, row]) => row.verdict === verdict);
  const used = verdicts.filter(verdict => of(verdict).length > 0);
  const layers: Layer[] = [
    blocks(frame, [{x: 1 / (1 + threshold), x2: 1 + threshold, y: 0, y2: drawn.length}], colour.grid),
    segments(frame, [{x: 1, x2: 1, y: 0, y2: drawn.length}], {colour: colour.muted, width: 1}),
    ...used.flatMap(verdict => [
      segments(
        frame,
        of(verdict).flatMap(([index, {effect}]) =>
          Number.isFinite(effect.low) && Number.isFinite(effect.high)
            ? [{x: within(effect.low), x2: within(effect.high), y: index + 0.5, y2: index + 0.5}]
            : [],
        ),
        {colour: styles[verdict].colour, width: 2},
      ),
      points(
        frame,
        of(verdict).map(([index, {effect}]) => ({x: within(effect.value), y: index + 0.5})),
        styles[verdict],
        52,
      ),
      textAside(
        frame,
        canvas.width + 14,
        of(verdict).map(([index, row]) => ({y: index + 0.7, text: verdictText(row)})),
        {align: 'left', colour: styles[verdict].colour, size: 10, bold: verdict === 'better' || verdict === 'worse'},
      ),
    ]),
    textAside(
      frame,
      canvas.width + 14,
      drawn.map((row, index) => ({y: index + 0.36, text: clipped(changeText(row), 30)})),
      {align: 'left'},
    ),
    textAside(
      frame,
      -214,
      drawn.map((row, index) => ({y: index + 0.36, text: clipped(`${metricTitle(row.metric)} ${arrow(row)}`, 36)})),
      {align: 'left'},
    ),
    textAside(
      frame,
      -214,
      drawn.map((row, index) => ({y: index + 0.7, text: clipped(seriesText(row), 40)})),
      {align: 'left', colour: colour.muted, size: 10},
    ),
  ];
  const title = 'After ÷ before, with intervals';
  const unshown = [
    ...(ratios.length > drawn.length ? [`${ratios.length - drawn.length} further ones stand only in the tables.`] : []),
    ...(ratios.length < comparison.rows.length
      ? [`${plural(comparison.rows.length - ratios.length, 'comparison')} without a ratio only in the tables.`]
      : []),
    ...(drawn.some(({effect}) => effect.low < left || effect.high > right)
      ? ['A line that reaches the edge goes on beyond it.']
      : []),
  ];
  const summary = [countSentence(comparison), ...unshown].join(' ');
  return {
    id: 'forest',
    title,
    summary,
    svg: await draw('forest', canvas, layers, title, summary),
    legend: legend([
      ...used.map(verdict => ({key: seriesKey(styles[verdict]), text: comparisonWord[verdict]})),
      {key: lineKey(colour.muted, ''), text: `no change; grey: below ${formatShare(threshold)}`},
      {key: lineKey('none', ''), text: '↑ higher is better, ↓ lower is better'},
    ]),
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
  };
}

/** Around all estimates and the band, and around their intervals as far as those do not dwarf them. */
function ratioAxis(rows: readonly Row[], threshold: number): Axis {
  const finite = (values: readonly number[]) => values.filter(value => Number.isFinite(value) && value > 0);
  const values = finite(rows.map(({effect}) => effect.value));
  const least = Math.min(1 / (1 + threshold), ...values);
  const most = Math.max(1 + threshold, ...values);
  const low = Math.max(least / 1.5, Math.min(least, ...finite(rows.map(({effect}) => effect.low))));
  const high = Math.min(most * 1.5, Math.max(most, ...finite(rows.map(({effect}) => effect.high))));
  return {title: 'after ÷ before (logarithmic)', ticks: ratioTicks(low, high), log: true};
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
