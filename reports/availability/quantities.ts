/** Durations, rates and distributions as people write them, in seconds and faults a year. */
import type {Result} from '../../harness/types.ts';

/** Julian year: 52.6 minutes of it are the 0.01 % that 99.99 % leaves. */
export const yearSeconds = 31_557_600;

export interface QuantityError {
  expected: string;
  hint: string;
}

const units: Readonly<Record<string, number>> = {
  ms: 1e-3,
  s: 1,
  min: 60,
  h: 3600,
  hour: 3600,
  day: 86_400,
  d: 86_400,
  week: 604_800,
  month: yearSeconds / 12,
  year: yearSeconds,
};

function unitSeconds(word: string): number | undefined {
  return units[word] ?? units[word.replace(/s$/, '')];
}

/** "4 h", "30 min", "90 s", "2 days", "3 months" → seconds, above 0 and at most 100 years. */
export function parseDuration(text: string): Result<number, QuantityError> {
  const parts = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(text.trim());
  const unit = unitSeconds(parts?.[2] ?? '');
  const seconds = unit === undefined ? Number.NaN : Number(parts?.[1]) * unit;
  if (seconds > 0 && seconds <= 100 * yearSeconds) return {ok: true, value: seconds};
  return {
    ok: false,
    error: {
      expected: 'a duration above 0 such as "4 h"',
      hint: 'write a number and one of ms, s, min, h, days, weeks, months, years',
    },
  };
}

/**
 * "1 per 3 years", "0.5 per year", "MTBF 50000 h", "AFR 4 %" → faults a year of one unit, above 0 and at most a
 * million.
 */
export function parseRate(text: string): Result<number, QuantityError> {
  const trimmed = text.trim();
  const wrong: {ok: false; error: QuantityError} = {
    ok: false,
    error: {
      expected: 'a rate such as "1 per 3 years", "MTBF 50000 h" or "AFR 4 %"',
      hint: 'write how often one unit (a node, a rack, a VM) fails, with the unit of time',
    },
  };
  const per = /^(\d+(?:\.\d+)?)\s+per\s+(?:(\d+(?:\.\d+)?)\s+)?([a-z]+)$/i.exec(trimmed);
  const mtbf = /^MTBF\s+(.+)$/i.exec(trimmed);
  const afr = /^AFR\s+(\d+(?:\.\d+)?)\s*%$/i.exec(trimmed);
  let rate = Number.NaN;
  if (per) rate = (Number(per[1]) * yearSeconds) / (Number(per[2] ?? 1) * (unitSeconds(per[3] ?? '') ?? Number.NaN));
  else if (mtbf) {
    // An MTBF of millions of hours is longer than any duration people write otherwise.
    const time = /^(\d+(?:\.\d+)?)\s*([a-z]+)$/i.exec(mtbf[1] ?? '');
    rate = yearSeconds / (Number(time?.[1] ?? Number.NaN) * (unitSeconds(time?.[2] ?? '') ?? Number.NaN));
  } else if (afr) rate = -Math.log1p(-Number(afr[1]) / 100);
  return rate > 0 && rate <= 1e6 ? {ok: true, value: rate} : wrong;
}

/** How long something takes; seconds. */
export type Spread =
  | {kind: 'fixed'; seconds: number}
  | {kind: 'exponential'; mean: number}
  /** ln of the seconds is normal. */
  | {kind: 'lognormal'; mu: number; sigma: number}
  | {kind: 'uniform'; low: number; high: number};

const z95 = 1.6448536269514722;

/** The lognormal distribution with this median and this 95th percentile. */
export function lognormalOf(median: number, p95: number): Spread {
  return {kind: 'lognormal', mu: Math.log(median), sigma: Math.log(p95 / median) / z95};
}

export function meanOf(spread: Spread): number {
  if (spread.kind === 'fixed') return spread.seconds;
  if (spread.kind === 'exponential') return spread.mean;
  if (spread.kind === 'uniform') return (spread.low + spread.high) / 2;
  return Math.exp(spread.mu + spread.sigma ** 2 / 2);
}

export function drawSpread(spread: Spread, next: () => number): number {
  switch (spread.kind) {
    case 'fixed':
      return spread.seconds;
    case 'exponential':
      return -spread.mean * Math.log(1 - next());
    case 'uniform':
      return spread.low + (spread.high - spread.low) * next();
    case 'lognormal':
      return Math.exp(spread.mu + spread.sigma * normal(next));
  }
}

/**
 * How long the one takes that is under way at a time picked at random: longer ones are met more often (length-biased,
 * density ∝ t · f(t)). What is left of it is a uniform share. Source: Cox, Renewal Theory, 1962, section 5.
 */
export function drawUnderWay(spread: Spread, next: () => number): number {
  switch (spread.kind) {
    case 'fixed':
      return spread.seconds;
    case 'exponential':
      return -spread.mean * Math.log((1 - next()) * (1 - next()));
    case 'uniform':
      return Math.sqrt(spread.low ** 2 + (spread.high ** 2 - spread.low ** 2) * next());
    case 'lognormal':
      return Math.exp(spread.mu + spread.sigma ** 2 + spread.sigma * normal(next));
  }
}

/** The same distribution, `factor` times as long. */
export function scaled(spread: Spread, factor: number): Spread {
  switch (spread.kind) {
    case 'fixed':
      return {kind: 'fixed', seconds: spread.seconds * factor};
    case 'exponential':
      return {kind: 'exponential', mean: spread.mean * factor};
    case 'uniform':
      return {kind: 'uniform', low: spread.low * factor, high: spread.high * factor};
    case 'lognormal':
      return {...spread, mu: spread.mu + Math.log(factor)};
  }
}

/** A standard normal number (Box & Muller). */
export function normal(next: () => number): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
}

/** A number of Gamma(shape, 1), shape > 0. Source: Marsaglia & Tsang 2000. */
export function gamma(shape: number, next: () => number): number {
  if (shape < 1) return gamma(shape + 1, next) * (1 - next()) ** (1 / shape);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = normal(next);
    const v = (1 + c * x) ** 3;
    if (v > 0 && Math.log(1 - next()) < x * x * 0.5 + d - d * v + d * Math.log(v)) return d * v;
  }
}
