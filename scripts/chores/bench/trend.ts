/** Trend pages: how long they take, how large they are, and whether both grow with the number of series only. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {exampleSite} from '../../../fixtures/kit/trend.ts';
import {trendSite} from '../../../reports/trend/site/index.ts';
import {saveSite} from '../../cli/trend/site.ts';
import type {Bench} from './line.ts';
import {Stopwatch} from './stopwatch.ts';

const nights = 365;
const series = 500;

export const trend: Bench = {
  title: `Trend pages, ${series} series × ${nights} nights`,
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'seatrial-bench-trend-'));
    try {
      const few = exampleSite({nights, series: series / 10, seed: 1});
      const all = exampleSite({nights, series, seed: 1});
      // The first round warms up.
      await saveSite(few, folder);
      const small = new Stopwatch();
      await small.time(() => saveSite(few, folder));
      const whole = new Stopwatch();
      await whole.time(() => saveSite(all, folder));
      let bytes = 0;
      let overview = 0;
      for await (const {name, text} of trendSite(all)) {
        const size = Buffer.byteLength(text);
        bytes += size;
        if (name === 'index.html') overview = size;
      }
      return [
        {
          what: 'all pages made and written',
          value: whole.wallSeconds,
          unit: 's',
          goal: {relation: 'at-most', bound: 60},
          beside: {what: 'ten times a tenth of the series', value: 10 * small.wallSeconds},
        },
        {what: 'size of all pages', value: bytes, unit: 'B'},
        {what: 'size of the overview', value: overview, unit: 'B'},
      ];
    } finally {
      await rm(folder, {recursive: true, force: true});
    }
  },
};
