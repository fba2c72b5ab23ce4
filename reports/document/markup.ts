import {plain} from '../words/text.ts';

/** Markup that is safe as it stands. Only `html` makes it, and `trusted` where this code wrote every byte itself. */
export interface Markup {
  readonly markup: string;
}

export type Content = Markup | string | number | readonly Content[] | undefined;

const entities: Record<string, string> = {'&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;'};

/** Text as HTML or XML, in content and in quoted attributes. */
export function escaped(text: string): string {
  return plain(text).replace(/[&<>"']/g, character => entities[character] ?? '');
}

/** Every hole is escaped unless it is markup already; arrays are joined; undefined is nothing. */
export function html(strings: TemplateStringsArray, ...holes: readonly Content[]): Markup {
  const pieces: string[] = [];
  for (const [index, text] of strings.entries()) {
    pieces.push(text);
    if (index < holes.length) pieces.push(render(holes[index]));
  }
  return {markup: pieces.join('')};
}

export function trusted(markup: string): Markup {
  return {markup};
}

function render(content: Content): string {
  if (content === undefined) return '';
  if (typeof content === 'string') return escaped(content);
  if (typeof content === 'number') return escaped(String(content));
  if (isList(content)) return content.map(render).join('');
  return content.markup;
}

function isList(content: Markup | readonly Content[]): content is readonly Content[] {
  return Array.isArray(content);
}
