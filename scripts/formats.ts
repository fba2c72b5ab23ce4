/** The formats of a report. The renderers are loaded when they are wanted: the charts of the HTML report are slow to load. */
import {mkdir, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
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

/** Writes every format into RUN/report/ and renews the run's manifest; the HTML file's path comes first. */
export async function saveReports(report: Report, runFolder: string): Promise<string[]> {
  const {exporters, renderSchema} = await import('../reports/render/index.ts');
  const folder = join(runFolder, 'report');
  await mkdir(folder, {recursive: true});
  const paths: string[] = [];
  const save = async (file: string, text: string) => {
    const path = join(folder, file);
    await writeFile(`${path}.writing`, text);
    await rename(`${path}.writing`, path);
    paths.push(path);
  };
  for (const format of formats) await save(exporters[format].file, await exporters[format].render(report));
  await save(schemaFile, renderSchema());
  await writeManifest(runFolder);
  return paths;
}
