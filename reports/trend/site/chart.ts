/**
 * One series over its nights, drawn by Vega-Lite: values, levels, baseline, new ground, and the changes with the same
 * markers as on the overview.
 */
import {axisTitle, isWide} from '../../document/charts/axes.ts';
import {type Canvas, type Chart, logTicks} from '../../document/charts/draw.ts';
import {type Axis, bareAxis, places, segments, textAbove, textAt} from '../../document/charts/layers.ts';
import {blockKey, type LegendEntry, lineKey} from '../../document/charts/legend.ts';
import {colour} from '../../document/charts/palette.ts';
import {below, type Mark, plotted, uprights} from '../../document/charts/plot.ts';
import {type Place, patch, steps} from '../../document/charts/xy.ts';
import {type Markup, trusted} from '../../document/markup.ts';
import {clipped} from '../../words/text.ts';
import {formatQuantity, scaleFor} from '../../words/units.ts';
import {plural} from '../../words/words.ts';
import {figureOf} from '../alarms.ts';
import type {Trend} from '../trend.ts';
import {type Marker, markerOf, type Row} from './heatmap.ts';
import {dateMarks, drawnMarker} from './heatmap-row.ts';
import {markWord} from './words.ts';

const canvas: Canvas = {width: 800, height: 240, margin: {left: 64, right: 36, top: 30, bottom: 34}};
/** Px of the markers' middle above the plot. */
const lane = -12;

/** Of a series with points; the numbers stand in the page's own table. */
export async function seriesChart(
  id: string,
  row: Row,
  nights: readonly {id: string; startedAt: string}[],
): Promise<Chart> {
  const history = historyOf(row.trend, nights);
  const {span, dates, drawn, again, censored, levels, axis} = history;
  const chart = await plotted({
    id,
    title: `${clipped(figureOf(row.trend), 60)}, night by night`,
    summary: summaryOf(row, history),
    canvas,
    x: bareAxis(0, span),
    y: axis,
    marks: [
      uprights(
        dates.map(({x}) => x),
        {colour: colour.grid, width: 1},
      ),
      ...baselineMarks(history),
      uprights(history.grounds, {colour: colour.ink, width: 1.5, dash: [3, 2]}),
      ...withoutHoles(drawn).map(stroke),
      dots(drawn, span > 120 ? 3 : 5),
      ring(again, 'circle', colour.after),
      ring(censored, 'triangle-up', colour.limit),
      steps(levels, {colour: colour.after, width: 2.5}),
      ...changeMarks(history),
      below(14, dates, {align: 'left', dx: 2}),
      newGround(history.grounds),
      atFoot(history.pinned),
    ],
    legend: legendOf(history),
  });
  return {...chart, svg: rounded(chart.svg)};
}

interface History {
  /** Nights along x, each one wide. */
  span: number;
  axis: Axis;
  dates: readonly {x: number; text: string}[];
  drawn: readonly Place[];
  /** Measured again the same night. */
  again: readonly Place[];
  /** Lower bounds. */
  censored: readonly Place[];
  levels: readonly {x: number; x2: number; y: number}[];
  /** Where hardware, tools or settings changed. */
  grounds: readonly number[];
  /** Nights of the baseline, and what is held against it. */
  pinned: readonly number[];
  baseline: {x: number; level: number; threshold: number} | undefined;
  changes: readonly {kind: Marker['kind']; x: number}[];
}

/** Values in base units, nights counted from the first one with a value; a night's value stands in its middle. */
function historyOf(trend: Trend, nights: readonly {id: string; startedAt: string}[]): History {
  const {points, segments, eras, changes, baseline, threshold} = trend;
  const place = new Map(nights.map(({id: night}, column) => [night, column]));
  const held = points.map(({night}) => place.get(night) ?? -1);
  const from = Math.max(0, held.find(column => column >= 0) ?? 0);
  const span = Math.max(nights.length - from, 2);
  const start = (index: number) => (held[index] ?? 0) - from;
  const middle = (index: number) => start(index) + 0.5;
  const level = baseline?.comparison?.baseline;
  const axis = axisOf(
    [...points.flatMap(({value, again = []}) => [value, ...again]), ...(level === undefined ? [] : [level])],
    trend,
  );
  const pinned = baseline?.points ?? [];
  return {
    span,
    axis,
    dates: dateMarks(nights.slice(from), Math.ceil((span * 62) / canvas.width)).map(({column: x, text}) => ({x, text})),
    drawn: points.flatMap(({value: y}, index) => (Number.isFinite(y) ? [{x: middle(index), y}] : [])),
    again: points.flatMap(({again = []}, index) => again.map(y => ({x: middle(index), y}))),
    censored: points.flatMap(({censored, value: y}, index) => (censored ? [{x: middle(index), y}] : [])),
    // A level ends where the next night begins.
    levels: segments.map(({start: first, end, level: y}) => ({
      x: start(first),
      x2: end >= points.length ? span : start(end),
      y,
    })),
    grounds: eras.slice(1).map(era => start(era.start)),
    pinned: pinned.map(middle),
    baseline: level === undefined ? undefined : {x: start(pinned[0] ?? 0), level, threshold},
    changes: changes.flatMap(change => {
      const kind = markerOf(change);
      return kind === undefined ? [] : [{kind, x: start(change.index)}];
    }),
  };
}

function summaryOf({trend, cells}: Row, {changes}: History): string {
  const {points, series, better} = trend;
  const missing = cells.filter(({kind}) => kind === 'missing').length;
  const newest = points.at(-1);
  return [
    `${plural(points.length, 'night')} with a value${newest === undefined ? '' : `, the newest ${formatQuantity(newest.value, series.unit)}`}; ${better} is better.`,
    ...(missing > 0 ? [`${plural(missing, 'night')} without one.`] : []),
    ...(changes.length > 0 ? [`${plural(changes.length, 'change')} of level.`] : ['No change of level.']),
  ].join(' ');
}

function legendOf({baseline, pinned, grounds, again, censored, changes}: History): readonly LegendEntry[] {
  return [
    {key: dotKey, text: 'median of a night'},
    {key: lineKey(colour.after, ''), text: 'level'},
    ...(baseline === undefined
      ? []
      : [
          {key: lineKey(colour.fourth, '6 3'), text: 'baseline'},
          {key: blockKey(colour.grid, colour.ink), text: 'within the threshold of it'},
        ]),
    ...(pinned.length > 0 ? [{key: footKey, text: 'nights of the baseline'}] : []),
    ...(grounds.length > 0 ? [{key: lineKey(colour.ink, '3 2'), text: 'hardware, tools or settings changed'}] : []),
    ...(again.length > 0 ? [{key: ringKey, text: 'measured again the same night'}] : []),
    ...(censored.length > 0 ? [{key: boundKey, text: 'a lower bound: something never ended'}] : []),
    ...kindsOf(changes).map(kind => ({key: drawnMarker(kind), text: markWord[kind]})),
  ];
}

/** The baseline from its first night on, and how far from it nothing is said. */
function baselineMarks({baseline, pinned, axis, span}: History): readonly Mark[] {
  if (baseline === undefined || pinned.length === 0 || (axis.log && !(baseline.level > 0))) return [];
  const {x, level, threshold} = baseline;
  return [
    patch({x, x2: span}, {low: level / (1 + threshold), high: level * (1 + threshold)}, colour.grid),
    steps([{x, x2: span, y: level}], {colour: colour.fourth, width: 1.5, dash: [6, 3]}),
  ];
}

function changeMarks({changes}: History): readonly Mark[] {
  return [
    uprights(
      changes.map(({x}) => x),
      {colour: colour.muted, width: 1},
    ),
    ...kindsOf(changes).map(kind =>
      markers(
        kind,
        changes.filter(change => change.kind === kind).map(({x}) => x),
      ),
    ),
  ];
}

function kindsOf(marks: readonly {kind: Marker['kind']}[]): readonly Marker['kind'][] {
  return [...new Set(marks.map(({kind}) => kind))];
}

/**
 * Around the values, and wide enough that the threshold can be seen for what it is: noise below it does not fill the
 * chart.
 */
function axisOf(values: readonly number[], {threshold, series}: Trend): Axis {
  const finite = values.filter(Number.isFinite);
  const least = finite.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
  const most = finite.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
  if (finite.length === 0) return {title: '', ticks: [0, 1], log: false, cut: true};
  const log = isWide(least, most);
  const scale = scaleFor(series.unit, log ? Math.sqrt(least * most) : Math.max(Math.abs(least), Math.abs(most)));
  const {factor} = scale;
  const axis = {title: axisTitle(scale, log), log, factor, cut: true} as const;
  if (log) return {...axis, ticks: logTicks(least * factor, most * factor)};
  const middle = (least + most) / 2;
  const room = Math.max((most - least) * 0.55, Math.abs(middle) * threshold * 2, middle === 0 ? 1 / factor : 0);
  const low = least >= 0 ? Math.max(0, middle - room) : middle - room;
  return {...axis, ticks: ticksBetween(low * factor, (middle + room) * factor)};
}

/** 1, 2, 2.5 or 5 times a power of ten apart, around [low, high]. */
export function ticksBetween(low: number, high: number): number[] {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step =
    [1, 2, 2.5, 5, 10].map(factor => factor * power).find(candidate => candidate >= rough * 0.999) ?? 10 * power;
  const from = Math.floor(low / step + 1e-9);
  const to = Math.max(from + 1, Math.ceil(high / step - 1e-9));
  return Array.from({length: to - from + 1}, (_, index) => Number(((from + index) * step).toPrecision(12)));
}

/** Nights without a value break the line: what was not measured is not drawn. */
function withoutHoles(values: readonly Place[]): readonly (readonly Place[])[] {
  const parts: Place[][] = [];
  for (const value of values) {
    const last = parts.at(-1);
    if (last?.at(-1)?.x === value.x - 1) last.push(value);
    else parts.push([value]);
  }
  return parts.filter(part => part.length > 1);
}

function stroke(values: readonly Place[]): Mark {
  return ({frame, x, y}) => [
    {
      data: {values: values.map(value => ({x: x(value.x), y: y(value.y)}))},
      mark: {type: 'line', color: colour.before, strokeWidth: 1, opacity: 0.75, strokeJoin: 'round'},
      encoding: places(frame),
    },
  ];
}

/** All points as one path of strokes without length and with round ends: 365 points cost what one costs. */
function dots(values: readonly Place[], size: number): Mark {
  return ({frame, x, y}) => [
    {
      data: {
        values: values.flatMap(value => [
          {x: x(value.x), y: y(value.y)},
          {x: x(value.x), y: null},
        ]),
      },
      mark: {
        type: 'line',
        color: colour.before,
        strokeWidth: size,
        strokeCap: 'round',
        invalid: 'break-paths-show-domains',
      },
      encoding: places(frame),
    },
  ];
}

function ring(values: readonly Place[], shape: 'circle' | 'triangle-up', edge: string): Mark {
  return ({frame, x, y}) => [
    {
      data: {values: values.map(value => ({x: x(value.x), y: y(value.y)}))},
      mark: {
        type: 'point',
        shape,
        size: 40,
        filled: false,
        opacity: 1,
        stroke: edge,
        strokeWidth: 1.5,
        fill: colour.paper,
      },
      encoding: places(frame),
    },
  ];
}

function newGround(grounds: readonly number[]): Mark {
  return ({frame, yEnds: [, y]}) => [
    textAt(
      frame,
      grounds.map(x => ({x, y, text: 'new ground'})),
      {align: 'left', colour: colour.muted, size: 10, dx: 4, dy: 8},
    ),
  ];
}

const shapes = {
  confirmed: {shape: 'triangle-down', size: 70, stroke: colour.limit, fill: colour.limit},
  suspected: {shape: 'triangle-down', size: 60, stroke: colour.unsure, fill: colour.paper},
  acknowledged: {shape: 'circle', size: 110, stroke: colour.ink, fill: colour.ink},
  past: {shape: 'diamond', size: 50, stroke: colour.muted, fill: colour.paper},
  better: {shape: 'triangle-up', size: 70, stroke: colour.good, fill: colour.good},
} as const;

/** Markers above the plot. */
function markers(kind: Marker['kind'], at: readonly number[]): Mark {
  const {shape, size, stroke: edge, fill} = shapes[kind];
  const values = at.map(x => ({x, text: 'A'}));
  return ({frame}) => [
    {
      data: {values},
      mark: {type: 'point', shape, size, filled: false, stroke: edge, strokeWidth: 1.6, fill, opacity: 1},
      encoding: {x: places(frame).x, y: {value: lane}},
    },
    ...(kind === 'acknowledged'
      ? [textAbove(frame, lane, values, {align: 'center', colour: colour.paper, size: 8, bold: true})]
      : []),
  ];
}

/** Below the baseline's nights, as one line where they follow each other. */
function atFoot(nights: readonly number[]): Mark {
  const runs: {x: number; x2: number}[] = [];
  for (const at of nights) {
    const last = runs.at(-1);
    if (last?.x2 === at - 0.5) last.x2 = at + 0.5;
    else runs.push({x: at - 0.5, x2: at + 0.5});
  }
  return ({frame, yEnds: [y]}) => [
    segments(
      frame,
      runs.map(run => ({...run, y, y2: y})),
      {colour: colour.fourth, width: 4},
    ),
  ];
}

const key = (width: number, inside: string): Markup =>
  trusted(`<svg class="key" width="${width}" height="14" viewBox="0 0 ${width} 14" aria-hidden="true">${inside}</svg>`);
const dotKey = key(
  24,
  `<path d="M0 9L6 5L12 8L18 5L24 7" fill="none" stroke="var(--before,${colour.before})"/><circle cx="12" cy="8" r="2.5" fill="var(--before,${colour.before})"/>`,
);
const ringKey = key(
  12,
  `<circle cx="6" cy="7" r="3.5" fill="var(--paper,${colour.paper})" stroke="var(--after,${colour.after})" stroke-width="1.5"/>`,
);
const boundKey = key(
  12,
  `<path d="M6 3L10 10H2z" fill="var(--paper,${colour.paper})" stroke="var(--limit,${colour.limit})" stroke-width="1.5"/>`,
);
const footKey = key(20, `<path d="M0 7h20" stroke="var(--fourth,${colour.fourth})" stroke-width="4"/>`);

/** Hundredths of a pixel are enough. */
function rounded({markup}: Markup): Markup {
  return trusted(
    markup.replace(/<[^>]*>/g, tag =>
      tag.replace(/-?\d+\.\d{3,}(?:e-?\d+)?/g, number => String(Number(Number(number).toFixed(2)))),
    ),
  );
}
