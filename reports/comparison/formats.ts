import {renderCsv} from './csv.ts';
import {renderJson} from './json.ts';
import {renderMarkdown} from './markdown.ts';
import type {SideBySide} from './side-by-side.ts';
import {renderText} from './text.ts';

/** What `seatrial compare --format` knows. The charts of the HTML are slow to load, so they are loaded when they are wanted. */
export const comparisonFormats = {
  text: renderText,
  md: renderMarkdown,
  csv: renderCsv,
  html: async (comparison: SideBySide) => (await import('./html.ts')).renderHtml(comparison),
  json: renderJson,
} as const satisfies Record<string, (comparison: SideBySide) => string | Promise<string>>;

export type ComparisonFormat = keyof typeof comparisonFormats;
