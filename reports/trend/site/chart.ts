/** One series over its nights, drawn by Vega-Lite: values, levels, baseline, new ground, and the changes with the same signs as on the overview. */
import {type Canvas, type Chart, draw, logTicks} from '../../document/charts/draw.ts';
import {type Axis, blocks, type Frame, type Layer, segments, textAbove, textAt} from '../../document/charts/layers.ts';
import {blockKey, legend, lineKey} from '../../document/charts/legend.ts';
import {colour} from '../../document/charts/palette.ts';
import {type Markup, trusted} from '../../document/markup.ts';
import {clipped} from '../../words/text.ts';
import {formatQuantity, type Scale, scaleFor} from '../../words/units.ts';
import {plural} from '../../words/words.ts';
import {figureOf} from '../alarms.ts';
import type {Trend} from '../trend.ts';
import {type BoardMark, markOf, type Row} from './board.ts';
import {dateMarks, sign} from './strip.ts';
import {markWord} from './words.ts';

const canvas: Canvas = {width: 800, height: 240, margin: {left: 64, right: 36, top: 30, bottom: 34}};
/** Signs stand above the plot. */
const lane = -12;

/** Of a series with points; the numbers stand in the page's own table. */
export async function seriesChart(
  id: string,
  {trend, cells}: Row,
  nights: readonly {id: string; startedAt: string}[],
): Promise<Omit<Chart, 'table'>> {
  const {points, segments: levels, eras, changes, baseline, threshold, series} = trend;
  const place = new Map(nights.map(({id: night}, column) => [night, column]));
  const held = points.map(({night}) => place.get(night) ?? -1);
  const from = Math.max(0, held.find(column => column >= 0) ?? 0);
  const span = Math.max(nights.length - from, 2);
  const x = (index: number) => (held[index] ?? 0) - from + 0.5;
  /** Where a level or an era ends: half way after its last point. */
  const right = (end: number) => (end >= points.length ? span : (held[end] ?? 0) - from);
  const reference = baseline?.comparison?.baseline;
  const {axis, scale} = axisOf(
    [...points.flatMap(({value, again = []}) => [value, ...again]), ...(reference === undefined ? [] : [reference])],
    trend,
  );
  const frame: Frame = {x: {title: '', ticks: [0, span], log: false, bare: true}, y: axis};
  const [low = 0, high = 1] = [axis.ticks[0], axis.ticks.at(-1)];
  const y = (value: number) => Math.min(high, Math.max(low, value * scale.factor));
  const drawn = points.flatMap(({value}, index) =>
    Number.isFinite(value) ? [{index, column: held[index] ?? -1, x: x(index), y: y(value)}] : [],
  );
  const pinned = baseline?.points ?? [];
  const first = pinned[0];
  const marks = changes.flatMap(change => {
    const kind = markOf(change);
    return kind === undefined ? [] : [{kind, x: x(change.index) - 0.5}];
  });
  const dates = dateMarks(nights.slice(from), Math.ceil((span * 62) / canvas.width));
  const again = points.flatMap(({again: values = []}, index) => values.map(value => ({x: x(index), y: y(value)})));
  const censored = points.flatMap(({censored: bound, value}, index) => (bound ? [{x: x(index), y: y(value)}] : []));
  const layers: Layer[] = [
    segments(
      frame,
      dates.map(({column}) => ({x: column, x2: column, y: low, y2: high})),
      {colour: colour.grid, width: 1},
    ),
    ...(reference === undefined || first === undefined || !(axis.log ? reference > 0 : true)
      ? []
      : [
          blocks(
            frame,
            [{x: x(first) - 0.5, x2: span, y: y(reference / (1 + threshold)), y2: y(reference * (1 + threshold))}],
            colour.grid,
          ),
          segments(frame, [{x: x(first) - 0.5, x2: span, y: y(reference), y2: y(reference)}], {
            colour: colour.fourth,
            width: 1.5,
            dash: [6, 3],
          }),
        ]),
    segments(
      frame,
      eras.slice(1).map(({start}) => ({x: x(start) - 0.5, x2: x(start) - 0.5, y: low, y2: high})),
      {colour: colour.ink, width: 1.5, dash: [3, 2]},
    ),
    ...withoutHoles(drawn).map(part => strokes(frame, part, {colour: colour.before, width: 1, opacity: 0.75})),
    dots(frame, drawn, span > 120 ? 3 : 5),
    ring(frame, again, 'circle', colour.after),
    ring(frame, censored, 'triangle-up', colour.limit),
    segments(
      frame,
      levels.map(({start, end, level}) => ({x: x(start) - 0.5, x2: right(end), y: y(level), y2: y(level)})),
      {colour: colour.after, width: 2.5},
    ),
    segments(
      frame,
      marks.map(({x: at}) => ({x: at, x2: at, y: low, y2: high})),
      {colour: colour.muted, width: 1},
    ),
    ...kindsOf(marks).flatMap(kind =>
      signs(
        frame,
        kind,
        marks.filter(mark => mark.kind === kind).map(mark => mark.x),
      ),
    ),
    textAbove(
      frame,
      canvas.height + 14,
      dates.map(({column, text}) => ({x: column, text})),
      {align: 'left', colour: colour.muted, dx: 2},
    ),
    ...(eras.length > 1
      ? [
          textAt(
            frame,
            eras.slice(1).map(({start}) => ({x: x(start) - 0.5, y: high, text: 'new ground'})),
            {align: 'left', colour: colour.muted, size: 10, dx: 4, dy: 8},
          ),
        ]
      : []),
    ...(pinned.length === 0 ? [] : [atFoot(frame, pinned.map(x), low)]),
  ];
  const missing = cells.filter(({kind}) => kind === 'missing').length;
  const title = `${clipped(figureOf(trend), 60)}, night by night`;
  const newest = points.at(-1);
  const summary = [
    `${plural(points.length, 'night')} with a value${newest === undefined ? '' : `, the newest ${formatQuantity(newest.value, series.unit)}`}; ${trend.better} is better.`,
    ...(missing > 0 ? [`${plural(missing, 'night')} without one.`] : []),
    ...(marks.length > 0 ? [`${plural(marks.length, 'change')} of level.`] : ['No change of level.']),
  ].join(' ');
  const svg = await draw(id, canvas, layers, title, summary);
  return {
    id,
    title,
    summary,
    svg: rounded(svg),
    legend: legend([
      {key: dotKey, text: 'median of a night'},
      {key: lineKey(colour.after, ''), text: 'level'},
      ...(reference === undefined
        ? []
        : [
            {key: lineKey(colour.fourth, '6 3'), text: 'baseline'},
            {key: blockKey(colour.grid, colour.ink), text: 'within the threshold of it'},
          ]),
      ...(pinned.length > 0 ? [{key: footKey, text: 'nights of the baseline'}] : []),
      ...(eras.length > 1 ? [{key: lineKey(colour.ink, '3 2'), text: 'hardware, tools or settings changed'}] : []),
      ...(again.length > 0 ? [{key: ringKey, text: 'measured again the same night'}] : []),
      ...(censored.length > 0 ? [{key: boundKey, text: 'a lower bound: something never ended'}] : []),
      ...kindsOf(marks).map(kind => ({key: sign(kind), text: markWord[kind]})),
    ]),
  };
}

function kindsOf(marks: readonly {kind: BoardMark['kind']}[]): readonly BoardMark['kind'][] {
  return [...new Set(marks.map(({kind}) => kind))];
}

/** Around the values, and wide enough that the threshold can be seen for what it is: noise below it does not fill the chart. */
function axisOf(values: readonly number[], {threshold, series}: Trend): {axis: Axis; scale: Scale} {
  const finite = values.filter(Number.isFinite);
  const least = finite.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
  const most = finite.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
  if (!Number.isFinite(least)) return {axis: {title: '', ticks: [0, 1], log: false}, scale: {factor: 1, symbol: ''}};
  const log = least > 0 && most / least >= 12;
  const scale = scaleFor(series.unit, log ? Math.sqrt(least * most) : Math.max(Math.abs(least), Math.abs(most)));
  const title = `${scale.symbol || 'count'}${log ? ' (logarithmic)' : ''}`;
  if (log) return {axis: {title, ticks: logTicks(least * scale.factor, most * scale.factor), log}, scale};
  const middle = (least + most) / 2;
  const room = Math.max((most - least) * 0.55, Math.abs(middle) * threshold * 2, middle === 0 ? 1 / scale.factor : 0);
  const low = least >= 0 ? Math.max(0, middle - room) : middle - room;
  return {axis: {title, ticks: ticksBetween(low * scale.factor, (middle + room) * scale.factor), log}, scale};
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

type Place = {x: number; y: number};

/** Nights without a value break the line: what was not measured is not drawn. */
function withoutHoles<T extends Place & {column: number}>(values: readonly T[]): readonly (readonly T[])[] {
  const parts: T[][] = [];
  for (const value of values) {
    const last = parts.at(-1);
    if (last?.at(-1)?.column === value.column - 1) last.push(value);
    else parts.push([value]);
  }
  return parts.filter(part => part.length > 1);
}

function strokes(
  frame: Frame,
  values: readonly Place[],
  {colour: stroke, width, opacity}: {colour: string; width: number; opacity: number},
): Layer {
  return {
    data: {values: values.map(({x, y}) => ({x, y}))},
    mark: {type: 'line', color: stroke, strokeWidth: width, opacity, strokeJoin: 'round'},
    encoding: encodingOf(frame),
  };
}

/** All points as one path of strokes without length and with round ends: 365 points cost what one costs. */
function dots(frame: Frame, values: readonly Place[], size: number): Layer {
  return {
    data: {
      values: values.flatMap(({x, y}) => [
        {x, y},
        {x, y: null},
      ]),
    },
    mark: {
      type: 'line',
      color: colour.before,
      strokeWidth: size,
      strokeCap: 'round',
      invalid: 'break-paths-show-domains',
    },
    encoding: encodingOf(frame),
  };
}

function ring(frame: Frame, values: readonly Place[], shape: 'circle' | 'triangle-up', stroke: string): Layer {
  return {
    data: {values: [...values]},
    mark: {type: 'point', shape, size: 40, filled: false, opacity: 1, stroke, strokeWidth: 1.5, fill: colour.paper},
    encoding: encodingOf(frame),
  };
}

function encodingOf(frame: Frame) {
  const y = 'rows' in frame.y ? {ticks: [0, frame.y.rows], title: '', log: false} : frame.y;
  const domain = (axis: Axis) => [axis.ticks[0] ?? 0, axis.ticks.at(-1) ?? 1];
  return {
    x: {
      field: 'x',
      type: 'quantitative' as const,
      scale: {type: 'linear' as const, domain: domain(frame.x), nice: false, zero: false},
    },
    y: {
      field: 'y',
      type: 'quantitative' as const,
      scale: {type: y.log ? ('log' as const) : ('linear' as const), domain: domain(y), nice: false, zero: false},
    },
  };
}

const shapes = {
  confirmed: {shape: 'triangle-down', size: 70, stroke: colour.limit, fill: colour.limit},
  suspected: {shape: 'triangle-down', size: 60, stroke: colour.unsure, fill: colour.paper},
  acknowledged: {shape: 'circle', size: 110, stroke: colour.ink, fill: colour.ink},
  past: {shape: 'diamond', size: 50, stroke: colour.muted, fill: colour.paper},
  better: {shape: 'triangle-up', size: 70, stroke: colour.good, fill: colour.good},
} as const;

/** Signs above the plot. */
function signs(frame: Frame, kind: BoardMark['kind'], places: readonly number[]): readonly Layer[] {
  const {shape, size, stroke, fill} = shapes[kind];
  const {x} = encodingOf(frame);
  const values = places.map(at => ({x: at, text: 'A'}));
  const mark: Layer = {
    data: {values},
    mark: {type: 'point', shape, size, filled: false, stroke, strokeWidth: 1.6, fill, opacity: 1},
    encoding: {x, y: {value: lane}},
  };
  return kind === 'acknowledged'
    ? [mark, textAbove(frame, lane, values, {align: 'center', colour: colour.paper, size: 8, bold: true})]
    : [mark];
}

/** Below the baseline's nights, as one line where they follow each other. */
function atFoot(frame: Frame, places: readonly number[], low: number): Layer {
  const runs: {x: number; x2: number; y: number; y2: number}[] = [];
  for (const at of places) {
    const last = runs.at(-1);
    if (last?.x2 === at - 0.5) last.x2 = at + 0.5;
    else runs.push({x: at - 0.5, x2: at + 0.5, y: low, y2: low});
  }
  return segments(frame, runs, {colour: colour.fourth, width: 4});
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
