/**
 * How far each host's clock is from the harness's. Times in a host's log mean something to the harness only with this.
 */
import type {Cluster, Host, Result} from '../types.ts';
import {failureMessage, readOnly, succeeded} from './commands.ts';

export interface ClockOffset {
  host: string;
  /** The host's clock minus the harness's, in milliseconds: subtract it from a time in the host's log. */
  offsetMs: number;
  /**
   * The offset is right to ± this much: half of the quickest round trip, and the millisecond that the harness's own
   * clock cuts off.
   */
  halfWidthMs: number;
  /** What the host's local time adds to UTC: logs are stamped in local time. */
  utcOffsetMinutes: number;
  samples: number;
}

/**
 * One look at a clock: the harness's wall clock before and after, and what the host said in between. Milliseconds
 * since 1970.
 */
export interface ClockSample {
  beforeMs: number;
  afterMs: number;
  hostMs: number;
}

/** Date.now() counts whole milliseconds, as the times of an injection do. */
const resolutionMs = 1;

/**
 * Every look bounds the offset from both sides: the host spoke after the one reading of the harness's clock and
 * before the other. All looks together bound it most narrowly: the quickest way there and the quickest way back
 * need not be of one look. Looks that contradict each other (a clock was stepped) leave the narrowest one. Pure;
 * undefined where there is no usable sample.
 */
export function offsetFrom(samples: readonly ClockSample[]): {offsetMs: number; halfWidthMs: number} | undefined {
  // A negative trip is a clock that was stepped in between.
  const bounds = samples
    .filter(({beforeMs, afterMs, hostMs}) => Number.isFinite(hostMs) && afterMs >= beforeMs)
    .map(({beforeMs, afterMs, hostMs}) => ({low: hostMs - afterMs, high: hostMs - beforeMs}));
  const [first, ...others] = bounds;
  if (first === undefined) return undefined;
  const all = {low: Math.max(...bounds.map(({low}) => low)), high: Math.min(...bounds.map(({high}) => high))};
  const narrowest = others.reduce((best, each) => (each.high - each.low < best.high - best.low ? each : best), first);
  const {low, high} = all.high - all.low < -2 * resolutionMs ? narrowest : all;
  return {offsetMs: (low + high) / 2, halfWidthMs: Math.max(0, (high - low) / 2) + resolutionMs};
}

/**
 * A machine that is busy answers late, and now and then at once: it is asked more often, until that is known so
 * well.
 */
const rounds = {least: 5, most: 20};
const enoughMs = 20;

/** Asks one host's clock several times. */
export async function clockOffset(cluster: Cluster, host: Host): Promise<Result<ClockOffset, string>> {
  const samples: ClockSample[] = [];
  const command = readOnly(['date', '+%s.%N %z'], 5_000);
  let utcOffsetMinutes: number | undefined;
  let why = 'no sample';
  for (let round = 0; round < rounds.most; round += 1) {
    if (round >= rounds.least && (offsetFrom(samples)?.halfWidthMs ?? Number.POSITIVE_INFINITY) <= enoughMs) break;
    const beforeMs = Date.now();
    const outcome = await cluster.transport.exec(host, command);
    const afterMs = Date.now();
    if (!succeeded(outcome)) {
      why = failureMessage(host, command, outcome);
      // A host that cannot be reached now will not be reached a millisecond later.
      if (outcome.exit.kind !== 'exited') break;
      continue;
    }
    const said = parseDate(outcome.stdout);
    if (said === undefined) {
      why = `date on ${host.name}: expected seconds, nanoseconds and zone, found "${outcome.stdout.trim().slice(0, 60)}"`;
      continue;
    }
    samples.push({beforeMs, afterMs, hostMs: said.hostMs});
    utcOffsetMinutes = said.utcOffsetMinutes;
  }
  const best = offsetFrom(samples);
  if (best === undefined || utcOffsetMinutes === undefined) return {ok: false, error: why};
  return {ok: true, value: {host: host.name, ...best, utcOffsetMinutes, samples: samples.length}};
}

/** What `date '+%s.%N %z'` prints. Pure. */
export function parseDate(text: string): {hostMs: number; utcOffsetMinutes: number} | undefined {
  const match = /^(\d{9,11}\.\d{9}) ([+-])(\d{2})(\d{2})$/.exec(text.trim());
  if (match === null) return undefined;
  const minutes = Number(match[3]) * 60 + Number(match[4]);
  return {hostMs: Number(match[1]) * 1000, utcOffsetMinutes: match[2] === '-' ? -minutes : minutes};
}

/** Offsets of all hosts that answer, and the reasons of those that do not. */
export async function clockOffsets(
  cluster: Cluster,
  hosts: readonly Host[],
): Promise<{offsets: readonly ClockOffset[]; silent: readonly {host: string; reason: string}[]}> {
  // One after the other: rounds at once would lengthen each other's trips.
  const offsets: ClockOffset[] = [];
  const silent: {host: string; reason: string}[] = [];
  for (const host of hosts) {
    const offset = await clockOffset(cluster, host);
    if (offset.ok) offsets.push(offset.value);
    else silent.push({host: host.name, reason: offset.error});
  }
  return {offsets, silent};
}

// ───────────────────────────── steps ─────────────────────────────

/** One host's clocks at one moment, beside the harness's own. All in milliseconds. */
export interface ClockReading {
  host: string;
  /** The harness's monotonic clock around the reading. */
  beforeMs: number;
  afterMs: number;
  /** The host's boot, its time since then before and after its wall clock was read, and that wall clock. */
  bootId: string;
  uptimeBeforeMs: number;
  uptimeAfterMs: number;
  wallMs: number;
}

/** /proc/uptime counts hundredths of a second. */
const uptimeResolutionMs = 10;
/**
 * The fastest that a kernel slews a clock (adjtimex(2): 500 parts in a million); more than that is a step, or as
 * good as one.
 */
const slewRatio = 500e-6;

/** Boot id, uptime, wall clock and uptime again, each on a line. */
const readClocks = [
  'sh',
  '-c',
  'cat /proc/sys/kernel/random/boot_id /proc/uptime; date +%s.%N; cat /proc/uptime',
] as const;

/**
 * Reads the clocks of the harness (as host `seatrial`) and of every host, one after the other. Errors are
 * sentences.
 */
export async function clockReadings(
  cluster: Cluster,
  hosts: readonly Host[],
): Promise<Result<readonly ClockReading[], string>> {
  const readings: ClockReading[] = [ownClocks()];
  for (const host of hosts) {
    const command = readOnly(readClocks, 5_000);
    const beforeMs = performance.now();
    const outcome = await cluster.transport.exec(host, command);
    const afterMs = performance.now();
    if (!succeeded(outcome))
      return {ok: false, error: `the clock cannot be read: ${failureMessage(host, command, outcome)}`};
    const said = parseClocks(outcome.stdout);
    if (said === undefined) {
      const found = JSON.stringify(outcome.stdout.slice(0, 120));
      return {ok: false, error: `the clock of ${host.name}: expected boot id, uptime and date, found ${found}`};
    }
    readings.push({host: host.name, beforeMs, afterMs, ...said});
  }
  return {ok: true, value: readings};
}

/** The harness's own: its monotonic clock is the uptime. */
function ownClocks(): ClockReading {
  const [beforeMs, wallMs, afterMs] = [performance.now(), Date.now(), performance.now()];
  return {host: 'seatrial', bootId: '', beforeMs, afterMs, uptimeBeforeMs: beforeMs, uptimeAfterMs: afterMs, wallMs};
}

/** What the reading printed. Pure. */
export function parseClocks(text: string): Omit<ClockReading, 'host' | 'beforeMs' | 'afterMs'> | undefined {
  const shape = /^([0-9a-f-]{36})\n(\d+\.\d+) \S+\n(\d{9,11}\.\d{9})\n(\d+\.\d+) \S+\n$/;
  const [, bootId, before, wall, after] = shape.exec(text) ?? [];
  if (bootId === undefined) return undefined;
  return {
    bootId,
    uptimeBeforeMs: Number(before) * 1000,
    uptimeAfterMs: Number(after) * 1000,
    wallMs: Number(wall) * 1000,
  };
}

/**
 * A sentence for each clock whose wall time went on otherwise than monotonic time between two readings, by more
 * than reading and slewing explain. Measured against the host's own uptime, or, where the host was booted in
 * between, against the harness's monotonic clock. Two steps that undo each other between the readings are not seen.
 * Pure.
 */
export function clockSteps(before: readonly ClockReading[], after: readonly ClockReading[]): readonly string[] {
  return before.flatMap(first => {
    const second = after.find(({host}) => host === first.host);
    if (second === undefined) return [`the clock of ${first.host} was not read again: a step cannot be excluded`];
    const sameBoot = first.bootId === second.bootId && second.uptimeBeforeMs >= first.uptimeAfterMs;
    const [from, to] = sameBoot ? [uptimeOf(first), uptimeOf(second)] : [tripOf(first), tripOf(second)];
    const passedMs = to.atMs - from.atMs;
    const stepMs = second.wallMs - first.wallMs - passedMs;
    const explainedMs = from.halfWidthMs + to.halfWidthMs + passedMs * slewRatio;
    return Math.abs(stepMs) <= explainedMs
      ? []
      : [
          `the clock of ${first.host} was stepped by ${(stepMs / 1000).toFixed(3)} s (reading it explains ${(explainedMs / 1000).toFixed(3)} s)`,
        ];
  });
}

function uptimeOf({uptimeBeforeMs, uptimeAfterMs}: ClockReading): {atMs: number; halfWidthMs: number} {
  const halfWidthMs = (uptimeAfterMs - uptimeBeforeMs) / 2 + uptimeResolutionMs;
  return {atMs: (uptimeBeforeMs + uptimeAfterMs) / 2, halfWidthMs};
}

function tripOf({beforeMs, afterMs}: ClockReading): {atMs: number; halfWidthMs: number} {
  return {atMs: (beforeMs + afterMs) / 2, halfWidthMs: (afterMs - beforeMs) / 2 + resolutionMs};
}
