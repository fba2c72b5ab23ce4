import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import {normalQuantile} from './distributions.ts';
import {greatest, unfitConfidence} from './numbers.ts';

/** One wait: how long, and whether it ended (`ended: false` is censored: it was still going on). */
export interface Wait {
  time: number;
  ended: boolean;
}

export interface SurvivalStep {
  time: number;
  atRisk: number;
  ended: number;
  /** Share still waiting just after `time`, with its log-log interval. */
  survival: number;
  low: number;
  high: number;
}

export interface KaplanMeier {
  /** At each time when a wait ended, ascending. */
  steps: readonly SurvivalStep[];
  /**
   * First time at which half or fewer still wait; absent when it lies beyond the longest wait (print "> longest").
   * Bounds likewise.
   */
  median: {value?: number; low?: number; high?: number};
  longest: number;
}

/**
 * Kaplan–Meier estimate of waits of which some never ended, Greenwood variance, log-log interval. Times ≥ 0 in one
 * unit; needs 1 wait. Source: Kaplan & Meier 1958; Kalbfleisch & Prentice for the interval.
 */
export function kaplanMeier(waits: readonly Wait[], confidence = 0.95): Stat<KaplanMeier> {
  const what = 'Kaplan–Meier estimate';
  const wrong = unfitConfidence(what, confidence);
  if (wrong) return wrong;
  if (waits.length === 0) return refuse(what, 'at least 1 wait', 'none');
  const bad = waits.find(({time}) => !Number.isFinite(time) || time < 0);
  if (bad) return refuse(what, 'finite times ≥ 0', String(bad.time));
  const z = normalQuantile(1 - (1 - confidence) / 2);
  // Of equal times those that ended come first: whoever is lost at a time was still at risk then.
  const sorted = waits.toSorted((a, b) => a.time - b.time || Number(b.ended) - Number(a.ended));
  const steps: SurvivalStep[] = [];
  let survival = 1;
  let greenwood = 0;
  let ended = 0;
  for (const [place, {time, ended: here}] of sorted.entries()) {
    if (!here) continue;
    ended++;
    const next = sorted[place + 1];
    if (next?.ended && next.time === time) continue;
    const atRisk = sorted.length - place - 1 + ended;
    survival *= 1 - ended / atRisk;
    greenwood += ended / (atRisk * (atRisk - ended));
    // Where nobody waits on, the curve has reached 0 and the log-log interval is not defined.
    const spread = (z * Math.sqrt(greenwood)) / Math.log(survival);
    const [low, high] =
      atRisk === ended ? [0, steps.at(-1)?.high ?? 1] : [survival ** Math.exp(-spread), survival ** Math.exp(spread)];
    steps.push({time, atRisk, ended, survival, low, high});
    ended = 0;
  }
  // A hair of slack: a product of fractions that is a half should be one.
  const first = (share: (step: SurvivalStep) => number) => steps.find(step => share(step) <= 0.5 + 1e-12)?.time;
  const value = first(step => step.survival);
  const low = first(step => step.low);
  const high = first(step => step.high);
  return answer({
    steps,
    median: {
      ...(value === undefined ? {} : {value}),
      ...(low === undefined ? {} : {low}),
      ...(high === undefined ? {} : {high}),
    },
    longest: greatest(waits.map(({time}) => time)),
  });
}
