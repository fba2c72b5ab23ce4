/** What is measured beside a recorded crash: a load of the guests that were not struck, and fio as second witness. */
import test, {type ExecutionContext} from 'ava';
import {storedTrial} from '../../fixtures/kit/stored-run.ts';
import type {Artefacts, Measured} from '../../harness/types.ts';
import {logSecondsAt, parseBeacon, uptimeClock} from '../../reports/beacon/index.ts';
import {clockOf, type ResilienceFacts} from './facts.ts';
import {measureResilience} from './measure.ts';

const {artefacts} = await storedTrial('failover/host-crash', 'tuned');
const text = (name: string) => {
  const read = artefacts.text(name);
  if (!read.ok) throw new Error(read.error.found);
  return read.value;
};
const facts: ResilienceFacts = JSON.parse(text('failover.json'));
const other = facts.bystanders[0] ?? '';
const struck = facts.victims[0]?.guest ?? '';

function withMore(more: Readonly<Record<string, unknown>>): Artefacts {
  return {
    names: [...artefacts.names, ...Object.keys(more)],
    text(name) {
      const own = more[name];
      if (own === undefined) return artefacts.text(name);
      return {ok: true, value: typeof own === 'string' ? own : JSON.stringify(own)};
    },
  };
}

/** The fault, and its end, on the clock of the guest that was not struck. */
function faultInGuest(): {from: number; to: number} {
  const log = parseBeacon(text('beacon.log'), 'beacon.log');
  if (!log.ok) throw new Error('no log');
  const clock = clockOf(facts, facts.client);
  const at = (wallMs: number) =>
    (logSecondsAt(log.value, (wallMs + (clock?.offsetMs ?? 0)) / 1000) ?? Number.NaN) -
    (uptimeClock(log.value, other)?.offsetSeconds ?? Number.NaN);
  return {from: at(facts.injection.wallBeforeMs), to: at(facts.waitedUntilWallMs)};
}
const fault = faultInGuest();

/** Writes every 20 ms that took 2 ms; during the fault 30 ms; none for two seconds after it struck. */
function loadLog({perSecond = 50, until = fault.to + 4}: {perSecond?: number; until?: number} = {}): string {
  const lines: string[] = [];
  for (let at = fault.from - 6; at < until; at += 1 / perSecond) {
    if (at > fault.from + 0.5 && at < fault.from + 2.5) continue;
    const took = at > fault.from && at < fault.to ? 30e6 : 2e6;
    lines.push(`${Math.round(at * 1000)}, ${took}, 1, 4096, 0\n`);
  }
  return lines.join('');
}
const loaded = (log: string, why?: string) =>
  measureResilience(
    withMore({
      'load.json': {perSecond: 50, blockBytes: 4096, guests: [{guest: other, ...(why === undefined ? {} : {why})}]},
      [`load-${other}.log`]: log,
    }),
  );
const of = ({samples}: Measured, metric: string, when?: string) =>
  samples.filter(
    each => each.metric === metric && each.labels.guest === other && (when === undefined || each.labels.when === when),
  );

test('other guests: latency before, during and after, the longest time without a write, and the load in every label', t => {
  const measured = loaded(loadLog());
  t.deepEqual(measured.problems, []);
  const p99 = ['before', 'during', 'after'].map(when => of(measured, 'disruption.latency', when)[0]);
  t.deepEqual(
    p99.map(sample => Number(sample?.value.toFixed(3))),
    [0.002, 0.03, 0.002],
  );
  t.true(p99.every(sample => Number(sample?.operations) > 100 && sample?.labels.load === '50 writes/s of 4 KiB'));
  const [gap] = of(measured, 'disruption.io-gap');
  t.true(Math.abs(Number(gap?.value) - 2.02) < 0.03, String(gap?.value));
  t.is(of(measured, 'disruption.gap').length, 1);
});

const nothingOf = (t: ExecutionContext, measured: Measured, found: RegExp) => {
  for (const metric of ['disruption.latency', 'disruption.io-gap']) t.deepEqual(of(measured, metric), []);
  t.true(
    measured.problems.some(problem => found.test(`${problem.expected}: ${problem.found}`)),
    JSON.stringify(measured.problems),
  );
};

test('planted: a load that was weaker, ended early, left no log or never began gives no figure, and says why', t => {
  nothingOf(t, loaded(loadLog({perSecond: 20})), /50 writes a second before the fault: 20\.\d a second/);
  nothingOf(t, loaded(loadLog({until: fault.to - 3})), /until after the fault: one that ended 3\.\d s/);
  nothingOf(t, loaded(''), /an operation of fio: nothing/);
  nothingOf(t, loaded(loadLog(), 'fio does not write in it'), /the load of vm\d: fio does not write/);
  const elsewhere = measureResilience(withMore({'load.json': {perSecond: 50, blockBytes: 4096, guests: []}}));
  nothingOf(t, elsewhere, /the load of vm\d: none/);
});

const witnessed = (own: object, error: number, total_err: number, read = 900) =>
  measureResilience(
    withMore({
      'witness.json': {perSecond: 50, blockBytes: 4096, guests: [{guest: struck, ...own}]},
      [`verify-${struck}.json`]: {jobs: [{error, total_err, read: {total_ios: read}}]},
    }),
  );
const lostBlocks = ({samples}: Measured) => samples.find(({metric}) => metric === 'failover.lost-blocks');

test('second witness: every acknowledged block is there; planted: some are not, and that is critical', t => {
  const whole = witnessed({blocks: 900}, 0, 0);
  t.is(lostBlocks(whole)?.value, 0);
  t.deepEqual([whole.findings, whole.problems], [[], []]);
  const broken = witnessed({blocks: 900}, 84, 7);
  t.is(lostBlocks(broken)?.value, 7);
  t.like(broken.findings, [{severity: 'critical', invariant: 'every acknowledged write is readable'}]);
});

test('planted: what was not written, not read, or read in part is no proof', t => {
  for (const [own, error, read] of [
    [{}, 0, 900],
    [{blocks: 0}, 0, 0],
    [{blocks: 900, why: 'vm1 runs on no node'}, 0, 900],
    [{blocks: 900}, 0, 450],
    [{blocks: 900}, 5, 450],
  ] as const) {
    const measured = witnessed(own, error, 0, read);
    t.is(lostBlocks(measured), undefined);
    t.is(measured.problems.length, 1, JSON.stringify(own));
  }
});
