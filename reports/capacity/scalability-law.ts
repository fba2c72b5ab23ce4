/** The Universal Scalability Law on the closed loop of a sweep, with intervals. Pure. */

import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import type {Estimate, Sample} from '../../harness/types.ts';
import {gamma, normal} from '../availability/quantities.ts';
import {kneedle} from '../stats/kneedle.ts';
import {ascending, mean, median, sum} from '../stats/numbers.ts';
import {random} from '../stats/random.ts';
import {fitUsl, type Usl, uslThroughput} from '../stats/usl.ts';
import type {Condition, Load} from './loads.ts';

/** Accesses in flight, operations a second, and which trial says so. */
export interface LawPoint {
  load: number;
  throughput: number;
  trial: string;
  from: Sample['from'];
}

export interface LawFit {
  alpha: Estimate;
  beta: Estimate;
  /** op/s of one access in flight. */
  gamma: Estimate;
  rSquared: number;
  /**
   * Accesses in flight and op/s where throughput is highest; absent: "no peak". An end at infinity: some resamples have
   * none.
   */
  peak?: {load: Estimate; throughput: Estimate; beyondTried: boolean};
  /** The curve at loads from the lowest to the highest tried, with the interval of the curve itself. */
  curve: readonly {load: number; throughput: number; low: number; high: number}[];
}

export interface Law {
  condition: Condition;
  pattern: string;
  /** Ascending by load, then in the order of the trials. */
  points: readonly LawPoint[];
  fit: Stat<LawFit>;
  /**
   * Knees by Kneedle (S = 1) over the medians, as accesses in flight; empty: none; absent: fewer than 4 loads, or a
   * flat curve.
   */
  knees?: readonly number[];
  /** What limits the fit, in sentences. */
  remarks: readonly string[];
}

const lawMethod =
  'least squares; interval from a parametric bootstrap of relative residuals, trials apart from points, both spread as Student t';

/** One law for each condition and pattern that has a closed loop. The same seed gives the same numbers. */
export function lawsOf(
  loads: readonly Load[],
  {confidence, seed = 1, resamples = 400}: {confidence: number; seed?: number; resamples?: number},
): readonly Law[] {
  const groups = Map.groupBy(
    loads.filter(({loop}) => loop === 'closed'),
    ({condition, pattern}) => `${condition} ${pattern}`,
  );
  return [...groups.values()].flatMap(group => {
    const [first] = group;
    if (first === undefined) return [];
    const points = pointsOf(group);
    const fit = fitLaw(points, {confidence, seed, resamples});
    const knees = kneesOf(points);
    return [
      {
        condition: first.condition,
        pattern: first.pattern,
        points,
        fit,
        ...(knees === undefined ? {} : {knees}),
        remarks: fit.ok ? remarksOn(fit.value, points) : [],
      },
    ];
  });
}

/** Every trial of every closed load, ascending by load. */
export function pointsOf(loads: readonly Load[]): readonly LawPoint[] {
  return loads
    .filter(({loop}) => loop === 'closed')
    .sort((a, b) => a.amount - b.amount)
    .flatMap(({amount, trials}) =>
      trials.map(({throughput, trial, from}) => ({load: amount, throughput, trial, from})),
    );
}

/**
 * The law through the points, with intervals for its three parameters and its peak. Needs 6 points at 3 loads, and more
 * points than trials and parameters together.
 *
 * Interval: the relative residuals ln(measured/fitted) are split into what a whole trial has in common and the rest;
 * resamples draw both from normal distributions with those deviations, each resample's deviations scaled by √(ν/χ²ν),
 * so that few trials spread as Student's t does; refitted, the quantiles of the parameters are the interval. With one
 * trial the spread between trials is unknown and not in it (a remark says so). Coverage measured in law.test.ts at 95
 * %: see docs/capacity.md.
 */
export function fitLaw(
  points: readonly LawPoint[],
  {confidence, seed = 1, resamples = 400}: {confidence: number; seed?: number; resamples?: number},
): Stat<LawFit> {
  const fitted = fitUsl(points.map(({load, throughput}) => [load, throughput] as const));
  if (!fitted.ok) return refuse('scalability law', 'at least 6 points at 3 or more loads', lackOf(points));
  const noise = noiseOf(points, fitted.value);
  if (!noise.ok) return noise;
  const fits = refits(points, fitted.value, noise.value, resamples, seed);
  const interval = (values: readonly number[], value: number): Estimate => ({
    value,
    ...quantiles(values, confidence, value),
    n: points.length,
    confidence,
    method: lawMethod,
  });
  const loads = points.map(({load}) => load);
  const [least, most] = [Math.min(...loads), Math.max(...loads)];
  const {peak} = fitted.value;
  return answer({
    alpha: interval(
      fits.map(({alpha}) => alpha),
      fitted.value.alpha,
    ),
    beta: interval(
      fits.map(({beta}) => beta),
      fitted.value.beta,
    ),
    gamma: interval(
      fits.map(fit => fit.gamma),
      fitted.value.gamma,
    ),
    rSquared: fitted.value.rSquared,
    ...(peak === undefined
      ? {}
      : {
          peak: {
            load: interval(
              fits.map(fit => fit.peak?.load ?? Number.POSITIVE_INFINITY),
              peak.load,
            ),
            throughput: interval(
              fits.map(fit => fit.peak?.throughput ?? Number.POSITIVE_INFINITY),
              peak.throughput,
            ),
            beyondTried: peak.load > most,
          },
        }),
    curve: steps(least, most).map(load => {
      const throughput = uslThroughput(fitted.value, load);
      return {
        load,
        throughput,
        ...quantiles(
          fits.map(fit => uslThroughput(fit, load)),
          confidence,
          throughput,
        ),
      };
    }),
  });
}

/** The deviations that resampling draws from, in ln of throughput, with their degrees of freedom. */
export interface Noise {
  trials: readonly string[];
  trialDeviation: number;
  trialFreedom: number;
  pointDeviation: number;
  pointFreedom: number;
}

export function noiseOf(points: readonly LawPoint[], fit: Usl): Stat<Noise> {
  const logs = points.map(({load, throughput, trial}) => ({
    trial,
    log: Math.log(throughput / uslThroughput(fit, load)),
  }));
  const byTrial = Map.groupBy(logs, ({trial}) => trial);
  const means = new Map([...byTrial].map(([trial, own]) => [trial, mean(own.map(({log}) => log))]));
  const trialFreedom = means.size - 1;
  const pointFreedom = points.length - 3 - trialFreedom;
  if (pointFreedom < 1) {
    return refuse('interval of the scalability law', 'more points than trials and parameters', lackOf(points));
  }
  const centre = mean([...means.values()]);
  const between = sum([...means.values()].map(one => (one - centre) ** 2));
  const within = sum(logs.map(({trial, log}) => (log - (means.get(trial) ?? centre)) ** 2));
  return answer({
    trials: [...means.keys()],
    trialDeviation: trialFreedom === 0 ? 0 : Math.sqrt(between / trialFreedom),
    trialFreedom,
    pointDeviation: Math.sqrt(within / pointFreedom),
    pointFreedom,
  });
}

/** One resample's deviations, and a way to draw from them. */
export function drawNoise(
  noise: Noise,
  next: () => number,
): {trial(name: string): number; point(): number; freshTrial(): number} {
  const trialScale = noise.trialDeviation * studentScale(noise.trialFreedom, next);
  const pointScale = noise.pointDeviation * studentScale(noise.pointFreedom, next);
  const trials = new Map(noise.trials.map(name => [name, trialScale * normal(next)]));
  return {
    trial: name => trials.get(name) ?? 0,
    point: () => pointScale * normal(next),
    freshTrial: () => trialScale * normal(next),
  };
}

/** √(ν/χ²ν): a normal number times this is Student's t. */
function studentScale(freedom: number, next: () => number): number {
  return freedom < 1 ? 0 : Math.sqrt(freedom / 2 / gamma(freedom / 2, next));
}

/**
 * The law refitted to resamples of the points; those that cannot be fitted (never seen but for extreme draws) are left
 * out.
 */
function refits(points: readonly LawPoint[], fit: Usl, noise: Noise, resamples: number, seed: number): readonly Usl[] {
  const next = random(seed);
  return Array.from({length: resamples}, () => {
    const drawn = drawNoise(noise, next);
    const again = points.map(
      ({load, trial}) =>
        [load, uslThroughput(fit, load) * Math.exp(bounded(drawn.trial(trial) + drawn.point()))] as const,
    );
    return fitUsl(again);
  }).flatMap(each => (each.ok ? [each.value] : []));
}

/** Two trials spread as Cauchy's distribution does: without a bound a draw leaves the range of a double. */
export function bounded(log: number): number {
  return Math.max(-20, Math.min(20, log));
}

/** The two-sided interval of draws; it never leaves out the value itself. */
export function quantiles(draws: readonly number[], confidence: number, value: number): {low: number; high: number} {
  const sorted = ascending(draws);
  const tail = (1 - confidence) / 2;
  const at = (share: number) =>
    sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(share * (sorted.length - 1))))];
  return {
    low: Math.min(value, at(tail) ?? Number.NEGATIVE_INFINITY),
    high: Math.max(value, at(1 - tail) ?? Number.POSITIVE_INFINITY),
  };
}

/** Even in the logarithm, whole-number ends. */
function steps(least: number, most: number, count = 48): readonly number[] {
  if (most <= least) return [least];
  return Array.from({length: count + 1}, (_, index) => least * (most / least) ** (index / count));
}

function kneesOf(points: readonly LawPoint[]): readonly number[] | undefined {
  const medians = [...Map.groupBy(points, ({load}) => load)].map(
    ([load, own]) => [load, median(own.map(({throughput}) => throughput))] as const,
  );
  const found = kneedle(
    medians.map(([load]) => load),
    medians.map(([, throughput]) => throughput),
    {curve: 'concave', direction: 'increasing'},
  );
  return found.ok ? found.value.flatMap(index => medians[index]?.[0] ?? []) : undefined;
}

function remarksOn({beta, peak}: LawFit, points: readonly LawPoint[]): readonly string[] {
  const trials = new Set(points.map(({trial}) => trial)).size;
  const most = Math.max(...points.map(({load}) => load));
  return [
    ...(trials < 2 ? ['One trial: how much trials differ is unknown, and not in these intervals.'] : []),
    ...(peak === undefined
      ? [`No peak: up to ${most} in flight nothing shows that throughput would fall (β → 0).`]
      : []),
    ...(peak?.beyondTried
      ? [`The peak lies beyond the ${most} in flight that were tried: an extrapolation, not a measurement.`]
      : []),
    ...(peak !== undefined && beta.low <= 0
      ? ['That there is a peak at all is not shown: the interval of β reaches down to 0.']
      : []),
  ];
}

function lackOf(points: readonly LawPoint[]): string {
  const loads = new Set(points.map(({load}) => load)).size;
  const trials = new Set(points.map(({trial}) => trial)).size;
  return `${points.length} at ${loads} ${loads === 1 ? 'load' : 'loads'} from ${trials} ${trials === 1 ? 'trial' : 'trials'}`;
}
