/** When a life of a guest began, by the guest's own clock: its kernel, and the server that answers the beacon. */
import type {BeaconLog} from '../../harness/parse/beacon-log.ts';
import {beaconTarget} from './blackouts.ts';

export interface Boot {
  /** The kernel began to count its uptime, in seconds of the log: at the latest then, and so much earlier at most. */
  kernelSeconds: number;
  earlierSeconds: number;
  /** The server process began. */
  serverSeconds: number;
  /** The request was sent that it answered first. */
  sentSeconds: number;
}

/** A guest's uptime needs no more replies than that to be known to one quick round trip. */
const repliesLooked = 200;

/**
 * A reply carries the guest's uptime when it was written, some part of a round trip before it arrived: of the first
 * replies of that life the one of the shortest round trip. Undefined where none of it answered.
 */
export function bootOf(log: BeaconLog, name: string, bootId: string): Boot | undefined {
  const target = beaconTarget(log, name);
  if (target === undefined) return undefined;
  const sent = new Map(target.requests.map(({request, sentSeconds}) => [request, sentSeconds]));
  const own = target.replies.filter(({life}) => target.lives[life]?.bootId === bootId).slice(0, repliesLooked);
  const sentSeconds = sent.get(own[0]?.request ?? -1);
  if (sentSeconds === undefined) return undefined;
  const boots = own.flatMap(({request, life, atSeconds, uptimeSeconds}): Boot[] => {
    const [from, started] = [sent.get(request), target.lives[life]?.startedUptimeSeconds];
    if (from === undefined || started === undefined) return [];
    const kernelSeconds = atSeconds - uptimeSeconds;
    return [{kernelSeconds, earlierSeconds: atSeconds - from, serverSeconds: kernelSeconds + started, sentSeconds}];
  });
  return boots.sort((one, two) => one.earlierSeconds - two.earlierSeconds)[0];
}
