import type {Document} from '../../../reports/document/document.ts';
import {type FormatName, render} from '../../../reports/document/index.ts';
import {CommandError} from './command-error.ts';
import {printPdf} from './pdf.ts';

/** What a document can be printed as: the formats, and PDF, which takes a browser. */
export type Printed = FormatName | 'pdf';

export async function printed(document: Document, format: Printed, out: string | undefined): Promise<string | Buffer> {
  if (format !== 'pdf') return render(document, format);
  if (out === undefined && process.stdout.isTTY)
    throw new CommandError('a PDF is nothing for a terminal', 'Name a file with --out.');
  return printPdf(await render(document, 'html'), document.cases?.().startedAt ?? '');
}
