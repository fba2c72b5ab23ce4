/**
 * What a parser makes of a damaged text, held against what it makes of the whole one: a number that went wrong must be told. Pure.
 * Truth values count as 0 and 1, so that a flag that turns over is a number that went wrong.
 */
import type {ParseError, Result} from '../../harness/types.ts';
import {random} from '../stats/random.ts';

export interface Subject {
  text: string;
  parse(text: string): Result<unknown, ParseError>;
  /** How far the number at this path (`/flows/0/bytes`) may be off unnoticed, as nothing else in the text confirms it. */
  unconfirmed(path: string, right: number | undefined): number;
}

/** What the parser makes of the whole text. */
export type Truth = ReadonlyMap<string, number>;

/**
 * `refused`: an error. `told`: a warning, or the tool's own error. `equal`: every number is right, within the last digits of a double.
 * `unconfirmed`: one differs that is in the subject's list of exceptions. `silent`: one differs, and nothing says so. `threw`: it threw.
 */
export type Outcome = 'refused' | 'told' | 'equal' | 'unconfirmed' | 'silent' | 'threw';
export const outcomes: readonly Outcome[] = ['refused', 'told', 'equal', 'unconfirmed', 'silent', 'threw'];

const lastDigits = 1e-12;

export function truthOf({text, parse}: Subject): Truth {
  const whole = parse(text);
  return whole.ok ? numbers(whole.value) : new Map();
}

/** What became of a damaged text; `detail` says which number it was. */
export function examine(subject: Subject, truth: Truth, damaged: string): {outcome: Outcome; detail?: string} {
  let result: Result<unknown, ParseError>;
  try {
    result = subject.parse(damaged);
  } catch (error) {
    return {outcome: 'threw', detail: error instanceof Error ? (error.stack ?? error.message) : String(error)};
  }
  const found = result.ok ? numbers(result.value) : new Map<string, number>();
  for (const [path, value] of found) {
    if (!Number.isFinite(value)) return {outcome: 'silent', detail: `${path} is ${value}`};
  }
  if (!result.ok) return {outcome: 'refused'};
  if (isTold(result.value)) return {outcome: 'told'};
  let worst: Outcome = 'equal';
  for (const path of new Set([...truth.keys(), ...found.keys()])) {
    const right = truth.get(path);
    const value = found.get(path);
    const off = right === undefined || value === undefined ? Number.POSITIVE_INFINITY : Math.abs(value - right);
    if (off <= lastDigits * Math.max(Math.abs(right ?? 0), Math.abs(value ?? 0))) continue;
    if (off > subject.unconfirmed(path, right)) return {outcome: 'silent', detail: `${path}: ${right} became ${value}`};
    worst = 'unconfirmed';
  }
  return {outcome: worst};
}

function isTold(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if ('error' in value && value.error !== undefined) return true;
  return 'warnings' in value && Array.isArray(value.warnings) && value.warnings.length > 0;
}

/** Said elsewhere, or a place in the text and no measurement. */
const asides = new Set(['warnings', 'line']);

function numbers(value: unknown, path = '', found = new Map<string, number>()): Map<string, number> {
  if (typeof value === 'number' || typeof value === 'boolean') found.set(path, Number(value));
  else if (typeof value === 'object' && value !== null) {
    for (const [key, one] of Object.entries(value)) if (!asides.has(key)) numbers(one, `${path}/${key}`, found);
  }
  return found;
}

const digits = [...'0123456789'];
// A letter, the exponent's, quotes, brackets of JSON and XML, signs, spaces, separators, nothing.
const others = [...'xe"\'}]<-. ,:\n', ''];
/** Replacements a byte has: digits by every digit, all by one of each kind and one at random. */
export const replacements = digits.length + others.length + 1;
export const everyReplacement = 257;

/** How many damaged texts there are of a text: as many cut short as it has characters, then `each` for every character. */
export function countDamages(text: string, each: number = replacements): number {
  return text.length * (1 + each);
}

/**
 * The damaged text of that number, from 0 to `countDamages − 1`; nothing where it is no damage: the same character, or a digit for something
 * that is none. `each` is `replacements`, or `everyReplacement` for all 256 bytes and none.
 */
export function damage(text: string, index: number, each: number = replacements): string | undefined {
  if (index < text.length) return text.slice(0, index);
  const at = Math.floor((index - text.length) / each);
  const kind = (index - text.length) % each;
  const before = text.charAt(at);
  const after = each === replacements ? replacement(before, kind, at) : kind === 256 ? '' : String.fromCharCode(kind);
  return after === undefined || after === before ? undefined : `${text.slice(0, at)}${after}${text.slice(at + 1)}`;
}

function replacement(before: string, kind: number, at: number): string | undefined {
  const digit = digits[kind];
  if (digit !== undefined) return before >= '0' && before <= '9' ? digit : kind === 7 ? digit : undefined;
  return others[kind - digits.length] ?? String.fromCharCode(Math.floor(random(at)() * 256));
}
