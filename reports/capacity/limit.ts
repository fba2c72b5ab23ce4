/** The highest load that keeps a service-level target, with confidence. Pure. */
import type {Estimate} from '../../harness/types.ts';
import {operationsToShow, tooFew} from '../percentile.ts';
import {median} from '../stats/numbers.ts';
import {meanRatioInterval} from '../stats/ratio.ts';
import type {Condition, Load} from './loads.ts';

/** The target: 99 of 100 operations within `p99Seconds`. */
export interface CapacityAim {
  p99Seconds: number;
  /** 0…1, of every interval. */
  confidence: number;
}

/**
 * An open loop carries its load when this share of the arrivals is completed: arrivals are random, and a run is
 * short.
 */
export const carriedShare = 0.95;

export interface Standing {
  load: Load;
  /**
   * `keeps`: the whole interval of the P99 is below the target, and what arrived was carried. `breaks`: the interval
   * is above it, or it was not carried.
   */
  kind: 'keeps' | 'breaks' | 'undecided';
  /**
   * P99 over trials: geometric mean with a t interval on logs, widened by the histograms' bins. Absent with fewer
   * than 2 trials, and where one of them holds too few operations for a P99.
   */
  p99?: Estimate;
  reason: string;
}

export function standingOf(load: Load, aim: CapacityAim): Standing {
  if (load.loop === 'open' && carriedBy(load) < carriedShare) {
    const share = (carriedBy(load) * 100).toFixed(0);
    return {load, kind: 'breaks', reason: `of ${load.amount} arrivals a second only ${share} % were completed in time`};
  }
  const few = tooFewIn(load, aim);
  if (few !== undefined) return {load, kind: 'undecided', reason: few};
  const standing = byP99(load, aim);
  const [hole] = load.holes ?? [];
  return standing.kind === 'keeps' && hole !== undefined
    ? {...standing, kind: 'undecided', reason: `trial ${hole} tried it and gave no figures`}
    : standing;
}

function byP99(load: Load, aim: CapacityAim): Standing {
  const p99 = p99Of(load, aim.confidence);
  if (p99 === undefined) return {load, kind: 'undecided', reason: 'one trial has no interval: 2 at least'};
  if (p99.high < aim.p99Seconds)
    return {load, kind: 'keeps', p99, reason: 'the whole interval of the P99 is below the target'};
  if (p99.low > aim.p99Seconds)
    return {load, kind: 'breaks', p99, reason: 'the whole interval of the P99 is above the target'};
  return {load, kind: 'undecided', p99, reason: `the target lies within the interval of the P99 over ${p99.n} trials`};
}

/** Why a trial completed too few operations for a P99 to speak; nothing where each has enough, or does not say. */
export function tooFewIn({trials}: Load, {confidence}: CapacityAim): string | undefined {
  const least = (percentile: number) => operationsToShow(percentile, confidence);
  const all = trials.flatMap(({trial, operations}) => {
    const why = tooFew('p99', operations, least);
    return why === undefined ? [] : [`trial ${trial} ${why}`];
  });
  return all[0];
}

/** Completed over arrived, median over trials; 1 where the loop is closed. */
export function carriedBy({loop, amount, trials}: Load): number {
  return loop === 'closed' ? 1 : median(trials.map(({throughput}) => throughput)) / amount;
}

function p99Of({trials}: Load, confidence: number): Estimate | undefined {
  const centre = meanRatioInterval(
    trials.map(trial => trial.p99Seconds),
    confidence,
  );
  const low = meanRatioInterval(
    trials.map(trial => trial.p99Seconds - trial.halfWidthSeconds),
    confidence,
  );
  const high = meanRatioInterval(
    trials.map(trial => trial.p99Seconds + trial.halfWidthSeconds),
    confidence,
  );
  if (!centre.ok || !low.ok || !high.ok) return undefined;
  const {value, n, method} = centre.value;
  // A latency beyond the last bin is a lower bound: nothing bounds it from above.
  const open = trials.some(({censored}) => censored);
  return {value, low: low.value.low, high: open ? Number.POSITIVE_INFINITY : high.value.high, n, confidence, method};
}

export interface Limit {
  condition: Condition;
  pattern: string;
  /**
   * The highest load that keeps the target, every lower one that was tried not breaking it. Absent: none was shown
   * to.
   */
  keeps?: Standing;
  /** The lowest load that breaks it. Absent: none that was tried does, so the limit lies at or above `keeps`. */
  breaks?: Standing;
  /** All loads of the open loop, ascending. */
  standings: readonly Standing[];
}

/** One limit a condition and pattern, from the loads of the open loop: only there is latency that of a load. */
export function limitsOf(loads: readonly Load[], aim: CapacityAim): readonly Limit[] {
  const groups = Map.groupBy(
    loads.filter(({loop}) => loop === 'open'),
    ({condition, pattern}) => `${condition} ${pattern}`,
  );
  return [...groups.values()].flatMap(group => {
    const [first] = group;
    if (first === undefined) return [];
    const standings = [...group].sort((a, b) => a.amount - b.amount).map(load => standingOf(load, aim));
    const at = standings.findIndex(({kind}) => kind === 'breaks');
    const breaks = standings[at];
    const keeps = (at < 0 ? standings : standings.slice(0, at)).findLast(({kind}) => kind === 'keeps');
    return [
      {
        condition: first.condition,
        pattern: first.pattern,
        standings,
        ...(keeps === undefined ? {} : {keeps}),
        ...(breaks === undefined ? {} : {breaks}),
      },
    ];
  });
}
