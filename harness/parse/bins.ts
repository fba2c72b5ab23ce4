import {answer, refuse, type Stat} from './answer.ts';

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
 * Half the width of the fio bin whose midpoint is `valueNs`, in ns: 0 below 128 ns, then 2^(⌊log₂ v⌋−7), which is at
 * most v/128. Keys of other tools' histograms get the same, safe, width.
 */
export function binHalfWidth(valueNs: number): number {
  if (valueNs < exactBelow) return 0;
  if (valueNs >= 2 ** 53) return 2 ** (Math.floor(Math.log2(valueNs)) - bits - 1);
  // Shifts: a power that is not constant takes ten times as long, and there are hundreds of bins in a file.
  if (valueNs < 2 ** 32) return 1 << (31 - Math.clz32(valueNs) - bits - 1);
  return 2 ** (32 - bits - 1) * (1 << (31 - Math.clz32(valueNs / 2 ** 32)));
}

/** Adds histograms up one by one; it holds no more than one count a bin, however many are added. */
export interface BinSum {
  add(bins: Bins): void;
  /** The sum so far, ascending. */
  result(): Bins;
}

export function sumOfBins(): BinSum {
  const counts = new Map<number, number>();
  return {
    add(bins) {
      // By index: taking pairs apart is several times as slow.
      for (const bin of bins) counts.set(bin[0], (counts.get(bin[0]) ?? 0) + bin[1]);
    },
    result: () => [...counts].sort((a, b) => a[0] - b[0]),
  };
}

/** Adds histograms up, key by key: over jobs, guests and hosts. Percentiles are taken after this, never averaged. */
export function mergeBins(bins: readonly Bins[]): Bins {
  const sum = sumOfBins();
  for (const one of bins) sum.add(one);
  return sum.result();
}

/** Completions in all bins together. */
export function totalOfBins(bins: Bins): number {
  let total = 0;
  for (const bin of bins) total += bin[1];
  return total;
}

const what = 'quantile of a histogram';

/** `quantilesFromBins` for one. */
export function quantileFromBins(bins: Bins, p: number): Stat<BinQuantile> {
  const all = quantilesFromBins(bins, [p]);
  if (!all.ok) return all;
  const [one] = all.value;
  return one === undefined ? refuse(what, 'one p', 'none') : answer(one);
}

/**
 * The quantiles `ps` (each 0…1; 0.99 is P99) of a histogram, in the order of `ps`: the first bin whose cumulative count
 * is ≥ p·N, as fio itself does. Where p·N is a whole number in decimals the percentile's binary value decides, without
 * rounding: 99.9 is a hair above its decimals and takes the next bin, 99 stays. That is the bin that fio prints, in
 * every recording from 3.14 on (before 298d751e it rounded to doubles, and with that sometimes stayed). Refused: no
 * completions (missing is not 0), p outside 0…1, a key that is negative or not finite, a count that is no whole number
 * ≥ 0, keys not ascending.
 */
export function quantilesFromBins(bins: Bins, ps: readonly number[]): Stat<readonly BinQuantile[]> {
  for (const p of ps) if (!(p >= 0 && p <= 1)) return refuse(what, 'p from 0 to 1', String(p));
  let total = 0;
  let previous = Number.NEGATIVE_INFINITY;
  for (const bin of bins) {
    const valueNs = bin[0];
    const count = bin[1];
    if (!Number.isFinite(valueNs) || valueNs < 0) return refuse(what, 'bin keys ≥ 0', String(valueNs));
    if (!Number.isSafeInteger(count) || count < 0)
      return refuse(what, 'counts that are whole numbers ≥ 0', String(count));
    if (valueNs <= previous) return refuse(what, 'bin keys ascending', `${valueNs} after ${previous}`);
    previous = valueNs;
    total += count;
  }
  if (total === 0) return refuse(what, 'at least 1 completion', 'none');
  if (!Number.isSafeInteger(total)) return refuse(what, 'at most 2^53 completions', String(total));
  const wanted = ps.map((p, index) => ({index, count: completionsWanted(p, total)})).sort((a, b) => a.count - b.count);
  const found: BinQuantile[] = [];
  let cumulative = 0;
  let next = 0;
  for (const bin of bins) {
    cumulative += bin[1];
    for (let one = wanted[next]; one !== undefined && one.count <= cumulative; one = wanted[next]) {
      found[one.index] = quantileAt(bin[0]);
      next += 1;
    }
  }
  return answer(found);
}

function quantileAt(valueNs: number): BinQuantile {
  const halfWidth = binHalfWidth(valueNs);
  return valueNs >= lastBinNs ? {value: valueNs, halfWidth, saturated: true} : {value: valueNs, halfWidth};
}

/** The least whole number ≥ p·`total`, from 1 to `total`. */
function completionsWanted(p: number, total: number): number {
  const product = p * total;
  const onEdge = Math.abs(product - Math.round(product)) <= product * 1e-14;
  return Math.min(Math.max(1, onEdge ? wantedExactly(p, total) : Math.ceil(product)), total);
}

/**
 * A double times this is a whole number, for every percentile from 2^-48 on; what is smaller wants the first bin in any
 * case.
 */
const scale = 2 ** 100;

function wantedExactly(p: number, total: number): number {
  // The percentile that p means, in decimals, as fio is given it: 0.07 · 100 would be 7.000000000000001.
  const percentile = Number((p * 100).toPrecision(14));
  const hundredth = 100n * BigInt(scale);
  return Number((BigInt(Math.trunc(percentile * scale)) * BigInt(total) + hundredth - 1n) / hundredth);
}
