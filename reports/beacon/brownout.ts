/**
 * How much slower a guest answered for how long: the area of latency above what was usual before. A request's latency
 * counts from its intended time until its own reply, or, where that never came, until the next reply to any request: a
 * client that asks again waits as long. The area is its integral over time: of a silence of b seconds it is b²/2, of a
 * minute in which every answer takes 0.1 s longer 6 s·s. Divided by the length of the window it is how much longer a
 * request that came at a random moment of it had to wait.
 */
import type {BeaconLog} from '../../harness/parse/beacon-log.ts';
import {beaconTarget, horizonSeconds} from './blackouts.ts';

/** Seconds of the log. */
export interface Window {
  fromSeconds: number;
  toSeconds: number;
}

export interface Brownout {
  /** s·s */
  area: number;
  /** What was usual: the 95th percentile of the latencies before, in seconds. */
  usualSeconds: number;
  /** The area that as long a time at rest would have had: what rises above the usual without any cause. s·s */
  atRest: number;
  /** Requests of the window that never had a reply of their own. */
  lost: number;
}

/** Fewer say too little of what is usual. */
const leastRequests = 50;
const usualShare = 0.95;

/** Undefined: no such target, or one of the windows is not covered by the log or has too few requests. */
export function brownout(log: BeaconLog, name: string, before: Window, during: Window): Brownout | undefined {
  const waits = waitsOf(log, name);
  if (waits === undefined || during.toSeconds > horizonSeconds(log)) return undefined;
  const within = ({fromSeconds, toSeconds}: Window) => waits.filter(({at}) => at >= fromSeconds && at < toSeconds);
  const [rest, moved] = [within(before), within(during)];
  if (rest.length < leastRequests || moved.length === 0) return undefined;
  const sorted = rest.map(({seconds}) => seconds).sort((a, b) => a - b);
  const usualSeconds = sorted[Math.ceil(usualShare * sorted.length) - 1] ?? Number.NaN;
  const areaOf = (some: typeof waits) =>
    log.intervalSeconds * some.reduce((sum, {seconds}) => sum + Math.max(0, seconds - usualSeconds), 0);
  return {
    area: areaOf(moved),
    usualSeconds,
    atRest: (areaOf(rest) / rest.length) * moved.length,
    lost: moved.filter(({answered}) => !answered).length,
  };
}

interface Wait {
  at: number;
  seconds: number;
  answered: boolean;
}

function waitsOf(log: BeaconLog, name: string): readonly Wait[] | undefined {
  const target = beaconTarget(log, name);
  if (target === undefined) return undefined;
  const own = new Map<number, number>();
  for (const {request, atSeconds} of target.replies) if (!own.has(request)) own.set(request, atSeconds);
  const arrivals = target.replies.map(({atSeconds}) => atSeconds);
  let next = 0;
  return target.requests.map(({request, intendedSeconds: at}): Wait => {
    while (next < arrivals.length && (arrivals[next] ?? 0) < at) next += 1;
    const reply = own.get(request);
    const until = reply ?? arrivals[next] ?? horizonSeconds(log);
    return {at, seconds: Math.max(0, until - at), answered: reply !== undefined};
  });
}
