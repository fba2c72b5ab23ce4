/** The formats of a capacity report. The same report gives the same bytes. */
import type {CapacityReport} from '../report.ts';
import {renderCapacityCsv} from './csv.ts';
import {renderCapacityJson} from './json.ts';
import {renderCapacityMarkdown} from './markdown.ts';
import {renderCapacityText} from './text.ts';

export type CapacityFormat = 'text' | 'md' | 'csv' | 'json' | 'html';

export const exporters: Readonly<
  Record<CapacityFormat, {file: string; render: (report: CapacityReport) => Promise<string>}>
> = {
  text: {file: 'capacity.txt', render: async report => renderCapacityText(report)},
  md: {file: 'capacity.md', render: async report => renderCapacityMarkdown(report)},
  csv: {file: 'capacity.csv', render: async report => renderCapacityCsv(report)},
  json: {file: 'capacity.json', render: async report => renderCapacityJson(report)},
  // The charts are slow to load: only when they are wanted.
  html: {file: 'capacity.html', render: async report => (await import('./html.ts')).renderCapacityHtml(report)},
};
