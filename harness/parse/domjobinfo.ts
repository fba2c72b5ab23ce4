/**
 * `virsh domjobinfo DOMAIN --completed`: what QEMU and libvirt say about a migration that has ended. Pure.
 * Source: the text as printed by libvirt 9.0 (`key: value unit`); sizes in powers of 1024, times in milliseconds.
 */
import type {ParseError, Result} from '../types.ts';

export interface Domjobinfo {
  /** From the first byte to the guest running on the other side. */
  elapsedSeconds: number;
  /** How long the guest was paused, as QEMU measured it on this side. */
  downtimeSeconds: number;
  /** Memory and disk state that went over the wire. */
  transferredBytes: number;
  /** Size of what had to be moved. */
  totalBytes: number;
  /** Rounds over the memory; more than a few mean that the guest wrote nearly as fast as the wire carried. */
  iterations?: number;
}

/**
 * Any text in, numbers or an error out; there are no warnings. An error: a job that did not complete or was no migration, a field that is
 * missing or cannot be read, a text that is cut off, figures that contradict each other (times with and without network; data against
 * memory and files). What nothing else in the text confirms: `iterations`; where they are not printed beside, the two
 * times (without network) and the two sizes (of memory and files).
 */
export function parseDomjobinfo(text: string, artefact: string): Result<Domjobinfo, ParseError> {
  const wrong = (path: string, expected: string, found: string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path, expected, found},
  });
  const fields = new Map<string, {value: string; line: number}>();
  const lines = text.split('\n');
  for (const [index, line] of lines.entries()) {
    const match = /^([A-Z][^:]*):\s+(.*?)\s*$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    if (fields.has(match[1])) return wrong(`line ${index + 1}`, `one line "${match[1]}"`, 'a second one');
    fields.set(match[1], {value: match[2], line: index + 1});
  }
  const type = fields.get('Job type');
  if (type === undefined) return wrong('line 1', '"Job type: Completed"', excerpt(text));
  if (type.value !== 'Completed')
    return wrong(`line ${type.line}`, '"Job type: Completed"', `"Job type: ${type.value}"`);
  const operation = fields.get('Operation');
  if (operation === undefined || !/migration$/.test(operation.value)) {
    return wrong('Operation', 'a migration', operation?.value ?? 'no operation');
  }
  // A line cut off in the middle would be a smaller number: the text must go on after the fields that count.
  if (!text.includes('\n', text.lastIndexOf(':')))
    return wrong('end', 'a last line that ends', 'a text that is cut off');

  const seconds = (key: string) => quantity(fields.get(key)?.value, timeUnits);
  const bytes = (key: string) => quantity(fields.get(key)?.value, sizeUnits);
  const total = seconds('Time elapsed');
  const downtime = seconds('Total downtime');
  const transferred = bytes('Data processed');
  const size = bytes('Data total');
  if (total === undefined) return wrong('Time elapsed', 'a time in ms', fields.get('Time elapsed')?.value ?? 'nothing');
  if (downtime === undefined) {
    return wrong('Total downtime', 'a time in ms', fields.get('Total downtime')?.value ?? 'nothing');
  }
  if (transferred === undefined) {
    return wrong('Data processed', 'a size', fields.get('Data processed')?.value ?? 'nothing');
  }
  if (size === undefined) return wrong('Data total', 'a size', fields.get('Data total')?.value ?? 'nothing');
  if (downtime > total) return wrong('Total downtime', `at most ${total} s, the whole job`, `${downtime} s`);
  // Both times lack the same network delay, which only a destination knows.
  // libvirt leaves out the one that would not be above 0.
  const [elapsedHere, downtimeHere] = [seconds('Time elapsed w/o network'), seconds('Downtime w/o network')];
  const delayed = [...fields.keys()].some(key => key.endsWith('w/o network'));
  if (delayed && elapsedHere === undefined) {
    return wrong(
      'Time elapsed w/o network',
      'a time in ms',
      fields.get('Time elapsed w/o network')?.value ?? 'nothing',
    );
  }
  if (elapsedHere !== undefined) {
    const rest = downtime - (total - elapsedHere);
    if (downtimeHere === undefined ? rest > 1e-9 : Math.abs(rest - downtimeHere) > 1e-9)
      return wrong('Downtime w/o network', `${rest} s, as of the time elapsed`, `${downtimeHere} s`);
  }
  // Memory and, where disks move too, files.
  for (const [all, found] of [
    ['processed', transferred],
    ['total', size],
  ] as const) {
    const parts = [...fields].filter(([key]) => key === `Memory ${all}` || key === `File ${all}`);
    const sum = parts.reduce((whole, [key]) => whole + (bytes(key) ?? Number.NaN), 0);
    // Each is printed with three decimals of its unit.
    const slack =
      parts.length < 2 ? 0 : parts.reduce((whole, [key]) => whole + unitOf(fields.get(key)?.value) / 1000, 0);
    if (parts.length > 0 && !(Math.abs(found - sum) <= slack + 1e-9 * found))
      return wrong(`Data ${all}`, `${sum} bytes, of memory and files`, `${found} bytes`);
  }
  const rounds = fields.get('Iteration')?.value;
  if (rounds !== undefined && !/^\d{1,9}$/.test(rounds)) return wrong('Iteration', 'a whole number', rounds);
  return {
    ok: true,
    value: {
      elapsedSeconds: total,
      downtimeSeconds: downtime,
      transferredBytes: transferred,
      totalBytes: size,
      ...(rounds === undefined ? {} : {iterations: Number(rounds)}),
    },
  };
}

const timeUnits: Readonly<Record<string, number>> = {ms: 1e-3};
const sizeUnits: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
  PiB: 1024 ** 5,
  EiB: 1024 ** 6,
};

/** Bytes of the unit that a size is printed in. */
function unitOf(text: string | undefined): number {
  return sizeUnits[/[A-Za-z]+$/.exec(text ?? '')?.[0] ?? ''] ?? 0;
}

function quantity(text: string | undefined, units: Readonly<Record<string, number>>): number | undefined {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)\s+(\w+)$/.exec(text ?? '');
  const scale = match?.[2] === undefined || !Object.hasOwn(units, match[2]) ? undefined : units[match[2]];
  return match?.[1] === undefined || scale === undefined ? undefined : Number(match[1]) * scale;
}

function excerpt(text: string): string {
  const line = text.trim().split('\n')[0] ?? '';
  return line === '' ? 'nothing' : line.slice(0, 80);
}
