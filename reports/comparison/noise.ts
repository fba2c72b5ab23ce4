/** How much alike sides differ all the same: what an A/A comparison measures, and what asks it of one. */
import {keyOf} from '../files/samples.ts';
import type {Contrast} from './contrast.ts';
import type {SideBySideOptions} from './model.ts';
import type {Series} from './series.ts';

/** The noise of a series, relative; nothing where none was given for it. */
export function noiseFor(series: Series, noise: SideBySideOptions['noise']): number | undefined {
  if (noise === undefined || typeof noise === 'number') return noise;
  const key = keyOf(series.labels);
  return noise.find(one => one.metric === series.metric && keyOf(one.labels) === key)?.noise;
}

/**
 * What a contrast is worth as an A/A control, relative: the larger of the change it saw and half the half-width of its
 * interval. Nothing without an interval of a ratio.
 */
export function noiseOf({scale, effect: {value, low, high}}: Contrast): number | undefined {
  if (scale !== 'ratio' || !Number.isFinite(high) || low <= 0) return undefined;
  return Math.expm1(Math.max(Math.abs(Math.log(value)), Math.log(high / low) / 4));
}
