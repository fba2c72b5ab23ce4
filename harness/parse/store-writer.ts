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

/** Of each line; what it could not read it says in words. */
const shape =
  /^(?:(?:gap|open) \d+ \d+ \d+|store \d+ \d+ \d+ \d+ \d+ \d+|read \d+ \d+ \d+|unread \d+ .+|full \d+ \d+)$/;

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
  if (!text.endsWith('\nend\n')) return wrong('end', 'a report to its end', text.trim().slice(-80) || 'nothing');
  const all = text.split('\n').slice(0, -2);
  // A gap that cannot be read would be a store that never stood still.
  const strange = all.findIndex(line => !shape.test(line));
  if (strange !== -1) return wrong(`line ${strange + 1}`, 'a line of the writer', all[strange]?.slice(0, 80) ?? '');
  const lines = all.map(line => line.split(' '));
  const written: WrittenStore[] = [];
  for (let index = 0; index < stores; index++) {
    const own = lines.filter(([, which]) => which === String(index));
    const totals = own.filter(([word]) => word === 'store');
    const [firstNs, lastNs, acknowledged, errors] = totals[0]?.slice(2).map(Number) ?? [];
    if (firstNs === undefined || lastNs === undefined || acknowledged === undefined || errors === undefined)
      return wrong(`store ${index}`, 'its totals', 'none');
    if (totals.length > 1) return wrong(`store ${index}`, 'its totals', `${totals.length} of them`);
    const full = own.find(([word]) => word === 'full');
    if (full !== undefined) return wrong(`store ${index}`, 'every gap told', `${full[2]} more than it had room for`);
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
