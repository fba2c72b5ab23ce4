/** The formats of an assessment. The same assessment gives the same bytes. */
import type {Assessment} from '../assess.ts';
import {renderAvailabilityCsv} from './csv.ts';
import {renderAvailabilityJson} from './json.ts';
import {renderAvailabilityMarkdown} from './markdown.ts';

export type AvailabilityFormat = 'html' | 'md' | 'csv' | 'json';

export const exporters: Readonly<Record<AvailabilityFormat, (assessment: Assessment) => Promise<string>>> = {
  // The charts are slow to load: only when they are wanted.
  html: async assessment => (await import('./html.ts')).renderAvailabilityHtml(assessment),
  md: async assessment => renderAvailabilityMarkdown(assessment),
  csv: async assessment => renderAvailabilityCsv(assessment),
  json: async assessment => renderAvailabilityJson(assessment),
};
