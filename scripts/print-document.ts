import {writeFile} from 'node:fs/promises';
import type {Document} from '../reports/document/document.ts';
import {type FormatName, render} from '../reports/document/index.ts';
import {printPdf} from './pdf.ts';
import {Refusal} from './refusal.ts';

/** What a document can be printed as: the formats, and PDF, which takes a browser. */
export type Printed = FormatName | 'pdf';

/** On standard output, or into a file whose name is then printed. */
export async function printDocument(document: Document, format: Printed, out: string | undefined): Promise<void> {
  if (format === 'pdf' && out === undefined && process.stdout.isTTY) {
    throw new Refusal('a PDF is nothing for a terminal', 'Name a file with --out.');
  }
  const text =
    format === 'pdf'
      ? await printPdf(await render(document, 'html'), document.cases?.().startedAt ?? '')
      : await render(document, format);
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  await writeFile(out, text).catch((error: Error) => {
    throw new Refusal(`${out} cannot be written: ${error.message}`, 'Name another file with --out.');
  });
  process.stdout.write(`${out}\n`);
}
