import {sentence} from '../../../harness/parse/answer.ts';
import {changePoints} from '../../../reports/stats/change-points.ts';
import type {Bench} from './line.ts';
import {nightlySeries} from './series.ts';
import {Stopwatch} from './stopwatch.ts';

const count = 1000;
const nights = 365;

export const changePointsOfAYear: Bench = {
  title: `Change points, ${count} series of ${nights} nights`,
  async run() {
    const series = Array.from({length: count}, (_, index) => nightlySeries(index, nights));
    const watch = new Stopwatch();
    for (let n = 0; n < 5; n++) {
      await watch.time(() => {
        for (const values of series) {
          const points = changePoints(values);
          if (!points.ok) throw new Error(sentence(points.error));
        }
      });
    }
    return [
      {what: 'by the clock', value: watch.wallSeconds, unit: 's', goal: {relation: 'at-most', bound: 5}},
      {what: 'CPU time', value: watch.cpuSeconds, unit: 's'},
    ];
  },
};
