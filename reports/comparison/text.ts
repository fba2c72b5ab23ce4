import {oneLine} from '../render/text.ts';
import type {Row, SideBySide} from './side-by-side.ts';
import {
  type Block,
  changeText,
  countSentence,
  countText,
  methodSentence,
  metricHeading,
  probability,
  remarks,
  rowNotes,
  seriesText,
  sideNames,
  sideText,
  verdictHeadline,
  verdictText,
} from './words.ts';

/** For a terminal: aligned columns, one block a metric, remarks above and footnotes below. */
export function renderText(comparison: SideBySide): string {
  const {above, below} = remarks(comparison);
  const footnotes = new Map<string, number>();
  const marks = (row: Row) =>
    rowNotes(row, comparison)
      .map(note => {
        const number = footnotes.get(note) ?? footnotes.size + 1;
        footnotes.set(note, number);
        return superscript(number);
      })
      .join(' ');
  const head = ['', 'before', 'after', 'n', 'after ÷ before', 'p', 'p Holm', rankHead(comparison), 'verdict'];
  const cells = comparison.rows.map(row => [
    `  ${seriesText(row)}`,
    sideText(row.before, row.unit),
    sideText(row.after, row.unit),
    countText(row, comparison.paired),
    changeText(row),
    probability(row.p),
    probability(row.pHolm),
    probability(row.ranks?.p),
    `${verdictText(row)} ${marks(row)}`.trimEnd(),
  ]);
  const widths = head.map((title, column) => Math.max(...[head, ...cells].map(row => length(row[column] ?? title))));
  const line = (row: readonly string[]) =>
    row
      .map((cell, column) =>
        column === 0 || column === row.length - 1 ? pad(cell, widths[column]) : padLeft(cell, widths[column]),
      )
      .join('  ')
      .trimEnd();
  const table = comparison.rows.flatMap((row, index) => {
    const fresh = row.metric !== comparison.rows[index - 1]?.metric;
    return [...(fresh ? [metricHeading(row.metric)] : []), line(cells[index] ?? [])];
  });
  const lines = [
    `before ${sideNames(comparison.before)}`,
    `after  ${sideNames(comparison.after)}`,
    methodSentence(comparison),
    '',
    ...above.flatMap(block),
    ...(comparison.rows.length === 0 ? [] : [line(head), ...table, '']),
    ...[...footnotes].map(([note, number]) => `${superscript(number)} ${note}`),
    ...(footnotes.size > 0 ? [''] : []),
    ...below.flatMap(block),
    `${verdictHeadline[comparison.verdict]}. ${countSentence(comparison)}`,
    ...comparison.reasons.map(reason => `  ${oneLine(reason)}`),
  ];
  return `${lines.join('\n')}\n`;
}

export function rankHead({paired}: SideBySide): string {
  return paired ? 'p Wilcoxon' : 'p M–W';
}

function block({title, lines}: Block): string[] {
  return [`${title}:`, ...lines.map(text => `  ${text}`), ''];
}

const length = (text: string) => [...text].length;
const pad = (text: string, width = 0) => text + ' '.repeat(Math.max(0, width - length(text)));
const padLeft = (text: string, width = 0) => ' '.repeat(Math.max(0, width - length(text))) + text;

function superscript(number: number): string {
  return [...String(number)].map(digit => '⁰¹²³⁴⁵⁶⁷⁸⁹'[Number(digit)] ?? '').join('');
}
