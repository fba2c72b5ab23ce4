/** A page for a kind of file: its fields as the schema has them, and an example. Pure. */
import type {z} from 'zod';
import {table} from './markdown.ts';
import {type Field, fieldsOf} from './schema-fields.ts';

export interface FileKind {
  title: string;
  /** Which command reads it. */
  intro: string;
  schemas: readonly {heading?: string; schema: z.core.$ZodType}[];
  /** Where one stands to start from: name and path from docs/reference/. */
  examples: readonly {name: string; path: string}[];
}

export function filePage({title, intro, schemas, examples}: FileKind): string {
  return [
    `# ${title}`,
    '',
    `${intro} To start from: ${examples.map(({name, path}) => `[${name}](${path})`).join(', ')}.`,
    '',
    'YAML, checked before anything is started: an unknown key, a wrong value or a missing one is refused with line, column, what was',
    'expected and what to do. Made by `npm run reference` from the schemas that check it; `[]` is an entry of a list, `NAME` a name of your own.',
    ...schemas.flatMap(({heading, schema}) => [
      '',
      ...(heading === undefined ? [] : [`## ${heading}`, '']),
      ...table(['field', 'is', 'without it', 'meaning'], fieldsOf(schema).map(row)),
    ]),
    '',
  ].join('\n');
}

function row({path, form, otherwise, meaning}: Field): string[] {
  return [`\`${path}\``, form, withoutIt(otherwise), meaning];
}

function withoutIt(otherwise: Field['otherwise']): string {
  switch (otherwise.kind) {
    case 'needed':
      return '**needed**';
    case 'optional':
      return '';
    case 'default':
      return `\`${otherwise.value}\``;
  }
}
