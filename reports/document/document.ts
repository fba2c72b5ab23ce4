/**
 * A report as data, before it is a page. Each kind of report builds one Document; each format (`index.ts`) draws any.
 * Builders write foreign text as
 * it is: escaping, and folding text to one line, is the formats' own.
 */
import type {Chart} from './charts/draw.ts';
import type {Sheet} from './csv.ts';
import type {Attested} from './in-toto.ts';
import type {Cases} from './junit.ts';
import type {Markup} from './markup.ts';

/** What a word says beside itself: a colour and a sign on a page, a sign in Markdown. */
export type Tone =
  | 'met'
  | 'missed'
  | 'undecided'
  | 'not-testable'
  | 'better'
  | 'worse'
  | 'too-noisy'
  | 'no-difference-shown'
  | 'critical'
  | 'warning'
  | 'aborted'
  | 'unhealed';

/** Running text. A list is its parts one after the other. */
export type Words =
  | string
  | {code: Words}
  | {strong: Words}
  /** Beside the main thing, smaller. */
  | {small: Words}
  /** The same on a line of its own below. */
  | {below: Words}
  /** One line each, in one cell. */
  | {lines: readonly Words[]}
  | {tone: Tone; words: Words}
  /** `href` from the place of the document, or `#anchor`; without one only the note is shown. */
  | {href: string | undefined; words: Words; note?: string}
  | {anchor: string; words: Words}
  /** `—` with the reason why nothing is there. */
  | {absent: string}
  /** A small sign, and the words for it where nothing is drawn. */
  | {drawn: Markup; words: Words}
  /** Boxes to tick by hand. */
  | {choices: readonly string[]}
  | readonly Words[];

export interface Column {
  title: string;
  /** Flush right. `list`: several numbers in one cell, which may break. */
  numeric?: boolean | 'list';
  /** Its cells are not broken into lines. */
  whole?: true;
  /** In small print: reasons, sources. */
  small?: true;
  /** One cell for a whole group of rows, which each repeat its text. */
  shared?: true;
  /** Too long for a message. */
  page?: true;
  /** Percent of the table; the columns of a table have all a width or none. */
  width?: number;
}

export interface Group {
  title?: Words;
  /** The first cell of a row is its heading. */
  rows: readonly (readonly Words[])[];
}

export interface Table {
  kind: 'table';
  caption: string;
  note?: Words;
  columns: readonly Column[];
  groups: readonly Group[];
}

export interface Item {
  tone?: Tone;
  words: Words;
  /** Further paragraphs. */
  more?: readonly Words[];
}

export type Block =
  | {kind: 'paragraph'; words: Words; quiet?: true}
  | {kind: 'heading'; words: Words}
  /** Items with a tone are set apart from each other. */
  | {kind: 'list'; items: readonly Item[]}
  | Table
  /** Drawn only when a format asks; the others show what stands in its place, if anything. */
  | {kind: 'chart'; draw: () => Promise<readonly Chart[]>; instead?: readonly Block[]; none?: string}
  | {kind: 'panels'; blocks: readonly Block[]}
  /** Folded on a page; formats that cannot fold leave it out. */
  | {kind: 'details'; summary: Words; blocks: readonly Block[]; anchor?: string}
  /** Dear to make: only when a page asks. */
  | {kind: 'later'; of: () => Promise<readonly Block[]> | readonly Block[]};

export interface Section {
  id: string;
  title: string;
  blocks: readonly Block[];
  /**
   * `page`: too long for a message, only on a page. `sign`: to be signed on paper; `annex`: not to be printed; both
   * only on a page.
   */
  only?: 'page' | 'sign' | 'annex';
}

export interface Document {
  /** Verdict and subject in one line. */
  title: string;
  kicker: string;
  heading: string;
  verdict: {tone: Tone; word: string; says: Words; counts?: readonly Words[]};
  /** What must be known before a figure is read. */
  notes: readonly {headline: string; words: Words; tone?: 'takes'}[];
  /** After the notes, still on the face. */
  lead?: readonly Block[];
  facts: readonly (readonly [name: string, value: Words])[];
  sections: readonly Section[];
  footer: readonly Words[];
  /** For programs, as JSON: `indent` spaces deep, 2 without. */
  data?: {value: () => unknown; indent?: 1 | 2};
  /** For spreadsheets; the first one is what `csv` gives. */
  sheets?: Readonly<Record<string, () => Sheet>>;
  /** For continuous integration. */
  cases?: () => Cases;
  /** For an in-toto statement. */
  attested?: () => Attested;
}

export function paragraph(words: Words): Block {
  return {kind: 'paragraph', words};
}

/** Says that something is not there. */
export function quiet(words: Words): Block {
  return {kind: 'paragraph', words, quiet: true};
}

export function heading(words: Words): Block {
  return {kind: 'heading', words};
}

export function list(items: readonly Words[], tone?: Tone): Block {
  return {kind: 'list', items: items.map(words => (tone === undefined ? {words} : {words, tone}))};
}

/** A table of one group. Columns given as text are words. */
export function table(
  caption: string,
  columns: readonly (string | Column)[],
  rows: readonly (readonly Words[])[],
  note?: Words,
): Table {
  return {
    kind: 'table',
    caption,
    columns: columns.map(column => (typeof column === 'string' ? {title: column} : column)),
    groups: [{rows}],
    ...(note === undefined ? {} : {note}),
  };
}

export function numeric(title: string): Column {
  return {title, numeric: true};
}

/** One chart. `none` is said where there is nothing to draw; other formats show `instead`. */
export function chart(draw: () => Promise<Chart | undefined>, none?: string, instead?: readonly Block[]): Block {
  return {
    kind: 'chart',
    draw: async () => {
      const drawn = await draw();
      return drawn === undefined ? [] : [drawn];
    },
    ...(none === undefined ? {} : {none}),
    ...(instead === undefined ? {} : {instead}),
  };
}

/** What is there of `things`, as one list: for parts that may be left out. */
export function present<T>(...things: readonly (T | undefined | false)[]): readonly T[] {
  return things.filter((thing): thing is T => thing !== undefined && thing !== false);
}

export function joined(parts: readonly Words[], separator: string): Words {
  return parts.flatMap((part, index) => (index === 0 ? [part] : [separator, part]));
}
