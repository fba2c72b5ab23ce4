/** Ranks from 1; equal values share the mean of their ranks. `ties` holds the size of every group of equals. */
export function midRanks(values: readonly number[]): {ranks: readonly number[]; ties: readonly number[]} {
  // Numbers alone are sorted several times as fast as numbers with their places, which a search finds again.
  const sorted = Float64Array.from(values).sort();
  const ties: number[] = [];
  for (let start = 0; start < sorted.length; ) {
    let end = start + 1;
    while (end < sorted.length && sorted[end] === sorted[start]) end++;
    if (end - start > 1) ties.push(end - start);
    start = end;
  }
  const ranks = values.map(value => {
    const first = place(sorted, value, false);
    const end = sorted[first + 1] === value ? place(sorted, value, true) : first + 1;
    return (first + 1 + end) / 2;
  });
  return {ranks, ties};
}

/** How many values are below the given one, or, `upTo` it, not above. By halves, since all may be equal. */
function place(sorted: Float64Array, value: number, upTo: boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = sorted[middle] ?? Number.NaN;
    if (upTo ? at <= value : at < value) low = middle + 1;
    else high = middle;
  }
  return low;
}
