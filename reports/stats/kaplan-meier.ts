import {normalQuantile} from './distributions.ts';
import {answer, refuse, type Stat} from './error.ts';
import {unfitConfidence} from './numbers.ts';

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
  /** First time at which half or fewer still wait; absent when it lies beyond the longest wait (print "> longest"). Bounds likewise. */
  median: {value?: number; low?: number; high?: number};
  longest: number;
}

/**
 * Kaplan–Meier estimate of waits of which some never ended, Greenwood variance, log-log interval. Times ≥ 0 in one unit;
 * needs 1 wait. Source: Kaplan & Meier 1958; Kalbfleisch & Prentice for the interval.
 */
export function kaplanMeier(waits: readonly Wait[], confidence = 0.95): Stat<KaplanMeier> {
  const what = 'Kaplan–Meier estimate';
  const wrong = unfitConfidence(what, confidence);
  if (wrong) return wrong;
  if (waits.length === 0) return refuse(what, 'at least 1 wait', 'none');
  const bad = waits.find(({time}) => !Number.isFinite(time) || time < 0);
  if (bad) return refuse(what, 'finite times ≥ 0', String(bad.time));
  const z = normalQuantile(1 - (1 - confidence) / 2);
  const times = [...new Set(waits.filter(({ended}) => ended).map(({time}) => time))].sort((a, b) => a - b);
  const steps: SurvivalStep[] = [];
  let survival = 1;
  let greenwood = 0;
  for (const time of times) {
    const atRisk = waits.filter(wait => wait.time >= time).length;
    const ended = waits.filter(wait => wait.ended && wait.time === time).length;
    survival *= 1 - ended / atRisk;
    greenwood += ended / (atRisk * (atRisk - ended));
    if (atRisk === ended) {
      // Nobody waits on: the curve has reached 0, where the log-log interval is not defined.
      steps.push({time, atRisk, ended, survival: 0, low: 0, high: steps.at(-1)?.high ?? 1});
      continue;
    }
    const spread = (z * Math.sqrt(greenwood)) / Math.log(survival);
    steps.push({
      time,
      atRisk,
      ended,
      survival,
      low: survival ** Math.exp(-spread),
      high: survival ** Math.exp(spread),
    });
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
    longest: Math.max(...waits.map(({time}) => time)),
  });
}
