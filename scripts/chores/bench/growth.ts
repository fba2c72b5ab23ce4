import {parseFio} from '../../../harness/parse/fio.ts';
import {render} from '../../../reports/document/index.ts';
import {runDocument} from '../../../reports/run/document.ts';
import {changePoints} from '../../../reports/stats/change-points.ts';
import {fioTexts} from './corpus.ts';
import {judgedTexts} from './fio.ts';
import {largeReport} from './large-report.ts';
import type {Bench, Line} from './line.ts';
import {nightlySeries} from './series.ts';
import {Stopwatch} from './stopwatch.ts';

const sizes = [1, 4, 16] as const;

interface Growing {
  what: string;
  /** Work of that size, made beforehand, and done when called. */
  work(times: number): () => unknown;
}

const growing: readonly Growing[] = [
  {
    what: '20 fio json+ files parsed',
    work: times => {
      const texts = fioTexts(1, 20 * times);
      return () => {
        for (const text of texts) parseFio(text, 'x');
      };
    },
  },
  {
    what: '20 fio json+ files parsed, merged and judged',
    work: times => {
      const texts = fioTexts(1, 20 * times);
      return () => judgedTexts(texts);
    },
  },
  {
    what: 'change points in 20 series of 365 nights',
    work: times => {
      // Longer series, not more of them.
      const series = Array.from({length: 20}, (_, index) => nightlySeries(index, 365 * times));
      return () => {
        for (const values of series) changePoints(values);
      };
    },
  },
  {
    what: 'HTML report, 50 verdicts and 15 charts',
    work: times => {
      const large = largeReport({verdicts: 50 * times, charts: 15 * times});
      return () => render(runDocument(large), 'html');
    },
  },
];

/**
 * The CPU time for one unit of work when there are once, four times and sixteen times as many of them: the same where
 * growth is linear.
 */
export const growth: Bench = {
  title: 'Growth: CPU time for a unit of work at 1, 4 and 16 times the size',
  async run() {
    const lines: Line[] = [];
    for (const {what, work} of growing) {
      const watches = sizes.map(times => ({times, body: work(times), watch: new Stopwatch()}));
      // The first round warms up.
      for (const {body} of watches) await body();
      for (let n = 0; n < 5; n++) for (const {body, watch} of watches) await watch.time(body);
      const least = (watches[0]?.watch.cpuSeconds ?? Number.NaN) / sizes[0];
      for (const {times, watch} of watches) {
        const value = watch.cpuSeconds / times;
        lines.push({
          what: `${what}, ${times}×`,
          value,
          unit: 's',
          ...(times === 1 ? {} : {beside: {what: 'at 1×', value: least}}),
        });
      }
    }
    return lines;
  },
};
