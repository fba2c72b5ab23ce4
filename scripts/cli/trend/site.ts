/** The trend pages on disk: taken from the history, written page by page. */
import {existsSync} from 'node:fs';
import {mkdir, open, readdir, rm} from 'node:fs/promises';
import {join, relative, resolve} from 'node:path';
import {writeWhole} from '../../../harness/files.ts';
import type {Decisions} from '../../../reports/trend/index.ts';
import {generator, type SiteInput, seriesFolder, trendSite} from '../../../reports/trend/site/index.ts';
import {CommandError} from '../kit/command-error.ts';
import type {HistoryFile} from '../kit/history/file.ts';
import {clustersIn, nightsOf, trendsOf} from '../kit/history/queries.ts';
import {selectCluster} from '../kit/history/select.ts';

export interface SiteAsked {
  decisions: Decisions;
  /** Relative change worth a word, by metric. */
  thresholdOf: (metric: string) => number;
  /** The only one in the history where none is named. */
  cluster?: string;
  /** At most so many of the newest nights; the baseline's are shown however long ago they were. */
  nights: number;
}

/** What the pages are made of; links lead from `folder` to the reports that are there now. */
export function siteInput(file: HistoryFile, asked: SiteAsked, folder: string): SiteInput {
  const {decisions, thresholdOf, nights: most} = asked;
  const cluster = selectCluster(clustersIn(file), asked.cluster);
  const trends = trendsOf(file, {decisions, thresholdOf, cluster, nights: most});
  const all = nightsOf(file, cluster);
  const held = new Set(trends.flatMap(({points}) => points.map(({night}) => night)));
  const nights = all.filter(({id}, index) => index >= all.length - most || held.has(id));
  const reports = nights.flatMap(({id, folder: run}): [string, string][] => {
    const report = join(run, 'report', 'report.html');
    return existsSync(report) ? [[id, encoded(relative(resolve(folder), report))]] : [];
  });
  return {cluster, nights, trends, decisions, reports: new Map(reports)};
}

function encoded(path: string): string {
  return path
    .split('/')
    .map(part => encodeURIComponent(part.toWellFormed()))
    .join('/');
}

/**
 * Writes the pages into `folder`, each whole or not at all, the overview last; takes away pages of series that are no
 * more. Refuses a folder that holds an index.html of something else.
 */
export async function saveSite(input: SiteInput, folder: string): Promise<{index: string; pages: number}> {
  const index = join(folder, 'index.html');
  const pages = join(folder, seriesFolder);
  if (existsSync(index) && !(await isOurs(index)))
    throw new CommandError(`${index} is no trend page, and stays as it is`, 'Name a folder of its own.');
  try {
    await mkdir(pages, {recursive: true});
    const written = new Set<string>();
    for await (const {name, text} of trendSite(input)) {
      const path = join(folder, name);
      await writeWhole(path, text);
      written.add(path);
    }
    for (const name of await readdir(pages)) {
      const path = join(pages, name);
      if (!written.has(path) && name.endsWith('.html') && (await isOurs(path))) await rm(path);
    }
    return {index, pages: written.size};
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code !== 'ENOSPC')
      throw new CommandError(`the pages cannot be written: ${error.message}`, 'Name another folder.');
    throw error;
  }
}

/** By what its first bytes say. */
async function isOurs(path: string): Promise<boolean> {
  const file = await open(path);
  try {
    const {buffer, bytesRead} = await file.read(Buffer.alloc(256), 0, 256, 0);
    return buffer.toString('utf8', 0, bytesRead).includes(`name="generator" content="${generator}"`);
  } finally {
    await file.close();
  }
}
