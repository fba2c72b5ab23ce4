/**
 * The mark on everything that is made: who answers for it, until when it may be there, and what it was made from. One
 * line of words, the same in domain XML, in the CIB, on RBD images and in files, so that any machine with the same
 * inventory finds its own again, and nobody takes another's for it. Pure.
 */
import {createHash} from 'node:crypto';

export interface Mark {
  cluster: string;
  prefix: string;
  owner: string;
  /** Days, `2026-11-27`. */
  made: string;
  expires: string;
  /** Of what it was made from: 16 hex digits. What has another digest was ordered otherwise. */
  digest: string;
}

export const markKey = 'seatrial';

export function markText({cluster, prefix, owner, made, expires, digest}: Mark): string {
  return `seatrial/1 cluster=${cluster} prefix=${prefix} owner=${owner} made=${made} expires=${expires} digest=${digest}`;
}

/** Undefined for whatever is not such a line, as a whole. */
export function readMark(text: string): Mark | undefined {
  const day = String.raw`\d{4}-\d\d-\d\d`;
  const line = String.raw`seatrial\/1 cluster=(\S+) prefix=(\S+) owner=(\S+) made=(${day}) expires=(${day}) digest=([0-9a-f]{16})`;
  const [, cluster, prefix, owner, made, expires, digest] = new RegExp(`^${line}$`).exec(text.trim()) ?? [];
  if (!cluster || !prefix || !owner || !made || !expires || !digest) return undefined;
  return {cluster, prefix, owner, made, expires, digest};
}

export type Whose = Pick<Mark, 'cluster' | 'prefix' | 'owner'>;

/** Whether the mark is that of the same order, whoever's machine it came from. */
export function isOurs(mark: Mark | undefined, order: Whose): mark is Mark {
  return mark?.cluster === order.cluster && mark.prefix === order.prefix && mark.owner === order.owner;
}

/** The last day counts as a whole. `today` as in `2026-11-27`. */
export function isExpired({expires}: Pick<Mark, 'expires'>, today: string): boolean {
  return expires < today;
}

export function digestOf(...parts: readonly string[]): string {
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 16);
}
