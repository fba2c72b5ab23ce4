import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import {normalCdf} from './distributions.ts';
import {sum, unfit} from './numbers.ts';
import {midRanks} from './ranks.ts';

export interface SignedRank {
  /** Sum of the ranks of positive differences. */
  w: number;
  /** Two-sided. */
  p: number;
  /** Pairs left after those without a difference were set aside. */
  n: number;
  method: 'exact' | 'normal with tie and continuity correction';
}

/**
 * Wilcoxon's signed-rank test of paired values (second − first), two-sided. Pairs without a difference are set aside
 * (Wilcoxon's own way). Exact up to 50 pairs without ties, 25 with ties (over the ranks as they are); normal beyond.
 * Needs 1 pair; all differences 0 give p = 1.
 */
export function wilcoxonSignedRank(first: readonly number[], second: readonly number[]): Stat<SignedRank> {
  const what = 'Wilcoxon signed-rank test';
  if (first.length !== second.length) {
    return refuse(what, 'as many second values as first', `${first.length} and ${second.length}`);
  }
  const wrong = unfit(what, first, 1) ?? unfit(what, second, 1);
  if (wrong) return wrong;
  const differences = second.map((value, i) => value - (first[i] ?? Number.NaN)).filter(value => value !== 0);
  const n = differences.length;
  if (n === 0) return answer({w: 0, p: 1, n, method: 'exact'});
  const {ranks, ties} = midRanks(differences.map(Math.abs));
  const w = sum(ranks.filter((_, i) => (differences[i] ?? 0) > 0));
  const middle = (n * (n + 1)) / 4;
  if (n <= (ties.length > 0 ? 25 : 50)) {
    // Twice the ranks are whole numbers; count the sign patterns by their sum.
    const doubled = ranks.map(rank => Math.round(2 * rank));
    const ways = waysOfSignedRanks(doubled);
    const reach = Math.abs(2 * w - 2 * middle);
    const asFar = ways.reduce(
      (total, count, i) => (Math.abs(i - 2 * middle) >= reach - 1e-9 ? total + count : total),
      0,
    );
    return answer({w, p: Math.min(1, asFar / 2 ** n), n, method: 'exact'});
  }
  const spread = Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24 - sum(ties.map(t => t ** 3 - t)) / 48);
  const z = Math.max(0, Math.abs(w - middle) - 0.5) / spread;
  return answer({w, p: Math.min(1, 2 * normalCdf(-z)), n, method: 'normal with tie and continuity correction'});
}

/** In how many of the 2ⁿ sign patterns the positive ranks add up to each sum, from 0; ranks are whole numbers. */
export function waysOfSignedRanks(ranks: readonly number[]): Float64Array {
  let ways = new Float64Array(sum(ranks) + 1);
  ways[0] = 1;
  for (const step of ranks) {
    const next = ways.slice();
    for (let i = step; i < next.length; i++) next[i] = (next[i] ?? 0) + (ways[i - step] ?? 0);
    ways = next;
  }
  return ways;
}
