/** What small watches print: lines of a time, by the host's own clock, and the numbers that were found then. */
import type {ParseError, Result} from '../types.ts';

export interface TimedNumbers {
  /** Seconds since 1970. */
  at: number;
  numbers: readonly number[];
}

/** Any text in. What follows the last line end was cut off. */
export function parseTimedNumbers(log: string, artefact: string): Result<readonly TimedNumbers[], ParseError> {
  const looks: TimedNumbers[] = [];
  for (const [index, line] of log.split('\n').slice(0, -1).entries()) {
    const [at, ...numbers] = line.trim().split(/\s+/).map(Number);
    if (at === undefined || numbers.length === 0 || ![at, ...numbers].every(Number.isFinite)) {
      const expected = 'a time and what was found, in numbers';
      return {ok: false, error: {artefact, path: `line ${index + 1}`, expected, found: line.slice(0, 80)}};
    }
    looks.push({at, numbers});
  }
  return {ok: true, value: looks};
}
