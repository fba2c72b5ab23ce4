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
}

/** How many runs documents are in which one job tells of itself; milliseconds, `elapsed` in seconds. */
function runs(...documents: readonly Told[]): number {
  const text = documents.map(({at, runtime, operations = runtime, elapsed, start, name = 'j'}) => {
    const read = {total_ios: operations, io_bytes: 4096 * operations, runtime};
    return JSON.stringify({timestamp_ms: at, jobs: [{jobname: name, groupid: 0, job_start: start, elapsed, read}]});
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
