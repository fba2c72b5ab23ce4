/** How fast a guest writes, and when it does so again as before. */
import type {BeaconLog, BeaconReply} from '../../harness/parse/beacon-log.ts';
import {median} from '../stats/numbers.ts';
import {beaconTarget} from './blackouts.ts';

/** Seconds over which a rate is taken. */
export const rateWindowSeconds = 1;
/** Of the rate before: what counts as back. */
const backShare = 0.95;
/** Whole windows before the fault that tell how it was. */
const fewestWindows = 2;

export interface RateBack {
  /** Acknowledged durable writes a second before the fault: the median of its whole seconds. */
  before: number;
  /** Beginning of the first second in which a later life wrote at 95 % of that; absent where none did. */
  atSeconds?: number;
}

/** `faultSeconds`: a time of the log. Undefined where too little was seen before the fault to tell how it was. */
export function rateBack(log: BeaconLog, name: string, faultSeconds: number, bootId: string): RateBack | undefined {
  const target = beaconTarget(log, name);
  const replies = target?.replies.filter(({durable}) => durable !== undefined) ?? [];
  const earlier = replies.filter(({atSeconds}) => atSeconds < faultSeconds);
  const from = earlier[0]?.atSeconds ?? faultSeconds;
  const windows = Math.floor((faultSeconds - from) / rateWindowSeconds);
  if (windows < fewestWindows) return undefined;
  const before = median(
    Array.from({length: windows}, (_, index) => writesIn(earlier, faultSeconds - (index + 1) * rateWindowSeconds)),
  );
  if (!(before > 0)) return undefined;
  const own = replies.filter(({life}) => target?.lives[life]?.bootId === bootId);
  const back = firstFast(own, backShare * before, log.endSeconds);
  return {before, ...(back === undefined ? {} : {atSeconds: back})};
}

/** Beginning of the first whole second until `endSeconds` with so many writes. */
function firstFast(replies: readonly BeaconReply[], fewest: number, endSeconds: number): number | undefined {
  let last = 0;
  for (const [index, first] of replies.entries()) {
    const until = first.atSeconds + rateWindowSeconds;
    if (until > endSeconds) return undefined;
    while ((replies[last + 1]?.atSeconds ?? Number.POSITIVE_INFINITY) <= until) last += 1;
    if (writesBetween(first, replies[Math.max(last, index)]) >= fewest) return first.atSeconds;
  }
  return undefined;
}

/** Writes acknowledged in the second from then on, by the numbers of the ledger. */
function writesIn(replies: readonly BeaconReply[], fromSeconds: number): number {
  const inside = replies.filter(
    ({atSeconds}) => atSeconds >= fromSeconds && atSeconds <= fromSeconds + rateWindowSeconds,
  );
  return writesBetween(inside[0], inside.at(-1));
}

function writesBetween(first: BeaconReply | undefined, last: BeaconReply | undefined): number {
  return (last?.durable?.record ?? 0) - (first?.durable?.record ?? 0);
}
