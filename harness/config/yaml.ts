/**
 * YAML files checked by schema. Every error names file, line, column, what was found, what was expected and what to do.
 * Schemas should be built from `z.strictObject`, so that a misspelt key is an error and not a setting that is silently
 * ignored.
 */
import type {z} from 'zod';
import type {ConfigError, Result} from '../types.ts';
import {checked} from './checked.ts';
import {readDocument} from './document.ts';
import {explain} from './explain.ts';

export {largestFile} from './document.ts';

const mostErrors = 25;

/**
 * Text of a YAML file → a value of the schema's type, or everything that is wrong with it in the order of the file.
 * Pure.
 */
export function readYaml<T>(schema: z.ZodType<T>, text: string, file: string): Result<T, ConfigError[]> {
  const read = readDocument(text, file);
  if (!read.ok) return {ok: false, error: inOrder(read.error)};
  const source = read.value;
  const found = checked(schema, source.data);
  if (found.ok) return found;
  return {ok: false, error: inOrder(found.issues.flatMap(issue => explain(issue, {source, schema})))};
}

/** `file:line:column: found …, expected …; hint` on one line. */
export function formatConfigError(error: ConfigError): string {
  const hint = error.hint === '' ? '' : `; ${error.hint}`;
  return `${error.file}:${error.line}:${error.column}: found ${error.found}, expected ${error.expected}${hint}`;
}

function inOrder(errors: readonly ConfigError[]): ConfigError[] {
  return [...errors].sort((a, b) => a.line - b.line || a.column - b.column).slice(0, mostErrors);
}
