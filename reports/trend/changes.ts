/**
 * Changes of one series that ran on one and the same ground (hardware, tools, parameters): steps by change points, the
 * newest night by what the nights before predict of it, slow drift by a pinned baseline.
 */
import {changePoints} from '../stats/change-points.ts';
import {tQuantileTwoSided, tTwoSided} from '../stats/distributions.ts';
import {mannWhitney} from '../stats/mann-whitney.ts';
import {mean, median, variance} from '../stats/numbers.ts';
import type {Point} from './series.ts';

export interface Change {
  /** Index of the first point on the new level. */
  index: number;
  /**
   * `step`: change points. `jump`: one night against those before it. `drift`: the newest nights against the pinned
   * baseline.
   */
  kind: 'step' | 'jump' | 'drift';
  /** Levels in the series' unit. */
  before: number;
  after: number;
  /** after ÷ before − 1; infinite from 0. */
  change: number;
  /** Two-sided. */
  p: number;
  worse: boolean;
  /** `dropped`: measured again the same night and not found again. */
  state: 'suspected' | 'confirmed' | 'dropped';
  /** Why it is in that state, as half a sentence. */
  because: string;
}

export interface ChangeRules {
  better: 'lower' | 'higher';
  /** Relative; a change must be larger. */
  threshold: number;
}

/**
 * Points a series needs before anything can be said of its newest one: four to know the level, one to hold against it.
 */
export const leastPoints = 5;
/** A change among this many newest points is suspected until a re-run or later nights confirm it (METHODS.md). */
export const newest = 5;
/** Nights that stand for "before" when one night is held against them. */
const memory = 20;
const stepP = 0.001;
/** A single night may be suspected more easily: it is measured again before anyone is told. */
const jumpP = 0.002;
/** What was measured again must lie outside of what the nights before predict, too. */
const againP = 0.02;
/** Newest nights held against the baseline; seven against seven can just reach p < 0.001. */
export const driftNights = 7;
const driftP = 0.001;

/** after ÷ before − 1; from 0 anything else is infinitely far. */
export function relative(before: number, after: number): number {
  if (before === after) return 0;
  return before === 0 ? Number.POSITIVE_INFINITY * Math.sign(after) : after / before - 1;
}

export function isWorse(before: number, after: number, {better, threshold}: ChangeRules): boolean {
  return Math.abs(relative(before, after)) > threshold && (better === 'lower' ? after > before : after < before);
}

/**
 * How surprising `value` is after `before`: two-sided p of Student's prediction interval for one more value, on
 * logarithms where all are above 0. Equal values before it make every other value impossible (p = 0). Needs 4 values.
 */
export function surprise(before: readonly number[], value: number): number {
  const logs = value > 0 && before.every(one => one > 0);
  const past = logs ? before.map(Math.log) : before;
  const gap = (logs ? Math.log(value) : value) - mean(past);
  // A spread that is rounding only is none.
  const spread = Math.sqrt(variance(past));
  if (gap === 0) return 1;
  return tTwoSided(gap / (spread * Math.sqrt(1 + 1 / past.length)), past.length - 1);
}

/**
 * The smallest relative change of a single night that would be suspected after the newest points before it: how blind
 * the noise makes one. Never below the threshold. Undefined where there are too few points, or values that have no
 * logarithm.
 */
export function smallestVisible(
  values: readonly number[],
  {threshold}: Pick<ChangeRules, 'threshold'>,
): number | undefined {
  const past = values.slice(-memory);
  if (past.length < leastPoints - 1 || past.some(value => !(value > 0))) return undefined;
  const logs = past.map(Math.log);
  const half = tQuantileTwoSided(1 - jumpP, logs.length - 1) * Math.sqrt(variance(logs) * (1 + 1 / logs.length));
  return Math.max(threshold, Math.expm1(half));
}

type Measured = Pick<Point, 'value' | 'again'>;

/** Changes of level, oldest first. Empty below `leastPoints` points: nothing can be said yet. */
export function changesIn(points: readonly Measured[], rules: ChangeRules): readonly Change[] {
  if (points.length < leastPoints) return [];
  const values = points.map(({value}) => value);
  const found = changePoints(values, {p: stepP, change: rules.threshold, newest});
  if (!found.ok) return [];
  const edges = [0, ...found.value.map(({index}) => index)];
  const steps = found.value.map(({index, before, after, p, suspected, autocorrelation}, place): Change => {
    const end = edges[place + 2] ?? points.length;
    const change = {index, kind: 'step' as const, before, after, change: relative(before, after), p};
    const step = judged(change, values.slice(edges[place], index), points, suspected ? end : undefined, rules);
    if (autocorrelation === undefined) return step;
    const allowed = `the nights depend on each other (lag-1 autocorrelation ${Number(autocorrelation.toPrecision(2))}), which is allowed for`;
    return {...step, because: `${step.because}; ${allowed}`};
  });
  const jumps = points.flatMap(({value, again}, index): Change[] => {
    const isNewest = index === points.length - 1;
    // One night is looked at while it is the newest, and later only if it was measured again.
    if (!isNewest && again === undefined) return [];
    if (steps.some(step => Math.abs(step.index - index) <= 2)) return [];
    const start = edges.findLast(edge => edge <= index) ?? 0;
    const past = values.slice(Math.max(start, index - memory), index);
    if (past.length < leastPoints - 1) return [];
    const before = median(past);
    const p = surprise(past, value);
    if (!(p < jumpP && Math.abs(relative(before, value)) > rules.threshold)) return [];
    // Later nights may have gone back to the level before: then it was that night's own, and is over.
    const end = edges.find(edge => edge > index) ?? points.length;
    const later = values.slice(index + 1, end);
    const stands = (level: number) =>
      Math.sign(level - before) === Math.sign(value - before) && Math.abs(relative(before, level)) > rules.threshold;
    if (later.length > 0 && !stands(median(later))) return [];
    const after = median([value, ...later]);
    const change = {index, kind: 'jump' as const, before, after, change: relative(before, after), p};
    const one = judged(change, past, points, index + 1, rules);
    return isNewest || one.state === 'confirmed' ? [one] : [];
  });
  return [...steps, ...jumps].sort((a, b) => a.index - b.index);
}

/**
 * `end`: up to which point a night that was measured again speaks for the change; absent where the change needs no such
 * word any more.
 */
function judged(
  change: Omit<Change, 'worse' | 'state' | 'because'>,
  past: readonly number[],
  points: readonly Measured[],
  end: number | undefined,
  rules: ChangeRules,
): Change {
  const worse = isWorse(change.before, change.after, rules);
  const since = points.length - change.index;
  const of = (state: Change['state'], because: string): Change => ({...change, worse, state, because});
  if (end === undefined) return of('confirmed', `${since} nights stayed on the new level`);
  const last = points.findLastIndex(({again}, index) => index >= change.index && index < end && again !== undefined);
  const again = points[last]?.again;
  const times = since === 1 ? 'one night' : `${since} nights`;
  if (again === undefined) return of('suspected', `only ${times} since, and not measured again`);
  const value = median(again);
  const sameWay = Math.sign(value - change.before) === Math.sign(change.after - change.before);
  const far = Math.abs(relative(change.before, value)) > rules.threshold;
  const odd = past.length < leastPoints - 1 || surprise(past, value) < againP;
  if (sameWay && far && odd) return of('confirmed', 'measured again the same night, and found again');
  if (last === points.length - 1) return of('dropped', 'measured again the same night, and not found again');
  return of('suspected', `${times} since; an earlier night's re-run had not found it`);
}

export interface BaselineComparison {
  nights: number;
  /** Medians, in the series' unit. */
  baseline: number;
  now: number;
  /** now ÷ baseline − 1. */
  change: number;
  /** Mann–Whitney, two-sided; absent where the baseline has too few nights for it. */
  p?: number;
  verdict: 'worse' | 'better' | 'no-difference-shown' | 'too-few-nights';
  note: string;
}

/**
 * The newest seven nights against the nights of the baseline, both oldest first. With seven or more baseline nights by
 * Mann–Whitney, p < 0.001, and a difference of the medians above the threshold. A smaller baseline has no distribution
 * to speak of: then every one of the newest nights must lie beyond its median by more than the threshold.
 */
export function againstBaseline(
  baseline: readonly number[],
  later: readonly number[],
  rules: ChangeRules,
): BaselineComparison {
  const now = later.slice(-driftNights);
  const level = median(baseline);
  const change = relative(level, median(now));
  const seen = {nights: baseline.length, baseline: level, now: median(now), change};
  if (now.length < driftNights) {
    return {...seen, verdict: 'too-few-nights', note: `${driftNights - now.length} more nights are needed`};
  }
  const way = isWorse(level, median(now), rules) ? 'worse' : 'better';
  if (baseline.length < driftNights) {
    const beyond = now.every(value => Math.abs(relative(level, value)) > rules.threshold);
    const oneSide = now.every(value => Math.sign(value - level) === Math.sign(median(now) - level));
    const note = `a baseline of fewer than ${driftNights} nights: each of the newest ${driftNights} is held against its median`;
    return {...seen, verdict: beyond && oneSide ? way : 'no-difference-shown', note};
  }
  const test = mannWhitney(baseline, now);
  if (!test.ok) return {...seen, verdict: 'too-few-nights', note: `${test.error.need}, got ${test.error.got}`};
  const {p} = test.value;
  const shown = p < driftP && Math.abs(change) > rules.threshold;
  return {
    ...seen,
    p,
    verdict: shown ? way : 'no-difference-shown',
    note: `newest ${driftNights} nights against ${baseline.length}`,
  };
}
