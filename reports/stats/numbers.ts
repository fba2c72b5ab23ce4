import {refuse, type Stat} from '../../harness/parse/answer.ts';

export function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

/** Arithmetic mean; NaN of nothing. */
export function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}

/** Sample variance (n − 1); NaN below two values. */
export function variance(values: readonly number[]): number {
  const centre = mean(values);
  return sum(values.map(value => (value - centre) ** 2)) / (values.length - 1);
}

/** A sorted copy. The caller's order is the order of the trials and stays. */
export function ascending(values: readonly number[]): readonly number[] {
  return values.toSorted((a, b) => a - b);
}

/** The middle value, or the mean of the middle two; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = ascending(values);
  const upper = sorted[Math.floor(sorted.length / 2)];
  const lower = sorted[Math.ceil(sorted.length / 2) - 1];
  if (upper === undefined || lower === undefined) return Number.NaN;
  return upper === lower ? upper : lower / 2 + upper / 2;
}

/** Beyond this, squares and their products leave the range of a double. */
const largest = 1e100;

/** The largest of numbers, without a limit on how many; −∞ of none. */
export function greatest(values: readonly number[]): number {
  return values.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
}

/** The smallest of numbers, without a limit on how many; ∞ of none. */
export function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

/** What is wrong with a list of numbers, if anything: too few, or one that is not finite or above 1e100 in size. */
export function unfit(
  what: string,
  values: readonly number[],
  atLeast: number,
): Extract<Stat<never>, {ok: false}> | undefined {
  const bad = values.find(value => !(Math.abs(value) <= largest));
  if (bad !== undefined) return refuse(what, 'finite numbers up to 1e100', String(bad));
  if (values.length < atLeast) return refuse(what, `at least ${atLeast} values`, String(values.length));
  return undefined;
}

/** The same for numbers whose logarithm is wanted. */
export function unfitForLogs(
  what: string,
  values: readonly number[],
  atLeast: number,
): Extract<Stat<never>, {ok: false}> | undefined {
  const bad = values.find(value => value <= 0);
  if (bad !== undefined) return refuse(what, 'numbers above 0, since ratios are wanted', String(bad));
  return unfit(what, values, atLeast);
}

/** Counts beyond this are no counts of trials, and the distribution functions take long for them. */
const mostCounted = 1e6;

/** `low` and `high` must be whole numbers, 0 ≤ low ≤ high ≤ a million. */
export function unfitCounts(
  what: string,
  [lowName, low]: readonly [name: string, count: number],
  [highName, high]: readonly [name: string, count: number],
): Extract<Stat<never>, {ok: false}> | undefined {
  return Number.isInteger(low) && Number.isInteger(high) && 0 <= low && low <= high && high <= mostCounted
    ? undefined
    : refuse(what, `whole numbers 0 ≤ ${lowName} ≤ ${highName} ≤ a million`, `${lowName} ${low}, ${highName} ${high}`);
}

/** A confidence level must lie strictly between 0 and 1. */
export function unfitConfidence(what: string, confidence: number): Extract<Stat<never>, {ok: false}> | undefined {
  return confidence > 0 && confidence < 1
    ? undefined
    : refuse(what, 'a confidence between 0 and 1, e.g. 0.95', String(confidence));
}
