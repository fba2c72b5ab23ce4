/**
 * For a merge request or a chat: the order and words of the page, without pictures and without what is folded there.
 */
import {oneLine} from '../words/text.ts';
import {missing} from '../words/units.ts';
import type {Block, Document, Table, Tone, Words} from './document.ts';
import type {Format} from './index.ts';

export const markdown: Format = {name: 'md', extension: 'md', render: renderMarkdown};

function renderMarkdown({title, verdict, notes, lead = [], facts, sections, footer}: Document): string {
  const lines = [
    `# ${escaped(title)}`,
    '',
    inline(verdict.says),
    '',
    ...notes.flatMap(({headline, words}) => [`> **${escaped(headline)}** ${inline(words)}`.trim(), '']),
    ...lead.flatMap(blockLines),
    ...facts.map(([name, value]) => `- ${escaped(name)}: ${inline(value)}`),
    '',
    ...sections.flatMap(({title: name, blocks, only}) => {
      const body = only === undefined ? blocks.flatMap(blockLines) : [];
      return body.length === 0 ? [] : [`## ${escaped(name)}`, '', ...body];
    }),
    ...footer.flatMap(words => [inline(words), '']),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function blockLines(block: Block): readonly string[] {
  switch (block.kind) {
    case 'paragraph':
      return [inline(block.words), ''];
    case 'heading':
      return [`### ${inline(block.words)}`, ''];
    case 'list':
      return [...block.items.map(({words, more = []}) => `- ${[words, ...more].map(inline).join(' ')}`), ''];
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

function tableLines(table: Table): readonly string[] {
  const {caption, note, columns, groups} = withoutPageColumns(table);
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const head = [
    line(columns.map(({title}) => escaped(title))),
    line(columns.map(({numeric}) => (numeric ? '---:' : '---'))),
  ];
  const said = `**${escaped(caption)}**${note === undefined ? '' : ` ${inline(note)}`}`;
  const rows = groups.flatMap(({title, rows: own}) => [
    ...(title === undefined ? [] : [line(columns.map((_, index) => (index === 0 ? `**${inline(title)}**` : '')))]),
    ...own.map(row => line(row.map(cell => inline(cell)))),
  ]);
  return [said, '', ...head, ...rows, ''];
}

/** The columns that a message has room for. */
export function withoutPageColumns({columns, groups, ...rest}: Table): Table {
  const kept = (_: unknown, index: number) => !columns[index]?.page;
  return {
    ...rest,
    columns: columns.filter(kept),
    groups: groups.map(group => ({...group, rows: group.rows.map(row => row.filter(kept))})),
  };
}

const signs: Readonly<Partial<Record<Tone, string>>> = {
  met: '✓ ',
  missed: '✗ ',
  undecided: '? ',
  'not-testable': `${missing} `,
};

function inline(words: Words): string {
  if (typeof words === 'string') return escaped(words);
  if (isList(words)) return words.map(inline).join('');
  if ('code' in words) return code(plainText(words.code));
  if ('strong' in words) return `**${inline(words.strong)}**`;
  if ('small' in words) return inline(words.small);
  if ('below' in words) return ` ${inline(words.below)}`;
  if ('lines' in words) return words.lines.map(inline).join('; ');
  if ('tone' in words) return `${signs[words.tone] ?? ''}**${inline(words.words)}**`;
  if ('anchor' in words || 'drawn' in words) return inline(words.words);
  if ('absent' in words) return `${missing} ${escaped(words.absent)}`;
  if ('choices' in words) return words.choices.map(each => `☐ ${escaped(each)}`).join(' ');
  // An anchor of the page leads nowhere here.
  return words.href === undefined || words.href.startsWith('#')
    ? inline(words.words)
    : `[${inline(words.words)}](${words.href})`;
}

function isList(words: Words): words is readonly Words[] {
  return Array.isArray(words);
}

/** The text alone, for formats without any markup. */
export function plainText(words: Words): string {
  if (typeof words === 'string') return words;
  if (isList(words)) return words.map(plainText).join('');
  if ('code' in words) return plainText(words.code);
  if ('strong' in words) return plainText(words.strong);
  if ('small' in words) return plainText(words.small);
  if ('below' in words) return ` ${plainText(words.below)}`;
  if ('lines' in words) return words.lines.map(plainText).join('; ');
  if ('absent' in words) return `${missing} ${words.absent}`;
  if ('choices' in words) return words.choices.join(' ');
  return plainText(words.words);
}

/** Foreign text as plain words: nothing in it can become markup, a link or another cell. The ends keep their space. */
function escaped(words: string): string {
  return `${/^\s/.test(words) ? ' ' : ''}${oneLine(words)}${/\S\s+$/.test(words) ? ' ' : ''}`
    .replace(/[\\`*_{}[\]<>|~#!@$]/g, character => `\\${character}`)
    .replaceAll('&', '&amp;')
    .replaceAll('\\<', '&lt;')
    .replaceAll('\\>', '&gt;')
    .replaceAll('\\@', '&#64;')
    .replace(/:\/\//g, ':&#47;/');
}

function code(words: string): string {
  const line = oneLine(words).replaceAll('`', "'").replaceAll('|', '\\|');
  return line === '' ? missing : `\`${line}\``;
}
