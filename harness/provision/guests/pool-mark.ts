/**
 * The mark on a pool: Ceph takes words of letters, digits, `-`, `=` and `.` there, and 128 of them at most, so every
 * part of the mark is a word of its own, in hex digits. Pure.
 */
import {z} from 'zod';
import {readJson} from '../../parse/json.ts';
import {type Mark, markKey, markText, readMark} from './mark.ts';

const parts = ['cluster', 'prefix', 'owner', 'made', 'expires', 'digest'] as const satisfies readonly (keyof Mark)[];
const wordOf = (part: string) => `${markKey}.${part}`;
const applications = z.record(z.string(), z.record(z.string(), z.string()));

/** Names and values in turn, for `ceph osd pool application set POOL rbd NAME VALUE`. */
export function wordsForPool(mark: Mark): readonly string[] {
  return parts.flatMap(part => [wordOf(part), Buffer.from(mark[part]).toString('hex')]);
}

/** Out of `ceph osd pool application get POOL --format=json`. Undefined for a pool that is not marked as a whole. */
export function markOfPool(json: string): Mark | undefined {
  const read = readJson(json, 'ceph osd pool application get', applications);
  const words = read.ok ? (read.value.rbd ?? {}) : {};
  const value = (part: keyof Mark) => Buffer.from(words[wordOf(part)] ?? '', 'hex').toString();
  const [cluster, prefix, owner, made, expires, digest] = parts.map(value) as [
    string,
    string,
    string,
    string,
    string,
    string,
  ];
  // Held to the same grammar as every other mark.
  return readMark(markText({cluster, prefix, owner, made, expires, digest}));
}
