import {answer, type Stat} from '../../harness/parse/answer.ts';
import {normalCdf} from './distributions.ts';
import {sum, unfit} from './numbers.ts';
import {midRanks} from './ranks.ts';

export interface MannWhitney {
  /** Pairs in which the first sample's value is the larger one; ties count half. */
  u: number;
  /** Two-sided. */
  p: number;
  method: 'exact' | 'normal with tie and continuity correction';
}

/** Largest side that is counted out exactly, without and with ties. */
const exactWithoutTies = 50;
const exactWithTies = 25;

/**
 * How many ways there are to choose `size` of these whole numbers with each sum; index = sum. Counts are exact up to
 * 2⁵³, then good to 16 digits.
 */
function waysBySum(numbers: readonly number[], size: number): Float64Array {
  const most = sum(numbers);
  const ways = Array.from({length: size + 1}, () => new Float64Array(most + 1));
  const none = ways[0];
  if (none) none[0] = 1;
  let reached = 0;
  numbers.forEach((number, index) => {
    reached += number;
    for (let chosen = Math.min(size, index + 1); chosen >= 1; chosen--) {
      const into = ways[chosen];
      const from = ways[chosen - 1];
      if (!into || !from) continue;
      for (let total = reached; total >= number; total--) {
        into[total] = (into[total] ?? Number.NaN) + (from[total - number] ?? Number.NaN);
      }
    }
  });
  return ways[size] ?? new Float64Array(0);
}

let untied: {m: number; n: number; ways: Float64Array} | undefined;

/**
 * `waysBySum` of the ranks 1 … m + n, `m` of them; the last is kept, since the metrics of one report have samples of
 * one size.
 */
export function waysWithoutTies(m: number, n: number): Float64Array {
  if (untied?.m !== m || untied.n !== n) {
    const ranks = Array.from({length: m + n}, (_, i) => i + 1);
    untied = {m, n, ways: waysBySum(ranks, m)};
  }
  return untied.ways;
}

/**
 * Mann–Whitney U of two unpaired samples, two-sided (twice the smaller tail). Exact up to 50 a side without ties, 25
 * with ties (over the ranks as they are); beyond that normal with tie and continuity correction. Needs 1 value a side.
 * Source: Mann & Whitney 1947; limits as in golang.org/x/perf.
 */
export function mannWhitney(first: readonly number[], second: readonly number[]): Stat<MannWhitney> {
  const what = 'Mann–Whitney test';
  const wrong = unfit(what, first, 1) ?? unfit(what, second, 1);
  if (wrong) return wrong;
  const m = first.length;
  const n = second.length;
  const {ranks, ties} = midRanks([...first, ...second]);
  const rankSum = sum(ranks.slice(0, m));
  const u = rankSum - (m * (m + 1)) / 2;
  if (Math.max(m, n) <= (ties.length > 0 ? exactWithTies : exactWithoutTies)) {
    // Shared ranks are halves: counting in halves keeps them whole.
    const scale = ties.length > 0 ? 2 : 1;
    const ways =
      ties.length > 0
        ? waysBySum(
            ranks.map(rank => Math.round(scale * rank)),
            m,
          )
        : waysWithoutTies(m, n);
    const at = Math.round(scale * rankSum);
    const all = ways.reduce((total, count) => total + count, 0);
    const below = ways.subarray(0, at + 1).reduce((total, count) => total + count, 0);
    const above = ways.subarray(at).reduce((total, count) => total + count, 0);
    return answer({u, p: Math.min(1, (2 * Math.min(below, above)) / all), method: 'exact'});
  }
  const total = m + n;
  const tieTerm = sum(ties.map(t => t ** 3 - t)) / (total * (total - 1));
  const spread = Math.sqrt(((m * n) / 12) * (total + 1 - tieTerm));
  // All values equal: no spread, no difference.
  const z = spread === 0 ? 0 : Math.max(0, Math.abs(u - (m * n) / 2) - 0.5) / spread;
  return answer({u, p: Math.min(1, 2 * normalCdf(-z)), method: 'normal with tie and continuity correction'});
}
