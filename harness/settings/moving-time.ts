/**
 * The time-out of a migration by the guest's size: `memory at 100 MiB/s`. Twice what its memory takes at that rate, for
 * what is written meanwhile, and 10 s to begin and end. Never longer than the 120 s that the agent advises. Pure.
 */
const leastSeconds = 30;
const mostSeconds = 120;
const aroundSeconds = 10;

const pattern = /^memory at ([1-9]\d{0,5}) MiB\/s$/;

/** Other values are given back as they are. */
export function movingTime(value: string, memoryBytes: number): string {
  const rate = pattern.exec(value)?.[1];
  if (rate === undefined) return value;
  const seconds = Math.ceil(aroundSeconds + (2 * memoryBytes) / (Number(rate) * 1024 ** 2));
  return `${Math.min(mostSeconds, Math.max(leastSeconds, seconds))}s`;
}
