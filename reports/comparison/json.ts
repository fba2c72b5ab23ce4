import {encode} from '../render/json.ts';
import type {SideBySide} from './side-by-side.ts';

/** As JSON, two spaces deep, with a final newline. An end of an interval that is not there is the string `"Infinity"` or `"-Infinity"`. */
export function renderJson(comparison: SideBySide): string {
  return `${JSON.stringify(comparison, (_key, value: unknown) => encode(value), 2)}\n`;
}
