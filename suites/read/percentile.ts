/** How percentiles are written in targets. reports/percentile.ts reads the labels of samples alike. */

/** What latency may be asked for beside `p99` and the like. */
export const latencyFigures: readonly string[] = ['min', 'mean', 'max'];

/** `p99.9`, `99.9`, `99.90` → `p99.9`. Nothing for what is no percentile, or may mean two. */
export function readPercentile(text: string): string | undefined {
  const number = /^p?(\d+(?:\.\d+)?)$/.exec(text)?.[1];
  return number !== undefined && Number(number) >= 1 && Number(number) < 100 ? `p${Number(number)}` : undefined;
}

/** What to write in the place of a percentile that is none. */
export function percentileHint(text: string): string | undefined {
  const number = Number(/^p?(\d+(?:\.\d+)?)$/.exec(text)?.[1] ?? Number.NaN);
  if (number === 0) return 'say "percentile: min" for the least';
  if (number === 100) return 'say "percentile: max" for the most';
  if (!(number < 1)) return undefined;
  const percent = Number((100 * number).toPrecision(12));
  return `percentiles are written in per cent: p${percent}, not p${number}, which may mean the fastest ${number} %`;
}
