/** The formats of the report of a run. */
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {writeWhole} from '../../../harness/files.ts';
import {remadeFolder} from '../../../harness/run/manifest.ts';
import {type FormatName, fileName, render as renderDocument} from '../../../reports/document/index.ts';
import {runDocument} from '../../../reports/run/document.ts';
import type {Report} from '../../../reports/run/report.ts';
import {writeManifest} from './manifest.ts';

/** What is saved with a run. */
const saved = [
  'html',
  'md',
  'csv',
  'verdicts-csv',
  'json',
  'junit',
  'ctrf',
  'in-toto',
] as const satisfies readonly FormatName[];
export const formats = [...saved, 'text'] as const;
export type Format = (typeof formats)[number];

/** The report as text. The same report gives the same bytes. */
export async function render(report: Report, format: Format): Promise<string> {
  return renderDocument(runDocument(report), format);
}

/** Describes report.json to programs. */
const schemaFile = 'report.schema.json';

/**
 * Every format that is saved and the schema of report.json: texts by name from the run's folder, the HTML file first.
 */
export async function reportFiles(report: Report): Promise<ReadonlyMap<string, string>> {
  const document = runDocument(report);
  const {renderSchema} = await import('../../../reports/run/schema.ts');
  const files = new Map<string, string>();
  for (const format of saved)
    files.set(`${remadeFolder}${fileName('report', format)}`, await renderDocument(document, format));
  return files.set(`${remadeFolder}${schemaFile}`, renderSchema());
}

/** Writes every format into RUN/report/ and renews the run's manifest; the HTML file's path comes first. */
export async function saveReports(report: Report, runFolder: string): Promise<readonly string[]> {
  await mkdir(join(runFolder, remadeFolder), {recursive: true});
  const paths: string[] = [];
  for (const [name, text] of await reportFiles(report)) {
    const path = join(runFolder, name);
    await writeWhole(path, text);
    paths.push(path);
  }
  await writeManifest(runFolder);
  return paths;
}
