import {chmod, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {CommandError} from './command-error.ts';
import {dated, printPdf} from './pdf.ts';

const at = '2025-11-24T14:59:00.500Z';

/** A folder for PATH with a browser that does as `script` says. */
async function browser(script: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'seatrial-browser-'));
  await writeFile(join(folder, 'chromium'), `#!/bin/sh\n${script}\n`);
  await chmod(join(folder, 'chromium'), 0o755);
  return folder;
}

test('without a Chromium: a sentence, and what to do', async t => {
  const error = await t.throwsAsync(printPdf('<p>', at, '/nowhere:/nor/here'), {instanceOf: CommandError});
  t.regex(error?.message ?? '', /no Chromium was found, which prints the PDF/);
  t.regex(error?.todo ?? '', /apt install chromium.*print the HTML report/);
});

test('a Chromium that prints nothing: its last words', async t => {
  const folder = await browser('echo one >&2; echo "cannot open display" >&2; exit 1');
  const error = await t.throwsAsync(printPdf('<p>', at, folder), {instanceOf: CommandError});
  t.regex(error?.message ?? '', /printed no PDF \(exited\): cannot open display/);
  await rm(folder, {recursive: true});
});

test('the page is what is printed, on paper without header, and the date is that of the run', async t => {
  const script = `for word; do case "$word" in
    --print-to-pdf=*) out="\${word#*=}";;
    file://*) page="\${word#file://}";;
    --no-pdf-header-footer) bare=yes;;
  esac; done
  printf '/CreationDate (D:20990101000000+00) %s ' "$bare" > "$out"; cat "$page" >> "$out"`;
  const folder = await browser(script);
  const printed = await printPdf('<p>figures</p>', at, `/nowhere:${folder}`);
  t.is(printed.toString(), '/CreationDate (D:20251124145900+00) yes <p>figures</p>');
  t.true((await readFile(join(folder, 'chromium'))).length > 0);
  await rm(folder, {recursive: true});
});

test('dates of equal length, and nothing else is touched', t => {
  const pdf = Buffer.from(
    "\u00ff/CreationDate (D:20261127205722+00'00')\n/ModDate (D:20261127205722+00'00')D:20261127205722",
    'latin1',
  );
  const text = dated(pdf, at).toString('latin1');
  t.is(text, "\u00ff/CreationDate (D:20251124145900+00'00')\n/ModDate (D:20251124145900+00'00')D:20261127205722");
  t.is(dated(pdf, '').length, pdf.length);
});
