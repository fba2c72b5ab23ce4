/**
 * A page as PDF, printed by a Chromium without a window: the style sheet's own paper rules, A4, no header and no
 * footer.
 */
import {accessSync, constants} from 'node:fs';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {delimiter, join} from 'node:path';
import {pathToFileURL} from 'node:url';
import {runLocally} from '../../../harness/transport/local.ts';
import {CommandError} from './command-error.ts';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
const timeoutMs = 120_000;

/** Nothing is fetched: the page asks for nothing, and the browser's own errands are switched off. */
const flags = [
  ...['--headless', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking'],
  ...['--disable-component-update', '--disable-sync', '--no-pdf-header-footer'],
];

/**
 * `at` (ISO 8601, UTC) stands in the file as its date, so that the same page gives the same bytes with the same
 * Chromium.
 */
export async function printPdf(html: string, at: string, path = process.env.PATH ?? ''): Promise<Buffer> {
  const chromium = find(path);
  if (chromium === undefined) {
    throw new CommandError(
      `no Chromium was found, which prints the PDF (looked for ${names.join(', ')} in PATH)`,
      'Install it (Debian: apt install chromium), or print the HTML report from a browser.',
    );
  }
  const folder = await mkdtemp(join(tmpdir(), 'seatrial-pdf-'));
  try {
    const [page, pdf] = [join(folder, 'page.html'), join(folder, 'page.pdf')];
    await writeFile(page, html);
    // Chromium refuses its sandbox to root; the page is our own and runs no script but ours.
    const sandbox = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const own = [`--user-data-dir=${join(folder, 'profile')}`, `--print-to-pdf=${pdf}`, pathToFileURL(page).href];
    const {exit, stderr} = await runLocally({
      argv: [chromium, ...flags, ...sandbox, ...own],
      timeoutMs,
      idempotent: false,
    });
    const printed = await readFile(pdf).catch(() => undefined);
    if (printed === undefined) {
      const said = stderr.trim().split('\n').at(-1) ?? '';
      throw new CommandError(
        `${chromium} printed no PDF (${exit.kind}): ${said}`,
        'Print the HTML report from a browser.',
      );
    }
    return dated(printed, at);
  } finally {
    await rm(folder, {recursive: true, force: true, maxRetries: 5});
  }
}

/** The whole path of the first of the names that can be run. */
function find(path: string): string | undefined {
  const places = names.flatMap(name => path.split(delimiter).map(folder => join(folder, name)));
  return places.find(place => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The dates of making in a PDF, of equal length, so that the places of its parts stay as they are. */
export function dated(pdf: Buffer, at: string): Buffer {
  const date = at.replaceAll(/\D/g, '').slice(0, 14).padEnd(14, '0');
  const text = pdf.toString('latin1');
  return Buffer.from(text.replaceAll(/\/(CreationDate|ModDate) \(D:\d{14}/g, `/$1 (D:${date}`), 'latin1');
}
