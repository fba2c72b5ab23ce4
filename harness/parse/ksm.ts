/** What a kernel says of the pages that it merged (`readMerging`). Pure. */
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
  const [hertz, ...ticks] = numbers('ksmd')[0] ?? [];
  const ksmdSeconds = ticks.reduce((sum, each) => sum + Number(each), 0) / Number(hertz);
  const guests = Object.fromEntries(numbers('guest').map(([name, value]) => [name, Number(value)]));
  const apart = Object.fromEntries(numbers('apart').map(([name = '', why = '']) => [name, why]));
  const seen = hertz === undefined ? {} : {ksmdSeconds};
  return {ok: true, value: {pageBytes, sharing, fullScans, guests, apart, ...seen}};
}
