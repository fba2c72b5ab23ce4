/** Files that come with seatrial, and files that the user names. The shipped ones lie beside the code, built or not. */
import {existsSync, readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {z} from 'zod';
import {formatConfigError} from '../../../harness/config/yaml.ts';
import {readJson} from '../../../harness/parse/json.ts';
import type {ConfigError, Result} from '../../../harness/types.ts';
import {CommandError} from './command-error.ts';

/** Folder that holds suites/, harness/ and scripts/: the repository, or dist/ of the package. */
export const codeFolder = join(import.meta.dirname, '../../..');

/** Suites that `accept` takes by name. */
export const shippedSuites: readonly string[] = [
  'acceptance',
  'conformance',
  'resilience',
  'migration',
  'compute',
  'storage',
  'network',
  'load',
  'monitoring',
];

/** Path of a shipped file such as `suites/claims.yaml`. */
export function shipped(path: string): string {
  return join(codeFolder, path);
}

/** A file's text; a sentence when it cannot be read. */
export function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT') throw new CommandError(`there is no file ${path}`, 'Name a file that exists.');
    if (code === 'EISDIR') throw new CommandError(`${path} is a folder`, 'Name a file.');
    throw new CommandError(
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
      'Mend that.',
    );
  }
}

/** The value, or every error of the file as the refusal's text. */
export function accepted<T>(read: Result<T, readonly ConfigError[]>): T {
  if (read.ok) return read.value;
  const count = read.error.length;
  throw new CommandError(
    read.error.map(formatConfigError).join('\n'),
    `Mend ${count === 1 ? 'it' : `these ${count}`} and run the same command again. Nothing has been started.`,
  );
}

/** Version out of package.json: the repository's own, or the one above dist/. */
export function version(): string {
  for (const folder of [codeFolder, dirname(codeFolder)]) {
    const path = join(folder, 'package.json');
    if (!existsSync(path)) continue;
    const read = readJson(readText(path), path, z.object({name: z.literal('seatrial'), version: z.string()}));
    if (read.ok) return read.value.version;
  }
  throw new CommandError('the package.json of seatrial is missing', 'Install seatrial again.');
}
