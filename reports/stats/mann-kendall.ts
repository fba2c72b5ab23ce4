import {answer, type Stat} from '../../harness/parse/answer.ts';
import {normalCdf, normalQuantile} from './distributions.ts';
import {ascending, sum, unfit} from './numbers.ts';
import {midRanks} from './ranks.ts';

/** Whether values drift in the order in which they were measured. */
export interface Trend {
  n: number;
  /** Pairs of which the later is larger, less those of which it is smaller. */
  s: number;
  /** One-sided: the chance of an S as far from 0 on its side, were the order random. */
  p: number;
}

/** The same, and by how much. */
export interface MannKendall extends Trend {
  /** From one value to the next: the median over all pairs. */
  slope: number;
}

/** So many values without ties have an exact p. */
const mostExact = 40;

/**
 * The Mann–Kendall test for a monotonic trend (Mann 1945; Kendall 1975), with the slope of Theil 1950 and Sen 1968. No
 * distribution is assumed, and outliers hardly move the slope. Exact up to 40 values without ties, else the normal
 * approximation with corrections for ties and continuity. Values that depend on each other look like a trend too. Needs
 * 4 values.
 */
export function mannKendall(values: readonly number[]): Stat<MannKendall> {
  const trend = trendOf(values);
  return trend.ok ? answer({...trend.value, slope: middle(pairSlopes(values))}) : trend;
}

/** The test without the slope, which takes most of the time. */
export function trendOf(values: readonly number[]): Stat<Trend> {
  const wrong = unfit('Mann–Kendall', values, 4);
  if (wrong) return wrong;
  const n = values.length;
  const given = Float64Array.from(values);
  let s = 0;
  for (let later = 1; later < n; later++) {
    for (let earlier = 0; earlier < later; earlier++) s += Math.sign((given[later] ?? 0) - (given[earlier] ?? 0));
  }
  const {ties} = midRanks(values);
  const p = ties.length === 0 && n <= mostExact ? exactly(Math.abs(s), n) : nearly(Math.abs(s), n, ties);
  return answer({n, s, p});
}

/** From each value to each later one, ascending. */
export function pairSlopes(values: readonly number[]): Float64Array {
  const n = values.length;
  const given = Float64Array.from(values);
  const slopes = new Float64Array((n * (n - 1)) / 2);
  let at = 0;
  for (let later = 1; later < n; later++) {
    for (let earlier = 0; earlier < later; earlier++) {
      slopes[at++] = ((given[later] ?? 0) - (given[earlier] ?? 0)) / (later - earlier);
    }
  }
  return slopes.sort();
}

/**
 * How many pairs out of order, or fewer, n values without a drift have with this chance. Between two numbers of pairs
 * it is interpolated, as Hettmansperger & Sheather 1986 do for a median; below 0 where even none is likelier.
 */
export function mostDiscordant(values: readonly number[], chance: number): number {
  const n = values.length;
  const {ties} = midRanks(values);
  if (ties.length > 0 || n > mostExact) {
    const pairs = (n * (n - 1)) / 2;
    return (pairs - 1 - normalQuantile(1 - chance) * Math.sqrt(varianceOf(n, ties))) / 2;
  }
  let [most, left] = [-1, chance];
  for (const one of chancesOf(n)) {
    if (one > left) return most + left / one;
    left -= one;
    most += 1;
  }
  return most;
}

/** The middle of ascending numbers. */
export function middle(sorted: Float64Array): number {
  const [low, high] = [sorted[(sorted.length - 1) >> 1] ?? 0, sorted[sorted.length >> 1] ?? 0];
  return low / 2 + high / 2;
}

const chances = new Map<number, readonly number[]>();

/** P(S ≥ s) of n values without ties: how many orders have at most so many pairs out of order. */
function exactly(s: number, n: number): number {
  const discordant = ((n * (n - 1)) / 2 - s) / 2;
  return sum(ascending(chancesOf(n).slice(0, discordant + 1)));
}

/** The chances of 0, 1, 2 … pairs out of order: the k-th value is put before 0 … k − 1 of those before it. */
function chancesOf(n: number): readonly number[] {
  const known = chances.get(n);
  if (known !== undefined) return known;
  let of: readonly number[] = [1];
  for (let k = 2; k <= n; k++) {
    const before = of;
    const at = (index: number) => before[index] ?? 0;
    let within = 0;
    of = Array.from({length: before.length + k - 1}, (_, index) => {
      within += at(index) - at(index - k);
      return Math.max(0, within) / k;
    });
  }
  chances.set(n, of);
  return of;
}

function nearly(s: number, n: number, ties: readonly number[]): number {
  const variance = varianceOf(n, ties);
  return variance <= 0 ? 0.5 : 1 - normalCdf(Math.max(0, s - 1) / Math.sqrt(variance));
}

/** Of S, where the order is random. */
function varianceOf(n: number, ties: readonly number[]): number {
  const spread = (count: number) => count * (count - 1) * (2 * count + 5);
  return (spread(n) - sum(ties.map(spread))) / 18;
}
