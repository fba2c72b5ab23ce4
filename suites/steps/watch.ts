/** A watch over guests by the beacon, from the client host: its log is kept whatever becomes of the trial. */
import {startBeacon} from '../../harness/probes/beacon/driver.ts';
import type {Artefacts, Cluster, Finding, Guest, ParseError, Result, Trial} from '../../harness/types.ts';
import {type BeaconLog, dualActive, parseBeacon, watchedThroughout} from '../../reports/beacon/index.ts';
import {parsedArtefact} from './artefacts.ts';

export const watchArtefact = 'beacon.log';

export interface WatchOptions {
  /** Between two requests to each guest, 1…1000. */
  intervalMs: number;
  /** The watch ends by itself after so long. */
  durationSeconds: number;
}

/** Runs `body` while the guests are watched. Throws with a sentence where the watch does not begin. */
export async function whileWatched<T>(
  trial: Trial,
  guests: readonly Guest[],
  options: WatchOptions,
  body: () => Promise<T>,
): Promise<T> {
  const watch = await startBeacon(trial.cluster, guests, {...options, leave: trial.leave});
  if (!watch.ok) throw new Error(watch.error);
  try {
    return await body();
  } finally {
    const log = await watch.value.stop();
    await trial.keep(watchArtefact, log.ok ? log.value : '');
  }
}

/** The beacon's commands, for a plan that is only printed. */
export function beaconPreview({client}: Cluster, what: 'watch' | 'verify', guests: readonly Guest[]) {
  const targets = guests.flatMap(guest => ['--target', `${guest.name}=${guest.address}:${guest.ports.beacon}`]);
  return {host: client.name, argv: ['beacon', what, ...targets]};
}

export function watchLog(raw: Artefacts): Result<BeaconLog, ParseError> {
  return parsedArtefact(raw, watchArtefact, parseBeacon);
}

/**
 * Where the client itself stood still between two times of the log, nobody asked: of such a time no silence is known,
 * and none is no figure.
 */
export function stoodStill(log: BeaconLog, guest: string, from = Number.NaN, to = Number.NaN): ParseError | undefined {
  if (watchedThroughout(log, from, to)) return undefined;
  const expected = `requests to ${guest} all the while`;
  return {artefact: watchArtefact, path: guest, expected, found: 'a client that stood still itself'};
}

/** A guest that answered as two incarnations at the same time. */
export function dualActiveFindings(log: BeaconLog, guest: string): readonly Finding[] {
  const evidence = dualActive(log, guest) ?? [];
  return evidence.slice(0, 1).map(first => ({
    severity: 'critical',
    invariant: 'no guest lives twice',
    detail: `${guest}: ${first.bootIds.join(' and ')} lived at once (${first.kind}, ${evidence.length} times, first at ${first.atSeconds.toFixed(3)} s of the log)`,
    artefact: watchArtefact,
  }));
}
