import type {Estimate, Target} from '../../harness/types.ts';
import {fewestFor} from '../comparison/contrast.ts';
import {anytimeT, atAnyLook, pairsForAnytime, trialsForAnytimeMedian} from '../stats/anytime.ts';
import {factLevel, stretched} from '../stats/dependence.ts';
import {tQuantileTwoSided} from '../stats/distributions.ts';
import {trialsForMedian} from '../stats/median.ts';
import {mean} from '../stats/numbers.ts';
import {type PairedRatio, pairedRatio} from '../stats/ratio.ts';
import {trialsPerSide} from '../stats/sample-size.ts';
import {heldAgainstDrift} from './drift.ts';
import type {TrialValue} from './evidence.ts';
import {
  count,
  type Finding,
  type Looks,
  moreWillNotHelp,
  mostTrials,
  percent,
  plain,
  sideOf,
  withNeeded,
} from './finding.ts';
import {dependentTrials, levelOfLookedAtPairs, orderOfNumbers} from './order.ts';

/** A deviation of logarithms below this is rounding. */
const rounding = 1e-12;

export interface Pair {
  before: TrialValue;
  after: TrialValue;
}

/** Pairs by scenario and repetition; what has no partner, or cannot be divided, is named. */
export function pair(
  values: readonly TrialValue[],
  [before, after]: readonly [string, string],
): {pairs: Pair[]; alone: {trial: number; reason: string}[]} {
  const slots = new Map<string, {before?: TrialValue; after?: TrialValue}>();
  const alone: {trial: number; reason: string}[] = [];
  for (const value of values) {
    if (value.neverEnded) alone.push({trial: value.trial, reason: 'never ended, so it has no ratio'});
    else if (!(value.low > 0))
      alone.push({trial: value.trial, reason: `gave ${plain(value.value)}, which has no ratio`});
    else {
      const key = `${value.scenario}\n${value.repetition}`;
      const slot = slots.get(key) ?? {};
      if (value.profile === before && !slot.before) slot.before = value;
      else if (value.profile === after && !slot.after) slot.after = value;
      else alone.push({trial: value.trial, reason: `is a second trial of repetition ${value.repetition}`});
      slots.set(key, slot);
    }
  }
  const pairs: Pair[] = [];
  for (const slot of slots.values()) {
    if (slot.before && slot.after) pairs.push({before: slot.before, after: slot.after});
    else {
      const one = slot.before ?? slot.after;
      if (one) alone.push({trial: one.trial, reason: `has no partner in repetition ${one.repetition}`});
    }
  }
  return {pairs, alone: alone.sort((a, b) => a.trial - b.trial)};
}

/**
 * The interval of a ratio, and its half-width in errors of the mean; how many pairs it takes; how many where they are
 * all alike.
 */
const intervals = {
  once: {
    of: (ratio: PairedRatio) => ratio,
    half: (n: number, confidence: number) => tQuantileTwoSided(confidence, n - 1),
    fewest: () => fewestFor.claim,
    alike: trialsForMedian,
  },
  'every-trial': {of: atAnyLook, half: anytimeT, fewest: pairsForAnytime, alike: trialsForAnytimeMedian},
} as const;

/**
 * `ratio`: after ÷ before over pairs, stretched where the pairs may depend on each other; undecided where all of one
 * side ran before the other. Where one side drifts, the ratio must hold at the next pair too.
 */
export function judgeRatio(target: Target, pairs: readonly Pair[], inOrder: boolean, looks: Looks = 'once'): Finding {
  const judge = (ones: readonly Pair[]) => steadyRatio(target, ones, inOrder, looks);
  if (!inOrder) return judge(pairs);
  return heldAgainstDrift({
    target,
    values: pairs,
    judge,
    scale: ({before, after}) => Math.log(after.value / before.value),
    moved: ({before, after}, by) => ({before, after: scaled(after, Math.exp(by))}),
    moreIsWorse: target.relation === 'at-most',
    level: {error: 1, half: intervals[looks].half(pairs.length, target.confidence)},
    one: 'pair',
    pace: slope => `${plain(100 * Math.expm1(slope))} % a pair`,
    result: ({low, high, confidence}) => `the ${percent(confidence)} interval ${plain(low)} … ${plain(high)}`,
  });
}

function scaled(one: TrialValue, by: number): TrialValue {
  return {...one, value: one.value * by, low: one.low * by, high: one.high * by};
}

/** The same of pairs that do not drift. */
export function steadyRatio(target: Target, pairs: readonly Pair[], inOrder: boolean, looks: Looks = 'once'): Finding {
  const {of, fewest, alike: fewestAlike} = intervals[looks];
  const least = fewest(target.confidence);
  const ratio = pairedRatio(
    pairs.map(({before}) => before.value),
    pairs.map(({after}) => after.value),
    target.confidence,
  );
  if (!ratio.ok || pairs.length < least) {
    const reason = `${count(pairs.length, 'pair')} of trials; a ratio needs ${least}`;
    return {side: 'both', reason, trialsNeeded: least};
  }
  const enough = fewestAlike(target.confidence);
  if (ratio.value.logDeviation < rounding && pairs.length < enough) {
    const alike = `the ${pairs.length} pairs do not vary at all, which leaves a t interval no width; ${enough} alike would be shown without one`;
    return {side: 'both', reason: alike, trialsNeeded: enough};
  }
  const order = inOrder
    ? orderOfNumbers(
        pairs.map(({before, after}) => after.value / before.value),
        looks === 'once' ? Math.max(factLevel, 1 / pairs.length) : levelOfLookedAtPairs,
      )
    : {note: '; the order of the trials is not known: taken as independent'};
  const by = order.dependence?.stretch ?? 1;
  const {value, n, confidence, method, ...ends} = of(ratio.value);
  const exact = stretched(ends, value, by);
  const error = measuringError(pairs);
  const estimate: Estimate = {
    value,
    low: exact.low * Math.exp(error.lower),
    high: exact.high * Math.exp(error.upper),
    n,
    confidence,
    method: `${method}${by === 1 ? '' : `, stretched ${plain(by)} times`}${order.note}`,
  };
  if (inOrder && inBlocks(pairs)) {
    return {
      estimate,
      side: 'both',
      reason:
        'measured in blocks: all of one profile ran before all of the other, so a drift looks like a difference; interleave them (A B B A)',
    };
  }
  const side = sideOf(target, estimate.low, estimate.high);
  if (side !== 'both') return {estimate, side, reason: ''};
  const reason = `the ${percent(confidence)} interval ${plain(estimate.low)} … ${plain(estimate.high)} of the ratio holds the bound ${plain(target.bound)}`;
  if (sideOf(target, exact.low, exact.high) !== 'both') {
    return {estimate, side, reason: `${reason}: ${moreWillNotHelp}`};
  }
  // The deviation of paired logs is √2 times the spread of one side.
  const needed = trialsPerSide(ratio.value.logDeviation / Math.SQRT2, Math.log(value / target.bound));
  const trials = needed.ok && needed.value <= mostTrials ? Math.max(n + 1, needed.value) : undefined;
  if (order.dependence === undefined) return withNeeded({estimate, side, reason}, trials);
  return withNeeded(
    {estimate, side, reason: `${reason}${order.note}`},
    trials === undefined ? undefined : dependentTrials(order.dependence, trials),
  );
}

/** Measuring error moves every pair at worst the same way: by how much, on logarithms. */
function measuringError(pairs: readonly Pair[]): {lower: number; upper: number} {
  const log = ({before, after}: Pair) => Math.log(after.value / before.value);
  return {
    lower: mean(pairs.map(pair => Math.log(pair.after.low / pair.before.high) - log(pair))),
    upper: mean(pairs.map(pair => Math.log(pair.after.high / pair.before.low) - log(pair))),
  };
}

/** Whether all trials of one side have smaller numbers than all of the other. */
function inBlocks(pairs: readonly Pair[]): boolean {
  const before = pairs.map(({before: {trial}}) => trial);
  const after = pairs.map(({after: {trial}}) => trial);
  return Math.max(...before) < Math.min(...after) || Math.max(...after) < Math.min(...before);
}
