/**
 * Does the law tell what was not shown to it? Fitted to the lower half of the loads, it predicts the upper half. Pure.
 */

import {mean} from '../stats/numbers.ts';
import {random} from '../stats/random.ts';
import {fitUsl, uslThroughput} from '../stats/usl.ts';
import {bounded, drawNoise, type LawPoint, noiseOf, quantiles} from './scalability-law.ts';

export interface HeldBackRow {
  /** Accesses in flight. */
  load: number;
  /** op/s, geometric mean over `trials` trials. */
  measured: number;
  trials: number;
  predicted: number;
  low: number;
  high: number;
  inside: boolean;
  from: LawPoint['from'];
}

export interface HeldBack {
  /** `says-little`: all inside, but an interval that wide would hold almost anything. */
  kind: 'predicted' | 'not-predicted' | 'says-little' | 'not-testable';
  fittedTo: readonly number[];
  rows: readonly HeldBackRow[];
  /** Of all rows together. */
  confidence: number;
  says: string;
}

/** High over low beyond which an interval tells nothing. */
const tooWide = 3;

/**
 * The lower half of the loads (3 at least, with 6 points), then a prediction interval for each load above. The
 * intervals hold all together with `confidence`: each by itself covers 1 − (1 − confidence)/rows. A held-back point
 * differs from the curve by its own trials and its own noise; both are drawn as for the intervals of the law. The same
 * seed gives the same numbers.
 */
export function heldBackOf(
  points: readonly LawPoint[],
  {confidence, seed = 1, resamples = 400}: {confidence: number; seed?: number; resamples?: number},
): HeldBack {
  const loads = [...new Set(points.map(({load}) => load))].sort((a, b) => a - b);
  const half = Math.max(3, Math.ceil(loads.length / 2));
  const [fittedTo, upper] = [loads.slice(0, half), loads.slice(half)];
  const lower = points.filter(({load}) => fittedTo.includes(load));
  const not = (says: string): HeldBack => ({kind: 'not-testable', fittedTo, rows: [], confidence, says});
  if (upper.length === 0) {
    return not(`Not testable: ${loads.length} loads; three are needed to fit and at least one more to predict.`);
  }
  const fit = fitUsl(lower.map(({load, throughput}) => [load, throughput] as const));
  const noise = fit.ok ? noiseOf(lower, fit.value) : fit;
  if (!fit.ok || !noise.ok) {
    return not(
      `Not testable: ${lower.length} points at the lower ${fittedTo.length} loads; 6 at 3 loads are needed, and more points than trials and parameters.`,
    );
  }
  const next = random(seed);
  const measured = upper.flatMap(load => {
    const own = points.filter(point => point.load === load);
    const [first] = own;
    return first === undefined
      ? []
      : [
          {
            load,
            trials: own.length,
            from: first.from,
            measured: Math.exp(mean(own.map(({throughput}) => Math.log(throughput)))),
          },
        ];
  });
  const draws: number[][] = measured.map(() => []);
  for (let resample = 0; resample < resamples; resample++) {
    const drawn = drawNoise(noise.value, next);
    const again = fitUsl(
      lower.map(
        ({load, trial}) =>
          [load, uslThroughput(fit.value, load) * Math.exp(bounded(drawn.trial(trial) + drawn.point()))] as const,
      ),
    );
    if (!again.ok) continue;
    for (const [index, {load, trials}] of measured.entries()) {
      const own = Array.from({length: trials}, () => drawn.freshTrial() + drawn.point());
      draws[index]?.push(uslThroughput(again.value, load) * Math.exp(bounded(mean(own))));
    }
  }
  const each = 1 - (1 - confidence) / measured.length;
  const rows = measured.map((row, index): HeldBackRow => {
    const predicted = uslThroughput(fit.value, row.load);
    const {low, high} = quantiles(draws[index] ?? [], each, predicted);
    return {...row, predicted, low, high, inside: low <= row.measured && row.measured <= high};
  });
  return {...judged(rows, fittedTo), fittedTo, rows, confidence};
}

function judged(rows: readonly HeldBackRow[], fittedTo: readonly number[]): Pick<HeldBack, 'kind' | 'says'> {
  const last = fittedTo.at(-1);
  const outside = rows.filter(({inside}) => !inside);
  if (outside.length > 0) {
    const [first] = outside;
    const side = first && first.measured < first.low ? 'less' : 'more';
    return {
      kind: 'not-predicted',
      says: `Not predicted: fitted to the loads up to ${last} in flight, the law misses ${outside.length} of the ${rows.length} held-back loads (from ${first?.load} in flight on the cluster did ${side} than predicted). Do not extrapolate this curve.`,
    };
  }
  const wide = rows.filter(({low, high}) => !(high / low <= tooWide));
  if (wide.length > 0) {
    return {
      kind: 'says-little',
      says: `All ${rows.length} held-back loads lie inside, but that says little: at ${wide.map(({load}) => load).join(', ')} in flight the interval spans more than a factor of ${tooWide}. More trials, or more loads below ${last} in flight, would make it a test.`,
    };
  }
  return {
    kind: 'predicted',
    says: `Predicted: fitted to the loads up to ${last} in flight, the law tells all ${rows.length} held-back loads within its interval.`,
  };
}
