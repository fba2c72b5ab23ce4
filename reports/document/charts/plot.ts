/**
 * A chart is a canvas, two axes and a list of marks, each drawn over the one before it. `rows.ts` and `xy.ts` make the
 * marks.
 */
import {type Canvas, type Chart, draw} from './draw.ts';
import {
  type Axis,
  area,
  blocks,
  type Frame,
  hasValues,
  type Layer,
  type LineStyle,
  segments,
  textAbove,
} from './layers.ts';
import {type LegendEntry, legend} from './legend.ts';
import {colour} from './palette.ts';

export interface Plot {
  frame: Frame;
  canvas: Canvas;
  /** From the unit of the data to that of the axis. */
  x: (value: number) => number;
  y: (value: number) => number;
  /** Ends of the axes, in their own units; of rows: 0 and how many there are. */
  xEnds: readonly [low: number, high: number];
  yEnds: readonly [low: number, high: number];
}

export type Mark = (plot: Plot) => readonly Layer[];

export interface PlotSpec extends Omit<Chart, 'svg' | 'legend'> {
  canvas: Canvas;
  x: Axis;
  /** Rows from the top down, or a measured axis. */
  y: Axis | {rows: number};
  marks: readonly Mark[];
  legend: readonly LegendEntry[];
}

export async function plotted({canvas, x, y, marks, legend: entries, ...said}: PlotSpec): Promise<Chart> {
  const plot: Plot = {
    frame: {x, y},
    canvas,
    x: placed(x),
    y: 'rows' in y ? value => value : placed(y),
    xEnds: ends(x),
    yEnds: 'rows' in y ? [0, y.rows] : ends(y),
  };
  const all = marks.flatMap(mark => mark(plot));
  const layers = all.filter(hasValues);
  // Where nothing is to be seen the axes still are.
  const svg = await draw(said.id, canvas, layers.length > 0 ? layers : all, said.title, said.summary);
  return {...said, svg, legend: legend(entries)};
}

export function ends({ticks}: Axis): readonly [low: number, high: number] {
  return [ticks[0] ?? 0, ticks.at(-1) ?? 1];
}

function placed(axis: Axis): (value: number) => number {
  const {factor = 1, cut = false} = axis;
  const [low, high] = ends(axis);
  return value => (cut ? Math.min(high, Math.max(low, value * factor)) : value * factor);
}

/** How a promise is drawn, everywhere. */
export const promised: LineStyle = {colour: colour.limit, width: 1.5, dash: [5, 3]};

/** Lines from the bottom to the top at values of x. */
export function uprights(values: readonly number[], style: LineStyle): Mark {
  return ({frame, x, yEnds: [y, y2]}) => [
    segments(
      frame,
      values.map(value => ({x: x(value), x2: x(value), y, y2})),
      style,
    ),
  ];
}

/** Of an axis that writes its own marks (`bare`): lines of the grid, and below them their names. */
export function namedTicks(
  ticks: readonly {x: number; text: string}[],
  named: readonly {x: number; text: string}[] = ticks,
): Mark {
  return plot => [
    ...uprights(
      ticks.map(({x}) => x),
      {colour: colour.grid, width: 1},
    )(plot),
    ...below(14, named)(plot),
  ];
}

/** Text below a value of x, `px` from the lower edge. */
export function below(
  px: number,
  values: readonly {x: number; text: string}[],
  style: {align: 'left' | 'center'; dx?: number} = {align: 'center'},
): Mark {
  return plot => [
    textAbove(plot.frame, plot.canvas.height + px, placedTexts(values, plot), {...style, colour: colour.muted}),
  ];
}

/** Text above a value of x, `px` from the upper edge. */
export function above(
  px: number,
  values: readonly {x: number; text: string}[],
  style: {colour: string; bold?: boolean},
): Mark {
  return plot => [textAbove(plot.frame, -px, placedTexts(values, plot), {align: 'center', ...style})];
}

function placedTexts(values: readonly {x: number; text: string}[], {x}: Plot) {
  return values.map(value => ({...value, x: x(value.x)}));
}

/** The whole height between two values of x. */
export function ground(low: number, high: number, fill: string): Mark {
  return ({frame, x, yEnds: [y, y2]}) => [blocks(frame, [{x: x(low), x2: x(high), y, y2}], fill)];
}

/** The same as a tint, through which one sees. */
export function tint(low: number, high: number, fill: string, opacity: number): Mark {
  return ({frame, x, yEnds: [y, y2]}) => [
    area(
      frame,
      [low, high].map(value => ({x: x(value), y, y2})),
      fill,
      opacity,
    ),
  ];
}
