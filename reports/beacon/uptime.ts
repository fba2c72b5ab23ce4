/** The clock of a guest since its boot on the clock of the log: every reply carries it. */
import type {BeaconLog} from '../../harness/parse/beacon-log.ts';
import {beaconTarget} from './blackouts.ts';

export interface UptimeClock {
  /** To be added to the guest's time since boot; the truth is at most `halfWidthSeconds` away. */
  offsetSeconds: number;
  halfWidthSeconds: number;
}

/** By the quickest reply of the guest's first life in the log; undefined without one. */
export function uptimeClock(log: BeaconLog, name: string): UptimeClock | undefined {
  const target = beaconTarget(log, name);
  const bootId = target?.lives[0]?.bootId;
  if (target === undefined || bootId === undefined) return undefined;
  const sent = new Map(target.requests.map(({request, sentSeconds}) => [request, sentSeconds]));
  let best: UptimeClock | undefined;
  for (const {request, atSeconds, uptimeSeconds, life} of target.replies) {
    const from = sent.get(request);
    if (from === undefined || target.lives[life]?.bootId !== bootId) continue;
    const halfWidthSeconds = (atSeconds - from) / 2;
    if (best !== undefined && best.halfWidthSeconds <= halfWidthSeconds) continue;
    best = {offsetSeconds: (from + atSeconds) / 2 - uptimeSeconds, halfWidthSeconds};
  }
  return best;
}
