/**
 * How a command says what it found, in the same words everywhere. `--format` chooses, `--json` and `--csv` are short
 * for two of the choices, `--out` writes to a file, whose ending tells the format where nothing else does.
 */
import {realpath, stat, writeFile} from 'node:fs/promises';
import {extname} from 'node:path';
import {type Command, Option} from 'commander';
import {writeWhole} from '../../../harness/files.ts';
import {CommandError} from './command-error.ts';

export interface OutputFlags<Format extends string> {
  format?: Format;
  json?: true;
  csv?: true;
  out?: string;
}

/**
 * Adds the options for these formats. `otherwise` says what happens without any of them: the first format, unless told.
 */
export function addOutputOptions(
  command: Command,
  formats: readonly [string, ...string[]],
  otherwise = `${formats[0]} without it`,
): void {
  const short = (['json', 'csv'] as const).filter(format => formats.includes(format));
  command.addOption(new Option('--format <format>', otherwise).choices(formats).conflicts([...short]));
  for (const format of short) {
    const others = short.filter(other => other !== format);
    command.addOption(new Option(`--${format}`, `the same as --format ${format}`).conflicts(others));
  }
  command.option('--out <file>', 'write there in place of printing; its ending says the format');
}

/**
 * The format that was asked for: one of `formats`, the first without any word. Two of the options at once are refused
 * by the parser.
 */
export function formatOf<Format extends string>(
  {format, json, csv, out}: OutputFlags<Format>,
  formats: readonly [Format, ...Format[]],
): Format {
  const word = format ?? (json ? 'json' : csv ? 'csv' : extname(out ?? '').slice(1));
  return formats.find(one => one === word) ?? formats[0];
}

/**
 * Prints the text, or writes it to `out` and prints that name. A file appears whole; what is no plain file
 * (`/dev/stderr`, a pipe) is written into.
 */
export async function deliver(text: string | Uint8Array, out: string | undefined): Promise<void> {
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  const there = await stat(out).catch(() => undefined);
  const write = there === undefined || there.isFile() ? writeWhole : writeFile;
  // What a link leads to is written, and the link stays one.
  const path = await realpath(out).catch(() => out);
  await write(path, text).catch((error: Error) => {
    throw new CommandError(`${out} cannot be written: ${error.message}`, 'Name another file with --out.');
  });
  process.stdout.write(`${out}\n`);
}
