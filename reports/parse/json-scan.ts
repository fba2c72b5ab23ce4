/**
 * Finds JSON documents in the output of tools that print other lines around them, one after another, with repeated keys, or
 * with `-nan` for a number. Total: any text in, documents and damage out; never throws.
 */

/** `-nan`, `inf`, or a literal too large for a double: it stands where a number should, and is none. */
export interface NotANumber {
  notANumber: string;
}

/** Members in the order of the text, which `JSON.parse` loses for keys that look like integers. */
export type JsonObject = ReadonlyMap<string, JsonValue>;
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject | NotANumber;

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
export const longestText = 64 * 2 ** 20;
const deepest = 64;

const numberShape = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const wordShape = /[+-]?[A-Za-z]+/y;
const spaceShape = /[ \t\r\n]*/y;
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

class Broken extends Error {
  readonly at: number;
  readonly expected: string;
  constructor(at: number, expected: string) {
    super(expected);
    this.at = at;
    this.expected = expected;
  }
}

class Reader {
  readonly text: string;
  at: number;
  readonly repeated: string[] = [];

  constructor(text: string, at: number) {
    this.text = text;
    this.at = at;
  }

  match(shape: RegExp): string {
    shape.lastIndex = this.at;
    const found = shape.exec(this.text)?.[0] ?? '';
    this.at += found.length;
    return found;
  }

  /** The next character that is no space, not taken. */
  next(): string {
    this.match(spaceShape);
    return this.text.charAt(this.at);
  }

  take(character: string, expected: string): void {
    if (this.next() !== character) throw new Broken(this.at, expected);
    this.at += 1;
  }

  value(path: string, depth: number): JsonValue {
    if (depth > deepest) throw new Broken(this.at, `at most ${deepest} levels`);
    const first = this.next();
    if (first === '{') return this.object(path, depth);
    if (first === '[') return this.array(path, depth);
    if (first === '"') return this.string();
    const start = this.at;
    const literal = this.match(numberShape);
    if (literal !== '') {
      const value = Number(literal);
      return Number.isFinite(value) ? value : {notANumber: literal};
    }
    const word = this.match(wordShape);
    if (word === 'true') return true;
    if (word === 'false') return false;
    if (word === 'null') return null;
    if (/^[+-]?(?:nan|inf|infinity)$/i.test(word)) return {notANumber: word};
    throw new Broken(start, 'a value');
  }

  object(path: string, depth: number): JsonObject {
    const members = new Map<string, JsonValue>();
    this.take('{', '{');
    if (this.next() === '}') {
      this.at += 1;
      return members;
    }
    for (;;) {
      if (this.next() !== '"') throw new Broken(this.at, 'a key in quotes');
      const key = this.string();
      this.take(':', ': after a key');
      const place = `${path}/${escapePointer(key)}`;
      const value = this.value(place, depth + 1);
      if (members.has(key)) this.repeated.push(place);
      members.set(key, value);
      const after = this.next();
      if (after !== ',' && after !== '}') throw new Broken(this.at, ', or }');
      this.at += 1;
      if (after === '}') return members;
    }
  }

  array(path: string, depth: number): readonly JsonValue[] {
    const items: JsonValue[] = [];
    this.take('[', '[');
    if (this.next() === ']') {
      this.at += 1;
      return items;
    }
    for (;;) {
      items.push(this.value(`${path}/${items.length}`, depth + 1));
      const after = this.next();
      if (after !== ',' && after !== ']') throw new Broken(this.at, ', or ]');
      this.at += 1;
      if (after === ']') return items;
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
      const mark = this.text.charAt(end);
      if (mark === '"') {
        this.at += 1;
        return text;
      }
      if (mark !== '\\') throw new Broken(mark === '' ? start : end, 'a string that ends on its line');
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
    let end = this.at;
    for (; end < this.text.length; end += 1) {
      const code = this.text.charCodeAt(end);
      if (code === 0x22 || code === 0x5c || code < 0x20) return end;
    }
    return end;
  }
}

export function escapePointer(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** What stands at a place of a text, short enough for a sentence. */
export function excerpt(text: string, at: number): string {
  if (at >= text.length) return 'the end of the text';
  const piece = text.slice(at, at + 40).split('\n', 1)[0] ?? '';
  return piece === '' ? 'the end of the line' : JSON.stringify(piece);
}

function lineOf(text: string, at: number): number {
  let line = 1;
  for (let i = text.indexOf('\n'); i !== -1 && i < at; i = text.indexOf('\n', i + 1)) line += 1;
  return line;
}

/** Next `{` at the beginning of a line, or -1. */
function nextOpening(text: string, from: number): number {
  if (text.charAt(from) === '{' && (from === 0 || text.charAt(from - 1) === '\n')) return from;
  const found = text.indexOf('\n{', from);
  return found === -1 ? -1 : found + 1;
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
  const setAside = (from: number, to: number): void => {
    let line = lineOf(text, from);
    for (const one of text.slice(from, to).split('\n')) {
      if (one.trim() !== '') outside.push(one);
      if (pieceOfDocument.test(one)) {
        damage.push({line, expected: 'no piece of JSON outside a document', found: excerpt(one, 0)});
      }
      line += 1;
    }
  };
  let from = 0;
  for (let open = nextOpening(text, 0); open !== -1; open = nextOpening(text, from)) {
    setAside(from, open);
    const reader = new Reader(text, open);
    try {
      const value = reader.object('', 0);
      documents.push({value, line: lineOf(text, open), repeated: reader.repeated});
      from = reader.at;
    } catch (error) {
      if (!(error instanceof Broken)) throw error;
      damage.push({line: lineOf(text, error.at), expected: error.expected, found: excerpt(text, error.at)});
      const onward = nextOpening(text, open + 1);
      if (onward === -1) return {documents, damage, outside};
      from = onward;
    }
  }
  setAside(from, text.length);
  return {documents, damage, outside};
}
