import type {Unit} from '../../../harness/types.ts';
import {type Scale, scaleFor} from '../../words/units.ts';
import {linearTicks, logTicks} from './draw.ts';
import type {Axis} from './layers.ts';

/** From 0 to at least `top` in base units, in the unit that reads well there. */
export function linearAxis(title: (symbol: string) => string, top: number, {factor, symbol}: Scale, wanted = 6): Axis {
  return {title: title(symbol), ticks: linearTicks(top * factor, wanted), log: false, factor};
}

/** One axis for values in base units: scaled, and logarithmic where a decade and more has to be shown. */
export function valueAxis(values: readonly number[], unit: Unit, mayBeLog: boolean): Axis {
  const finite = values.filter(Number.isFinite);
  const least = finite.reduce((low, value) => Math.min(low, value), Number.POSITIVE_INFINITY);
  const most = finite.reduce((high, value) => Math.max(high, value), Number.NEGATIVE_INFINITY);
  if (finite.length === 0) return {title: scaleFor(unit, 1).symbol || 'count', ticks: linearTicks(1, 5), log: false};
  const log = mayBeLog && isWide(least, most);
  const scale = scaleFor(unit, log ? Math.sqrt(least * most) : most);
  const ticks = log ? logTicks(least * scale.factor, most * scale.factor) : linearTicks(most * scale.factor, 5);
  return {title: axisTitle(scale, log), ticks, log, factor: scale.factor};
}

/** A decade and more. */
export function isWide(least: number, most: number): boolean {
  return least > 0 && most / least >= 12;
}

export function axisTitle({symbol}: Scale, log: boolean): string {
  return `${symbol || 'count'}${log ? ' (logarithmic)' : ''}`;
}
