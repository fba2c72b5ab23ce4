/** The formats of the report of a run. */
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {type FormatName, render as renderDocument} from '../reports/document/index.ts';
import type {Report} from '../reports/report.ts';
import {runDocument} from '../reports/run/document.ts';
import {writeManifest} from './manifest.ts';
import {saveDocument, writeAside} from './save-document.ts';

/** What is saved with a run. */
const saved = ['html', 'md', 'csv', 'verdicts-csv', 'json', 'junit', 'ctrf'] as const satisfies readonly FormatName[];
export const formats = [...saved, 'text'] as const;
export type Format = (typeof formats)[number];

/** The report as text. The same report gives the same bytes. */
export async function render(report: Report, format: Format): Promise<string> {
  return renderDocument(runDocument(report), format);
}

/** Describes report.json to programs. */
const schemaFile = 'report.schema.json';

/** Writes every format into RUN/report/ and renews the run's manifest; the HTML file's path comes first. */
export async function saveReports(report: Report, runFolder: string): Promise<readonly string[]> {
  const folder = join(runFolder, 'report');
  await mkdir(folder, {recursive: true});
  const paths = await saveDocument(runDocument(report), saved, join(folder, 'report'));
  const {renderSchema} = await import('../reports/run/schema.ts');
  const schema = join(folder, schemaFile);
  await writeAside(schema, renderSchema());
  await writeManifest(runFolder);
  return [...paths, schema];
}
