/** What `compute` (harness/probes/compute) prints: the command with its values, then lists of numbers. Pure. */
import type {ParseError, Result} from '../types.ts';

export interface ComputeReport {
  command: string;
  /** By name; all but `kind`, `pages` and `check` are whole numbers. */
  words: Readonly<Record<string, string>>;
  /** In the order in which they were measured: `_ns` nanoseconds, `_units` pieces of work. */
  lists: Readonly<Record<string, readonly number[]>>;
}

/** An error where it is cut off, or is anything else. */
export function parseCompute(text: string, artefact: string): Result<ComputeReport, ParseError> {
  const failed = (path: string, expected: string, found: string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path, expected, found: found.slice(0, 80)},
  });
  if (!text.endsWith('\n')) return failed('end', 'a line that ends', text === '' ? 'nothing' : text.slice(-40));
  const [first = '', ...rest] = text.slice(0, -1).split('\n');
  const [command = '', ...pairs] = first.split(' ');
  const words: Record<string, string> = {};
  for (const pair of pairs) {
    const [, name, value] = /^([a-z_]+)=(\S+)$/.exec(pair) ?? [];
    if (name === undefined || value === undefined) return failed('line 1', 'name=value', pair);
    if (words[name] !== undefined) return failed('line 1', `one ${name}`, pair);
    words[name] = value;
  }
  if (!/^[a-z]+$/.test(command) || pairs.length === 0) return failed('line 1', 'a command and its values', first);
  const lists: Record<string, readonly number[]> = {};
  for (const [index, line] of rest.entries()) {
    const [name = '', ...values] = line.split(' ');
    const wrong = values.find(value => !/^\d+$/.test(value));
    if (wrong !== undefined || !/^[a-z_]+_(?:ns|units)$/.test(name))
      return failed(`line ${index + 2}`, 'a name and whole numbers', wrong ?? name);
    if (lists[name] !== undefined) return failed(`line ${index + 2}`, `one ${name}`, 'a second one');
    lists[name] = values.map(Number);
  }
  return {ok: true, value: {command, words, lists}};
}

/** A value that is a whole number; an error names it where it is missing or another thing. */
export function countIn({words}: ComputeReport, name: string, artefact: string): Result<number, ParseError> {
  const value = words[name];
  if (value !== undefined && /^-?\d+$/.test(value)) return {ok: true, value: Number(value)};
  return {ok: false, error: {artefact, path: name, expected: 'a whole number', found: value ?? 'nothing'}};
}
