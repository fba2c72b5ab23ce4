/** Marks of charts with two measured axes. Values are in the units of the data. */
import {area, blocks, type LineStyle, line, points, segments, type TextStyle, textAt} from './layers.ts';
import type {SeriesStyle} from './palette.ts';
import type {Mark, Plot} from './plot.ts';

export interface Place {
  x: number;
  y: number;
}

export interface Reach {
  x: number;
  low: number;
  high: number;
}

/** Through the points in the order of x. */
export function curve(values: readonly Place[], style: LineStyle): Mark {
  return plot => [line(plot.frame, placed(values, plot), style)];
}

export function dots(values: readonly Place[], style: SeriesStyle, size: number, opacity = 1): Mark {
  return plot => [points(plot.frame, placed(values, plot), style, size, opacity)];
}

function placed(values: readonly Place[], plot: Plot): readonly Place[] {
  return values.map(({x, y}) => ({x: plot.x(x), y: plot.y(y)}));
}

/** Intervals of y as one ground along x. */
export function band(values: readonly Reach[], fill: string, opacity: number): Mark {
  return ({frame, x, y}) => [
    area(
      frame,
      values.map(({x: at, low, high}) => ({x: x(at), y: y(low), y2: y(high)})),
      fill,
      opacity,
    ),
  ];
}

/** Intervals of y as lines. */
export function whiskers(values: readonly Reach[], style: LineStyle): Mark {
  return ({frame, x, y}) => [
    segments(
      frame,
      values.map(({x: at, low, high}) => ({x: x(at), x2: x(at), y: y(low), y2: y(high)})),
      style,
    ),
  ];
}

/** Lines across the plot at values of y. */
export function levels(values: readonly number[], style: LineStyle): Mark {
  return ({frame, y, xEnds: [x, x2]}) => [
    segments(
      frame,
      values.map(value => ({x, x2, y: y(value), y2: y(value)})),
      style,
    ),
  ];
}

/** Levels that hold for a while: each a line from `x` to `x2`. */
export function steps(values: readonly {x: number; x2: number; y: number}[], style: LineStyle): Mark {
  return ({frame, x, y}) => [
    segments(
      frame,
      values.map(({x: from, x2: to, y: at}) => ({x: x(from), x2: x(to), y: y(at), y2: y(at)})),
      style,
    ),
  ];
}

/** The ground between two values of x and two of y. */
export function patch({x: from, x2: to}: {x: number; x2: number}, {low, high}: Omit<Reach, 'x'>, fill: string): Mark {
  return ({frame, x, y}) => [blocks(frame, [{x: x(from), x2: x(to), y: y(low), y2: y(high)}], fill)];
}

/** Names of levels, from the left edge. */
export function levelNames(values: readonly {value: number; text: string}[], style: Omit<TextStyle, 'align'>): Mark {
  return ({frame, y, xEnds: [x]}) => [
    textAt(
      frame,
      values.map(({value, text}) => ({x, y: y(value), text})),
      {align: 'left', ...style},
    ),
  ];
}

/** Text at a value of x above the lower edge. */
export function footnote(at: number, text: string, style: Omit<TextStyle, 'align'>): Mark {
  return ({frame, x, yEnds: [y]}) => [textAt(frame, [{x: x(at), y, text}], {align: 'left', ...style})];
}
