import {type Content, html, type Markup, trusted} from '../../document/markup.ts';

const copyButton = trusted('<button type="button" class="copy" hidden>Copy</button>');

interface DataTable {
  caption: string;
  columns: readonly {title: string; numeric?: boolean}[];
  /** The first cell of a row is its heading. */
  rows: readonly (readonly Content[])[];
}

interface TableOptions {
  /** Further words after the caption. */
  note?: Content;
  className?: string;
}

/** A table with caption, headings in scope, and a way to copy it. The first cell of each row heads it. */
export function table({caption, columns, rows}: DataTable, {note, className = ''}: TableOptions = {}): Markup {
  const head = columns.map(
    column => html`<th scope="col"${column.numeric ? trusted(' class="n"') : undefined}>${column.title}</th>`,
  );
  const body = rows.map(
    row =>
      html`<tr>${row.map((cell, index) => (index === 0 ? html`<th scope="row">${cell}</th>` : html`<td${cellClass(columns[index]?.numeric === true, cell)}>${cell}</td>`))}</tr>\n`,
  );
  return scroll(
    caption,
    html`<table class="${className}"><caption>${caption}${copyButton}${note === undefined ? undefined : html` <span class="small muted">${note}</span>`}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody></table>`,
  );
}

function cellClass(numeric: boolean, cell: Content): Markup | undefined {
  if (!numeric) return undefined;
  return trusted(Array.isArray(cell) ? ' class="n list"' : ' class="n"');
}

/** Wide content scrolls in itself, not the page; reachable by keyboard. */
export function scroll(name: string, content: Markup): Markup {
  return html`<div class="scroll" role="region" aria-label="${name}" tabindex="0">${content}</div>\n`;
}
