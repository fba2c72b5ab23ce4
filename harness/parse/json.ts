/** JSON that is read by a schema: a file that seatrial wrote, or a short answer of a tool. */
import type {z} from 'zod';
import {faultOf} from '../issue.ts';
import type {ParseError, Result} from '../types.ts';

/** The path of the error is a JSON pointer; of text that is no JSON, the line where it goes wrong. */
export function readJson<T>(text: string, artefact: string, schema: z.ZodType<T>): Result<T, ParseError> {
  const value = parsed(text);
  if (!value.ok) return {ok: false, error: {artefact, ...value.error}};
  const read = schema.safeParse(value.value);
  if (read.success) return {ok: true, value: read.data};
  const {path, expected, found} = faultOf(read.error, value.value);
  return {ok: false, error: {artefact, path: pointer(path), expected, found}};
}

function parsed(text: string): Result<unknown, Omit<ParseError, 'artefact'>> {
  try {
    return {ok: true, value: JSON.parse(text)};
  } catch (error) {
    const line = error instanceof Error ? /\(line (\d+) column \d+\)/.exec(error.message)?.[1] : undefined;
    const path = line === undefined ? '' : `line ${line}`;
    const found = text.trim() === '' ? 'nothing' : excerpt(text, line === undefined ? undefined : Number(line));
    return {ok: false, error: {path, expected: 'JSON', found}};
  }
}

/** The line that goes wrong; without one, the text was cut off, and its end says where. */
function excerpt(text: string, line: number | undefined): string {
  const wrong = line === undefined ? text.trimEnd().slice(-80) : (text.split('\n')[line - 1] ?? '').slice(0, 80);
  return line === undefined ? `text that ends with ${JSON.stringify(wrong)}` : JSON.stringify(wrong);
}

/** RFC 6901. */
export function pointer(path: readonly PropertyKey[]): string {
  return path.map(key => `/${escapePointer(String(key))}`).join('');
}

export function escapePointer(key: string): string {
  if (!key.includes('/') && !key.includes('~')) return key;
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
