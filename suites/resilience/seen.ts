/** What a trial's facts and its beacon's log say together: moments of a guest on the harness's clock. */
import type {Measured, Sample} from '../../harness/types.ts';
import {type BeaconLog, wallSecondsAt} from '../../reports/beacon/index.ts';
import {onlyProblems} from '../steps/measured.ts';
import {watchArtefact} from '../steps/watch.ts';
import {kindOf, type ResilienceFacts} from './facts.ts';

export interface Seen {
  facts: ResilienceFacts;
  log: BeaconLog;
  /** Of the host that watched. */
  clock: {offsetMs: number; halfWidthMs: number};
}

/** The moment before the injection, on the log's clock. Between two anchors the log's clock goes as the wall's. */
export function injectionSeconds(seen: Seen): number {
  return -sinceInjection(seen, 0);
}

/** A time of the log, in seconds since the moment before the injection, both on the harness's wall clock. */
export function sinceInjection({facts, log, clock}: Seen, atSeconds: number): number {
  const wall = wallSecondsAt(log, atSeconds);
  return wall === undefined ? Number.NaN : wall - clock.offsetMs / 1000 - facts.injection.wallBeforeMs / 1000;
}

/** A time of the log as a moment of the trial, `moreSeconds` less sure than one interval of the beacon. */
export function momentAt(
  seen: Seen,
  guest: string,
  metric: string,
  what: string,
  atSeconds: number,
  moreSeconds = 0,
): Sample {
  return {
    metric,
    unit: 's',
    value: sinceInjection(seen, atSeconds),
    halfWidth: seen.clock.halfWidthMs / 1000 + seen.log.intervalSeconds + moreSeconds,
    labels: {fault: kindOf(seen.facts.fault), guest},
    from: {artefact: watchArtefact, path: `${guest} ${what}`},
  };
}

/** When something was first seen of a guest, since the injection; `atSeconds` is a time of the log. */
export function moment(
  seen: Seen,
  guest: string,
  metric: string,
  what: string,
  atSeconds: number | undefined,
): Measured {
  const {log} = seen;
  if (atSeconds !== undefined)
    return {samples: [momentAt(seen, guest, metric, what, atSeconds)], problems: [], findings: []};
  // It never came back while we watched: that is a result, and a bad one.
  if (log.complete) {
    const {halfWidth: _, ...waited} = momentAt(seen, guest, metric, what, log.endSeconds);
    return {samples: [{...waited, censored: true}], problems: [], findings: []};
  }
  const [expected, found] = [`${metric} before the log was cut`, 'a log that ends too early to tell'];
  return onlyProblems({artefact: watchArtefact, path: guest, expected, found});
}
