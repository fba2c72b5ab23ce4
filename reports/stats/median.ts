import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import type {Estimate} from '../../harness/types.ts';
import {dependence, stretched} from './dependence.ts';
import {binomialCdf} from './distributions.ts';
import {ascending, median, unfit, unfitConfidence} from './numbers.ts';

/** Trials that a median interval needs: the smallest n with 1 − 2^(1−n) ≥ confidence; 6 at 95 %, 8 at 99 %. */
export function trialsForMedian(confidence: number): number {
  // A whole number just missed by rounding (0.96875 wants 6, not 7) is kept whole.
  return Math.max(2, Math.ceil(1 - Math.log2(1 - confidence) - 1e-12));
}

/**
 * Which order statistics, counted from 1, bound the median of n values: x₍rank₎ and x₍n+1−rank₎, with the coverage that
 * pair really has. The narrowest symmetric pair that covers at least `confidence`.
 */
export function medianRank(n: number, confidence: number): Stat<{rank: number; coverage: number}> {
  const what = 'median interval';
  const unsound = unfitConfidence(what, confidence);
  if (unsound) return unsound;
  const coverageOf = (rank: number) => 1 - 2 * binomialCdf(rank - 1, n, 0.5);
  // Coverage falls with the rank: the last that covers enough, by halving.
  let best = 0;
  let tooFar = Math.floor(n / 2) + 1;
  while (tooFar - best > 1) {
    const middle = Math.floor((best + tooFar) / 2);
    if (coverageOf(middle) >= confidence) best = middle;
    else tooFar = middle;
  }
  return best > 0
    ? answer({rank: best, coverage: coverageOf(best)})
    : refuse(what, `at least ${trialsForMedian(confidence)} values at confidence ${confidence}`, String(n));
}

/**
 * The median over trials with its order-statistic interval: no assumption on the distribution. n = 6 gives min…max
 * (96.875 %), n = 10 gives x₂…x₉ (97.85 %). Refused below 6 values (at 95 %) and on values that are not finite. Source:
 * David & Nagaraja, Order Statistics, §7.1.
 */
export function medianInterval(values: readonly number[], confidence = 0.95): Stat<Estimate> {
  const wrong = unfit('median interval', values, 1);
  if (wrong) return wrong;
  const ranked = medianRank(values.length, confidence);
  if (!ranked.ok) return ranked;
  const sorted = ascending(values);
  const low = sorted[ranked.value.rank - 1];
  const high = sorted[values.length - ranked.value.rank];
  if (low === undefined || high === undefined) return refuse('median interval', 'values', 'none');
  return answer({
    value: median(values),
    low,
    high,
    n: values.length,
    confidence,
    method: `median, order statistics ${ranked.value.rank} and ${values.length + 1 - ranked.value.rank} of ${values.length}`,
  });
}

/**
 * The same of values in the order in which they were measured: stretched about the median where they may depend on each
 * other, since the interval of order statistics then covers less than it says (75–80 % at an autocorrelation of 0.6).
 */
export function orderedMedianInterval(values: readonly number[], confidence = 0.95): Stat<Estimate> {
  const plain = medianInterval(values, confidence);
  if (!plain.ok) return plain;
  const found = dependence(values);
  const by = found.ok ? found.value.stretch : 1;
  if (by === 1) return plain;
  const method = `${plain.value.method}, stretched ${Number(by.toPrecision(3))} times since the trials may depend on each other`;
  return answer({...plain.value, ...stretched(plain.value, plain.value.value, by), method});
}
