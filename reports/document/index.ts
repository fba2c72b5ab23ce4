/** The formats. A new one is a file and a line here; each draws any document. */

import {csv, verdictsCsv} from './csv.ts';
import {ctrf} from './ctrf.ts';
import type {Document} from './document.ts';
import {html} from './html.ts';
import {inToto} from './in-toto.ts';
import {json} from './json.ts';
import {junit} from './junit.ts';
import {markdown} from './markdown.ts';
import {text} from './text.ts';

export interface Format {
  name: string;
  extension: string;
  /** Name of its file, where it does not follow the document's. */
  file?: string;
  /** The same document gives the same bytes. Undefined where the document has nothing for this format. */
  render(document: Document): string | undefined | Promise<string | undefined>;
}

export const formats = {
  html,
  md: markdown,
  text,
  csv,
  'verdicts-csv': verdictsCsv,
  json,
  junit,
  ctrf,
  'in-toto': inToto,
} as const satisfies Readonly<Record<string, Format>>;

export type FormatName = keyof typeof formats;

/** Throws where the document has nothing for the format: what a command offers is what its documents have. */
export async function render(document: Document, name: FormatName): Promise<string> {
  const text = await formats[name].render(document);
  if (text === undefined) throw new Error(`${document.title} has nothing for ${name}`);
  return text;
}

/** `report` → `report.html`, `junit.xml`. */
export function fileName(base: string, name: FormatName): string {
  const {file, extension}: Format = formats[name];
  return file ?? `${base}.${extension}`;
}
