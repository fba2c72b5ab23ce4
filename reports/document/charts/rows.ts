/**
 * Marks of charts of labelled rows on one measured axis. `of` gives what a row shows, in the unit of the data; heights
 * are shares of a row, from its top.
 */
import {clipped} from '../../words/text.ts';
import {blocks, type LineStyle, points, segments, type TextStyle, textAbove, textAside, textAt} from './layers.ts';
import {colour, type SeriesStyle} from './palette.ts';
import {type Mark, promised, uprights} from './plot.ts';

export interface Interval {
  low: number;
  high: number;
}

type Of<Row, Shown> = (row: Row, index: number) => readonly Shown[];
type Height = readonly [from: number, to: number];

function each<Row, Shown, Placed>(
  rows: readonly Row[],
  of: Of<Row, Shown>,
  place: (shown: Shown, index: number) => Placed,
): readonly Placed[] {
  return rows.flatMap((row, index) => of(row, index).map(shown => place(shown, index)));
}

export function bars<Row>(
  rows: readonly Row[],
  of: Of<Row, Interval>,
  [from, to]: Height,
  fill: string,
  edge?: string,
): Mark {
  return ({frame, x}) => [
    blocks(
      frame,
      each(rows, of, ({low, high}, index) => ({x: x(low), x2: x(high), y: index + from, y2: index + to})),
      fill,
      edge,
    ),
  ];
}

/** Intervals as lines along the row. */
export function spans<Row>(rows: readonly Row[], of: Of<Row, Interval>, at: number, style: LineStyle): Mark {
  return ({frame, x}) => [
    segments(
      frame,
      each(rows, of, ({low, high}, index) => ({x: x(low), x2: x(high), y: index + at, y2: index + at})),
      style,
    ),
  ];
}

/** Values as strokes across the row. */
export function strokes<Row>(rows: readonly Row[], of: Of<Row, number>, [from, to]: Height, style: LineStyle): Mark {
  return ({frame, x}) => [
    segments(
      frame,
      each(rows, of, (value, index) => ({x: x(value), x2: x(value), y: index + from, y2: index + to})),
      style,
    ),
  ];
}

/** From a value at one height to a value at another. */
export function links<Row>(
  rows: readonly Row[],
  of: Of<Row, readonly [number, number]>,
  [from, to]: Height,
  style: LineStyle,
): Mark {
  return ({frame, x}) => [
    segments(
      frame,
      each(rows, of, ([first, second], index) => ({x: x(first), x2: x(second), y: index + from, y2: index + to})),
      style,
    ),
  ];
}

export function dots<Row>(
  rows: readonly Row[],
  of: Of<Row, number>,
  at: number,
  style: SeriesStyle,
  size: number,
  opacity = 1,
): Mark {
  return ({frame, x}) => [
    points(
      frame,
      each(rows, of, (value, index) => ({x: x(value), y: index + at})),
      style,
      size,
      opacity,
    ),
  ];
}

/** Text inside the plot, in the middle of the row. */
export function texts<Row>(rows: readonly Row[], of: Of<Row, {x: number; text: string}>, style: TextStyle): Mark {
  return ({frame, x}) => [
    textAt(
      frame,
      each(rows, of, ({x: value, text}, index) => ({x: x(value), y: index + 0.5, text})),
      style,
    ),
  ];
}

interface Aside extends TextStyle {
  /** Height of its middle; half way down without. */
  at?: number;
}

/** A column of text: from the plot's left edge in px, or from its right one. An empty text is none. */
export function aside<Row>(
  rows: readonly Row[],
  from: {left: number} | {right: number},
  of: (row: Row, index: number) => string,
  {at = 0.5, ...style}: Aside,
): Mark {
  return ({frame, canvas}) => {
    const px = 'left' in from ? from.left : canvas.width + from.right;
    const placed = rows.map((row, index) => ({y: index + at, text: of(row, index)})).filter(({text}) => text !== '');
    return [textAside(frame, px, placed, style)];
  };
}

/** A line above each row that begins something new, except the first. */
export function dividers<Row>(rows: readonly Row[], begins: (row: Row, before: Row) => boolean): Mark {
  return ({frame, xEnds: [x, x2]}) => {
    const found = rows.flatMap((row, index) => {
      const before = rows[index - 1];
      return before !== undefined && begins(row, before) ? [{x, x2, y: index, y2: index}] : [];
    });
    return [segments(frame, found, {colour: colour.rule, width: 1})];
  };
}

/** Whether a row begins something new: the first does. */
export function beginnings<Row>(rows: readonly Row[], begins: (row: Row, before: Row) => boolean): readonly boolean[] {
  return rows.map((row, index) => {
    const before = rows[index - 1];
    return before === undefined || begins(row, before);
  });
}

/** A faint line below every row. */
export function ruled(rows: readonly unknown[]): Mark {
  return ({frame, xEnds: [x, x2]}) => [
    segments(
      frame,
      rows.map((_, index) => ({x, x2, y: index + 1, y2: index + 1})),
      {colour: colour.grid, width: 1},
    ),
  ];
}

/** A bound that was promised, in the unit of the data. */
export interface Bound {
  value: number;
  text: string;
}

/** Those that can be shown without making the bars small, and those that are only told. */
export function nearAndFar(bounds: readonly Bound[], longest: number): {near: readonly Bound[]; far: readonly Bound[]} {
  const isNear = ({value}: Bound) => value <= longest * 3;
  return {near: bounds.filter(isNear), far: bounds.filter(bound => !isNear(bound))};
}

/** Px above the plot that the names of bounds take. */
export const boundsHeight = (bounds: readonly Bound[]) => 10 + bounds.length * 14;

export function boundLines(bounds: readonly Bound[]): Mark {
  return uprights(
    bounds.map(({value}) => value),
    promised,
  );
}

/** One above the other, each from its line towards where there is room. */
export function boundNames(bounds: readonly Bound[], most: number): Mark {
  return ({frame, x, xEnds: [, end]}) =>
    bounds.map(({value, text}, index) => {
      const right = x(value) / end > 0.6;
      return textAbove(frame, -6 - index * 14, [{x: x(value), text: clipped(text, most)}], {
        align: right ? 'right' : 'left',
        colour: colour.limit,
        size: 10,
        dx: right ? 3 : -3,
      });
    });
}
