import {answer, refuse, type Stat} from './error.ts';

/**
 * A latency histogram as fio's json+ prints it: [midpoint of the bin in ns, completions in it], ascending by midpoint.
 * Empty bins are left out. Source of the layout: fio's stat.h and stat.c (`plat_val_to_idx`, `plat_idx_to_val`).
 */
export type Bins = readonly (readonly [valueNs: number, count: number])[];

/** A percentile read off a histogram, in ns. The true one lies in `value ± halfWidth`. */
export interface BinQuantile {
  value: number;
  halfWidth: number;
  /** It fell in fio's last bin, which takes everything from there up: the value is a lower bound only. */
  saturated?: true;
}

/** Bits of a latency that fio keeps below its most significant one. */
const bits = 6;
/** Below 2^(bits+1) ns each bin is one nanosecond wide and its key is exact. */
const exactBelow = 2 ** (bits + 1);
/** Midpoint of fio's last bin, 17.11 s. Every longer wait is counted there too. */
export const lastBinNs = 2 ** 33 + 63.5 * 2 ** 27;

/**
 * Half the width of the fio bin whose midpoint is `valueNs`, in ns: 0 below 128 ns, then 2^(⌊log₂ v⌋−7), which is at most
 * v/128. Keys of other tools' histograms get the same, safe, width.
 */
export function binHalfWidth(valueNs: number): number {
  if (valueNs < exactBelow) return 0;
  return 2 ** (Math.floor(Math.log2(valueNs)) - bits - 1);
}

/** Adds histograms up, key by key: over jobs, guests and hosts. Percentiles are taken after this, never averaged. */
export function mergeBins(bins: readonly Bins[]): Bins {
  const counts = new Map<number, number>();
  for (const one of bins) for (const [valueNs, count] of one) counts.set(valueNs, (counts.get(valueNs) ?? 0) + count);
  return [...counts].sort((a, b) => a[0] - b[0]);
}

/** Completions in all bins together. */
export function totalOfBins(bins: Bins): number {
  return bins.reduce((sum, [, count]) => sum + count, 0);
}

/**
 * The quantile `p` (0…1; 0.99 is P99) of a histogram: the first bin whose cumulative count is ≥ p·N, as fio itself does.
 * Refused: no completions (missing is not 0), p outside 0…1, a key or count that is negative or not finite, keys not ascending.
 */
export function quantileFromBins(bins: Bins, p: number): Stat<BinQuantile> {
  const what = 'quantile of a histogram';
  if (!(p >= 0 && p <= 1)) return refuse(what, 'p from 0 to 1', String(p));
  let total = 0;
  let previous = Number.NEGATIVE_INFINITY;
  for (const [valueNs, count] of bins) {
    if (!Number.isFinite(valueNs) || valueNs < 0) return refuse(what, 'bin keys ≥ 0', String(valueNs));
    if (!Number.isFinite(count) || count < 0) return refuse(what, 'counts ≥ 0', String(count));
    if (valueNs <= previous) return refuse(what, 'bin keys ascending', `${valueNs} after ${previous}`);
    previous = valueNs;
    total += count;
  }
  if (total === 0) return refuse(what, 'at least 1 completion', 'none');
  // 0.07 · 100 is 7.000000000000001 in binary: a hair off, so that a whole number of completions stays whole.
  const wanted = p * total * (1 - 1e-12);
  let cumulative = 0;
  for (const [valueNs, count] of bins) {
    cumulative += count;
    if (count === 0 || cumulative < wanted) continue;
    const halfWidth = binHalfWidth(valueNs);
    return answer(valueNs >= lastBinNs ? {value: valueNs, halfWidth, saturated: true} : {value: valueNs, halfWidth});
  }
  return refuse(what, 'counts that add up', String(total));
}
