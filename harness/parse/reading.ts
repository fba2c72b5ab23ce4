/** What a script of ours prints line by line, `end` last. Pure. */
import type {ParseError, Result} from '../types.ts';

/**
 * Its lines, without the last. An error: one that is of none of these shapes, or a text that was cut off. What a kernel
 * does not have leaves its line without a number: that is none, and not nought.
 */
export function readingLines(
  text: string,
  artefact: string,
  shapes: readonly RegExp[],
): Result<readonly string[], ParseError> {
  const lines = text.split('\n');
  const failed = (path: string, expected: string, found: string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path, expected, found: found.slice(0, 120) || 'nothing'},
  });
  if (lines.at(-2) !== 'end' || lines.at(-1) !== '')
    return failed('end', 'a reading that is whole', lines.at(-2) ?? '');
  const whole = lines.slice(0, -2);
  const strange = whole.findIndex(line => !shapes.some(shape => shape.test(line)));
  if (strange === -1) return {ok: true, value: whole};
  return failed(`line ${strange + 1}`, 'a word of the reading and what belongs to it', whole[strange] ?? '');
}
