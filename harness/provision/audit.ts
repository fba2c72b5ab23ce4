/**
 * Is a host as it was? Two snapshots of it, taken by the module seatrial_record: what was there before anything was
 * added, and after it was taken back. Pure.
 */
import {z} from 'zod';
import type {AnsibleEvent} from './events.ts';

/** By kind (package, file, unit, user …), the things found, each with what it was like. */
export type Snapshot = Readonly<Record<string, Readonly<Record<string, string>>>>;

export interface Difference {
  host: string;
  kind: string;
  thing: string;
  /** Nothing where it was not there. */
  before: string | undefined;
  after: string | undefined;
}

/** What differs, by kind and thing. A kind that only one side looked at is a difference, too. */
export function compareSnapshots(host: string, before: Snapshot, after: Snapshot): readonly Difference[] {
  const kinds = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  return kinds.flatMap(kind => {
    const [old, now] = [before[kind], after[kind]];
    if (old === undefined || now === undefined) {
      const seen = (side: object | undefined) => (side === undefined ? undefined : 'looked at');
      return [{host, kind, thing: 'all of it', before: seen(old), after: seen(now)}];
    }
    return [...new Set([...Object.keys(old), ...Object.keys(now)])]
      .sort()
      .filter(thing => old[thing] !== now[thing])
      .map(thing => ({host, kind, thing, before: old[thing], after: now[thing]}));
  });
}

/** `n1: package corosync is still there (3.1.7)`. */
export function differenceSentence({host, kind, thing, before, after}: Difference): string {
  if (before === undefined) return `${host}: ${kind} ${thing} was not there before (${after})`;
  if (after === undefined) return `${host}: ${kind} ${thing} is gone (was ${before})`;
  return `${host}: ${kind} ${thing} was ${before} and is ${after}`;
}

const snapshot = z.record(z.string(), z.record(z.string(), z.string()));
const audited = z.object({before: snapshot, after: snapshot});

/** The differences that a playbook's events tell, and the hosts that were audited. */
export function auditOf(events: readonly AnsibleEvent[]): {
  hosts: readonly string[];
  differences: readonly Difference[];
} {
  const found = events.flatMap(event => {
    if (event.kind !== 'result') return [];
    const read = audited.safeParse(event.result.raw.audit);
    return read.success ? [{host: event.result.host, ...read.data}] : [];
  });
  return {
    hosts: found.map(({host}) => host),
    differences: found.flatMap(({host, before, after}) => compareSnapshots(host, before, after)),
  };
}
