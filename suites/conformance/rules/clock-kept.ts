/** C-27. */
import {answer, given, holds, unknown, violated} from '../read.ts';
import {host} from '../readings.ts';
import type {Rule, RuleState} from '../rule.ts';

/** From here on Ceph's monitors warn (mon_clock_drift_allowed). */
const mostSeconds = 0.05;

export const clockKept: Rule = {
  id: 'C-27',
  title: 'The clock is kept by a time server, to 50 ms',
  claim: 'ha.detect',
  severity: 'major',
  why: 'Monitors of Ceph lose their quorum when clocks drift apart, and no times of two hosts can be compared.',
  source: 'docs.ceph.com, mon_clock_drift_allowed (0.05 s); chronyc(1), tracking',
  where: 'host',
  needs: {},
  read: about => [host(about)],
  check: readings =>
    given(answer(readings, 'time'), lines => {
      const [first = ''] = lines;
      const fields = first.split(',');
      if (fields.length >= 14) return byChrony(fields);
      if (!first.startsWith('timedatectl ')) return unknown(`neither chrony nor timedatectl: ${first}`);
      if (first !== 'timedatectl yes') return violated('timedatectl says that no time server keeps it');
      const [, digits, unit] = /Offset: ([+-]?[\d.]+)(us|ms|s)$/m.exec(lines.join('\n')) ?? [];
      if (digits === undefined) return unknown('timedatectl says that it is kept, and not how well');
      return byOffset(offsetOf(digits) * (unit === 'us' ? 1e-6 : unit === 'ms' ? 1e-3 : 1), true, 'timesyncd');
    }),
  mend: 'apt-get install chrony, and name the time servers of the site on every host',
};

/** An empty field is no offset of 0. */
function offsetOf(text: string | undefined): number {
  return /^[+-]?\d/.test(text ?? '') ? Number(text) : Number.NaN;
}

/** chrony says 0 s off of a clock that nobody keeps; of one that lost its servers, what it was at their last word. */
function byChrony(fields: readonly string[]): RuleState {
  const [reference = '', , , , offset] = fields;
  const who = `chrony, ${fields[13]}`;
  if (/^7F7F01/i.test(reference)) return violated('chrony keeps it by itself: its reference is the local clock');
  const judged = byOffset(offsetOf(offset), fields[13] === 'Normal', who);
  // What the clock may be off beside that: half the way to the server, and what has come together since.
  const doubt = offsetOf(fields[10]) / 2 + offsetOf(fields[11]);
  if (judged.state !== 'holds') return judged;
  if (!Number.isFinite(doubt)) return unknown(`${who}: it does not say how sure it is`);
  const most = Math.abs(offsetOf(offset)) + doubt;
  return most <= mostSeconds ? judged : unknown(`${who}: it may be off by ${(most * 1000).toFixed(0)} ms`);
}

function byOffset(seconds: number, kept: boolean, who: string): RuleState {
  if (!Number.isFinite(seconds)) return unknown(`${who}: its offset is no number`);
  const found = `${who}, ${(seconds * 1000).toFixed(1)} ms off`;
  return kept && Math.abs(seconds) <= mostSeconds ? holds(found) : violated(found);
}
