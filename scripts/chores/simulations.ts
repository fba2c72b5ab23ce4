/**
 * What each statistic does on data whose truth is known: how often an interval covers, a test cries wolf, an estimate
 * hits. Every run is decided by its seed alone.
 */

import type {Stat} from '../../harness/parse/answer.ts';
import {type Bins, mergeBins, quantileFromBins} from '../../harness/parse/bins.ts';
import {steadyState} from '../../harness/parse/steady-state.ts';
import {changePoints} from '../../reports/stats/change-points.ts';
import {clopperPearson} from '../../reports/stats/clopper-pearson.ts';
import {dependence} from '../../reports/stats/dependence.ts';
import {driftAdjustedRatio} from '../../reports/stats/drift.ts';
import {ecdf} from '../../reports/stats/ecdf.ts';
import {erlangC} from '../../reports/stats/erlang.ts';
import {hodgesLehmann} from '../../reports/stats/hodges-lehmann.ts';
import {holm} from '../../reports/stats/holm.ts';
import {kOfN} from '../../reports/stats/k-of-n.ts';
import {kaplanMeier} from '../../reports/stats/kaplan-meier.ts';
import {kneedle} from '../../reports/stats/kneedle.ts';
import {kruskalWallis} from '../../reports/stats/kruskal-wallis.ts';
import {mannKendall} from '../../reports/stats/mann-kendall.ts';
import {mannWhitney} from '../../reports/stats/mann-whitney.ts';
import {medianInterval, orderedMedianInterval} from '../../reports/stats/median.ts';
import {mtbfLowerBound} from '../../reports/stats/mtbf.ts';
import {outliers} from '../../reports/stats/outliers.ts';
import {predictionInterval} from '../../reports/stats/prediction.ts';
import {random} from '../../reports/stats/random.ts';
import {meanRatioInterval, pairedRatio} from '../../reports/stats/ratio.ts';
import {senSlope} from '../../reports/stats/sen-slope.ts';
import {sprt} from '../../reports/stats/sprt.ts';
import {toleranceTrials} from '../../reports/stats/tolerance.ts';
import {fitUsl, uslThroughput} from '../../reports/stats/usl.ts';
import {welch} from '../../reports/stats/welch.ts';
import {wilcoxonSignedRank} from '../../reports/stats/wilcoxon.ts';
import {lookSimulations} from './look-simulations.ts';
import {autoregressive, orderSimulations} from './order-simulations.ts';

type Next = () => number;

export interface Simulation {
  /** What is counted, and of which data. */
  counts: string;
  /** What the method promises for the share. */
  promise: string;
  /** Bounds for the share over `trials`; they leave room for chance. */
  atLeast: number;
  atMost: number;
  trials: number;
  /** One trial: did it happen? Or a number from 0 to 1, whose mean is then the share. */
  once(next: Next): boolean | number;
}

export interface Simulated {
  share: number;
  trials: number;
  seed: number;
}

export function simulate({once}: Simulation, trials: number, seed: number): Simulated {
  const next = random(seed);
  let happened = 0;
  for (let trial = 0; trial < trials; trial++) happened += Number(once(next));
  return {share: happened / trials, trials, seed};
}

function got<T>(stat: Stat<T>): T {
  if (!stat.ok) throw new Error(`a simulation gave unfit data: ${stat.error.what} needs ${stat.error.need}`);
  return stat.value;
}
const times = (n: number, make: (i: number) => number) => Array.from({length: n}, (_, i) => make(i));
const exponential = (next: Next) => -Math.log(1 - next());
const normal = (next: Next) => Math.sqrt(2 * exponential(next)) * Math.cos(2 * Math.PI * next());
const holds = ({low, high}: {low: number; high: number}, truth: number) => low <= truth && truth <= high;

/** fio's bin of a whole number of ns, written down independently of bins.ts. */
function fioMidpoint(ns: number): number {
  let width = 1;
  while (ns / width >= 128) width *= 2;
  return Math.floor(ns / width) * width + (width === 1 ? 0 : width / 2);
}
const histogram = (values: readonly number[]): Bins => mergeBins(values.map(value => [[fioMidpoint(value), 1]]));

function pooledP99Held(next: Next): boolean {
  const guests = times(3, i => i).map(() => times(400, () => Math.round(1e5 * Math.exp(normal(next)))));
  const quantile = got(quantileFromBins(mergeBins(guests.map(histogram)), 0.99));
  const exact = guests.flat().sort((a, b) => a - b)[Math.ceil(0.99 * 1200) - 1] ?? Number.NaN;
  return Math.abs(quantile.value - exact) <= quantile.halfWidth;
}

/** Whether the 500th arrival waits: exponential gaps and services, first come first served. */
function waits(servers: number, load: number, next: Next): boolean {
  const free = new Array<number>(servers).fill(0);
  let now = 0;
  let waited = false;
  for (let arrival = 0; arrival < 500; arrival++) {
    now += exponential(next) / load;
    const soonest = free.indexOf(Math.min(...free));
    const start = Math.max(now, free[soonest] ?? Number.NaN);
    waited = start > now;
    free[soonest] = start + exponential(next);
  }
  return waited;
}

const nights = (next: Next, level: (night: number) => number) => times(120, i => level(i) * (1 + 0.02 * normal(next)));

export const simulations: Readonly<Record<string, Simulation>> = {
  medianInterval: {
    counts: 'coverage, n = 9, exponential',
    promise: '96.1 %',
    atLeast: 0.955,
    atMost: 0.967,
    trials: 20_000,
    once: next => holds(got(medianInterval(times(9, () => exponential(next)))), Math.LN2),
  },
  orderedMedianInterval: {
    counts: 'coverage, n = 20, normal around 100 ± 5, autocorrelation 0.6 (without the order: 76 %)',
    promise: '95 % (large n)',
    atLeast: 0.92,
    atMost: 0.99,
    trials: 10_000,
    once: next => holds(got(orderedMedianInterval(autoregressive(next, 20, 0.6).map(value => 100 + 5 * value))), 100),
  },
  dependence: {
    counts: 'p below 5 % although the order means nothing, n = 20',
    promise: '5 %',
    atLeast: 0.043,
    atMost: 0.057,
    trials: 20_000,
    once: next => got(dependence(times(20, () => exponential(next)))).p < 0.05,
  },
  driftAdjustedRatio: {
    counts: 'false alarms at 5 %, 6 trials in a block, then 6, under 1 % drift a trial, noise 3 % (a t test: 79 %)',
    promise: '5 %',
    atLeast: 0.035,
    atMost: 0.065,
    trials: 10_000,
    once: next => {
      const placed = times(12, i => 1.01 ** i * Math.exp(0.03 * normal(next))).map((value, place) => ({place, value}));
      return got(driftAdjustedRatio(placed.slice(0, 6), placed.slice(6))).p < 0.05;
    },
  },
  meanRatioInterval: {
    counts: 'coverage, n = 5, log-normal',
    promise: '95 %',
    atLeast: 0.943,
    atMost: 0.957,
    trials: 20_000,
    once: next => holds(got(meanRatioInterval(times(5, () => Math.exp(0.1 * normal(next))))), 1),
  },
  pairedRatio: {
    counts: 'false alarms at 5 %, 6 pairs A B B A under 1 % drift a slot',
    promise: '≤ 5 %',
    atLeast: 0,
    atMost: 0.06,
    trials: 20_000,
    once: next => {
      const slots = times(12, i => (1 + 0.01 * i) * Math.exp(0.03 * normal(next)));
      const pick = (places: readonly number[]) => places.map(i => slots[i] ?? Number.NaN);
      return got(pairedRatio(pick([0, 3, 4, 7, 8, 11]), pick([1, 2, 5, 6, 9, 10]))).p < 0.05;
    },
  },
  welch: {
    counts: 'false alarms at 5 %, 5 against 12, deviations 1 and 4',
    promise: '5 %',
    atLeast: 0.043,
    atMost: 0.058,
    trials: 20_000,
    once: next =>
      got(
        welch(
          times(5, () => normal(next)),
          times(12, () => 4 * normal(next)),
        ),
      ).p < 0.05,
  },
  mannWhitney: {
    counts: 'false alarms at 5 %, 8 against 8, exponential',
    promise: '4.99 % (exact)',
    atLeast: 0.043,
    atMost: 0.057,
    trials: 20_000,
    once: next =>
      got(
        mannWhitney(
          times(8, () => exponential(next)),
          times(8, () => exponential(next)),
        ),
      ).p < 0.05,
  },
  wilcoxonSignedRank: {
    counts: 'false alarms at 5 %, 12 pairs, normal',
    promise: '4.25 % (exact)',
    atLeast: 0.036,
    atMost: 0.05,
    trials: 20_000,
    once: next =>
      got(
        wilcoxonSignedRank(
          times(12, () => normal(next)),
          times(12, () => normal(next)),
        ),
      ).p < 0.05,
  },
  hodgesLehmann: {
    counts: 'coverage of a shift, 7 against 7, exponential',
    promise: '≥ 95 %',
    atLeast: 0.95,
    atMost: 0.97,
    trials: 10_000,
    once: next =>
      holds(
        got(
          hodgesLehmann(
            times(7, () => exponential(next)),
            times(7, () => 0.5 + exponential(next)),
          ),
        ),
        0.5,
      ),
  },
  clopperPearson: {
    counts: 'coverage, n = 30, true share 0.9',
    promise: '≥ 95 %',
    atLeast: 0.95,
    atMost: 1,
    trials: 10_000,
    once: next => holds(got(clopperPearson(times(30, () => (next() < 0.9 ? 1 : 0)).filter(Boolean).length, 30)), 0.9),
  },
  toleranceTrials: {
    counts: 'all trials clean although the reliability is 0.95 only',
    promise: '≤ 5 % (0.95⁵⁹ = 4.85 %)',
    atLeast: 0.042,
    atMost: 0.056,
    trials: 20_000,
    once: next => times(got(toleranceTrials(0.95)), () => next()).every(draw => draw < 0.95),
  },
  sprt: {
    counts: 'a good one (p0 = 0.01) rejected, α = 0.05, β = 0.10',
    promise: '≤ 5 %',
    atLeast: 0,
    atMost: 0.055,
    trials: 10_000,
    once: next => {
      const plan = {p0: 0.01, p1: 0.1, alpha: 0.05, beta: 0.1};
      let failures = 0;
      for (let trials = 1; trials <= 2000; trials++) {
        if (next() < plan.p0) failures++;
        const {decision} = got(sprt(plan, failures, trials));
        if (decision !== 'go on') return decision === 'reject';
      }
      return true;
    },
  },
  kaplanMeier: {
    counts: 'coverage of S at the true median, n = 40, a third censored',
    promise: '95 % (large n)',
    atLeast: 0.93,
    atMost: 0.97,
    trials: 10_000,
    once: next => {
      const cohort = times(40, i => i).map(() => {
        const [event, lost] = [exponential(next), 2 * exponential(next)];
        return {time: Math.min(event, lost), ended: event <= lost};
      });
      const last = got(kaplanMeier(cohort)).steps.findLast(step => step.time <= Math.LN2);
      return last !== undefined && holds(last, 0.5);
    },
  },
  steadyState: {
    counts: 'called steady while rising by 20 % over each window, noise 1 %',
    promise: 'no figure; must be rare',
    atLeast: 0,
    atMost: 0.001,
    trials: 20_000,
    once: next => got(steadyState(times(8, i => 100 * 1.05 ** i * (1 + 0.01 * normal(next))))).steady,
  },
  mergeBins: {
    counts: 'P99 of 3 merged guests within half a bin of that of the pooled data',
    promise: '100 %',
    atLeast: 1,
    atMost: 1,
    trials: 300,
    once: pooledP99Held,
  },
  quantileFromBins: {
    counts: 'P50 of one histogram of 300 within half a bin of that of the data',
    promise: '100 %',
    atLeast: 1,
    atMost: 1,
    trials: 1000,
    once: next => {
      const values = times(300, () => Math.round(1e6 * exponential(next)));
      const quantile = got(quantileFromBins(histogram(values), 0.5));
      return Math.abs(quantile.value - (values.sort((a, b) => a - b)[149] ?? Number.NaN)) <= quantile.halfWidth;
    },
  },
  ecdf: {
    counts: 'coverage of the whole curve at once, n = 50, uniform',
    promise: '≥ 95 %',
    atLeast: 0.95,
    atMost: 0.98,
    trials: 10_000,
    once: next => {
      let before = {low: 0, high: 1};
      return got(ecdf(times(50, () => next()))).every(step => {
        // Just below a step the curve still has the share of the step before.
        const fine =
          holds(step, step.value) && (before.low === 0 || before.low <= step.value) && before.high >= step.value;
        before = step;
        return fine;
      });
    },
  },
  holm: {
    counts: 'any false alarm at 5 % among 5 true null hypotheses',
    promise: '≤ 5 %',
    atLeast: 0.043,
    atMost: 0.055,
    trials: 20_000,
    once: next => got(holm(times(5, () => next()))).some(p => p < 0.05),
  },
  changePoints: {
    counts: 'a fall by 10 % at night 70 of 120 found within 3 nights, nothing else found, noise 2 %',
    promise: 'no figure; must be usual',
    atLeast: 0.95,
    atMost: 1,
    trials: 2000,
    once: next => {
      const points = got(changePoints(nights(next, i => (i < 70 ? 100 : 90))));
      return points.length === 1 && Math.abs((points[0]?.index ?? 0) - 70) <= 3;
    },
  },
  fitUsl: {
    counts: 'peak within 10 % of the true one, 7 loads, noise 1 %',
    promise: 'no figure; must be usual',
    atLeast: 0.95,
    atMost: 1,
    trials: 2000,
    once: next => {
      const law = {alpha: 0.05, beta: 0.002, gamma: 1000};
      const points = [1, 2, 4, 8, 16, 32, 64].map(
        load => [load, uslThroughput(law, load) * (1 + 0.01 * normal(next))] as const,
      );
      const peak = Math.sqrt((1 - law.alpha) / law.beta);
      return Math.abs((got(fitUsl(points)).peak?.load ?? Number.NaN) / peak - 1) <= 0.1;
    },
  },
  kneedle: {
    counts: 'the bend of a hockey stick found within one point, noise 1 % of its height',
    promise: 'no figure; must be usual',
    atLeast: 0.95,
    atMost: 1,
    trials: 10_000,
    once: next => {
      const xs = times(11, i => i);
      const ys = xs.map(x => Math.max(0, x - 7) / 3 + 0.01 * normal(next));
      const knees = got(kneedle(xs, ys, {curve: 'convex', direction: 'increasing'}));
      return knees.length > 0 && knees.every(knee => Math.abs(knee - 7) <= 1);
    },
  },
  kruskalWallis: {
    counts: 'false alarms at 5 %, 3 runs of 10 trials, lognormal',
    promise: '≤ 5 %',
    atLeast: 0.03,
    atMost: 0.06,
    trials: 10_000,
    once: next => got(kruskalWallis([1, 2, 3].map(() => times(10, () => Math.exp(normal(next)))))).p < 0.05,
  },
  'kruskalWallis, planted': {
    counts: 'a night 15 % slower among 3 of 10 trials, noise 5 %, found and named',
    promise: 'no figure; must be usual',
    atLeast: 0.95,
    atMost: 1,
    trials: 2000,
    once: next => {
      const nights = [1, 1.15, 1].map(level => times(10, () => level * (1 + 0.05 * normal(next))));
      const {p, apart} = got(kruskalWallis(nights));
      return p < 0.05 && apart === 1;
    },
  },
  predictionInterval: {
    counts: 'one more value lies in the interval of 3, normal',
    promise: '95 %',
    atLeast: 0.945,
    atMost: 0.955,
    trials: 20_000,
    once: next => holds(got(predictionInterval(times(3, () => normal(next)))), normal(next)),
  },
  mannKendall: {
    counts: 'false alarms at 5 %, 20 values without a drift, lognormal',
    promise: '≤ 5 %',
    atLeast: 0.03,
    atMost: 0.055,
    trials: 10_000,
    once: next => got(mannKendall(times(20, () => Math.exp(normal(next))))).p < 0.025,
  },
  senSlope: {
    counts: 'coverage of a slope, 20 values, exponential',
    promise: '95 %',
    atLeast: 0.94,
    atMost: 0.96,
    trials: 10_000,
    once: next => holds(got(senSlope(times(20, i => 3 * i + exponential(next)))), 3),
  },
  kOfN: {
    counts: 'draws in which at least 2 of 3 parts at 0.9 work',
    promise: `${100 * got(kOfN(2, 3, 0.9))} %`,
    atLeast: 0.967,
    atMost: 0.977,
    trials: 20_000,
    once: next => times(3, () => next()).filter(draw => draw < 0.9).length >= 2,
  },
  erlangC: {
    counts: 'waiting arrivals in a queue of 3 servers, load 2',
    promise: `${(100 * got(erlangC(3, 2))).toFixed(1)} %`,
    atLeast: 0.425,
    atMost: 0.463,
    trials: 5000,
    once: next => waits(3, 2, next),
  },
  mtbfLowerBound: {
    counts: 'bound not above the truth, 5 failures expected',
    promise: '≥ 95 %',
    atLeast: 0.95,
    atMost: 1,
    trials: 20_000,
    once: next => {
      let failures = 0;
      for (let time = exponential(next); time <= 5; time += exponential(next)) failures++;
      return got(mtbfLowerBound(5, failures)) <= 1;
    },
  },
  outliers: {
    counts: 'anything flagged among 50 normal values',
    promise: 'no figure; must be rare',
    atLeast: 0,
    atMost: 0.001,
    trials: 10_000,
    once: next => got(outliers(times(50, () => normal(next)))).length > 0,
  },
  ...orderSimulations,
  ...lookSimulations,
};
