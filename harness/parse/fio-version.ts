/** fio 3.12 is 3012: versions in their order. */
export type FioVersion = number;

/**
 * When fio's JSON became what the parser reads, from fio's own history. What a version did not print yet may lack; from
 * the version that prints it on, it must be there.
 */
export const fioVersions = {
  /** `bw_bytes` beside `bw`, which is in KiB/s (aedd021d). */
  bytesPerSecond: 3002,
  /** `sync` beside the directions: latencies of fsync and the like (b2b3eefe). */
  syncs: 3004,
  /** Percentiles stand beside the bins that they are taken from (e5eb6fbf). */
  percentilesInPlace: 3013,
  /** `N`, the number of latencies measured (56440e63). */
  sampleCounts: 3018,
  /** Options without a value, such as `time_based`, are printed (4a1f2a5b). */
  flags: 3039,
} as const;

/**
 * Of `fio-3.33`, `fio-3.28-12-g6ba37` or the like. A version that cannot be read counts as the newest, of which most is
 * asked.
 */
export function fioVersionOf(text: string): FioVersion {
  const parts = /^fio-(\d+)\.(\d+)/.exec(text);
  return parts === null ? Number.POSITIVE_INFINITY : Number(parts[1]) * 1000 + Number(parts[2]);
}
