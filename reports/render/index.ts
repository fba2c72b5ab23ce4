import type {Report} from '../report.ts';
import {renderCsv, renderVerdictsCsv} from './csv.ts';
import {renderHtml} from './html.ts';
import {renderJson} from './json.ts';
import {renderJunit} from './junit.ts';
import {renderMarkdown} from './markdown.ts';

export {renderSchema, reportJson} from './schema.ts';
export {renderCsv, renderHtml, renderJson, renderJunit, renderMarkdown, renderVerdictsCsv};

export interface Exporter {
  /** Name of its file in RUN/report/; links in one format to another use it. */
  file: string;
  render(report: Report): string | Promise<string>;
}

/** What `seatrial report --format` knows. */
export const exporters = {
  html: {file: 'report.html', render: renderHtml},
  md: {file: 'report.md', render: renderMarkdown},
  csv: {file: 'report.csv', render: renderCsv},
  'verdicts-csv': {file: 'verdicts.csv', render: renderVerdictsCsv},
  json: {file: 'report.json', render: renderJson},
  junit: {file: 'junit.xml', render: renderJunit},
} as const satisfies Record<string, Exporter>;

export type Format = keyof typeof exporters;
