/** A trial as it is measured: its facts and the beacon's log, and the way between their clocks. */
import {type BeaconLog, wallSecondsAt} from '../../reports/beacon/index.ts';
import type {ResilienceFacts} from './facts.ts';

export interface Seen {
  facts: ResilienceFacts;
  log: BeaconLog;
  clock: {offsetMs: number; halfWidthMs: number};
}

/** A time of the log, in seconds since the moment before the injection, both on the harness's wall clock. */
export function sinceInjection({facts, log, clock}: Seen, atSeconds: number): number {
  const wall = wallSecondsAt(log, atSeconds);
  return wall === undefined ? Number.NaN : wall - clock.offsetMs / 1000 - facts.injection.wallBeforeMs / 1000;
}

/** The moment before the injection, on the log's clock. Between two anchors the log's clock goes as the wall's. */
export function injectionSeconds(seen: Seen): number {
  return -sinceInjection(seen, 0);
}
