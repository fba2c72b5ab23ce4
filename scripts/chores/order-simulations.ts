/** What dependence between trials does to verdicts, and what allowing for it costs: AR(1) histories, 1,000 a cell. */
import {changePoints} from '../../reports/stats/change-points.ts';
import {dependence} from '../../reports/stats/dependence.ts';
import {medianInterval, orderedMedianInterval} from '../../reports/stats/median.ts';
import {reliabilityShown} from '../../reports/stats/tolerance.ts';
import type {Simulation} from './simulations.ts';

export const trialCounts = [6, 10, 20, 59] as const;
export const autocorrelations = [0, 0.3, 0.5, 0.6, 0.9] as const;
/** How far the bound lies above the true median, in standard deviations of a trial. */
export const distances = [1, 2, 4] as const;
const histories = 1000;

type Next = () => number;
const exponential = (next: Next) => -Math.log(1 - next());
const normal = (next: Next) => Math.sqrt(2 * exponential(next)) * Math.cos(2 * Math.PI * next());

/** Standard normal values, each `rho` of the one before and the rest new. */
export function autoregressive(next: Next, n: number, rho: number): number[] {
  let value = normal(next);
  return Array.from({length: n}, (_, i) => {
    if (i > 0) value = rho * value + Math.sqrt(1 - rho ** 2) * normal(next);
    return value;
  });
}

/** Times around 100, deviation 5. */
const trials = (next: Next, n: number, rho: number) => autoregressive(next, n, rho).map(value => 100 + 5 * value);

function cell(counts: string, atMost: number, once: Simulation['once'], atLeast = 0): Simulation {
  return {counts, promise: 'see the table', atLeast, atMost, trials: histories, once};
}

/**
 * Five in a hundred and three standard errors of 1,000 histories; what six and ten values cannot show is written down
 * as it is.
 */
function mostFalse(n: number, rho: number): number {
  return rho === 0.9 && n === 6 ? 0.1 : 0.07;
}

export const cellOf = {
  met: (n: number, rho: number) => `met at the bound, n ${n}, ${rho}`,
  missed: (n: number, rho: number) => `missed at the bound, n ${n}, ${rho}`,
  unordered: (n: number, rho: number) => `met at the bound without order, n ${n}, ${rho}`,
  decided: (n: number, distance: number) => `met ${distance} away, n ${n}`,
  decidedUnordered: (n: number, distance: number) => `met ${distance} away without order, n ${n}`,
  changes: (rho: number) => `change points on 120 nights, ${rho}`,
  worst: (rho: number) => `59 clean trials, ${rho}`,
  worstUnordered: (rho: number) => `59 clean trials without order, ${rho}`,
};

/** True 95 % quantile of a trial: the bound that a reliability of 0.95 just keeps. */
const quantile95 = 1.6448536269514722;

function cleanAndWorthIt(next: Next, rho: number, inOrder: boolean): boolean {
  const values = autoregressive(next, 59, rho);
  if (!values.every(value => value <= quantile95)) return false;
  const found = dependence(values);
  const worth = inOrder && found.ok ? Math.floor(found.value.effective) : values.length;
  const shown = reliabilityShown(worth);
  return shown.ok && shown.value >= 0.95;
}

function cells(): Record<string, Simulation> {
  const all: Record<string, Simulation> = {};
  for (const n of trialCounts) {
    for (const rho of autocorrelations) {
      all[cellOf.met(n, rho)] = cell('met with the bound at the true median', mostFalse(n, rho), next => {
        const interval = orderedMedianInterval(trials(next, n, rho));
        return interval.ok && interval.value.high <= 100;
      });
      all[cellOf.missed(n, rho)] = cell('missed with the bound at the true median', mostFalse(n, rho), next => {
        const interval = orderedMedianInterval(trials(next, n, rho));
        return interval.ok && interval.value.low > 100;
      });
      all[cellOf.unordered(n, rho)] = cell('met with the bound at the true median, order not used', 0.4, next => {
        const interval = medianInterval(trials(next, n, rho));
        return interval.ok && interval.value.high <= 100;
      });
    }
    for (const distance of distances) {
      const bound = 100 + 5 * distance;
      all[cellOf.decided(n, distance)] = cell('met with the bound so far away', 1, next => {
        const interval = orderedMedianInterval(trials(next, n, 0));
        return interval.ok && interval.value.high <= bound;
      });
      all[cellOf.decidedUnordered(n, distance)] = cell('the same, order not used', 1, next => {
        const interval = medianInterval(trials(next, n, 0));
        return interval.ok && interval.value.high <= bound;
      });
    }
  }
  for (const rho of autocorrelations) {
    all[cellOf.changes(rho)] = cell('a change found in 120 nights without one, noise 5 %', 0.12, next => {
      const found = changePoints(trials(next, 120, rho));
      return found.ok && found.value.length > 0;
    });
    all[cellOf.worst(rho)] = cell('59 clean trials met a reliability that is just kept', 0.07, next =>
      cleanAndWorthIt(next, rho, true),
    );
    all[cellOf.worstUnordered(rho)] = cell('the same, order not used', 0.6, next => cleanAndWorthIt(next, rho, false));
  }
  return all;
}

export const orderSimulations: Readonly<Record<string, Simulation>> = cells();
