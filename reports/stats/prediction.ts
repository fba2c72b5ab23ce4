import {answer, type Stat} from '../../harness/parse/answer.ts';
import {tQuantileTwoSided} from './distributions.ts';
import {mean, unfit, unfitConfidence, variance} from './numbers.ts';

/**
 * Where one more value of the same normal distribution will lie: mean ± t · s · √(1 + 1/n), with n − 1 degrees of
 * freedom (Meeker, Hahn & Escobar, Statistical Intervals, 2017). Needs 2 values.
 */
export function predictionInterval(
  values: readonly number[],
  confidence = 0.95,
): Stat<{value: number; low: number; high: number}> {
  const what = 'prediction interval';
  const wrong = unfit(what, values, 2) ?? unfitConfidence(what, confidence);
  if (wrong) return wrong;
  const n = values.length;
  const value = mean(values);
  const half = tQuantileTwoSided(confidence, n - 1) * Math.sqrt(variance(values) * (1 + 1 / n));
  return answer({value, low: value - half, high: value + half});
}
