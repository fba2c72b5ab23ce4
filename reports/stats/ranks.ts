/** Ranks from 1; equal values share the mean of their ranks. `ties` holds the size of every group of equals. */
export function midRanks(values: readonly number[]): {ranks: readonly number[]; ties: readonly number[]} {
  const order = values.map((value, index) => ({value, index})).sort((a, b) => a.value - b.value);
  const ranks = new Array<number>(values.length).fill(Number.NaN);
  const ties: number[] = [];
  for (let start = 0; start < order.length; ) {
    let end = start + 1;
    while (end < order.length && order[end]?.value === order[start]?.value) end++;
    for (const {index} of order.slice(start, end)) ranks[index] = (start + 1 + end) / 2;
    if (end - start > 1) ties.push(end - start);
    start = end;
  }
  return {ranks, ties};
}
