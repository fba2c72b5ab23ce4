/**
 * What became of the writes that a guest acknowledged. An acknowledgement counts when the client has heard it; it is
 * kept when the disk still shows that very record (record number, hash of the contents, life that wrote it).
 */

import type {BeaconLog, BeaconTarget, BeaconVerify, LedgerRecord} from '../../harness/parse/beacon-log.ts';
import {beaconTarget} from './blackouts.ts';

export interface Acknowledged {
  /** Every record of that life up to this one was acknowledged. */
  record: number;
  bootId: string;
  /** When the client heard of it. */
  atSeconds: number;
}

/** The newest acknowledgement heard before a time of the log; undefined: none, or no such target. */
export function acknowledgedBefore(log: BeaconLog, name: string, beforeSeconds: number): Acknowledged | undefined {
  const target = beaconTarget(log, name);
  let newest: Acknowledged | undefined;
  for (const reply of target?.replies ?? []) {
    const life = target?.lives[reply.life];
    if (reply.durable === undefined || life === undefined || reply.atSeconds >= beforeSeconds) continue;
    const {record} = reply.durable;
    // Of one life the highest counts; of two lives the one heard last.
    if (newest === undefined || newest.bootId !== life.bootId || record > newest.record)
      newest = {record, bootId: life.bootId, atSeconds: reply.atSeconds};
  }
  return newest;
}

export type LostReason =
  /** A later life found less on the disk than this. */
  | 'missing-at-boot'
  /** The place of the record is empty, holds an older record, or cannot be read. */
  | 'blank'
  | 'older'
  | 'corrupt'
  | 'unreadable'
  /** There is a valid record of that number, but not the one that was acknowledged. */
  | 'other-contents'
  | 'other-life';

export interface LostWrite {
  record: number;
  bootId: string;
  reason: LostReason;
}

export interface WriteLedger {
  /** Records acknowledged to the client, over all lives. */
  acknowledged: number;
  /** Read again from the disk and found to be those acknowledged. */
  readable: number;
  /** Their place holds a newer record: the ledger went round. No proof either way. */
  rotated: number;
  /** Not read again. */
  unverified: number;
  lost: readonly LostWrite[];
  /** Boot ids of lives whose writes have all been written over: whether they were kept is not known. */
  overwrittenLives: readonly string[];
}

/**
 * Every acknowledged write of a target against what the disk holds. Without `verify` (a `beacon verify` taken after the
 * fault) only what a later life said about its ledger counts, and the rest is `unverified`. Undefined when the log has
 * no such target, or when `verify` is of another one.
 */
export function writeLedger(log: BeaconLog, name: string, verify?: BeaconVerify): WriteLedger | undefined {
  const target = beaconTarget(log, name);
  if (target === undefined || (verify !== undefined && verify.target !== name)) return undefined;

  /** Per server process: what it acknowledged, with the digests that the client has heard. */
  const heard = new Map<number, {lowest: number; highest: number; digests: Map<number, string>}>();
  for (const reply of target.replies) {
    if (reply.durable === undefined) continue;
    const {record, digest} = reply.durable;
    const life = heard.get(reply.life) ?? {lowest: record, highest: record, digests: new Map<number, string>()};
    life.lowest = Math.min(life.lowest, record);
    life.highest = Math.max(life.highest, record);
    life.digests.set(record, digest);
    heard.set(reply.life, life);
  }

  const onDisk = new Map<number, LedgerRecord>();
  for (const record of verify?.records ?? []) onDisk.set(record.record, record);
  const head = verify === undefined ? 0 : Math.max(verify.durable, verify.atBoot);
  const slots = verify?.slots ?? Number.POSITIVE_INFINITY;

  const result = {acknowledged: 0, readable: 0, rotated: 0, unverified: 0};
  const lost: LostWrite[] = [];
  const overwrittenLives: string[] = [];
  for (const [index, {lowest, highest, digests}] of heard) {
    const life = target.lives[index];
    if (life === undefined) continue;
    // What a process acknowledges begins behind what it found: with that known, records between two replies count as
    // well.
    const first = life.ledger === undefined ? lowest : life.ledger.atBoot + 1;
    const rotatedBefore = result.rotated;
    const foundLater = lowestFoundLater(target.lives, index, verify);
    for (let record = first; record <= highest; record += 1) {
      result.acknowledged += 1;
      const disk = onDisk.get(record);
      const missing = foundLater !== undefined && record > foundLater;
      // A place that has gone round since says nothing about what stood there before.
      const overwritten = !missing && record <= head - slots;
      const reason = missing
        ? 'missing-at-boot'
        : disk === undefined || overwritten
          ? undefined
          : lossOf(disk, life.bootId, digests.get(record));
      if (reason !== undefined) lost.push({record, bootId: life.bootId, reason});
      // A ledger that has not gone round once holds no newer record in the place of an older one.
      else if (overwritten || (disk?.status === 'rotated' && head >= slots)) result.rotated += 1;
      else if (disk?.status === 'valid') result.readable += 1;
      else result.unverified += 1;
    }
    if (result.rotated - rotatedBefore === highest - first + 1) overwrittenLives.push(life.bootId);
  }
  return {...result, lost, overwrittenLives};
}

/**
 * The least that any later process found at its start: what was acknowledged before must not be beyond it. The life
 * that read the ledger again counts as a later one, unless the log knows it from before.
 */
function lowestFoundLater(
  lives: BeaconTarget['lives'],
  index: number,
  verify: BeaconVerify | undefined,
): number | undefined {
  const found = lives.slice(index + 1).flatMap(life => (life.ledger === undefined ? [] : [life.ledger.atBoot]));
  if (verify !== undefined) {
    const verifier = lives.findLastIndex(life => life.bootId === verify.bootId);
    if (verifier === -1 || verifier > index) found.push(verify.atBoot);
  }
  return found.length === 0 ? undefined : Math.min(...found);
}

function lossOf(disk: LedgerRecord, bootId: string, digest: string | undefined): LostReason | undefined {
  switch (disk.status) {
    case 'blank':
    case 'older':
    case 'corrupt':
    case 'unreadable':
      return disk.status;
    case 'valid':
      if (disk.bootPrefix !== bootId.slice(0, 8)) return 'other-life';
      return digest !== undefined && disk.digest !== digest ? 'other-contents' : undefined;
    case 'rotated':
    case 'unknown':
      return undefined;
  }
}
