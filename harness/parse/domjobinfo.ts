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
 * Any text in, numbers or an error out; there are no warnings. An error: a job that did not complete or was no
 * migration, a field that is missing or cannot be read, a text that is cut off, figures that contradict each other
 * (times with and without network; data against memory and files). What nothing else in the text confirms:
 * `iterations`; where they are not printed beside, the two times (without network) and the two sizes (of memory and
 * files).
 */
export function parseDomjobinfo(text: string, artefact: string): Result<Domjobinfo, ParseError> {
  const read = fieldsOf(text);
  if (!read.ok) return {ok: false, error: {artefact, ...read.error}};
  const fields = read.value;
  const figures = figuresOf(fields);
  if (!figures.ok) return {ok: false, error: {artefact, ...figures.error}};
  const wrong = contradiction(fields, figures.value) ?? partsContradiction(fields, figures.value);
  if (wrong !== undefined) return {ok: false, error: {artefact, ...wrong}};
  const rounds = fields.get('Iteration')?.value;
  if (rounds !== undefined && !/^\d{1,9}$/.test(rounds)) {
    return {ok: false, error: {artefact, path: 'Iteration', expected: 'a whole number', found: rounds}};
  }
  return {ok: true, value: {...figures.value, ...(rounds === undefined ? {} : {iterations: Number(rounds)})}};
}

/** By the words before the colon. */
export type Fields = ReadonlyMap<string, {value: string; line: number}>;
type Wrong = Omit<ParseError, 'artefact'>;
type Figures = Omit<Domjobinfo, 'iterations'>;

/** The lines of a migration that has completed. */
function fieldsOf(text: string): Result<Fields, Wrong> {
  const wrong = (path: string, expected: string, found: string): Result<never, Wrong> => ({
    ok: false,
    error: {path, expected, found},
  });
  const fields = new Map<string, {value: string; line: number}>();
  for (const [index, line] of text.split('\n').entries()) {
    const match = /^([A-Z][^:]*):\s+(.*?)\s*$/.exec(line);
    if (match?.[1] === undefined || match[2] === undefined) continue;
    if (fields.has(match[1])) return wrong(`line ${index + 1}`, `one line "${match[1]}"`, 'a second one');
    fields.set(match[1], {value: match[2], line: index + 1});
  }
  const type = fields.get('Job type');
  if (type === undefined) return wrong('line 1', '"Job type: Completed"', excerpt(text));
  if (type.value !== 'Completed') {
    return wrong(`line ${type.line}`, '"Job type: Completed"', `"Job type: ${type.value}"`);
  }
  const operation = fields.get('Operation')?.value;
  if (operation === undefined || !/migration$/.test(operation)) {
    return wrong('Operation', 'a migration', operation ?? 'no operation');
  }
  // A line cut off in the middle would be a smaller number: the text must go on after the fields that count.
  if (!text.includes('\n', text.lastIndexOf(':'))) {
    return wrong('end', 'a last line that ends', 'a text that is cut off');
  }
  return {ok: true, value: fields};
}

function figuresOf(fields: Fields): Result<Figures, Wrong> {
  const elapsedSeconds = seconds(fields, 'Time elapsed');
  if (elapsedSeconds === undefined) return unreadable(fields, 'Time elapsed', 'a time in ms');
  const downtimeSeconds = seconds(fields, 'Total downtime');
  if (downtimeSeconds === undefined) return unreadable(fields, 'Total downtime', 'a time in ms');
  const transferredBytes = bytes(fields, 'Data processed');
  if (transferredBytes === undefined) return unreadable(fields, 'Data processed', 'a size');
  const totalBytes = bytes(fields, 'Data total');
  if (totalBytes === undefined) return unreadable(fields, 'Data total', 'a size');
  return {ok: true, value: {elapsedSeconds, downtimeSeconds, transferredBytes, totalBytes}};
}

function unreadable(fields: Fields, path: string, expected: string): {ok: false; error: Wrong} {
  return {ok: false, error: {path, expected, found: fields.get(path)?.value ?? 'nothing'}};
}

/** Where the two times, with and without network, do not agree. */
function contradiction(fields: Fields, {elapsedSeconds, downtimeSeconds}: Figures): Wrong | undefined {
  if (downtimeSeconds > elapsedSeconds) {
    const expected = `at most ${elapsedSeconds} s, the whole job`;
    return {path: 'Total downtime', expected, found: `${downtimeSeconds} s`};
  }
  // Both times lack the same network delay, which only a destination knows.
  // libvirt leaves out the one that would not be above 0.
  const elapsedHere = seconds(fields, 'Time elapsed w/o network');
  const downtimeHere = seconds(fields, 'Downtime w/o network');
  if (elapsedHere === undefined) {
    const delayed = [...fields.keys()].some(key => key.endsWith('w/o network'));
    return delayed ? unreadable(fields, 'Time elapsed w/o network', 'a time in ms').error : undefined;
  }
  const rest = downtimeSeconds - (elapsedSeconds - elapsedHere);
  const agrees = downtimeHere === undefined ? rest <= 1e-9 : Math.abs(rest - downtimeHere) <= 1e-9;
  if (agrees) return undefined;
  const expected = `${rest} s, as of the time elapsed`;
  return {path: 'Downtime w/o network', expected, found: `${downtimeHere} s`};
}

/** Where the data are not the sum of memory and, where disks move too, files. */
function partsContradiction(fields: Fields, {transferredBytes, totalBytes}: Figures): Wrong | undefined {
  for (const [all, found] of [
    ['processed', transferredBytes],
    ['total', totalBytes],
  ] as const) {
    const parts = [`Memory ${all}`, `File ${all}`].filter(key => fields.has(key));
    if (parts.length === 0) continue;
    const sum = parts.reduce((whole, key) => whole + (bytes(fields, key) ?? Number.NaN), 0);
    // Each is printed with three decimals of its unit.
    const slack = parts.length < 2 ? 0 : parts.reduce((whole, key) => whole + unitOf(fields.get(key)?.value) / 1000, 0);
    if (!(Math.abs(found - sum) <= slack + 1e-9 * found)) {
      return {path: `Data ${all}`, expected: `${sum} bytes, of memory and files`, found: `${found} bytes`};
    }
  }
  return undefined;
}

export function seconds(fields: Fields, key: string): number | undefined {
  return quantity(fields.get(key)?.value, timeUnits);
}

export function bytes(fields: Fields, key: string): number | undefined {
  return quantity(fields.get(key)?.value, sizeUnits);
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
