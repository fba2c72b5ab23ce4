import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import type {Estimate} from '../../harness/types.ts';
import {stretched} from './dependence.ts';
import {tQuantileTwoSided, tTwoSided} from './distributions.ts';
import {mean, unfitConfidence, unfitForLogs, variance} from './numbers.ts';

/** A ratio with its interval, the two-sided p of "the ratio is 1", and the deviation of the logarithms. */
export interface PairedRatio extends Estimate {
  p: number;
  logDeviation: number;
}

function ofLogs(logs: readonly number[], confidence: number, method: string): PairedRatio {
  const n = logs.length;
  const centre = mean(logs);
  const logDeviation = Math.sqrt(variance(logs));
  const half = (tQuantileTwoSided(confidence, n - 1) * logDeviation) / Math.sqrt(n);
  const t = centre / (logDeviation / Math.sqrt(n));
  return {
    value: Math.exp(centre),
    low: Math.exp(centre - half),
    high: Math.exp(centre + half),
    n,
    confidence,
    method,
    // No spread at all: equal pairs show nothing, pairs that all differ alike leave no chance.
    p: logDeviation === 0 ? (centre === 0 ? 1 : 0) : tTwoSided(t, n - 1),
    logDeviation,
  };
}

/** Geometric mean of ratios (each > 0, dimensionless) with a t interval on their logarithms. Needs 2. */
export function meanRatioInterval(ratios: readonly number[], confidence = 0.95): Stat<PairedRatio> {
  const what = 'mean ratio';
  const wrong = unfitForLogs(what, ratios, 2) ?? unfitConfidence(what, confidence);
  if (wrong) return wrong;
  return answer(ofLogs(ratios.map(Math.log), confidence, 'geometric mean, t interval on logs'));
}

/**
 * After over before, paired by slot: dᵢ = ln(afterᵢ/beforeᵢ), effect exp(d̄ ± t·s/√n). Needs 2 pairs of numbers above
 * 0. Trials must have been interleaved (A B B A …): in blocks, drift gives false alarms.
 */
export function pairedRatio(before: readonly number[], after: readonly number[], confidence = 0.95): Stat<PairedRatio> {
  const what = 'paired ratio';
  if (before.length !== after.length) {
    return refuse(what, 'as many values after as before', `${before.length} before, ${after.length} after`);
  }
  const wrong = unfitForLogs(what, before, 2) ?? unfitForLogs(what, after, 2) ?? unfitConfidence(what, confidence);
  if (wrong) return wrong;
  const logs = after.map((value, i) => Math.log(value) - Math.log(before[i] ?? Number.NaN));
  return answer(ofLogs(logs, confidence, `paired by slot, t interval on logs of ${logs.length} pairs`));
}

/**
 * The same ratio of pairs that are worth less than so many independent ones: its interval `by` times as wide on
 * logarithms, p to match.
 */
export function stretchedRatio<Ratio extends PairedRatio>(ratio: Ratio, by: number): Ratio {
  if (by === 1 || ratio.logDeviation === 0) return ratio;
  const t = Math.log(ratio.value) / (ratio.logDeviation / Math.sqrt(ratio.n));
  return {
    ...ratio,
    ...stretched(ratio, ratio.value, by),
    p: tTwoSided(t / by, ratio.n - 1),
    method: `${ratio.method}, stretched ${Number(by.toPrecision(3))} times since the pairs may depend on each other`,
  };
}
