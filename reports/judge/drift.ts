/**
 * Values that drift: what is said of all of them is true of the trials that were made, and of none that come after.
 * Each value is carried along the drift to the next trial, and what was found must hold there as well.
 */
import type {Estimate, Target} from '../../harness/types.ts';
import {normalCdf, normalQuantile} from '../stats/distributions.ts';
import {type Trend, trendOf} from '../stats/mann-kendall.ts';
import {ascending} from '../stats/numbers.ts';
import {type Slope, senSlope} from '../stats/sen-slope.ts';
import type {TrialValue} from './evidence.ts';
import {count, type Finding, mostTrials, percent, scaled, sideOf, withNeeded} from './finding.ts';

/** Below this p, on the side of the drift, it is a fact; above it, it cannot be excluded. */
const sureP = 0.025;

/** What is judged, and how it drifts. */
export interface Series<One> {
  target: Target;
  /** In the order in which they were measured. */
  values: readonly One[];
  judge: (values: readonly One[]) => Finding;
  /** On a scale on which a drift is steady. */
  scale: (one: One) => number;
  moved: (one: One, by: number) => One;
  /** Where larger values speak against the promise; those of a share's single trials need not be its own relation. */
  moreIsWorse: boolean;
  /** What is estimated, of n values of deviation σ without a drift, in units of σ/√n. */
  level: Level;
  /** What a value is: `trial`. */
  one: string;
  /** `0.1 s a trial` */
  pace: (slope: number) => string;
  /** What comes out at another trial: `the 95 % interval 12 … 15 s`. */
  result: (estimate: Estimate) => string;
  /** A single value on the bad side says so for good. */
  oneDecides?: boolean;
}

/** Of the slope of normal values, at the end of the run: √12 · √(π/3) ÷ 2. */
const slopeError = Math.sqrt(Math.PI);

export interface Level {
  /** The deviation of the estimate. */
  error: number;
  /** From the estimate to an end of its interval. */
  half: number;
}

/** A median of normal values is so much less exact than their mean, and so is a share near one half. */
const medianError = Math.sqrt(Math.PI / 2);

/**
 * A median whose interval ends at the order statistics `rank` and n + 1 − rank: between what it is of many values and
 * what it is of so few normal ones (Blom 1958), since the near end of skewed values is nearer.
 */
export function medianLevel(target: Target, n: number, rank: number): Level {
  const few = normalQuantile((n - rank + 5 / 8) / (n + 1 / 4)) * Math.sqrt(n);
  return {error: medianError, half: (few + many(target).half) / 2};
}

function many({confidence}: Target): Level {
  return {error: medianError, half: medianError * normalQuantile((1 + confidence) / 2)};
}

interface Drift extends Slope {
  sure: boolean;
  test: string;
}

/** Drift only ever takes away: it leaves a bound undecided. */
export function heldAgainstDrift<One>(series: Series<One>): Finding {
  const {values, judge} = series;
  const finding = judge(values);
  const trend = trendOf(values.map(series.scale));
  if (!trend.ok || (finding.side === 'both' && trend.value.p >= sureP)) return finding;
  const drift = driftOf(series, trend.value);
  if (drift === undefined) return finding;
  if (finding.side === 'both') return explained(series, finding, drift);
  if (finding.side === 'bad' && series.oneDecides) return finding;
  // Up where larger values would turn the verdict, along the steepest slope that cannot be excluded.
  const up = (finding.side === 'good') === series.moreIsWorse;
  const steepest = up ? Math.max(0, drift.high) : Math.min(0, drift.low);
  const then = steepest === 0 ? finding : judge(carried(series, steepest, 1));
  if (!holds(series, then, finding.side)) return undecided(series, finding, then, drift, steepest);
  const goesThere = up ? drift.value > 0 : drift.value < 0;
  return finding.side === 'good' && drift.sure && goesThere ? noted(series, finding, drift) : finding;
}

function driftOf<One>({values, scale, target, level}: Series<One>, {p}: Trend): Drift | undefined {
  const slope = senSlope(values.map(scale), slopeConfidence(target.confidence, level));
  if (!slope.ok) return undefined;
  return {...slope.value, sure: p < sureP, test: `Mann–Kendall p ${Number(p.toPrecision(2))}`};
}

/** So much of the error that is allowed is used: the deviations below are those of many normal values. */
const used = 0.8;

/**
 * How surely, between both ends, the slope must lie in its interval. Carried to the end of the run, the error of Sen's
 * slope has a deviation of √π, the level one of e, both together one of √(e² + π). What the half-width of the level
 * leaves of that is the slope's, so that a promise which is just broken at the end is met with no more than the chance
 * that the confidence leaves. An interval that is wide by itself, of few trials or for every look, leaves less, and at
 * last nothing: then it is the slope as it is.
 */
function slopeConfidence(confidence: number, {error, half}: Level): number {
  const both = normalQuantile(1 - used * (1 - confidence)) * Math.hypot(error, slopeError);
  return Math.max(0.01, 2 * normalCdf((both - half) / slopeError) - 1);
}

/** Why it is on both sides, where the drift is why. */
function explained<One>(
  {pace, moreIsWorse, oneDecides}: Series<One>,
  finding: Finding,
  {value, sure, test}: Drift,
): Finding {
  const enough = finding.estimate !== undefined && Number.isFinite(finding.estimate.high);
  const elsewhere = oneDecides === true && value > 0 !== moreIsWorse;
  if (!sure || !enough || elsewhere) return finding;
  return {...finding, reason: `figures drift over the run: by ${pace(value)} (${test}); ${finding.reason}`};
}

/** The values as they would be `ahead` trials after the last. */
function carried<One>({values, moved}: Series<One>, slope: number, ahead: number): readonly One[] {
  return values.map((one, index) => moved(one, slope * (values.length - 1 - index + ahead)));
}

function holds<One>({target, oneDecides}: Series<One>, then: Finding, side: Finding['side']): boolean {
  if (then.side === side) return true;
  return oneDecides === true && then.estimate !== undefined && kept(target, then.estimate) === side;
}

function kept(target: Target, {low, high}: Pick<Estimate, 'low' | 'high'>): Finding['side'] {
  return sideOf(target, low, high);
}

function undecided<One>(
  {pace, result}: Series<One>,
  {estimate}: Finding,
  then: Finding,
  {value, sure, test}: Drift,
  steepest: number,
): Finding {
  const drift = sure
    ? `figures drift over the run: by ${pace(value)}, and perhaps ${pace(steepest)} (${test})`
    : `figures may drift over the run: by up to ${pace(steepest)} (${test})`;
  const makes = then.estimate === undefined ? ` (${then.reason})` : `, which makes ${result(then.estimate)}`;
  const reason = `${drift}${makes} at the next one`;
  if (estimate === undefined) return {side: 'both', reason};
  return withNeeded({estimate, side: 'both', reason}, sure ? undefined : then.trialsNeeded);
}

/** True of these trials and of the next, but not for long. */
function noted<One>(series: Series<One>, finding: Finding, {value, test}: Drift): Finding {
  const left = trialsLeft(series, value);
  if (left === undefined) return finding;
  if (finding.estimate === undefined) return finding;
  const note = `figures drift over the run: by ${series.pace(value)} (${test}); at this pace the bound is crossed in ${count(left, series.one)}`;
  return {...finding, note};
}

/** After how many further trials of this slope the estimate is on the bad side. */
function trialsLeft<One>(series: Series<One>, slope: number): number | undefined {
  const crossed = (ahead: number) => {
    const value = series.judge(carried(series, slope, ahead)).estimate?.value ?? Number.NaN;
    return kept(series.target, {low: value, high: value}) === 'bad';
  };
  let most = 1;
  while (!crossed(most)) {
    most *= 2;
    if (most > mostTrials) return undefined;
  }
  let least = Math.floor(most / 2);
  while (most - least > 1) {
    const middle = Math.floor((least + most) / 2);
    if (crossed(middle)) most = middle;
    else least = middle;
  }
  return most;
}

/** Trials as they are measured, and as many of them as there are to speak of a share. */
export function trialSeries(target: Target, values: readonly TrialValue[]): Omit<Series<TrialValue>, 'judge'> {
  const grid = gridOf(values.map(({value}) => value));
  return {
    target,
    values,
    scale: ({value}) => value,
    moved: (one, by) => shifted(one, grid === 0 ? by : grid * Math.round(by / grid + Math.sign(by) / 4)),
    moreIsWorse: target.relation === 'at-most',
    level: many(target),
    one: 'trial',
    pace: slope => {
      const {numbers, symbol} = scaled(target.unit, slope, target.bound);
      return `${numbers[0]} ${symbol} a trial`;
    },
    result: ({low, high, confidence}) => {
      const {numbers, symbol} = scaled(target.unit, low, high);
      return `the ${percent(confidence)} interval ${numbers[0]} … ${numbers[1]} ${symbol}`;
    },
  };
}

function shifted(one: TrialValue, by: number): TrialValue {
  return {...one, value: one.value + by, low: one.low + by, high: one.high + by};
}

/**
 * Values of which some are equal lie on a grid, as counts and whole seconds do, and stay on it: by a step where they
 * would move by a quarter of one, since what was lost by rounding cannot be carried. 0 where no two are equal.
 */
function gridOf(values: readonly number[]): number {
  const different = ascending([...new Set(values)]);
  if (different.length === values.length || different.length < 2) return 0;
  return Math.min(...different.slice(1).map((value, index) => value - (different[index] ?? 0)));
}
