/** Values of options: a wrong one is refused with what was expected. */
import {InvalidArgumentError} from 'commander';

/** A whole number from `low` to `high`. */
export function whole(low: number, high: number): (text: string) => number {
  return text => {
    const value = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (Number.isSafeInteger(value) && value >= low && value <= high) return value;
    throw new InvalidArgumentError(`Expected a whole number from ${low} to ${high}.`);
  };
}

/** Comma-separated or given several times. */
export function listed(text: string, before: readonly string[] = []): readonly string[] {
  const names = text
    .split(',')
    .map(name => name.trim())
    .filter(name => name !== '');
  if (names.length === 0) throw new InvalidArgumentError('Expected one or more names.');
  return [...before, ...names];
}

/** `90s`, `30m`, `8h`, `1h30m`: seconds, from a minute to 30 days. */
export function lasting(text: string): number {
  const parts = /^(?:(\d{1,5})h)?(?:(\d{1,5})m)?(?:(\d{1,7})s)?$/.exec(text)?.slice(1);
  const seconds = (parts ?? []).reduce((sum, part, index) => sum + Number(part ?? 0) * ([3600, 60, 1][index] ?? 0), 0);
  if (seconds >= 60 && seconds <= 30 * 86_400) return seconds;
  throw new InvalidArgumentError('Expected a time from 60s to 720h, such as 30m, 8h or 1h30m.');
}
