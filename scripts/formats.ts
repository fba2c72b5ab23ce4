/** The formats of a report. The renderers are loaded when they are wanted: the charts of the HTML report are slow to load. */
import {mkdir, rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Format} from '../reports/render/index.ts';
import type {Report} from '../reports/report.ts';

export type {Format};
export const formats = ['html', 'md', 'csv', 'verdicts-csv', 'json', 'junit'] as const satisfies readonly Format[];

/** The report as text. The same report gives the same bytes. */
export async function render(report: Report, format: Format): Promise<string> {
  const {exporters} = await import('../reports/render/index.ts');
  return exporters[format].render(report);
}

/** Writes every format into RUN/report/; the HTML file's path comes first. */
export async function saveReports(report: Report, runFolder: string): Promise<string[]> {
  const {exporters} = await import('../reports/render/index.ts');
  const folder = join(runFolder, 'report');
  await mkdir(folder, {recursive: true});
  const paths: string[] = [];
  for (const format of formats) {
    const path = join(folder, exporters[format].file);
    await writeFile(`${path}.writing`, await exporters[format].render(report));
    await rename(`${path}.writing`, path);
    paths.push(path);
  }
  return paths;
}
