import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import {chiSquareTail} from './distributions.ts';
import {sum, unfit} from './numbers.ts';
import {midRanks} from './ranks.ts';

export interface KruskalWallis {
  h: number;
  freedom: number;
  /** The chance of an H as large or larger, were all groups alike; 1 where all values are equal. */
  p: number;
  /** Mean rank of each group, in their order. */
  meanRanks: readonly number[];
  /** The group whose mean rank is farthest from that of all others, in its own standard errors. */
  apart: number;
}

/**
 * Whether one of several groups tends to have larger values, by ranks: H with the correction for ties, against
 * chi-square with one degree less than groups (Kruskal & Wallis 1952). Needs two groups with a value each; with groups
 * below five values p is too large rather than too small.
 */
export function kruskalWallis(groups: readonly (readonly number[])[]): Stat<KruskalWallis> {
  const what = 'Kruskal–Wallis';
  if (groups.length < 2 || groups.some(group => group.length === 0))
    return refuse(what, 'two groups or more, none of them empty', `${groups.length} groups`);
  const values = groups.flat();
  const wrong = unfit(what, values, 2);
  if (wrong) return wrong;
  const n = values.length;
  const {ranks, ties} = midRanks(values);
  const centre = (n + 1) / 2;
  let from = 0;
  const meanRanks = groups.map(({length}) => {
    const own = ranks.slice(from, from + length);
    from += length;
    return sum(own) / length;
  });
  const between = sum(groups.map(({length}, index) => length * ((meanRanks[index] ?? 0) - centre) ** 2));
  const correction = 1 - sum(ties.map(count => count ** 3 - count)) / (n ** 3 - n);
  const freedom = groups.length - 1;
  const apart = farthest(groups, meanRanks, n);
  // All values are equal.
  if (correction <= 0) return answer({h: 0, freedom, p: 1, meanRanks, apart});
  const h = (12 * between) / (n * (n + 1)) / correction;
  return answer({h, freedom, p: chiSquareTail(h, freedom), meanRanks, apart});
}

function farthest(groups: readonly (readonly number[])[], meanRanks: readonly number[], n: number): number {
  const away = groups.map(({length}, index) => {
    const others = (n * (n + 1)) / 2 - length * (meanRanks[index] ?? 0);
    const gap = (meanRanks[index] ?? 0) - others / (n - length);
    return Math.abs(gap) / Math.sqrt(1 / length + 1 / (n - length));
  });
  return away.indexOf(Math.max(...away));
}
