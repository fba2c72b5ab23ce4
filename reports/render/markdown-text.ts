/** Words and tables in Markdown, without what a whole report needs. */
import {oneLine} from './text.ts';
import {missing} from './units.ts';

/** Foreign text as plain words: nothing in it can become markup, a link or another cell. */
export function text(words: string): string {
  return oneLine(words)
    .replace(/[\\`*_{}[\]<>|~#!@$]/g, character => `\\${character}`)
    .replaceAll('&', '&amp;')
    .replaceAll('\\<', '&lt;')
    .replaceAll('\\>', '&gt;')
    .replaceAll('\\@', '&#64;')
    .replace(/:\/\//g, ':&#47;/');
}

/** Foreign text as it stands, in one line. */
export function code(words: string): string {
  const line = oneLine(words).replaceAll('`', "'").replaceAll('|', '\\|');
  return line === '' ? missing : `\`${line}\``;
}

/** Cells are escaped already. */
export function grid(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line), ''];
}
