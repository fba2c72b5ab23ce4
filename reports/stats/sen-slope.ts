import {answer, type Stat} from '../../harness/parse/answer.ts';
import {tQuantileTwoSided} from './distributions.ts';
import {middle, mostDiscordant, pairSlopes} from './mann-kendall.ts';
import {mean, sum, unfit, unfitConfidence} from './numbers.ts';

/** By how much values drift from one to the next. */
export interface Slope {
  value: number;
  low: number;
  high: number;
}

/**
 * The slope of Theil 1950 with the interval of Sen 1968: as many pairs lie beyond either end as Kendall's test lets
 * be out of order. No distribution is assumed. Where values are equal, as whole seconds are, that slope is drawn to 0:
 * then it is that of least squares, and the interval holds those of both. An end that so few values cannot tell is
 * infinite. Needs 4 values.
 */
export function senSlope(values: readonly number[], confidence = 0.95): Stat<Slope> {
  const what = "Sen's slope";
  const wrong = unfit(what, values, 4) ?? unfitConfidence(what, confidence);
  if (wrong) return wrong;
  const slopes = pairSlopes(values);
  const beyond = mostDiscordant(values, (1 - confidence) / 2);
  const value = middle(slopes);
  const low = at(slopes, beyond) ?? Number.NEGATIVE_INFINITY;
  const high = at(slopes, slopes.length - 1 - beyond) ?? Number.POSITIVE_INFINITY;
  const sen = {value, low: Math.min(value, low), high: Math.max(value, high)};
  if (new Set(values).size === values.length) return answer(sen);
  const least = leastSquares(values, confidence);
  return answer({value: least.value, low: Math.min(sen.low, least.low), high: Math.max(sen.high, least.high)});
}

/** Between two places, of ascending numbers. */
function at(sorted: Float64Array, place: number): number | undefined {
  const [below, above] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
  return below === undefined || above === undefined ? undefined : below + (place - Math.floor(place)) * (above - below);
}

function leastSquares(values: readonly number[], confidence: number): Slope {
  const n = values.length;
  const [level, centre] = [mean(values), (n - 1) / 2];
  const spread = (n * (n * n - 1)) / 12;
  const value = sum(values.map((one, index) => (index - centre) * (one - level))) / spread;
  const left = sum(values.map((one, index) => (one - level - value * (index - centre)) ** 2));
  const half = tQuantileTwoSided(confidence, n - 2) * Math.sqrt(left / (n - 2) / spread);
  return {value, low: value - half, high: value + half};
}
