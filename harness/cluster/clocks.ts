/**
 * How far each host's clock is from the harness's. Times in a host's log mean something to the harness only with this.
 */
import type {Cluster, Host, Result} from '../types.ts';
import {complaint, look, succeeded} from './ask.ts';

export interface ClockOffset {
  host: string;
  /** The host's clock minus the harness's, in milliseconds: subtract it from a time in the host's log. */
  offsetMs: number;
  /** The offset is right to ± this much: half of the quickest round trip, and the millisecond that the harness's own clock cuts off. */
  halfWidthMs: number;
  /** What the host's local time adds to UTC: logs are stamped in local time. */
  utcOffsetMinutes: number;
  samples: number;
}

/** One look at a clock: the harness's wall clock before and after, and what the host said in between. Milliseconds since 1970. */
export interface ClockSample {
  beforeMs: number;
  afterMs: number;
  hostMs: number;
}

/** Date.now() counts whole milliseconds, as the times of an injection do. */
const resolutionMs = 1;

/** The quickest round trip bounds the offset most narrowly. Pure; undefined where there is no usable sample. */
export function offsetFrom(samples: readonly ClockSample[]): {offsetMs: number; halfWidthMs: number} | undefined {
  let best: {offsetMs: number; halfWidthMs: number} | undefined;
  for (const {beforeMs, afterMs, hostMs} of samples) {
    const tripMs = afterMs - beforeMs;
    // A negative trip is a clock that was stepped in between.
    if (!Number.isFinite(hostMs) || tripMs < 0) continue;
    const halfWidthMs = tripMs / 2 + resolutionMs;
    if (best === undefined || halfWidthMs < best.halfWidthMs) {
      best = {offsetMs: hostMs - (beforeMs + afterMs) / 2, halfWidthMs};
    }
  }
  return best;
}

/** Asks one host's clock several times. */
export async function clockOffset(cluster: Cluster, host: Host, rounds = 5): Promise<Result<ClockOffset, string>> {
  const samples: ClockSample[] = [];
  const command = look(['date', '+%s.%N %z'], 5_000);
  let utcOffsetMinutes: number | undefined;
  let why = 'no sample';
  for (let round = 0; round < rounds; round += 1) {
    const beforeMs = Date.now();
    const outcome = await cluster.transport.exec(host, command);
    const afterMs = Date.now();
    if (!succeeded(outcome)) {
      why = complaint(host, command, outcome);
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
