/** Durations as Pacemaker and its resources write them: `30`, `30s`, `1500ms`, `2m`. Pure. */
const milliseconds: Readonly<Record<string, number>> = {
  ms: 1,
  msec: 1,
  s: 1000,
  sec: 1000,
  '': 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
};

/** In milliseconds; undefined for what is no duration. A bare number counts seconds. */
export function durationMs(text: string): number | undefined {
  const match = /^(\d+)(ms|msec|s|sec|m|min|h|)$/.exec(text.trim());
  const factor = milliseconds[match?.[2] ?? 'none'];
  return match === null || factor === undefined ? undefined : Number(match[1]) * factor;
}

/** `1s` and `1000ms` are the same; what are no durations must be the same text. */
export function sameDuration(asked: string, found: string): boolean {
  const [a, b] = [durationMs(asked), durationMs(found)];
  return a !== undefined && b !== undefined ? a === b : asked === found;
}
