import {oneLine} from './text.ts';

/** A table for a terminal. The first `left` columns are words, the others numbers, flush right. A column without any cell is left out. */
export function aligned(head: readonly string[], rows: readonly (readonly string[])[], left: number): string {
  const cells = rows.map(row => row.map(oneLine));
  const kept = head.flatMap((_, column) => (cells.some(row => (row[column] ?? '') !== '') ? [column] : []));
  const widths = kept.map(column => Math.max(...[head, ...cells].map(row => [...(row[column] ?? '')].length)));
  const line = (row: readonly string[]) =>
    kept
      .map((column, index) => {
        const cell = row[column] ?? '';
        const gap = ' '.repeat((widths[index] ?? 0) - [...cell].length);
        return column < left ? cell + gap : gap + cell;
      })
      .join('  ')
      .trimEnd();
  return [head, ...cells].map(row => `${line(row)}\n`).join('');
}
