/**
 * The history of one cluster as a site that works from the file system: `index.html`, and a page a series under
 * `series/`. Pure: history in, names and texts out, one after the other, so that memory does not grow with the number
 * of series. The same history gives the same bytes.
 */
import {sha256Hex} from '../../document/digest.ts';
import {type SeriesKey, seriesId, seriesName} from '../series.ts';
import type {Trend} from '../trend.ts';
import {heatmapOf, type SiteInput} from './heatmap.ts';
import {overviewPage} from './overview.ts';
import {seriesPage} from './series-page.ts';

export type {SiteInput} from './heatmap.ts';
export {generator} from './page.ts';

export interface SitePage {
  /** Relative to the site's folder, `/` between folders. */
  name: string;
  text: string;
}

/** Folder of the pages of single series. */
export const seriesFolder = 'series';

/** The overview comes last: when it is there, all that it leads to is there. */
export async function* trendSite(input: SiteInput): AsyncGenerator<SitePage> {
  const heatmap = heatmapOf(input);
  const names = new Map<Trend, string>();
  for (const trend of input.trends) names.set(trend, await pageName(trend.series));
  const nameOf = (trend: Trend) => names.get(trend) ?? '';
  for (const row of heatmap.rows) {
    const text = await seriesPage(input, heatmap, row, {nameOf, up: '../'});
    yield {name: `${seriesFolder}/${nameOf(row.trend)}`, text};
  }
  yield {name: 'index.html', text: await overviewPage(input, heatmap, trend => `${seriesFolder}/${nameOf(trend)}`)};
}

/** To be read, and of one series only; the same night after night, so that it can be bookmarked. */
async function pageName(series: SeriesKey): Promise<string> {
  const readable = seriesName(series)
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .slice(0, 100);
  return `${readable}-${(await sha256Hex(seriesId(series))).slice(0, 10)}.html`;
}
