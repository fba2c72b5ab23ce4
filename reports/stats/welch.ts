import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import type {Estimate} from '../../harness/types.ts';
import {tQuantileTwoSided, tTwoSided} from './distributions.ts';
import {mean, unfit, unfitConfidence, unfitForLogs, variance} from './numbers.ts';

export interface Welch {
  /** (mean of first − mean of second) ÷ its standard error. */
  t: number;
  /** Welch–Satterthwaite degrees of freedom; a fraction is usual. */
  freedom: number;
  /** Two-sided. */
  p: number;
  /** first − second, in the values' unit. */
  difference: number;
  low: number;
  high: number;
}

/**
 * Welch's t test of two unpaired samples with unequal variances (1947), two-sided. Needs 2 values a side, and some
 * spread in at least one of them.
 */
export function welch(first: readonly number[], second: readonly number[], confidence = 0.95): Stat<Welch> {
  const what = 'Welch t test';
  const wrong = unfit(what, first, 2) ?? unfit(what, second, 2) ?? unfitConfidence(what, confidence);
  if (wrong) return wrong;
  const a = variance(first) / first.length;
  const b = variance(second) / second.length;
  if (a + b === 0) return refuse(what, 'some spread in the values', 'none');
  const error = Math.sqrt(a + b);
  const difference = mean(first) - mean(second);
  const share = a / (a + b);
  const freedom = 1 / (share ** 2 / (first.length - 1) + (1 - share) ** 2 / (second.length - 1));
  const t = difference / error;
  const half = tQuantileTwoSided(confidence, freedom) * error;
  return answer({t, freedom, p: tTwoSided(t, freedom), difference, low: difference - half, high: difference + half});
}

/**
 * The ratio second ÷ first of unpaired data: Welch on logarithms. Needs 2 numbers above 0 a side; n counts both sides.
 */
export function unpairedRatio(
  first: readonly number[],
  second: readonly number[],
  confidence = 0.95,
): Stat<Estimate & {p: number}> {
  const what = 'unpaired ratio';
  const wrong = unfitForLogs(what, first, 2) ?? unfitForLogs(what, second, 2);
  if (wrong) return wrong;
  const test = welch(second.map(Math.log), first.map(Math.log), confidence);
  if (!test.ok) return test;
  return answer({
    value: Math.exp(test.value.difference),
    low: Math.exp(test.value.low),
    high: Math.exp(test.value.high),
    n: first.length + second.length,
    confidence,
    method: 'unpaired, Welch on logs',
    p: test.value.p,
  });
}
