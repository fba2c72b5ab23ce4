/** How long a guest waited for its disk: the longest time in which the client heard of no newer durable write. Pure. */
import type {ParseError, Result, Sample} from '../../harness/types.ts';
import type {BeaconLog} from '../../reports/beacon/index.ts';

interface Stall {
  seconds: number;
  fromSeconds: number;
  /** The guest wrote no more while the log watched. */
  open: boolean;
}

/** A guest whose last write was heard of longer ago than this, when the watch ended, did not write any more. */
const silentSeconds = 1;

/** The longest stall that ended after a time of the log. Undefined where no write was heard of before that time. */
export function longestStall(log: BeaconLog, guest: string, afterSeconds: number): Stall | undefined {
  const replies = log.targets.find(({name}) => name === guest)?.replies ?? [];
  let newest = -1;
  let heardSeconds: number | undefined;
  let longest: Stall | undefined;
  const consider = (untilSeconds: number, open: boolean) => {
    if (heardSeconds === undefined || untilSeconds < afterSeconds) return;
    const seconds = untilSeconds - heardSeconds;
    if (longest === undefined || seconds > longest.seconds) longest = {seconds, fromSeconds: heardSeconds, open};
  };
  for (const {durable, atSeconds} of replies) {
    if (durable === undefined || durable.record <= newest) continue;
    // A first write that is heard of only after the fault says nothing of how it was before.
    if (heardSeconds === undefined && atSeconds >= afterSeconds) return undefined;
    consider(atSeconds, false);
    [newest, heardSeconds] = [durable.record, atSeconds];
  }
  const before = longest;
  consider(log.endSeconds, true);
  // One that is not over may become longer than any before it.
  const lasting = heardSeconds !== undefined && log.endSeconds - heardSeconds > silentSeconds;
  return lasting && longest === before && before !== undefined ? {...before, open: true} : longest;
}

/** `afterSeconds`: the injection, on the log's clock. */
export function stallSample(
  log: BeaconLog,
  guest: string,
  afterSeconds: number,
  labels: Readonly<Record<string, string>>,
): Result<Sample, ParseError> {
  const stall = longestStall(log, guest, afterSeconds);
  if (stall === undefined || !log.complete) {
    const found = stall === undefined ? 'none before the fault' : 'a log that ends too early to tell';
    return {
      ok: false,
      error: {artefact: 'beacon.log', path: guest, expected: 'durable writes until the watch ended', found},
    };
  }
  return {
    ok: true,
    value: {
      metric: 'failover.write-stall',
      unit: 's',
      value: stall.seconds,
      halfWidth: 2 * log.intervalSeconds,
      labels: {...labels, guest},
      from: {
        artefact: 'beacon.log',
        path: `${guest} without a newer durable write from ${stall.fromSeconds.toFixed(3)} s`,
      },
      // Still waiting when the watch ended: at least so long.
      ...(stall.open ? {censored: true as const} : {}),
    },
  };
}
