/**
 * When a guest was silent, out of a beacon log. Everything counts from the *intended* send times, so a client that was
 * late itself hides nothing; how late it was is told beside each window.
 */
import type {BeaconLog, BeaconTarget} from '../../harness/parse/beacon-log.ts';

export interface Blackout {
  /**
   * Intended time of the first request that had no reply when the window began; but not before the last reply that did
   * arrive. The service ended at most one interval before.
   */
  fromSeconds: number;
  /**
   * Arrival of the next reply, to whichever request; the service was back at most one interval (and a round trip)
   * before. Absent: none came until the log's end.
   */
  toSeconds?: number;
  /** Length; of an open window a lower bound. In error by at most two intervals. */
  seconds: number;
  /** Requests intended in the window that were never answered. Those answered late are not among them. */
  unanswered: number;
  /** Requests intended in the window that the client's own network refused to send. */
  sendErrors: number;
  /** The client's own worst lateness or pause in the window: so much of it may be the client's doing. */
  clientLateSeconds: number;
  /** The guest had not answered before. */
  beforeFirstReply: boolean;
}

/** A cut log may lack replies that were on their way: what it says about its last half second is not used. */
const cutMarginSeconds = 0.5;

export function beaconTarget(log: BeaconLog, name: string): BeaconTarget | undefined {
  return log.targets.find(target => target.name === name);
}

/** Until here the log can tell a lost request from one whose reply was still on its way. */
export function horizonSeconds(log: BeaconLog): number {
  return log.ended === undefined ? log.endSeconds - cutMarginSeconds : log.endSeconds;
}

/**
 * Windows without any reply while requests were outstanding, longer than `minimumSeconds` (default: two intervals, so
 * that a single lost datagram is loss and not a blackout). In order; undefined when the log has no such target.
 */
export function blackouts(
  log: BeaconLog,
  name: string,
  minimumSeconds = 2 * log.intervalSeconds,
): readonly Blackout[] | undefined {
  const target = beaconTarget(log, name);
  if (target === undefined) return undefined;
  const horizon = horizonSeconds(log);
  const {requests} = target;
  const answered = new Set(target.replies.map(reply => reply.request));
  const found: Blackout[] = [];
  /** First request after the newest one answered so far. */
  let next = 0;
  let lastArrival: number | undefined;

  const look = (until: number, arrived: boolean) => {
    const first = requests[next];
    if (first === undefined) return;
    const from = lastArrival === undefined ? first.intendedSeconds : Math.max(first.intendedSeconds, lastArrival);
    const seconds = until - from;
    if (seconds <= minimumSeconds) return;
    let unanswered = 0;
    let sendErrors = 0;
    let clientLateSeconds = skippedSeconds(log, from, until);
    for (let i = next; i < requests.length; i += 1) {
      const request = requests[i];
      if (request === undefined || request.intendedSeconds > until) break;
      clientLateSeconds = Math.max(clientLateSeconds, request.lateSeconds);
      if (request.error !== undefined) sendErrors += 1;
      if (!answered.has(request.request)) unanswered += 1;
    }
    found.push({
      fromSeconds: from,
      ...(arrived ? {toSeconds: until} : {}),
      seconds,
      unanswered,
      sendErrors,
      clientLateSeconds,
      beforeFirstReply: lastArrival === undefined,
    });
  };

  for (const reply of target.replies) {
    look(reply.atSeconds, true);
    lastArrival = reply.atSeconds;
    for (let request = requests[next]; request !== undefined && request.request <= reply.request; ) {
      next += 1;
      request = requests[next];
    }
  }
  look(horizon, false);
  return found;
}

/** Longest run of requests that the client skipped between two times. */
function skippedSeconds(log: BeaconLog, from: number, to: number): number {
  let longest = 0;
  for (const {first, last} of log.skipped) {
    if (last * log.intervalSeconds < from || first * log.intervalSeconds > to) continue;
    longest = Math.max(longest, (last - first + 1) * log.intervalSeconds);
  }
  return longest;
}

/** Whether the client asked all the while: of requests that it skipped nobody knows whether they were answered. */
export function watchedThroughout(log: BeaconLog, from: number, to: number): boolean {
  return from <= to && skippedSeconds(log, from, to) === 0;
}

export interface BeaconLoss {
  /** Requests that left the client, up to the log's horizon. */
  sent: number;
  answered: number;
  lost: number;
  sendErrors: number;
  /** Replies beyond the first to one request. */
  duplicates: number;
}

/** Counts of one target; undefined when the log has no such target. */
export function loss(log: BeaconLog, name: string): BeaconLoss | undefined {
  const target = beaconTarget(log, name);
  if (target === undefined) return undefined;
  const horizon = horizonSeconds(log);
  const answered = new Set(target.replies.map(reply => reply.request));
  const result = {sent: 0, answered: 0, lost: 0, sendErrors: 0, duplicates: target.replies.length - answered.size};
  for (const request of target.requests) {
    if (request.error !== undefined) {
      result.sendErrors += 1;
      continue;
    }
    const got = answered.has(request.request);
    // Past the horizon of a cut log a missing reply means nothing.
    if (!got && request.intendedSeconds > horizon) continue;
    result.sent += 1;
    if (got) result.answered += 1;
    else result.lost += 1;
  }
  return result;
}

export interface SendSchedule {
  sends: number;
  p50Seconds: number;
  p99Seconds: number;
  maxSeconds: number;
  /** Requests not sent because the client was more than a second behind, over all targets. */
  skipped: number;
}

/**
 * How late the client was against its own schedule, over all targets; the quality of the instrument. Undefined without
 * sends.
 */
export function sendSchedule(log: BeaconLog): SendSchedule | undefined {
  const late = log.targets.flatMap(target => target.requests.map(request => request.lateSeconds));
  if (late.length === 0) return undefined;
  late.sort((a, b) => a - b);
  const at = (share: number) => late[Math.min(late.length - 1, Math.ceil(share * late.length) - 1)] ?? Number.NaN;
  return {
    sends: late.length,
    p50Seconds: at(0.5),
    p99Seconds: at(0.99),
    maxSeconds: at(1),
    skipped: log.skipped.reduce((sum, {first, last}) => sum + (last - first + 1) * log.targets.length, 0),
  };
}

/**
 * A time of the log on the client host's wall clock, seconds since 1970, by the nearest anchor; undefined without
 * anchors.
 */
export function wallSecondsAt(log: BeaconLog, atSeconds: number): number | undefined {
  let nearest: {atSeconds: number; wallSeconds: number} | undefined;
  for (const anchor of log.anchors)
    if (nearest === undefined || Math.abs(anchor.atSeconds - atSeconds) < Math.abs(nearest.atSeconds - atSeconds))
      nearest = anchor;
  return nearest === undefined ? undefined : nearest.wallSeconds + (atSeconds - nearest.atSeconds);
}

/** The way back: a wall time of the client host as a time of the log, by the nearest anchor. */
export function logSecondsAt(log: BeaconLog, wallSeconds: number): number | undefined {
  const [first, ...others] = log.anchors;
  if (first === undefined) return undefined;
  const away = (anchor: typeof first) => Math.abs(anchor.wallSeconds - wallSeconds);
  const nearest = others.reduce((best, each) => (away(each) < away(best) ? each : best), first);
  return nearest.atSeconds + (wallSeconds - nearest.wallSeconds);
}

/**
 * A reading of the client host's CLOCK_MONOTONIC, in seconds, as a time of the log. Processes of one kernel share that
 * clock.
 */
export function fromMonotonicSeconds(log: BeaconLog, monotonicSeconds: number): number {
  return monotonicSeconds - log.originMonotonicSeconds;
}
