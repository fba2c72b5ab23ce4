/**
 * One self-contained page: no request leaves it, a content security policy inside says so, and it reads without
 * scripts, in light and dark and on paper.
 */
import {missing} from '../words/units.ts';
import type {Chart} from './charts/draw.ts';
import {sha256Source} from './digest.ts';
import {
  type Block,
  type Column,
  type Document,
  type Item,
  type Section,
  type Table,
  type Tone,
  table,
  type Words,
} from './document.ts';
import type {Format} from './index.ts';
import {type Content, type Markup, html as markup, trusted} from './markup.ts';
import {copyScript, styleSheet} from './style.ts';

export const html: Format = {name: 'html', extension: 'html', render: page};

async function page(document: Document): Promise<string> {
  const {sections, kicker, heading, verdict, notes, lead = [], facts, footer} = document;
  const bodies: Content[] = [];
  for (const section of sections) bodies.push(await blocks(section.blocks));
  const {tone, word, says, counts = []} = verdict;
  const body = markup`<a class="skip" href="#main">To the figures</a>
<div class="page">
<header>
<p class="kicker">${folded(kicker)}</p>
<h1>${folded(heading)}</h1>
<div class="overall ${tone}">${mark(tone)}<p class="word">${word}</p><p class="says">${inline(says)}</p></div>
${notes.map(({headline, words, tone: look = 'hardware'}) => markup`<p class="${look}" role="note"><strong>${folded(headline)}</strong> ${inline(words)}</p>\n`)}${counts.length === 0 ? undefined : markup`<ul class="counts">${counts.map(each => markup`<li>${inline(each)}</li>\n`)}</ul>\n`}${await blocks(lead)}
<dl class="facts">${facts.map(([name, value]) => markup`<div><dt>${name}</dt><dd>${inline(value)}</dd></div>\n`)}</dl>
</header>
${sections.length > mostWithoutContents ? contents(sections) : undefined}
<main id="main">
${sections.map(
  (
    {id, title, only},
    index,
  ) => markup`<section id="${id}"${only === undefined ? undefined : markup` class="${only}"`} aria-labelledby="h-${id}">
<h2 id="h-${id}"><span class="no">${index + 1}</span>${title}</h2>
${bodies[index]}
</section>
`,
)}</main>
<footer>${footer.map(words => markup`<p>${inline(words)}</p>`)}</footer>
</div>`;
  return frame({title: document.title, body, style: styleSheet, scripts: [copyScript]});
}

/** A page with more sections than this has a list of them. */
const mostWithoutContents = 7;

function contents(sections: readonly Section[]): Markup {
  return markup`<nav class="contents" aria-label="Contents"><ol>
${sections.map(({id, title}, index) => markup`<li><a href="#${id}">${index + 1}&ensp;${title}</a></li>\n`)}</ol></nav>`;
}

export interface Frame {
  title: string;
  body: Content;
  style: string;
  scripts: readonly string[];
  /** Says which files are ours, for who replaces them. */
  generator?: string;
}

/** What stands around the body of every page. */
export async function frame({title, body, style, scripts, generator}: Frame): Promise<string> {
  const sources = await Promise.all(scripts.map(sourceOf));
  const policy = `default-src 'none'; style-src '${await sourceOf(style)}'; script-src ${sources.map(one => `'${one}'`).join(' ')}; base-uri 'none'; form-action 'none'`;
  return markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
${generator === undefined ? undefined : markup`<meta name="generator" content="${generator}">\n`}<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title>${folded(title)}</title>
<style>${trusted(style)}</style>
</head>
<body>
${body}
${scripts.map(script => markup`<script>${trusted(script)}</script>\n`)}</body>
</html>
`.markup;
}

const digests = new Map<string, Promise<string>>();

/** The same few texts on every page. */
function sourceOf(text: string): Promise<string> {
  const known = digests.get(text) ?? sha256Source(text);
  digests.set(text, known);
  return known;
}

async function blocks(all: readonly Block[]): Promise<Content> {
  const drawn: Content[] = [];
  for (const block of all) drawn.push(await blockMarkup(block));
  return drawn;
}

async function blockMarkup(block: Block): Promise<Content> {
  switch (block.kind) {
    case 'paragraph':
      return markup`<p${block.quiet ? trusted(' class="muted"') : undefined}>${inline(block.words)}</p>\n`;
    case 'heading':
      return markup`<h3>${inline(block.words)}</h3>\n`;
    case 'list':
      return listMarkup(block.items);
    case 'table':
      return tableMarkup(block);
    case 'chart': {
      const charts = await block.draw();
      return charts.length === 0 && block.none !== undefined
        ? markup`<p class="muted">${block.none}</p>\n`
        : charts.map(figure);
    }
    case 'panels':
      return markup`<div class="panels">${await blocks(block.blocks)}</div>\n`;
    case 'details':
      return markup`<details${block.anchor === undefined ? undefined : markup` id="${block.anchor}"`}><summary>${inline(block.summary)}</summary>
${await blocks(block.blocks)}</details>\n`;
    case 'later':
      return blocks(await block.of());
  }
}

function listMarkup(items: readonly Item[]): Markup {
  const apart = items.some(({tone}) => tone !== undefined);
  const list = items.map(({tone, words, more = []}) =>
    apart
      ? markup`<li${tone === undefined ? undefined : markup` class="${tone}"`}><p>${inline(words)}</p>${more.map(each => markup`<p>${inline(each)}</p>`)}</li>\n`
      : markup`<li>${inline(words)}${more.map(each => markup` ${inline(each)}`)}</li>\n`,
  );
  return markup`<ul${apart ? trusted(' class="findings"') : undefined}>${list}</ul>\n`;
}

const copyButton = trusted('<button type="button" class="copy" hidden>Copy</button>');

/** Wide content scrolls in itself, not the page, and can be reached by keyboard. */
export function scroll(name: string, content: Markup): Markup {
  return markup`<div class="scroll" role="region" aria-label="${name}" tabindex="0">${content}</div>\n`;
}

/** A table can be copied. */
export function tableMarkup({caption, note, columns, groups}: Table): Markup {
  const fixed = columns.some(({width}) => width !== undefined);
  const grouped = columns.some(({shared}) => shared);
  const names = [...(fixed ? ['fixed'] : []), ...(grouped ? ['grouped'] : [])].join(' ');
  const drawn = markup`<table class="${names}"><caption>${folded(caption)}${copyButton}${note === undefined ? undefined : markup` <span class="small muted">${inline(note)}</span>`}</caption>
${fixed ? markup`<colgroup>${columns.map(({width}) => markup`<col width="${width ?? 0}%">`)}</colgroup>\n` : undefined}<thead><tr>${columns.map(({title, numeric}) => markup`<th scope="col"${numeric ? trusted(' class="n"') : undefined}>${folded(title)}</th>`)}</tr></thead>
${groups.map(({title, rows}) => markup`<tbody>${title === undefined ? undefined : markup`<tr class="group"><th scope="rowgroup" colspan="${columns.length}">${inline(title)}</th></tr>\n`}${rows.map((row, index) => markup`<tr>${cells(row, columns, index, rows.length)}</tr>\n`)}</tbody>`)}</table>`;
  return scroll(folded(caption), drawn);
}

function cells(row: readonly Words[], columns: readonly Column[], index: number, rows: number): Content {
  return row.map((cell, at) => {
    const {shared, numeric, small, whole} = columns[at] ?? {};
    if (shared && index > 0) return undefined;
    const span = shared && rows > 1 ? markup` rowspan="${rows}"` : undefined;
    if (at === 0) return markup`<th scope="${shared ? 'rowgroup' : 'row'}"${span}>${inline(cell)}</th>`;
    const look = numeric === 'list' ? 'n list' : numeric ? 'n' : small ? 'small' : whole ? 'nb' : undefined;
    return markup`<td${look === undefined ? undefined : markup` class="${look}"`}${span}>${inline(cell)}</td>`;
  });
}

function figure({id, title, summary, legend, svg, table: numbers}: Chart): Markup {
  const all = table(numbers.caption, numbers.columns, numbers.rows);
  return markup`<figure id="${id}"><figcaption>${title}<p>${summary}</p></figcaption>
${legend}
${scroll(title, svg)}<details><summary>The numbers of this chart</summary>
${tableMarkup(all)}</details></figure>
`;
}

export function inline(words: Words): Content {
  if (typeof words === 'string') return folded(words);
  if (isList(words)) return words.map(inline);
  if ('code' in words) return markup`<span class="code">${inline(words.code)}</span>`;
  if ('strong' in words) return markup`<strong>${inline(words.strong)}</strong>`;
  if ('small' in words) return markup`<span class="small muted">${inline(words.small)}</span>`;
  if ('below' in words) return markup`<span class="below small muted">${inline(words.below)}</span>`;
  if ('lines' in words) return words.lines.map(each => markup`<div>${inline(each)}</div>`);
  if ('tone' in words)
    return markup`<span class="verdict ${words.tone}">${mark(words.tone)} ${inline(words.words)}</span>`;
  if ('drawn' in words) return words.drawn;
  if ('anchor' in words) return markup`<span id="${words.anchor}">${inline(words.words)}</span>`;
  if ('absent' in words)
    return markup`<span class="absent">${missing} <span class="why">${folded(words.absent)}</span></span>`;
  if ('choices' in words)
    return markup`<span class="choices">${words.choices.map(each => markup`<span><span class="box"></span>${each}</span>`)}</span>`;
  const title = words.note === undefined ? undefined : markup` title="${folded(words.note)}"`;
  return words.href === undefined
    ? markup`<span${title}>${inline(words.words)}</span>`
    : markup`<a href="${words.href}"${title}>${inline(words.words)}</a>`;
}

/** A line feed of a run must not look like one of ours. */
function folded(text: string): string {
  return /[\n\r\t]/.test(text) ? text.replace(/\s+/g, ' ') : text;
}

function isList(words: Words): words is readonly Words[] {
  return Array.isArray(words);
}

const signs = {
  good: '<path d="M8 .8a7.2 7.2 0 1 0 0 14.4A7.2 7.2 0 0 0 8 .8zm-1 10.6L3.6 8l1.3-1.3L7 8.8l4.1-4.1L12.4 6z" fill="currentColor" fill-rule="evenodd"/>',
  bad: '<path d="M4.9.8h6.2l4.1 4.1v6.2l-4.1 4.1H4.9L.8 11.1V4.9zM5.5 4.2L4.2 5.5 6.7 8l-2.5 2.5 1.3 1.3L8 9.3l2.5 2.5 1.3-1.3L9.3 8l2.5-2.5-1.3-1.3L8 6.7z" fill="currentColor" fill-rule="evenodd"/>',
  unsure:
    '<circle cx="8" cy="8" r="6.4" fill="none" stroke="currentColor" stroke-width="1.6"/><path d="M8 3.4v9.2a4.6 4.6 0 0 1 0-9.2z" fill="currentColor"/>',
  warning:
    '<path d="M8 .8L15.7 14.8H.3zM7.1 5.5v4.6h1.8V5.5zm0 5.9v1.8h1.8v-1.8z" fill="currentColor" fill-rule="evenodd"/>',
  none: '<path d="M1.5 7h13v2h-13z" fill="currentColor"/>',
} as const;

const signOf: Readonly<Record<Tone, keyof typeof signs>> = {
  met: 'good',
  better: 'good',
  missed: 'bad',
  aborted: 'bad',
  unhealed: 'bad',
  critical: 'bad',
  worse: 'bad',
  undecided: 'unsure',
  'too-noisy': 'unsure',
  warning: 'warning',
  'not-testable': 'none',
  'no-difference-shown': 'none',
};

const marks = new Map<Tone, Markup>();

export function mark(tone: Tone): Markup {
  const made =
    marks.get(tone) ?? trusted(`<svg class="mark" viewBox="0 0 16 16" aria-hidden="true">${signs[signOf[tone]]}</svg>`);
  marks.set(tone, made);
  return made;
}
