/** What a kernel says of the pages it merged, and of its free memory (`readMerging`). Pure. */
import type {ParseError, Result} from '../types.ts';

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
  /** Free blocks by order over all zones: of one page, of two, of four … */
  free: readonly number[];
}

export function parseKsm(text: string, artefact: string): Result<KsmReading, ParseError> {
  const failed = (path: string, expected: string, found: string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path, expected, found: found.slice(0, 120)},
  });
  const lines = text.split('\n');
  if (lines.at(-2) !== 'end') return failed('end', 'a reading that is whole', lines.at(-2) || 'nothing');
  const numbers = (word: string) =>
    lines.flatMap(line =>
      line.startsWith(`${word} `)
        ? [
            line
              .slice(word.length + 1)
              .trim()
              .split(/\s+/),
          ]
        : [],
    );
  const ksm = Object.fromEntries(numbers('ksm').map(([name, value]) => [name, Number(value)]));
  const pageBytes = Number(numbers('page')[0]?.[0]);
  const {pages_sharing: sharing, full_scans: fullScans} = ksm;
  if (!(pageBytes > 0) || sharing === undefined || fullScans === undefined)
    return failed('ksm', 'counters of merged pages', text);
  const free: number[] = [];
  // `Node 0, zone Normal 62453 94427 …`
  for (const [, , , , ...counts] of numbers('free'))
    for (const [order, count] of counts.entries()) free[order] = (free[order] ?? 0) + Number(count);
  if (free.length === 0 || free.some(count => !Number.isInteger(count))) return failed('free', '/proc/buddyinfo', text);
  const [hertz, ...ticks] = numbers('ksmd')[0] ?? [];
  const ksmdSeconds = ticks.reduce((sum, each) => sum + Number(each), 0) / Number(hertz);
  const guests = Object.fromEntries(numbers('guest').map(([name, value]) => [name, Number(value)]));
  const apart = Object.fromEntries(numbers('apart').map(([name = '', why = '']) => [name, why]));
  const seen = hertz === undefined ? {} : {ksmdSeconds};
  return {ok: true, value: {pageBytes, sharing, fullScans, guests, apart, free, ...seen}};
}

/**
 * The share of free memory that is of no use for a block of that order, since it lies in smaller ones: 0 where all is
 * in blocks that are large enough, 1 where none is. The kernel's own `unusable_index`.
 */
export function unusableShare(free: readonly number[], order: number): number {
  const pages = free.map((count, each) => count * 2 ** each);
  const sum = (counts: readonly number[]) => counts.reduce((total, each) => total + each, 0);
  return 1 - sum(pages.slice(order)) / sum(pages);
}
