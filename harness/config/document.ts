/** A YAML file as text → its data and where each node stands, or what keeps it from being read. Pure. */
import {type Document, LineCounter, type Node, parseDocument, visit, type YAMLParseError, type YAMLWarning} from 'yaml';
import type {ConfigError, Result} from '../types.ts';

/** Bytes (UTF-16 units) a configuration file may have. */
export const largestFile = 1_000_000;
/** Levels of nesting; more is a mistake or an attack. */
const deepest = 64;
/** Uses of aliases; few files need any. */
const mostAliases = 100;

/** Both from 1. */
export interface Place {
  line: number;
  column: number;
}

/** A document that could be read. */
export interface Source {
  file: string;
  root: Node | null;
  data: unknown;
  place(offset: number): Place;
}

/** What is wrong, and where. */
type Mistake = Omit<ConfigError, 'file'>;

const start: Place = {line: 1, column: 1};

export function readDocument(text: string, file: string): Result<Source, ConfigError[]> {
  const fail = (mistakes: readonly Mistake[]): Result<Source, ConfigError[]> => ({
    ok: false,
    error: mistakes.map(mistake => ({file, ...mistake})),
  });
  const unfit = unfitText(text);
  if (unfit !== undefined) return fail([unfit]);
  const lines = new LineCounter();
  const place = (offset: number): Place => {
    const {line, col} = lines.linePos(Math.min(offset, text.length));
    return {line: Math.max(line, 1), column: Math.max(col, 1)};
  };
  try {
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: true,
      stringKeys: true,
      strict: true,
      logLevel: 'error',
    });
    const broken = [...document.errors, ...document.warnings];
    if (broken.length > 0) return fail(broken.map(error => ({...place(error.pos[0]), ...syntaxMistake(error, text)})));
    const {aliases, first} = aliasesOf(document);
    if (aliases > mostAliases) {
      return fail([mistakeAt(place(first), `${aliases} aliases`, `at most ${mostAliases}`, 'write the values out')]);
    }
    const data: unknown = document.toJS({maxAliasCount: mostAliases});
    return {ok: true, value: {file, root: document.contents, data, place}};
  } catch (error) {
    return fail([thrownMistake(error)]);
  }
}

function mistakeAt(place: Place, found: string, expected: string, hint: string): Mistake {
  return {...place, found, expected, hint};
}

/** What can be told before the parser sees the text. */
function unfitText(text: string): Mistake | undefined {
  if (text.length > largestFile) {
    return mistakeAt(
      start,
      `${text.length} characters`,
      `at most ${largestFile}`,
      'split the file or name another one',
    );
  }
  const nul = text.indexOf('\0');
  if (nul >= 0) {
    return mistakeAt(placeIn(text, nul), 'a NUL byte', 'YAML text', 'this is not a text file; name another one');
  }
  const {depth, offset} = deepestNesting(text);
  if (depth <= deepest) return undefined;
  return mistakeAt(placeIn(text, offset), `${depth} levels`, `at most ${deepest}`, 'flatten the file');
}

function aliasesOf(document: Document.Parsed): {aliases: number; first: number} {
  let aliases = 0;
  let first = 0;
  visit(document, {
    Alias(_key, node) {
      aliases += 1;
      if (aliases === 1) first = node.range?.[0] ?? 0;
    },
  });
  return {aliases, first};
}

function thrownMistake(error: unknown): Mistake {
  const message = error instanceof Error ? error.message : String(error);
  return /alias count/i.test(message)
    ? mistakeAt(start, 'aliases that multiply', 'a file of plain values', 'write the values out')
    : mistakeAt(start, message, 'valid YAML', 'mend the file');
}

/** Without its place. */
type Told = Omit<Mistake, keyof Place>;

const syntaxErrors: Readonly<Record<string, Told>> = {
  DUPLICATE_KEY: {
    found: 'a key that stands here twice',
    expected: 'each key once',
    hint: 'remove one of the two: which one would count is not obvious to a reader',
  },
  TAB_AS_INDENT: {found: 'a tab', expected: 'spaces', hint: 'indent with spaces: YAML allows no tabs'},
  MULTIPLE_DOCS: {found: 'a second document', expected: 'one document', hint: 'remove the line "---"'},
};

function syntaxMistake({code, message, pos}: YAMLParseError | YAMLWarning, text: string): Told {
  const known = syntaxErrors[code];
  if (known !== undefined) return known;
  const [offset] = pos;
  return {found: excerpt(text, offset), expected: 'valid YAML', hint: syntaxHint(message, text.slice(0, offset))};
}

/** A value such as `> 5 ms` without quotes begins a block of text for YAML: the parser's own message leads nowhere. */
function syntaxHint(message: string, before: string): string {
  return /[:-] +[>|] *$/.test(before) ? 'put text that begins with > or | in quotes' : message;
}

function excerpt(text: string, offset: number): string {
  const line = text.slice(offset).split('\n', 1)[0] ?? '';
  return line.trim() === '' ? 'the end of a line' : `"${line.slice(0, 40)}"`;
}

function placeIn(text: string, offset: number): Place {
  const before = text.slice(0, offset).split('\n');
  return {line: before.length, column: (before[before.length - 1]?.length ?? 0) + 1};
}

/**
 * A cheap upper bound on nesting, before the parser recurses: open brackets, or columns of indentation and "- - -" on
 * one line. Brackets inside quoted text count too; no configuration of ours comes near the limit.
 */
function deepestNesting(text: string): {depth: number; offset: number} {
  let open = 0;
  let worst = {depth: 0, offset: 0};
  for (let index = 0; index < text.length; index++) {
    const character = text[index];
    if (character === '[' || character === '{') open += 1;
    else if ((character === ']' || character === '}') && open > 0) open -= 1;
    if (open > worst.depth) worst = {depth: open, offset: index};
  }
  for (const match of text.matchAll(/^(?: |- |\? )*/gm)) {
    const dashes = match[0].replaceAll(' ', '').length;
    const levels = dashes + Math.floor((match[0].length - dashes) / 2);
    if (levels > worst.depth) worst = {depth: levels, offset: match.index};
  }
  return worst;
}
