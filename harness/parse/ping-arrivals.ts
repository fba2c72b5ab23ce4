/** When answers arrived: `ping -D`, of iputils. Pure. */
import type {ParseError, Result} from '../types.ts';
import {parsePing} from './ping.ts';

const stamp = /^\[(\d{1,12}\.\d{6})\] /;

export interface Arrivals {
  /** Wall clock of the host that asked, ascending, seconds. */
  atSeconds: readonly number[];
  /** It added up at its end: nothing is cut off. */
  whole: boolean;
}

/** An error: no output of ping, one that contradicts itself, or answers without the time of their arrival. */
export function pingArrivals(text: string, artefact: string): Result<Arrivals, ParseError> {
  const report = parsePing(text, artefact);
  if (!report.ok) return report;
  const bad = report.value.warnings.find(({kind}) => kind !== 'no-summary');
  if (bad !== undefined) {
    return {ok: false, error: {artefact, path: bad.path, expected: bad.expected, found: bad.found}};
  }
  const lines = text.split('\n');
  const atSeconds: number[] = [];
  for (const {line} of report.value.replies) {
    const [, at] = stamp.exec(lines[line - 1] ?? '') ?? [];
    if (at === undefined) {
      const found = (lines[line - 1] ?? '').slice(0, 120);
      return {ok: false, error: {artefact, path: `line ${line}`, expected: 'an answer with its time (ping -D)', found}};
    }
    atSeconds.push(Number(at));
  }
  const whole = !report.value.warnings.some(({kind}) => kind === 'no-summary');
  return {ok: true, value: {atSeconds, whole}};
}
