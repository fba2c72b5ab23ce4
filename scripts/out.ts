/** Where a command's text goes: to the terminal, or into the file of `--out`. */
import {stat, writeFile} from 'node:fs/promises';
import {writeWhole} from '../harness/files.ts';
import {Refusal} from './refusal.ts';

/** Prints the text, or writes it and prints the file's name. A file appears whole; what is no plain file (`/dev/stderr`, a pipe) is written into. */
export async function tell(text: string, out: string | undefined): Promise<void> {
  if (out === undefined) {
    process.stdout.write(text);
    return;
  }
  const there = await stat(out).catch(() => undefined);
  const write = there === undefined || there.isFile() ? writeWhole : writeFile;
  await write(out, text).catch((error: Error) => {
    throw new Refusal(`${out} cannot be written: ${error.message}`, 'Name another file with --out.');
  });
  process.stdout.write(`${out}\n`);
}
