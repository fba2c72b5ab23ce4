/**
 * How long VMs are silent after a fault: the measured times, those that never ended, and how little a few of them
 * prove.
 */
import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import {kaplanMeier} from '../stats/kaplan-meier.ts';
import {gamma} from './quantities.ts';
import type {FaultRate} from './topology.ts';

/** One trial's wait, in seconds. Waits of one trial share its weight: the trial is what was repeated. */
export interface MeasuredWait {
  time: number;
  ended: boolean;
  trial: string;
}

export interface Recovery {
  name: string;
  /** Ascending by time; where times are equal, those that ended first. */
  waits: readonly MeasuredWait[];
  /** Where the times come from, in words. */
  source: string;
  /** False for times that somebody states. */
  measured: boolean;
}

/**
 * A distribution over waits: `mass[i]` at `times[i]`, and `never` needs the operator after `times.at(-1)` seconds of
 * waiting. Sums to 1.
 */
export interface Outage {
  times: readonly number[];
  mass: readonly number[];
  never: number;
  /** Seconds that pass before the operator is called in. */
  waited: number;
}

/** Which end of what is possible: downtime at its longest, or at its shortest. */
export type Side = 'worst' | 'best';

/** Refuses an empty list and times that are no waits. */
export function recoveryOf(
  name: string,
  waits: readonly MeasuredWait[],
  source: string,
  measured: boolean,
): Stat<Recovery> {
  const what = `recovery "${name}"`;
  if (waits.length === 0) return refuse(what, 'at least one measured recovery', 'none');
  const bad = waits.find(({time}) => !Number.isFinite(time) || time < 0);
  if (bad) return refuse(what, 'finite times ≥ 0', String(bad.time));
  const sorted = waits.toSorted((a, b) => a.time - b.time || Number(b.ended) - Number(a.ended));
  return answer({name, waits: sorted, source, measured});
}

/** As measured: Kaplan–Meier; what still waits after the longest wait never came back. */
export function asMeasured(recovery: Recovery): Outage {
  const ends = recovery.waits.filter(({ended}) => ended);
  const estimate = kaplanMeier(recovery.waits);
  const waited = Math.max(...recovery.waits.map(({time}) => time));
  if (!estimate.ok || ends.length === 0) return {times: [], mass: [], never: 1, waited};
  let before = 1;
  const mass = estimate.value.steps.map(step => {
    const fell = before - step.survival;
    before = step.survival;
    return fell;
  });
  return {times: estimate.value.steps.map(({time}) => time), mass, never: before, waited};
}

/**
 * One distribution that the measured waits leave possible: a Bayesian bootstrap (Rubin 1981) over the trials, carried
 * through Kaplan–Meier, with one further trial that never ended. All clean, the share that never comes back is then
 * Beta(1, n): its upper quantiles are Clopper–Pearson's bounds, so that two clean failovers prove no more than they do.
 * `more` adds that many clean trials spread over the measured ends. At `best` the further trial was back at once: the
 * upper quantiles of the one and the lower quantiles of the other bound the mean from both sides (Gaffke 2005;
 * Learned-Miller & Thomas 2019), and none of n that failed may then have failed by chance: Beta(k, n − k + 1),
 * Clopper–Pearson's other end.
 */
export function drawOutage(recovery: Recovery, next: () => number, more = 0, side: Side = 'worst'): Outage {
  const perTrial = new Map<string, number>();
  for (const {trial} of recovery.waits) perTrial.set(trial, (perTrial.get(trial) ?? 0) + 1);
  const weights = new Map<string, number>();
  for (const trial of perTrial.keys()) weights.set(trial, -Math.log(1 - next()));
  const ends = recovery.waits.filter(({ended}) => ended).length;
  const each = recovery.waits.map(wait => {
    const own = (weights.get(wait.trial) ?? 0) / (perTrial.get(wait.trial) ?? 1);
    return more > 0 && wait.ended ? own + gamma(more / ends, next) : own;
  });
  const further = -Math.log(1 - next());
  let atRisk = each.reduce((sum, weight) => sum + weight, 0) + further;
  let survival = 1;
  const times: number[] = [];
  const mass: number[] = [];
  if (side === 'best') {
    times.push(0);
    mass.push(further / atRisk);
    survival -= further / atRisk;
    atRisk -= further;
  }
  for (const [index, wait] of recovery.waits.entries()) {
    const weight = each[index] ?? 0;
    if (wait.ended) {
      // Rounding may leave less at risk than the last one weighs.
      const fell = atRisk > weight ? (survival * weight) / atRisk : survival;
      times.push(wait.time);
      mass.push(fell);
      survival -= fell;
    }
    atRisk -= weight;
  }
  return {times, mass, never: survival, waited: recovery.waits.at(-1)?.time ?? 0};
}

/** Mean silence in seconds, the operator taking `operatorMean` on average. */
export function meanSilence(outage: Outage, operatorMean: number): number {
  let mean = outage.never * (outage.waited + operatorMean);
  for (const [index, mass] of outage.mass.entries()) mean += mass * (outage.times[index] ?? Number.NaN);
  return mean;
}

/**
 * A possible rate ÷ the stated one, from faults that were counted: at worst Gamma(faults + 1) over the time they were
 * counted in, at best Gamma(faults), whose quantiles are the χ² bounds of a Poisson count (Garwood 1936) and of
 * `mtbfLowerBound`. 1 for a rate that is stated.
 */
export function rateFactor({rate}: {rate: FaultRate}, next: () => number, side: Side = 'worst'): number {
  if (rate.observed === undefined) return 1;
  const shape = rate.observed.faults + (side === 'worst' ? 1 : 0);
  return shape === 0 ? 0 : gamma(shape, next) / rate.observed.unitYears / rate.perYear;
}
