import type {TopLevelSpec} from 'vega-lite';
import {colour, type SeriesStyle} from './palette.ts';

/**
 * The few marks the charts are made of, each with its own inline data. Every chart has one x and one y scale, given
 * beforehand.
 */

export type Layer = Extract<TopLevelSpec, {layer: readonly unknown[]}>['layer'][number];

export interface Axis {
  title: string;
  ticks: readonly number[];
  log: boolean;
  /** Only the line; the chart writes its own marks. */
  bare?: true;
}

export interface Frame {
  x: Axis;
  /** Rows (counted from the top), or a measured axis. */
  y: {rows: number} | Axis;
}

type Row = Readonly<Record<string, number | string>>;

function axisOf({title, ticks, bare}: Axis) {
  return bare
    ? {title: null, labels: false, ticks: false, grid: false, values: [...ticks]}
    : {title, values: [...ticks], format: '.6~r', grid: true, titlePadding: 8};
}

function scaleOf({ticks, log}: Axis) {
  return {
    type: log ? ('log' as const) : ('linear' as const),
    domain: [ticks[0] ?? 0, ticks.at(-1) ?? 1],
    nice: false,
    zero: false,
  };
}

function x(frame: Frame, field: string) {
  return {field, type: 'quantitative' as const, scale: scaleOf(frame.x), axis: axisOf(frame.x)};
}

function y(frame: Frame, field: string) {
  if ('rows' in frame.y) {
    const scale = {domain: [0, frame.y.rows], reverse: true, nice: false, zero: false};
    return {field, type: 'quantitative' as const, scale, axis: null};
  }
  return {field, type: 'quantitative' as const, scale: scaleOf(frame.y), axis: axisOf(frame.y)};
}

const fixedX = (px: number) => ({value: px});

export interface TextStyle {
  align: 'left' | 'right' | 'center';
  colour?: string;
  size?: number;
  bold?: boolean;
  dy?: number;
  dx?: number;
}

function textMark(style: TextStyle) {
  return {
    type: 'text' as const,
    align: style.align,
    baseline: 'middle' as const,
    color: style.colour ?? colour.ink,
    fontSize: style.size ?? 11,
    fontWeight: style.bold ? ('bold' as const) : ('normal' as const),
    dy: style.dy ?? 0,
    dx: style.dx ?? 0,
  };
}

/** Text beside the plot: `px` from the plot's left edge, at rows `y`. */
export function textAside(
  frame: Frame,
  px: number,
  values: readonly {y: number; text: string}[],
  style: TextStyle,
): Layer {
  return {
    data: {values: [...values]},
    mark: textMark(style),
    encoding: {x: fixedX(px), y: y(frame, 'y'), text: {field: 'text', type: 'nominal'}},
  };
}

export function textAt(frame: Frame, values: readonly {x: number; y: number; text: string}[], style: TextStyle): Layer {
  return {
    data: {values: [...values]},
    mark: textMark(style),
    encoding: {x: x(frame, 'x'), y: y(frame, 'y'), text: {field: 'text', type: 'nominal'}},
  };
}

/** Text at a value of x and a fixed height in px. */
export function textAbove(
  frame: Frame,
  px: number,
  values: readonly {x: number; text: string}[],
  style: TextStyle,
): Layer {
  return {
    data: {values: [...values]},
    mark: textMark(style),
    encoding: {x: x(frame, 'x'), y: {value: px}, text: {field: 'text', type: 'nominal'}},
  };
}

export function blocks(
  frame: Frame,
  values: readonly {x: number; x2: number; y: number; y2: number}[],
  fill: string,
  edge: string | undefined = undefined,
): Layer {
  return {
    data: {values: [...values]},
    mark: {type: 'rect', color: fill, ...(edge === undefined ? {} : {stroke: edge, strokeWidth: 1})},
    encoding: {x: x(frame, 'x'), x2: {field: 'x2'}, y: y(frame, 'y'), y2: {field: 'y2'}},
  };
}

export interface LineStyle {
  colour: string;
  width: number;
  dash?: readonly number[];
  opacity?: number;
}

function lineMark(style: LineStyle) {
  return {
    color: style.colour,
    strokeWidth: style.width,
    opacity: style.opacity ?? 1,
    ...(style.dash && style.dash.length > 0 ? {strokeDash: [...style.dash]} : {}),
  };
}

export function segments(
  frame: Frame,
  values: readonly {x: number; x2: number; y: number; y2: number}[],
  style: LineStyle,
): Layer {
  return {
    data: {values: [...values]},
    mark: {type: 'rule', ...lineMark(style)},
    encoding: {x: x(frame, 'x'), x2: {field: 'x2'}, y: y(frame, 'y'), y2: {field: 'y2'}},
  };
}

/** Through the points in the order of `x`. */
export function line(frame: Frame, values: readonly {x: number; y: number}[], style: LineStyle): Layer {
  return {
    data: {values: [...values]},
    mark: {type: 'line', ...lineMark(style)},
    encoding: {x: x(frame, 'x'), y: y(frame, 'y')},
  };
}

export function points(frame: Frame, values: readonly Row[], style: SeriesStyle, size: number, opacity = 1): Layer {
  return {
    data: {values: [...values]},
    mark: {
      type: 'point',
      shape: style.shape,
      size,
      opacity,
      filled: false,
      stroke: style.colour,
      strokeWidth: 1.5,
      fill: style.filled ? style.colour : colour.paper,
    },
    encoding: {x: x(frame, 'x'), y: y(frame, 'y')},
  };
}

/** The ground between `y` and `y2`, in the order of `x`. */
export function area(
  frame: Frame,
  values: readonly {x: number; y: number; y2: number}[],
  fill: string,
  opacity: number,
): Layer {
  return {
    data: {values: [...values]},
    mark: {type: 'area', color: fill, opacity},
    encoding: {x: x(frame, 'x'), y: y(frame, 'y'), y2: {field: 'y2'}},
  };
}
