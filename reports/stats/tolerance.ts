import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';

/**
 * How many trials, all without failure, show that at least the share `reliability` succeeds, at one-sided `confidence`:
 * the smallest n with reliabilityⁿ ≤ 1 − confidence. 59 for .95 at .95, 299 for .99 at .95. Both strictly between 0 and
 * 1. Source: success-run theorem (Wilks).
 */
export function toleranceTrials(reliability: number, confidence = 0.95): Stat<number> {
  const what = 'trials without failure';
  for (const [name, value] of [
    ['reliability', reliability],
    ['confidence', confidence],
  ] as const) {
    if (!(value > 0 && value < 1)) return refuse(what, `a ${name} between 0 and 1, e.g. 0.95`, String(value));
  }
  const n = Math.max(1, Math.ceil(Math.log(1 - confidence) / Math.log(reliability) - 1e-9));
  return answer(n);
}

/** What `n` trials without failure show: the share that succeeds is at least (1 − confidence)^(1/n). 0 of no trials. */
export function reliabilityShown(n: number, confidence = 0.95): Stat<number> {
  const what = 'reliability shown';
  if (!Number.isInteger(n) || n < 0) return refuse(what, 'a whole number of trials', String(n));
  if (!(confidence > 0 && confidence < 1)) return refuse(what, 'a confidence between 0 and 1', String(confidence));
  return answer(n === 0 ? 0 : (1 - confidence) ** (1 / n));
}
