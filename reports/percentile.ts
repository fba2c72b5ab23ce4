/** Percentiles: how they are written, and how many operations one needs before it says anything. */
import {toleranceTrials} from './stats/tolerance.ts';

/**
 * The percentile a label means: `p99`, `99`, `P99.0`; in per cent, above or equal to 1 and below 100. Nothing else is
 * one: `0.99` may be a share or less than one per cent, so it is neither.
 */
export function percentileOf(label: string | undefined): number | undefined {
  const number = /^p?(\d+(?:\.\d+)?)$/i.exec(label?.trim() ?? '')?.[1];
  return number !== undefined && Number(number) >= 1 && Number(number) < 100 ? Number(number) : undefined;
}

/**
 * Operations from which a percentile that was seen is another value than the largest: the smallest N with N·(1 − p) ≥
 * 1; 100 for P99, 10,000 for P99.99.
 */
export function operationsToSee(percentile: number): number {
  return Math.ceil(100 / Number((100 - percentile).toPrecision(12)) - 1e-9);
}

/**
 * Operations from which a percentile may speak for the next trial: the largest of N is above the true percentile with
 * the given confidence where pᴺ ≤ 1 − confidence; 299 for P99 and 29,956 for P99.99 at 95 %. With fewer there is no
 * upper bound for it at all, whatever the distribution, and the nearest rank lies below it more often than not. It is
 * the least, as operations of one trial depend on each other. Source: Wilks 1941; Hahn & Meeker, Statistical Intervals,
 * §5.
 */
export function operationsToShow(percentile: number, confidence: number): number {
  const needed = toleranceTrials(percentile / 100, confidence);
  return Math.max(needed.ok ? needed.value : Number.POSITIVE_INFINITY, operationsToSee(percentile));
}

/** Why a percentile cannot be had from so few operations; nothing where it can, or where their number is not known. */
export function tooFew(
  label: string | undefined,
  operations: number | undefined,
  needed: (percentile: number) => number,
) {
  const percentile = percentileOf(label);
  if (percentile === undefined || operations === undefined || operations >= needed(percentile)) return undefined;
  const least = needed(percentile).toLocaleString('en-US');
  const there = `${operations.toLocaleString('en-US')} ${operations === 1 ? 'operation' : 'operations'}`;
  return `holds ${there}, which cannot show p${percentile}: ${least} are needed`;
}
