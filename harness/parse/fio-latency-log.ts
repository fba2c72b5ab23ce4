/** fio's `write_lat_log`, an operation a line: time in ms, latency in ns, direction, bytes, offset, and more. Pure. */
import type {ParseError, Result} from '../types.ts';

/** Seconds on the clock that the log was told to use. */
export interface LoggedOperation {
  issuedSeconds: number;
  completedSeconds: number;
}

/** fio notes whole milliseconds. */
export const logStepSeconds = 1e-3;

/** In the order of their completion. A line that was cut is an error: what it ended with is not known. */
export function parseLatencyLog(text: string, artefact: string): Result<readonly LoggedOperation[], ParseError> {
  const lines = text.split('\n');
  const last = lines.pop();
  const cut = last !== '' ? lines.length : lines.findIndex(line => !/^\d+, \d+, \d, \d+, \d+(, .*)?$/.test(line));
  if (cut >= 0 || lines.length === 0) {
    const found = lines.length === 0 ? 'nothing' : JSON.stringify((lines[cut] ?? last ?? '').slice(0, 80));
    return {ok: false, error: {artefact, path: `line ${Math.max(0, cut) + 1}`, expected: 'an operation of fio', found}};
  }
  const operations = lines.map((line): LoggedOperation => {
    const [atMs = Number.NaN, nanoseconds = Number.NaN] = line.split(', ').map(Number);
    return {completedSeconds: atMs / 1e3, issuedSeconds: atMs / 1e3 - nanoseconds / 1e9};
  });
  return {ok: true, value: operations.sort((a, b) => a.completedSeconds - b.completedSeconds)};
}
