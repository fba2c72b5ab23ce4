/** Which lives of a guest answered: was it started anew, did it go on, or did two live at once? */

import type {BeaconLog, BeaconTarget} from '../../harness/parse/beacon-log.ts';
import {beaconTarget, blackouts} from './blackouts.ts';

/** All that was heard of one boot of a guest. */
export interface LifeSpan {
  bootId: string;
  firstReplySeconds: number;
  lastReplySeconds: number;
  replies: number;
  /** More than 1: the beacon was restarted inside the running guest. */
  instances: number;
  /** Arrival of the first reply that acknowledged a durable write of this life; absent: none did. */
  firstDurableSeconds?: number;
  /** Highest ledger record it found when it started; absent while it had not said so. */
  ledgerAtBoot?: number;
}

export type TwoLivesKind =
  /** An older life answered a request that was sent after a newer life had already answered. */
  | 'older-life-answers'
  /** Two lives answered the same request. */
  | 'same-request'
  /** One boot id, one reply number, two different replies: the same memory image runs twice. */
  | 'clone'
  /** On its disk a life met a record of another life, newer than its own place in the ledger. */
  | 'ledger';

export interface DualActive {
  kind: TwoLivesKind;
  atSeconds: number;
  request: number;
  bootIds: readonly string[];
}

/** The lives in the order of their first replies; undefined when the log has no such target. */
export function lifeSpans(log: BeaconLog, name: string): readonly LifeSpan[] | undefined {
  const target = beaconTarget(log, name);
  return target === undefined ? undefined : spansOf(target);
}

function spansOf(target: BeaconTarget): readonly LifeSpan[] {
  const spans = new Map<string, LifeSpan>();
  const instances = new Map<string, Set<number>>();
  for (const reply of target.replies) {
    const life = target.lives[reply.life];
    if (life === undefined) continue;
    const seen = instances.get(life.bootId) ?? new Set<number>();
    seen.add(reply.life);
    instances.set(life.bootId, seen);
    const span = spans.get(life.bootId) ?? {
      bootId: life.bootId,
      firstReplySeconds: reply.atSeconds,
      lastReplySeconds: reply.atSeconds,
      replies: 0,
      instances: 1,
      ...(life.ledger === undefined ? {} : {ledgerAtBoot: life.ledger.atBoot}),
    };
    spans.set(life.bootId, {
      ...span,
      lastReplySeconds: Math.max(span.lastReplySeconds, reply.atSeconds),
      replies: span.replies + 1,
      instances: seen.size,
      ...(span.firstDurableSeconds === undefined && reply.durable !== undefined
        ? {firstDurableSeconds: reply.atSeconds}
        : {}),
    });
  }
  return [...spans.values()];
}

export interface DurableWrite {
  /** When the client heard of it. */
  atSeconds: number;
  bootId: string;
  record: number;
}

/**
 * The first acknowledged write that was made while the log watched: newer than what that life had already acknowledged
 * when the watch began. Of one life with `bootId`, else of any. Undefined: none, or no such target.
 */
export function firstDurable(log: BeaconLog, name: string, bootId?: string): DurableWrite | undefined {
  const target = beaconTarget(log, name);
  const old = target?.replies[0];
  for (const reply of target?.replies ?? []) {
    const life = target?.lives[reply.life];
    if (reply.durable === undefined || life === undefined || (bootId !== undefined && life.bootId !== bootId)) continue;
    // Only the life that answered first can have written before the watch began.
    const already = reply.life === old?.life ? (old.durable?.record ?? 0) : 0;
    if (reply.durable.record > already)
      return {atSeconds: reply.atSeconds, bootId: life.bootId, record: reply.durable.record};
  }
  return undefined;
}

/** At most this many pieces of evidence are listed; one is enough. */
const evidenceMax = 100;

/**
 * Evidence that two lives of one guest ran at the same time, in the order of arrival; undefined when the log has no
 * such target.
 */
export function dualActive(log: BeaconLog, name: string): readonly DualActive[] | undefined {
  const target = beaconTarget(log, name);
  if (target === undefined) return undefined;
  const sentAt = new Map<number, number>();
  for (const request of target.requests)
    if (request.sentSeconds !== undefined) sentAt.set(request.request, request.sentSeconds);
  const firstReply = new Map<string, number>();
  const answeredBy = new Map<number, string>();
  const numbered = new Map<string, {request: number; uptimeSeconds: number}>();
  const foreignSeen = new Set<string>();
  const found: DualActive[] = [];
  for (const reply of target.replies) {
    const life = target.lives[reply.life];
    if (life === undefined || found.length >= evidenceMax) continue;
    const evidence = (kind: TwoLivesKind, ...others: string[]) =>
      found.push({kind, atSeconds: reply.atSeconds, request: reply.request, bootIds: [life.bootId, ...others]});

    const began = firstReply.get(life.bootId) ?? reply.atSeconds;
    firstReply.set(life.bootId, began);
    const sent = sentAt.get(reply.request);
    for (const [other, otherBegan] of firstReply)
      if (other !== life.bootId && otherBegan >= began && sent !== undefined && sent > otherBegan) {
        evidence('older-life-answers', other);
        break;
      }

    const before = answeredBy.get(reply.request);
    if (before !== undefined && before !== life.bootId) evidence('same-request', before);
    answeredBy.set(reply.request, life.bootId);

    // A datagram that the network doubled is the same reply to the microsecond; two copies of a guest have two clocks'
    // readings.
    const key = `${reply.life} ${reply.replyNumber}`;
    const twin = numbered.get(key);
    if (twin !== undefined && (twin.request !== reply.request || twin.uptimeSeconds !== reply.uptimeSeconds))
      evidence('clone');
    numbered.set(key, {request: reply.request, uptimeSeconds: reply.uptimeSeconds});

    if (reply.foreign !== undefined) {
      const foreign = `${reply.life} ${reply.foreign.bootId}`;
      if (!foreignSeen.has(foreign)) evidence('ledger', reply.foreign.bootId);
      foreignSeen.add(foreign);
    }
  }
  return found;
}

/**
 * `silent`: never answered. `steady`: one life, without a blackout. `resumed`: one life that was silent and went on:
 * migrated, paused or cut off; the beacon cannot tell which. `rebooted`: another boot id answered later. `two-lives`:
 * see the evidence.
 */
export type LifeVerdict =
  | {kind: 'silent'}
  | {kind: 'steady' | 'resumed'; bootId: string}
  | {kind: 'rebooted'; bootIds: readonly string[]}
  | {kind: 'two-lives'; bootIds: readonly string[]; evidence: readonly DualActive[]};

/** What became of the guest; undefined when the log has no such target. Of a cut log: until it was cut. */
export function lifeVerdict(log: BeaconLog, name: string): LifeVerdict | undefined {
  const spans = lifeSpans(log, name);
  const evidence = dualActive(log, name);
  const windows = blackouts(log, name);
  if (spans === undefined || evidence === undefined || windows === undefined) return undefined;
  if (evidence.length > 0)
    return {kind: 'two-lives', bootIds: [...new Set(evidence.flatMap(each => each.bootIds))], evidence};
  const [first, ...others] = spans;
  if (first === undefined) return {kind: 'silent'};
  if (others.length > 0) return {kind: 'rebooted', bootIds: spans.map(span => span.bootId)};
  const gap = windows.some(window => !window.beforeFirstReply);
  return {kind: gap ? 'resumed' : 'steady', bootId: first.bootId};
}
