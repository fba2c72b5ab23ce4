/** The formats of a report. The renderers are loaded when they are wanted: the charts of the HTML report are slow to load. */
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {writeWhole} from '../harness/files.ts';
import {remadeFolder} from '../harness/manifest.ts';
import type {Format} from '../reports/render/index.ts';
import type {Report} from '../reports/report.ts';
import {writeManifest} from './manifest.ts';

export type {Format};
export const formats = ['html', 'md', 'csv', 'verdicts-csv', 'json', 'junit'] as const satisfies readonly Format[];

/** The report as text. The same report gives the same bytes. */
export async function render(report: Report, format: Format): Promise<string> {
  const {exporters} = await import('../reports/render/index.ts');
  return exporters[format].render(report);
}

/** Describes report.json to programs. */
const schemaFile = 'report.schema.json';

/** Every format and the schema of report.json: texts by name from the run's folder, the HTML file first. */
export async function reportFiles(report: Report): Promise<ReadonlyMap<string, string>> {
  const {exporters, renderSchema} = await import('../reports/render/index.ts');
  const files = new Map<string, string>();
  for (const format of formats)
    files.set(`${remadeFolder}${exporters[format].file}`, await exporters[format].render(report));
  return files.set(`${remadeFolder}${schemaFile}`, renderSchema());
}

/** Writes every format into RUN/report/ and renews the run's manifest; the HTML file's path comes first. */
export async function saveReports(report: Report, runFolder: string): Promise<string[]> {
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
