/**
 * Finds JSON documents in the output of tools that print other lines around them, one after another, with repeated
 * keys, or with `-nan` for a number. Total: any text in, documents and damage out; never throws.
 */

import {escapePointer} from './json.ts';

/** `-nan`, `inf`, or a literal too large for a double: it stands where a number should, and is none. */
export interface NotANumber {
  notANumber: string;
}

/**
 * A `bins` object (fio's histograms: most of the text of a json+ file) of whole numbers under ascending whole-number
 * keys, read flat. Any other `bins` is an object like all.
 */
export class CountTable {
  readonly entries: readonly (readonly [key: number, count: number])[];
  constructor(entries: readonly (readonly [key: number, count: number])[]) {
    this.entries = entries;
  }
}

/** Members in the order of the text, which `JSON.parse` loses for keys that look like integers. */
export type JsonObject = ReadonlyMap<string, JsonValue>;
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject | CountTable | NotANumber;

export interface JsonDocument {
  value: JsonObject;
  /** Line of its opening brace, from 1. */
  line: number;
  /** Keys that an object holds more than once (the last value counts), as JSON pointers. */
  repeated: readonly string[];
}

/** Where a document stopped making sense. */
export interface JsonDamage {
  line: number;
  expected: string;
  found: string;
}

export interface JsonScan {
  documents: readonly JsonDocument[];
  /** Documents that begin and are not whole, and lines outside any document that look like a piece of one. */
  damage: readonly JsonDamage[];
  /** The lines outside the documents. */
  outside: readonly string[];
}

/** Longer texts are refused: no tool here prints so much. */
const longestText = 64 * 2 ** 20;
const deepest = 64;

const tableKey = 'bins';
/** Whole numbers of so many digits are exact in a double, also while they are read digit by digit. */
const exactDigits = 15;

const numberShape = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const wordShape = /[+-]?[A-Za-z]+/y;
const pieceOfDocument = /^\s*(?:"[^"]*"\s*:|[}\]],?\s*$|[{[]\s*$)/;
const escapes: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** Character codes: comparing them is several times as fast as comparing one-character strings. */
const quote = 0x22;
const comma = 0x2c;
const minus = 0x2d;
const point = 0x2e;
const zero = 0x30;
const nine = 0x39;
const colon = 0x3a;
const openBracket = 0x5b;
const backslash = 0x5c;
const closeBracket = 0x5d;
const exponent = 0x65;
const openBrace = 0x7b;
const closeBrace = 0x7d;
const endOfText = -1;

function isDigit(code: number): boolean {
  return code >= zero && code <= nine;
}

class Broken extends Error {
  readonly at: number;
  readonly expected: string;
  constructor(at: number, expected: string) {
    super(expected);
    this.at = at;
    this.expected = expected;
  }
}

/** The text as numbers: reading them out of an array is twice as fast as out of a string. */
type Codes = Uint8Array | Uint16Array;

const encoder = new TextEncoder();
/** Used for one text after another: fresh memory for each takes twenty times as long as the copying. */
const scratch = new Uint8Array(4 * 2 ** 20);

/** Good until the next call. */
function codesOf(text: string): Codes {
  const target = text.length <= scratch.length ? scratch : new Uint8Array(text.length);
  const {read, written} = encoder.encodeInto(text, target);
  // As many bytes as characters: all are ASCII.
  if (read === text.length && written === read) return target.subarray(0, written);
  const codes = new Uint16Array(text.length);
  for (let at = 0; at < text.length; at += 1) codes[at] = text.charCodeAt(at);
  return codes;
}

class Reader {
  readonly text: string;
  /** One for each character of the text. */
  readonly codes: Codes;
  at: number;
  readonly repeated: string[] = [];
  /** Keys and indices that lead to the value being read. */
  readonly trail: (string | number)[] = [];

  constructor(text: string, codes: Codes, at: number) {
    this.text = text;
    this.codes = codes;
    this.at = at;
  }

  match(shape: RegExp): string {
    shape.lastIndex = this.at;
    const found = shape.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  code(at: number): number {
    return this.codes[at] ?? endOfText;
  }

  /** The next character that is no space, not taken. */
  next(): number {
    this.at = afterSpace(this.codes, this.at);
    return this.code(this.at);
  }

  value(): JsonValue {
    if (this.trail.length > deepest) throw new Broken(this.at, `at most ${deepest} levels`);
    const first = this.next();
    if (first === quote) return this.string();
    if (first === openBrace) return (this.trail.at(-1) === tableKey ? this.table() : undefined) ?? this.object();
    if (first === openBracket) return this.array();
    return first === minus || isDigit(first) ? this.number() : this.word();
  }

  word(): boolean | null | NotANumber {
    const start = this.at;
    const word = this.match(wordShape);
    if (word === 'true') return true;
    if (word === 'false') return false;
    if (word === 'null') return null;
    if (/^[+-]?(?:nan|inf|infinity)$/i.test(word)) return {notANumber: word};
    throw new Broken(start, 'a value');
  }

  number(): JsonValue {
    const start = this.at;
    const negative = this.code(start) === minus;
    const first = negative ? start + 1 : start;
    let at = first;
    let digits = 0;
    let pointAt = -1;
    for (; ; at += 1) {
      const code = this.code(at);
      if (isDigit(code)) digits = digits * 10 + (code - zero);
      else if (code === point && pointAt === -1) pointAt = at;
      else break;
    }
    const wholeEnd = pointAt === -1 ? at : pointAt;
    const decimals = pointAt === -1 ? 0 : at - pointAt - 1;
    const plain =
      wholeEnd > first &&
      at - first <= exactDigits &&
      (this.code(first) !== zero || wholeEnd === first + 1) &&
      (pointAt === -1 || decimals > 0) &&
      (this.code(at) | 0x20) !== exponent;
    if (plain) {
      this.at = at;
      // Digits and power of ten are exact, so the quotient is the double nearest to the literal.
      const value = decimals === 0 ? digits : digits / 10 ** decimals;
      return negative ? -value : value;
    }
    const literal = this.match(numberShape);
    if (literal === '') return this.word();
    const value = Number(literal);
    return Number.isFinite(value) ? value : {notANumber: literal};
  }

  object(): JsonObject {
    const members = new Map<string, JsonValue>();
    this.at += 1;
    if (this.next() === closeBrace) {
      this.at += 1;
      return members;
    }
    for (;;) {
      if (this.next() !== quote) throw new Broken(this.at, 'a key in quotes');
      const key = this.string();
      if (this.next() !== colon) throw new Broken(this.at, ': after a key');
      this.at += 1;
      this.trail.push(key);
      const known = members.size;
      members.set(key, this.value());
      if (members.size === known)
        this.repeated.push(this.trail.map(step => `/${escapePointer(String(step))}`).join(''));
      this.trail.pop();
      const after = this.next();
      if (after !== comma && after !== closeBrace) throw new Broken(this.at, ', or }');
      this.at += 1;
      if (after === closeBrace) return members;
    }
  }

  /** A table where this is one; otherwise nothing is taken. */
  table(): CountTable | undefined {
    const {codes} = this;
    const entries: (readonly [number, number])[] = [];
    let before = -1;
    // One position in one loop: calls that move `this.at` would take twice as long.
    let at = this.at + 1;
    for (;;) {
      at = afterSpace(codes, at);
      if (codes[at] !== quote) return undefined;
      const keyAt = at + 1;
      at = afterDigits(codes, keyAt);
      const key = wholeNumber(codes, keyAt, at);
      if (key <= before || codes[at] !== quote) return undefined;
      before = key;
      at = afterSpace(codes, at + 1);
      if (codes[at] !== colon) return undefined;
      const countAt = afterSpace(codes, at + 1);
      at = afterDigits(codes, countAt);
      const count = wholeNumber(codes, countAt, at);
      if (count < 0) return undefined;
      entries.push([key, count]);
      at = afterSpace(codes, at);
      const after = codes[at];
      at += 1;
      if (after === comma) continue;
      if (after !== closeBrace) return undefined;
      this.at = at;
      return new CountTable(entries);
    }
  }

  array(): readonly JsonValue[] {
    const items: JsonValue[] = [];
    this.at += 1;
    if (this.next() === closeBracket) {
      this.at += 1;
      return items;
    }
    for (;;) {
      this.trail.push(items.length);
      items.push(this.value());
      this.trail.pop();
      const after = this.next();
      if (after !== comma && after !== closeBracket) throw new Broken(this.at, ', or ]');
      this.at += 1;
      if (after === closeBracket) return items;
    }
  }

  string(): string {
    const start = this.at;
    let text = '';
    this.at += 1;
    for (;;) {
      const end = this.endOfPlain();
      text += this.text.slice(this.at, end);
      this.at = end;
      const mark = this.code(end);
      if (mark === quote) {
        this.at += 1;
        return text;
      }
      if (mark !== backslash) throw new Broken(mark === endOfText ? start : end, 'a string that ends on its line');
      const kind = this.text.charAt(end + 1);
      const plain = escapes[kind];
      const hex = this.text.slice(end + 2, end + 6);
      if (plain !== undefined) {
        text += plain;
        this.at = end + 2;
      } else if (kind === 'u' && /^[0-9a-fA-F]{4}$/.test(hex)) {
        text += String.fromCharCode(Number.parseInt(hex, 16));
        this.at = end + 6;
      } else throw new Broken(end, 'a known escape');
    }
  }

  /** Index of the first quote, backslash or control character from here. */
  endOfPlain(): number {
    const {codes} = this;
    let end = this.at;
    for (; end < codes.length; end += 1) {
      const code = this.code(end);
      if (code === quote || code === backslash || code < 0x20) return end;
    }
    return end;
  }
}

function afterSpace(codes: Codes, from: number): number {
  let at = from;
  for (; ; at += 1) {
    const code = codes[at];
    if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return at;
  }
}

function afterDigits(codes: Codes, from: number): number {
  let at = from;
  while (isDigit(codes[at] ?? endOfText)) at += 1;
  return at;
}

/** A whole number as JSON writes it, of few enough digits; otherwise -1. */
function wholeNumber(codes: Codes, from: number, end: number): number {
  const length = end - from;
  if (length === 0 || length > exactDigits || (length > 1 && codes[from] === zero)) return -1;
  let value = 0;
  for (let at = from; at < end; at += 1) value = value * 10 + ((codes[at] ?? zero) - zero);
  return value;
}

/** What stands at a place of a text, short enough for a sentence. */
function excerpt(text: string, at: number): string {
  if (at >= text.length) return 'the end of the text';
  const piece = text.slice(at, at + 40).split('\n', 1)[0] ?? '';
  return piece === '' ? 'the end of the line' : JSON.stringify(piece);
}

function newlines(text: string, from: number, to: number): number {
  let count = 0;
  for (let i = text.indexOf('\n', from); i !== -1 && i < to; i = text.indexOf('\n', i + 1)) count += 1;
  return count;
}

/**
 * Next `{` at the beginning of a line, or -1. A carriage return ends a line too: what fio and others print over and
 * over on one line of a terminal ends with one.
 */
function nextOpening(text: string, from: number): number {
  if (text.charAt(from) === '{' && (from === 0 || '\r\n'.includes(text.charAt(from - 1)))) return from;
  for (let at = text.indexOf('{', from + 1); at !== -1; at = text.indexOf('{', at + 1)) {
    const before = text.charCodeAt(at - 1);
    if (before === 0x0a || before === 0x0d) return at;
  }
  return -1;
}

/** Every balanced object that opens at the beginning of a line, and all that is not in order. */
export function scanJson(text: string): JsonScan {
  if (text.length > longestText) {
    const found = `${text.length} characters`;
    return {documents: [], damage: [{line: 1, expected: `at most ${longestText} characters`, found}], outside: []};
  }
  const documents: JsonDocument[] = [];
  const damage: JsonDamage[] = [];
  const outside: string[] = [];
  let line = 1;
  let counted = 0;
  /** Positions must not descend: each piece of the text is counted once. */
  const lineAt = (at: number): number => {
    line += newlines(text, counted, at);
    counted = at;
    return line;
  };
  const setAside = (from: number, to: number): void => {
    text
      .slice(from, to)
      .split('\n')
      .forEach((line, index) => {
        for (const one of line.split('\r')) {
          if (one.trim() !== '') outside.push(one);
          if (!pieceOfDocument.test(one)) continue;
          const expected = 'no piece of JSON outside a document';
          damage.push({line: lineAt(from) + index, expected, found: excerpt(one, 0)});
        }
      });
  };
  let codes: Codes | undefined;
  let from = 0;
  for (let open = nextOpening(text, 0); open !== -1; open = nextOpening(text, from)) {
    setAside(from, open);
    codes ??= codesOf(text);
    const reader = new Reader(text, codes, open);
    try {
      const value = reader.object();
      documents.push({value, line: lineAt(open), repeated: reader.repeated});
      from = reader.at;
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      const {at, expected} = error;
      damage.push({line: lineAt(open) + newlines(text, open, at), expected, found: excerpt(text, at)});
      const onward = nextOpening(text, open + 1);
      if (onward === -1) return {documents, damage, outside};
      from = onward;
    }
  }
  setAside(from, text.length);
  return {documents, damage, outside};
}
