import type {Format} from './index.ts';

/**
 * With a final newline. JSON has no infinities: they are the strings `"Infinity"` and `"-Infinity"`; a number that
 * does not exist is null, never 0.
 * Text is kept as it was found, but well-formed.
 */
export function renderData(value: unknown, indent: 1 | 2 = 2): string {
  return `${JSON.stringify(value, (_key, part: unknown) => encode(part), indent)}\n`;
}

function encode(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  return Number.isNaN(value) ? null : value > 0 ? 'Infinity' : '-Infinity';
}

export const json: Format = {
  name: 'json',
  extension: 'json',
  render: ({data}) => (data === undefined ? undefined : renderData(data.value(), data.indent)),
};
