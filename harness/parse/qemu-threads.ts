/** A guest's QEMU as its node's kernel sees it: threads, where they run and wait, and what holds them. Pure. */
import type {ParseError, Result} from '../types.ts';
import {readingLines} from './reading.ts';

export interface QemuThreads {
  /** In seconds since the node's start. */
  uptimeSeconds: number;
  /** Processors of the node that are online. */
  online: readonly number[];
  threads: readonly QemuThread[];
  /** Of the control groups above it, the ones that bound its memory. Bytes. */
  memoryLimits: readonly number[];
}

export interface QemuThread {
  name: string;
  /** The processor it ran on last. */
  processor: number;
  allowed: readonly number[];
  /** On a processor, and waiting for one. */
  ranSeconds: number;
  waitedSeconds: number;
}

/** `0-3,8` → 0 1 2 3 8; undefined where it is anything else. */
export function processorList(text: string): readonly number[] | undefined {
  const parts = text.trim().split(',');
  const list: number[] = [];
  for (const part of parts) {
    const [, first, last = first] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? [];
    const beyond = Number(last) - Number(first);
    if (first === undefined || beyond < 0 || beyond > 65_536) return undefined;
    for (let each = Number(first); each <= Number(last); each += 1) list.push(each);
  }
  return list;
}

const shapes = [
  /^uptime \d+(?:\.\d+)?$/,
  /^online \S+$/,
  /^thread \d+ \S+ \d+ \d+ .+$/,
  /^memory (?:\d+|max)$/,
] as const;

/** What `threadsScript` prints (harness/cluster/qemu.ts). */
export function parseQemuThreads(text: string, artefact: string): Result<QemuThreads, ParseError> {
  const failed = (path: string, expected: string, found: string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path, expected, found: found.slice(0, 120)},
  });
  const read = readingLines(text, artefact, shapes);
  if (!read.ok) return read;
  const lines = read.value;
  const after = (word: string) => lines.find(line => line.startsWith(`${word} `))?.slice(word.length + 1);
  const uptimeSeconds = Number(after('uptime'));
  const online = processorList(after('online') ?? '');
  if (!(uptimeSeconds > 0) || online === undefined) return failed('online', 'the online processors', text);
  const threads: QemuThread[] = [];
  for (const line of lines.filter(each => each.startsWith('thread '))) {
    const [, processor, allowed, ran, waited, name] = /^thread (\d+) (\S+) (\d+) (\d+) (.+)$/.exec(line) ?? [];
    const list = processorList(allowed ?? '');
    if (processor === undefined || list === undefined || name === undefined) return failed('thread', 'a thread', line);
    const [ranSeconds, waitedSeconds] = [Number(ran) / 1e9, Number(waited) / 1e9];
    threads.push({name, processor: Number(processor), allowed: list, ranSeconds, waitedSeconds});
  }
  if (threads.length === 0) return failed('thread', 'the threads of a guest', 'none: it does not run here');
  // Version 1 says a number near 2^63 where there is no limit, version 2 says max.
  const memoryLimits = lines.flatMap(line => {
    const value = Number(/^memory (\d+)$/.exec(line)?.[1] ?? Number.NaN);
    return value < 2 ** 60 ? [value] : [];
  });
  return {ok: true, value: {uptimeSeconds, online, threads, memoryLimits}};
}
