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
    const message = error instanceof Error ? error.message : '';
    const [, position, line] = /at position (\d+) \(line (\d+) /.exec(message) ?? [];
    const path = line === undefined ? '' : `line ${line}`;
    return {ok: false, error: {path, expected: 'JSON', found: excerpt(text, position)}};
  }
}

/** What stands around the place where it goes wrong; without one, the end: there it was cut off. */
function excerpt(text: string, position: string | undefined): string {
  const whole = text.trim();
  if (whole === '') return 'nothing';
  if (position === undefined) return `text that ends with ${JSON.stringify(whole.slice(-60))}`;
  return JSON.stringify(text.slice(Math.max(0, Number(position) - 30), Number(position) + 30).trim());
}

/** RFC 6901. */
export function pointer(path: readonly PropertyKey[]): string {
  return path.map(key => `/${escapePointer(String(key))}`).join('');
}

export function escapePointer(key: string): string {
  if (!key.includes('/') && !key.includes('~')) return key;
  return key.replaceAll('~', '~0').replaceAll('/', '~1');
}
