/** What a kernel says of the pages that it merged (`readMerging`). Pure. */
import type {ParseError, Result} from '../types.ts';
import {readingLines} from './reading.ts';

export interface KsmReading {
  pageBytes: number;
  /** Pages that are saved: uses of a merged page beyond the first. */
  sharing: number;
  fullScans: number;
  /** Time of the kernel's own thread; absent where it cannot be seen. */
  ksmdSeconds?: number;
  /** Merged pages of each guest that runs here. */
  guests: Readonly<Record<string, number>>;
  /** What keeps KSM from a guest's memory, in QEMU's words: its kind of memory, or that it was told not to. */
  apart: Readonly<Record<string, string>>;
}

const shapes = [
  /^page [1-9]\d*$/,
  /^ksm \w+ \d+$/,
  /^ksmd [1-9]\d* \d+ \d+$/,
  /^guest \S+ \d+$/,
  /^apart \S+ \S+$/,
] as const;

export function parseKsm(text: string, artefact: string): Result<KsmReading, ParseError> {
  const failed = (path: string, expected: string, found: string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path, expected, found: found.slice(0, 120)},
  });
  const read = readingLines(text, artefact, shapes);
  if (!read.ok) return read;
  const wordsAfter = (word: string) =>
    read.value.flatMap(line => (line.startsWith(`${word} `) ? [line.split(' ').slice(1)] : []));
  const numbersOf = (word: string): Readonly<Record<string, number>> =>
    Object.fromEntries(wordsAfter(word).map(([name, value]) => [name, Number(value)]));
  const pageBytes = Number(wordsAfter('page')[0]?.[0]);
  const {pages_sharing: sharing, full_scans: fullScans} = numbersOf('ksm');
  if (!(pageBytes > 0) || sharing === undefined || fullScans === undefined)
    return failed('ksm', 'counters of merged pages', text);
  const [hertz, user, system] = (wordsAfter('ksmd')[0] ?? []).map(Number);
  const apart = Object.fromEntries(wordsAfter('apart').map(([name = '', why = '']) => [name, why]));
  const seen =
    hertz === undefined || user === undefined || system === undefined ? {} : {ksmdSeconds: (user + system) / hertz};
  return {ok: true, value: {pageBytes, sharing, fullScans, guests: numbersOf('guest'), apart, ...seen}};
}
