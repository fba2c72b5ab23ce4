import type {Report} from '../report.ts';

/**
 * The report as JSON, two spaces deep, with a final newline; `schema.ts` describes it. JSON has no infinities: they are the strings
 * `"Infinity"` and `"-Infinity"`; a number that does not exist is null, never 0. Text is kept as it was found, but well-formed.
 */
export function renderJson(report: Report): string {
  return `${JSON.stringify(report, (_key, value: unknown) => encode(value), 2)}\n`;
}

export function encode(value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed();
  if (typeof value !== 'number' || Number.isFinite(value)) return value;
  return Number.isNaN(value) ? null : value > 0 ? 'Infinity' : '-Infinity';
}
