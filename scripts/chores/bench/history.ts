import {mkdtemp, rm, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {syntheticNight} from '../../../fixtures/kit/history.ts';
import {importRun} from '../../cli/kit/history/import.ts';
import {withHistory} from '../../cli/kit/history/index.ts';
import {nightsOf, runRows, seriesRows, trendsOf, trialsOf} from '../../cli/kit/history/queries.ts';
import {selectSeries} from '../../cli/kit/history/select.ts';
import type {Bench, Line} from './line.ts';
import {Stopwatch} from './stopwatch.ts';

const nights = 1000;
const series = 500;
const trials = 3;

/**
 * A change of the kernel each year, and a step of one series in fifty each hundred nights, so that there is something
 * to find.
 */
function night(n: number) {
  const level = (index: number) => (index % 50 === Math.floor(n / 100) ? 1.2 : 1);
  return syntheticNight({night: n, series, trials, seed: 1, level, facts: {kernel: `6.${Math.floor(n / 365)}`}});
}

const asked = {decisions: {baselines: [], acks: []}, thresholdOf: () => 0.05};

export const history: Bench = {
  title: `History, ${nights} nights × ${series} series × ${trials} trials`,
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'seatrial-bench-history-'));
    try {
      const path = join(folder, 'history.sqlite');
      await withHistory(path, file => {
        for (let n = 0; n < nights - 5; n++) importRun(file, night(n));
      });
      const importing = new Stopwatch();
      for (let n = nights - 5; n < nights; n++)
        await importing.time(() => withHistory(path, file => importRun(file, night(n))));
      const {size} = await stat(path);
      const opening = new Stopwatch();
      for (let n = 0; n < 5; n++) await opening.time(() => withHistory(path, () => 0));
      await rm(`${path}.seal`);
      const checking = new Stopwatch();
      await checking.time(() => withHistory(path, () => 0));

      const goal = {relation: 'at-most' as const, bound: 0.2};
      const lines: Line[] = [];
      await withHistory(path, async file => {
        const one = selectSeries(seriesRows(file, {metric: 'storage.iops'}), 'storage.iops:pattern=job-7');
        const number = one[0]?.number ?? 0;
        const queries: readonly (readonly [string, () => unknown])[] = [
          ['query: every run with what it holds', () => runRows(file)],
          ['query: every night', () => nightsOf(file)],
          ['query: every series', () => seriesRows(file)],
          [
            `query: one series over ${nights} nights, its changes found`,
            () => trendsOf(file, {...asked, series: one, nights}),
          ],
          [`query: every trial of one series over ${nights} nights`, () => trialsOf(file, number, nights)],
        ];
        for (const [what, query] of queries) {
          const watch = new Stopwatch();
          for (let n = 0; n < 5; n++) await watch.time(query);
          lines.push({what, value: watch.wallSeconds, unit: 's', goal});
        }
        for (const back of [400, nights]) {
          const watch = new Stopwatch();
          for (let n = 0; n < 3; n++) await watch.time(() => trendsOf(file, {...asked, nights: back}));
          lines.push({
            what: `all ${series} series over ${back} nights, their changes found`,
            value: watch.wallSeconds,
            unit: 's',
          });
        }
      });
      return [
        {
          what: 'import of one night, opened, written back and sealed',
          value: importing.wallSeconds,
          unit: 's',
          goal: {relation: 'at-most', bound: 2},
        },
        {what: 'opening: every byte held against the seal', value: opening.wallSeconds, unit: 's'},
        {what: 'opening without a seal: every row held against its digest', value: checking.wallSeconds, unit: 's'},
        ...lines,
        {what: 'size of the file', value: size, unit: 'B'},
      ];
    } finally {
      await rm(folder, {recursive: true, force: true});
    }
  },
};
