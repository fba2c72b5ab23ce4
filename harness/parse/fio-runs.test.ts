import test from 'ava';
import {runsIn} from './fio-runs.ts';
import {scanJson} from './json-scan.ts';

interface Told {
  at: number;
  runtime: number;
  operations?: number;
  elapsed?: number;
  start?: number;
  name?: string;
  /** Of its `ramp_time`. */
  ramp?: string;
}

/** How many runs documents are in which one job tells of itself; milliseconds, `elapsed` in seconds. */
function runs(...documents: readonly Told[]): number {
  const text = documents.map(({at, runtime, operations = runtime, elapsed, start, name = 'j', ramp}) => {
    const read = {total_ios: operations, io_bytes: 4096 * operations, runtime};
    const options = ramp === undefined ? {} : {'job options': {ramp_time: ramp}};
    const job = {jobname: name, groupid: 0, job_start: start, elapsed, ...options, read};
    return JSON.stringify({timestamp_ms: at, jobs: [job]});
  });
  return runsIn(scanJson(`${text.join('\n')}\n`).documents).length;
}

test('figures that go on as the clock does are of one run', t => {
  t.is(runs({at: 1000, runtime: 900}, {at: 2000, runtime: 1900}, {at: 2150, runtime: 2001}), 1);
  t.is(runs({at: 1000, runtime: 900, elapsed: 1}, {at: 2000, runtime: 1900, elapsed: 2}), 1);
  t.is(runs({at: 1000, runtime: 0, operations: 0, elapsed: 1}, {at: 31_000, runtime: 20_000, elapsed: 31}), 1);
  // It ended in the meantime, another is at work.
  t.is(runs({at: 10_000, runtime: 9000, elapsed: 10}, {at: 20_000, runtime: 10_000, elapsed: 20}), 1);
  t.is(runs({at: 300, runtime: 514, elapsed: 1}, {at: 603, runtime: 514, elapsed: 2}), 1);
});

test('figures that fall, or repeat when the clock went on, are of another run', t => {
  t.is(runs({at: 1000, runtime: 900}, {at: 60_000, runtime: 800}), 2);
  t.is(runs({at: 1000, runtime: 900}, {at: 60_000, runtime: 900}), 2);
  t.is(runs({at: 1000, runtime: 900, operations: 50}, {at: 1500, runtime: 900, operations: 80}), 2);
  t.is(runs({at: 60_000, runtime: 900}, {at: 1000, runtime: 1000}), 2);
});

test('figures that grow by less than the clock went on are of another run', t => {
  t.is(runs({at: 0, runtime: 900}, {at: 60_000, runtime: 1000}, {at: 120_000, runtime: 1100}), 3);
  t.is(runs({at: 0, runtime: 10_000, elapsed: 11}, {at: 11_500, runtime: 10_001, elapsed: 11}), 2);
  // The second was as much longer as they lie apart.
  t.is(runs({at: 0, runtime: 1000, elapsed: 2}, {at: 10_300, runtime: 10_001, elapsed: 11}), 2);
  // Two short ones, one right after the other: no longer than the time between them.
  t.is(runs({at: 0, runtime: 2000, elapsed: 3}, {at: 2300, runtime: 2001, elapsed: 3}), 2);
  t.is(runs({at: 0, runtime: 250, elapsed: 1}, {at: 300, runtime: 251, elapsed: 1}), 2);
});

test('another job, or another start, is another run', t => {
  t.is(runs({at: 0, runtime: 900}, {at: 100, runtime: 1000, name: 'k'}), 2);
  t.is(runs({at: 0, runtime: 900, start: 5, elapsed: 1}, {at: 100, runtime: 1000, start: 6, elapsed: 1}), 2);
  t.is(runs({at: 0, runtime: 0, operations: 0, start: 0}, {at: 100, runtime: 90, start: 6}), 1);
});

test('where a ramp ends, all begins anew but the clocks: it is one run still', t => {
  const before: Told = {at: 104_000, runtime: 3900, elapsed: 4, start: 100_050, ramp: '5'};
  const after: Told = {at: 108_000, runtime: 2900, elapsed: 8, start: 105_100, ramp: '5s'};
  t.is(runs(before, after), 1);
  t.is(runs({...before, at: 102_000, runtime: 1900, elapsed: 2}, before, after), 1);
  t.is(runs(before, after, {...after, at: 110_000, runtime: 4900, elapsed: 10}), 1);
  // Before 3.36 there is no job_start.
  const unsaid = ({start, ...told}: Told): Told => told;
  t.is(runs(unsaid(before), unsaid(after)), 1);
  const unramped = ({ramp, ...told}: Told): Told => told;
  t.is(runs(unramped(before), unramped(after)), 2);
  t.is(runs(before, {...after, name: 'k'}), 2);
  // After the ramp nothing begins anew, nor before its end.
  t.is(runs({...before, at: 107_000, elapsed: 7}, {...after, at: 111_000, elapsed: 11}), 2);
  t.is(runs({...before, at: 101_500, elapsed: 2}, {...after, at: 103_500, runtime: 1500, elapsed: 4}), 2);
  // A run that was killed in its ramp, and another.
  t.is(runs(before, {...after, at: 160_000, start: 157_100}), 2);
  t.is(runs(before, {...after, at: 114_000, start: 111_100}), 2);
});
