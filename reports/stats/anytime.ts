/**
 * What may be looked at after every trial, and stopped at when it fits: confidence sequences. An interval of such a
 * sequence covers the truth at all numbers of trials at once with the confidence it says (Ville 1939: what a fair bet
 * against a true statement has won is above 1/α at any time with a chance of at most α), so that neither when somebody
 * looks nor why somebody stops makes it wrong.
 */
import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import type {Estimate} from '../../harness/types.ts';
import {incompleteBeta, lnGamma} from './distributions.ts';
import {ascending, median, unfit, unfitConfidence, unfitCounts} from './numbers.ts';
import type {PairedRatio} from './ratio.ts';

/** Beta prior over the true share. */
export interface Prior {
  a: number;
  b: number;
}

/** Half its weight lies near 0 and 1: what is clear is told soon (Krichevsky & Trofimov 1981; Jeffreys). */
const jeffreys: Prior = {a: 0.5, b: 0.5};

/**
 * The logarithm of what a bet has won that says "the true share is above `share`", after `good` of `n` trials: the
 * one-sided beta-binomial mixture of Howard, Ramdas, McAuliffe & Sekhon 2021 (proposition 7; Robbins 1970). Where the
 * share is `share` or less, it is above ln(1/α) at any n with a chance of at most α.
 */
export function logShareEvidence(good: number, n: number, share: number, {a, b}: Prior = jeffreys): number {
  if (share >= 1) return Number.NEGATIVE_INFINITY;
  if (share <= 0) return good > 0 ? Number.POSITIVE_INFINITY : 0;
  const bad = n - good;
  const above = (x: number, y: number) => Math.log(incompleteBeta(1 - share, y, x));
  const won = lnBeta(a + good, b + bad) + above(a + good, b + bad) - lnBeta(a, b) - above(a, b);
  return won - good * Math.log(share) - bad * Math.log1p(-share);
}

/** The statistic of the same: for tests against printed figures. */
export function shareEvidence(good: number, n: number, share: number, prior?: Prior): Stat<number> {
  const what = 'evidence about a share';
  const wrong = unfitCounts(what, ['good', good], ['trials', n]);
  if (wrong) return wrong;
  if (!(share > 0 && share < 1)) return refuse(what, 'a share between 0 and 1', String(share));
  return answer(logShareEvidence(good, n, share, prior));
}

function lnBeta(a: number, b: number): number {
  return lnGamma(a) + lnGamma(b) - lnGamma(a + b);
}

/** Either side may err in half of what the confidence leaves. */
function threshold(confidence: number): number {
  return Math.log(2 / (1 - confidence));
}

const ranks = new Map<string, number>();

/**
 * Which order statistics, counted from 1, bound the median after n trials: x₍rank₎ and x₍n+1−rank₎; 0 where n is too
 * few. Each value is above the median with a chance of one half, whatever its distribution.
 */
function rankOf(n: number, confidence: number): number {
  const key = `${n} ${confidence}`;
  const known = ranks.get(key);
  if (known !== undefined) return known;
  const enough = threshold(confidence);
  let rank = 0;
  while (2 * (rank + 1) <= n && logShareEvidence(n - rank, n, 0.5) >= enough) rank += 1;
  ranks.set(key, rank);
  return rank;
}

/** Trials that `anytimeMedianRank` needs: 7 at 95 %. */
export function trialsForAnytimeMedian(confidence: number): number {
  let n = 2;
  while (rankOf(n, confidence) === 0) n += 1;
  return n;
}

export function anytimeMedianRank(n: number, confidence: number): Stat<{rank: number}> {
  const what = 'anytime median';
  const unsound = unfitConfidence(what, confidence);
  if (unsound) return unsound;
  const rank = rankOf(n, confidence);
  if (rank > 0) return answer({rank});
  return refuse(what, `at least ${trialsForAnytimeMedian(confidence)} values at confidence ${confidence}`, String(n));
}

/**
 * The median over trials with an interval that holds at every look: order statistics as far out as a sign test that
 * is betted on wants them (Howard & Ramdas 2022, for a fixed quantile). No distribution is assumed. Needs 7 at 95 %.
 */
export function anytimeMedianInterval(values: readonly number[], confidence = 0.95): Stat<Estimate> {
  const wrong = unfit('anytime median', values, 1);
  if (wrong) return wrong;
  const n = values.length;
  const ranked = anytimeMedianRank(n, confidence);
  if (!ranked.ok) return ranked;
  const sorted = ascending(values);
  const {rank} = ranked.value;
  return answer({
    value: median(values),
    low: sorted[rank - 1] ?? Number.NaN,
    high: sorted[n - rank] ?? Number.NaN,
    n,
    confidence,
    method: `median, confidence sequence, order statistics ${rank} and ${n + 1 - rank} of ${n}`,
  });
}

/**
 * A share with an interval that holds at every look. `worth` independent trials where the `n` depend on each other.
 * Needs a trial.
 */
export function anytimeShare(good: number, n: number, confidence = 0.95, worth = n): Stat<Estimate> {
  const what = 'anytime share';
  const wrong = unfitCounts(what, ['good', good], ['trials', n]) ?? unfitConfidence(what, confidence);
  if (wrong) return wrong;
  if (n === 0) return refuse(what, 'at least one trial', '0');
  const enough = threshold(confidence);
  const [ours, all] = [(good * worth) / n, worth];
  const low = lastWhere(share => logShareEvidence(ours, all, share) >= enough);
  const high = 1 - lastWhere(share => logShareEvidence(all - ours, all, share) >= enough);
  const method = `${good} of ${n}, confidence sequence of a beta-binomial mixture`;
  return answer({value: good / n, low, high, n, confidence, method});
}

/** The largest share at which it still holds, by halving; 0 where it never does. */
function lastWhere(holds: (share: number) => boolean): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 50; step++) {
    const middle = (low + high) / 2;
    if (holds(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/**
 * How many standard errors an interval of a mean has on either side after n normal values, to hold at every look: the
 * t test with a normal prior of deviation 1 over the effect in units of the deviation (Lai 1976; Wang & Ramdas 2025,
 * theorem 4.7). Infinite below 5 values at 95 %.
 */
export function anytimeT(n: number, confidence: number): number {
  if (n < 2) return Number.POSITIVE_INFINITY;
  const spread = 1 + n;
  const needed = (Math.sqrt(spread) / (1 - confidence)) ** (2 / n);
  return needed >= spread ? Number.POSITIVE_INFINITY : Math.sqrt(((n - 1) * (needed - 1)) / (1 - needed / spread));
}

/** What the bet on an effect has won at a t of n values, as a logarithm. */
export function tEvidence(t: number, n: number): Stat<number> {
  if (!Number.isInteger(n) || n < 2) return refuse('evidence of a t', 'at least 2 values', String(n));
  const spread = 1 + n;
  const share = t ** 2 / (n - 1);
  return answer((n / 2) * Math.log((1 + share) / (1 + share / spread)) - Math.log(spread) / 2);
}

/** A ratio whose interval is as wide as one that may be looked at after every pair must be. */
export function atAnyLook(ratio: PairedRatio): PairedRatio {
  const half = (anytimeT(ratio.n, ratio.confidence) * ratio.logDeviation) / Math.sqrt(ratio.n);
  const centre = Math.log(ratio.value);
  const [low, high] = Number.isFinite(half)
    ? [Math.exp(centre - half), Math.exp(centre + half)]
    : [0, Number.POSITIVE_INFINITY];
  return {...ratio, low, high, method: `geometric mean of ${ratio.n} pairs, confidence sequence of t on logs`};
}

/** Pairs that a ratio needs: the first n at which its interval is finite, 5 at 95 %. */
export function pairsForAnytime(confidence: number): number {
  let n = 2;
  while (!Number.isFinite(anytimeT(n, confidence))) n += 1;
  return n;
}
