/**
 * For a terminal: the words of the page, tables in aligned columns, without pictures and without what is folded
 * there.
 */
import {oneLine} from '../words/text.ts';
import type {Block, Column, Document, Table, Words} from './document.ts';
import type {Format} from './index.ts';
import {plainText, withoutPageColumns} from './markdown.ts';

export const text: Format = {name: 'text', extension: 'txt', render: renderText};

function renderText({title, verdict, notes, lead = [], facts, sections, footer}: Document): string {
  const lines = [
    line(title),
    line(verdict.says),
    ...notes.map(({headline, words}) => line([headline, ' ', words])),
    '',
    ...lead.flatMap(blockLines),
    ...facts.map(([name, value]) => line([name, ': ', value])),
    '',
    ...sections.flatMap(({title: name, blocks, only}) => {
      const body = only === undefined ? blocks.flatMap(blockLines) : [];
      return body.length === 0 ? [] : [line(name), '', ...body];
    }),
    ...footer.map(line),
  ];
  return `${lines
    .join('\n')
    .replace(/\n{3,}/g, '\n\n')
    .trimEnd()}\n`;
}

function blockLines(block: Block): readonly string[] {
  switch (block.kind) {
    case 'paragraph':
    case 'heading':
      return [line(block.words), ''];
    case 'list':
      return [...block.items.map(({words, more = []}) => line([words, ...more.flatMap(each => [' ', each])])), ''];
    case 'table':
      return tableLines(block);
    case 'chart':
      return (block.instead ?? []).flatMap(blockLines);
    case 'panels':
      return block.blocks.flatMap(blockLines);
    case 'details':
    case 'later':
      return [];
  }
}

/** What is in small print stands below the table, each text once: a terminal has no room for sentences in columns. */
function tableLines(table: Table): readonly string[] {
  const {caption, note, columns, groups} = withoutPageColumns(table);
  const below = new Map<string, number>();
  const cells = (row: readonly Words[]) => {
    const notes = row.flatMap((cell, index) => (columns[index]?.small ? linesOf(cell) : []));
    for (const text of notes) below.set(text, below.get(text) ?? below.size + 1);
    const marks = notes.map(text => superscript(below.get(text) ?? 0)).join(' ');
    const kept = row.filter((_, index) => !columns[index]?.small).map(line);
    return kept.map((cell, index) => (index === kept.length - 1 ? `${cell} ${marks}`.trim() : cell));
  };
  const shown = columns.filter(({small}) => !small);
  const rows = groups.flatMap(({title, rows: own}) => [
    ...(title === undefined ? [] : [[line(title)]]),
    ...own.map((row, index) => cells(index === 0 ? row : row.map((cell, column) => again(columns[column], cell)))),
  ]);
  const drawn = aligned(
    shown.map(({title}) => line(title)),
    rows,
    shown.map(({numeric = false}) => numeric !== false),
  );
  const said = line(note === undefined ? caption : [caption, '. ', note]);
  return [said, drawn, ...[...below].map(([text, number]) => `${superscript(number)} ${text}`), ''];
}

/** What a group's rows share is said once. */
function again(column: Column | undefined, cell: Words): Words {
  return column?.shared && !column.small ? '' : cell;
}

function linesOf(words: Words): readonly string[] {
  const lines = typeof words === 'object' && 'lines' in words ? words.lines : [words];
  return lines.map(line).filter(text => text !== '');
}

function superscript(number: number): string {
  return [...String(number)].map(digit => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '').join('');
}

/** A table that is wider is folded: a terminal breaks its lines anywhere. */
const widestTable = 160;
/** In a folded table a cell goes on below itself. */
const widestCell = 36;

/** Columns by their widest cell; those of `numeric` flush right. A column without any cell is left out. */
export function aligned(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  numeric: readonly boolean[],
): string {
  const kept = head.flatMap((_, column) => (rows.some(row => (row[column] ?? '') !== '') ? [column] : []));
  // A row of one cell is a heading: it has no part in the widths.
  const measured = [head, ...rows.filter(({length}) => length > 1)];
  const natural = kept.map(column => Math.max(...measured.map(row => lengthOf(row[column] ?? ''))));
  const folds = natural.reduce((sum, width) => sum + width + 2, 0) > widestTable;
  const widths = natural.map(width => (folds ? Math.min(width, widestCell) : width));
  const drawn = (row: readonly string[]) => {
    const cells = kept.map(column => (folds && row.length > 1 ? folded(row[column] ?? '') : [row[column] ?? '']));
    const height = Math.max(...cells.map(({length}) => length));
    return Array.from({length: height}, (_, at) =>
      cells
        .map((cell, index) => {
          const said = cell[at] ?? '';
          const gap = ' '.repeat(Math.max(0, (widths[index] ?? 0) - lengthOf(said)));
          return numeric[kept[index] ?? -1] ? gap + said : said + gap;
        })
        .join('  ')
        .trimEnd(),
    );
  };
  return [head, ...rows].flatMap(row => drawn(row).map(text => `${text}\n`)).join('');
}

function lengthOf(text: string): number {
  return [...text].length;
}

/** A cell over as many lines as it needs; a word that is too long stands alone. */
function folded(cell: string): readonly string[] {
  const lines: string[] = [''];
  for (const word of cell.split(' ')) {
    const last = lines.at(-1) ?? '';
    if (last === '') lines[lines.length - 1] = word;
    else if (lengthOf(last) + 1 + lengthOf(word) <= widestCell) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

function line(words: Words): string {
  return oneLine(plainText(words));
}
