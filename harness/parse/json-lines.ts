/** A log of JSON objects, one a line, whose first is a known one. */
import type {z} from 'zod';
import type {ParseError, Result} from '../types.ts';
import {readJson} from './json.ts';

/** Any text in. What follows the last line end was cut off; a line that is none of the schema's is an error. */
export function readLines<T extends {is: string}>(
  log: string,
  artefact: string,
  schema: z.ZodType<T>,
  first: T['is'],
): Result<readonly T[], ParseError> {
  const lines: T[] = [];
  for (const [index, each] of log.split('\n').slice(0, -1).entries()) {
    const read = readJson(each, artefact, schema);
    if (!read.ok) return {ok: false, error: {...read.error, path: `line ${index + 1}`}};
    lines.push(read.value);
  }
  const found = lines[0]?.is ?? 'nothing';
  if (found === first) return {ok: true, value: lines};
  return {ok: false, error: {artefact, path: 'line 1', expected: `a log that starts with ${first}`, found}};
}
