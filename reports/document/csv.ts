/** Comma-separated values: columns are an interface, so each has its name and what it takes of a row, in one place. */
import {stringify} from 'csv-stringify/sync';
import type {Estimate} from '../../harness/types.ts';
import {oneLine, plain} from '../words/text.ts';
import type {Format} from './index.ts';

export type Value = string | number | boolean | undefined;

/** What is undefined, or no number, is empty, never 0. */
export type CsvColumn<Row> = readonly [name: string, of: (row: Row) => Value];

export interface Sheet {
  head: readonly string[];
  rows: readonly (readonly Value[])[];
}

export function sheet<Row>(columns: readonly CsvColumn<Row>[], rows: readonly Row[]): Sheet {
  return {head: columns.map(([name]) => name), rows: rows.map(row => columns.map(([, of]) => of(row)))};
}

/** In base units and full precision. */
export function renderSheet({head, rows}: Sheet): string {
  return stringify([head.map(cell), ...rows.map(row => row.map(valueText))], {record_delimiter: '\n'});
}

function valueText(value: Value): string {
  if (value === undefined) return '';
  if (typeof value === 'number') return number(value);
  return typeof value === 'string' ? cell(value) : String(value);
}

/** Shortest text that reads back as the same number; nothing for what is no number. */
export function number(value: number): string {
  return Number.isFinite(value) ? String(value) : '';
}

/** Which ends of an interval are not known: their cells are empty. */
export function openEnds({low, high}: Pick<Estimate, 'low' | 'high'>): string {
  return [...(Number.isFinite(low) ? [] : ['low']), ...(Number.isFinite(high) ? [] : ['high'])].join(' and ');
}

/** Labels in one cell, in their own order: `a=1;b=2`. */
export function labelsCell(labels: Readonly<Record<string, string>>): string {
  return Object.entries(labels)
    .map(([name, value]) => `${name}=${value}`)
    .join(';');
}

/** One line of text that a spreadsheet does not take for a formula. */
function cell(text: string): string {
  const line = oneLine(plain(text));
  return /^[=+\-@]/.test(line) ? `'${line}` : line;
}

export const csv: Format = {
  name: 'csv',
  extension: 'csv',
  render: ({sheets = {}}) => {
    const [first] = Object.values(sheets);
    return first === undefined ? undefined : renderSheet(first());
  },
};

export const verdictsCsv: Format = {
  name: 'verdicts-csv',
  extension: 'csv',
  file: 'verdicts.csv',
  render: ({sheets}) => (sheets?.verdicts === undefined ? undefined : renderSheet(sheets.verdicts())),
};
