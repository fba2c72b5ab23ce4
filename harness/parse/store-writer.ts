/** What harness/probes/store/store.c prints. Pure; times are nanoseconds of the guest's clock since its boot. */
import type {ParseError, Result} from '../types.ts';

/** From one acknowledged write to the next. */
export interface WriteGap {
  fromNs: number;
  toNs: number;
  /** Nothing was acknowledged any more. */
  open: boolean;
}

export interface WrittenStore {
  gaps: readonly WriteGap[];
  /** Of the first and the last acknowledged write; 0 without one. */
  firstNs: number;
  lastNs: number;
  acknowledged: number;
  errors: number;
  /** Acknowledged blocks that were read again, and how many are not what was written; or why that is not known. */
  again: {read: number; lost: number} | string;
}

/** Gaps from so many seconds on are told. */
export const toldGapSeconds = 0.1;

/** One for each of `stores` paths, in their order. A report without its end is an error. */
export function parseStoreWriter(
  text: string,
  artefact: string,
  stores: number,
): Result<readonly WrittenStore[], ParseError> {
  const wrong = (path: string, expected: string, found: string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path, expected, found},
  });
  const lines = text.split('\n').map(line => line.split(' '));
  if (!text.endsWith('\nend\n')) return wrong('end', 'a report to its end', text.trim().slice(-80) || 'nothing');
  const written: WrittenStore[] = [];
  for (let index = 0; index < stores; index++) {
    const own = lines.filter(([, which]) => which === String(index));
    const total = own.find(([word]) => word === 'store');
    const numbers = total?.slice(2).map(Number) ?? [];
    const [firstNs, lastNs, acknowledged, errors] = numbers;
    if (firstNs === undefined || lastNs === undefined || acknowledged === undefined || errors === undefined)
      return wrong(`store ${index}`, 'its totals', 'none');
    if (!numbers.every(Number.isFinite)) return wrong(`store ${index}`, 'numbers', total?.join(' ') ?? '');
    written.push({gaps: gapsOf(own), firstNs, lastNs, acknowledged, errors, again: againOf(own)});
  }
  return {ok: true, value: written};
}

function gapsOf(lines: readonly (readonly string[])[]): readonly WriteGap[] {
  return lines.flatMap(([word, , from, to]) =>
    word === 'gap' || word === 'open' ? [{fromNs: Number(from), toNs: Number(to), open: word === 'open'}] : [],
  );
}

function againOf(lines: readonly (readonly string[])[]): WrittenStore['again'] {
  const read = lines.find(([word]) => word === 'read');
  if (read !== undefined) return {read: Number(read[2]), lost: Number(read[3])};
  return (
    lines
      .find(([word]) => word === 'unread')
      ?.slice(2)
      .join(' ') ?? 'it was not read again'
  );
}
