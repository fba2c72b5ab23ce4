import type {Estimate, Target} from '../../harness/types.ts';
import {anytimeMedianRank, trialsForAnytimeMedian} from '../stats/anytime.ts';
import {stretched} from '../stats/dependence.ts';
import {medianRank, trialsForMedian} from '../stats/median.ts';
import {ascending, median} from '../stats/numbers.ts';
import {heldAgainstDrift, medianLevel, trialSeries} from './drift.ts';
import type {TrialValue} from './evidence.ts';
import {
  anytimeTrialsToDecide,
  count,
  type Finding,
  type Looks,
  mixed,
  moreWillNotHelp,
  percent,
  plain,
  sideOf,
  spanning,
  trialsToDecide,
  withNeeded,
} from './finding.ts';
import {dependenceInWords, dependentTrials, orderOf} from './order.ts';

/** Order statistics that bound a median; how many values that takes; what the interval is called. */
const intervals = {
  once: {rank: medianRank, fewest: trialsForMedian, name: ''},
  'every-trial': {rank: anytimeMedianRank, fewest: trialsForAnytimeMedian, name: 'confidence sequence, '},
} as const;

/**
 * `median` and `p99`: an interval of order statistics, stretched where the trials may depend on each other; it must
 * hold at the next trial too, where the values drift.
 */
export function judgeMedian(
  target: Target,
  values: readonly TrialValue[],
  inOrder: boolean,
  looks: Looks = 'once',
): Finding {
  const judge = (ones: readonly TrialValue[]) => steadyMedian(target, ones, inOrder, looks);
  const ranked = intervals[looks].rank(values.length, target.confidence);
  if (!inOrder || !ranked.ok) return judge(values);
  const level = medianLevel(target, values.length, ranked.value.rank);
  return heldAgainstDrift({...trialSeries(target, values), judge, level});
}

/** The same of values that do not drift. */
export function steadyMedian(
  target: Target,
  values: readonly TrialValue[],
  inOrder: boolean,
  looks: Looks = 'once',
): Finding {
  const mixture = mixed(values);
  if (mixture !== undefined) return {side: 'both', reason: mixture};
  const n = values.length;
  const points = values.map(each => each.value);
  const what = target.statistic === 'p99' ? 'median of the P99 of each trial' : 'median';
  const estimate = {value: median(points), n, confidence: target.confidence};
  const {rank: rankOf, fewest, name} = intervals[looks];
  const ranked = rankOf(n, target.confidence);
  if (!ranked.ok) {
    const needed = fewest(target.confidence);
    return {
      estimate: {...estimate, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, method: what},
      side: 'both',
      reason: `a ${percent(target.confidence)} interval of a median${looks === 'once' ? '' : ' that is looked at after every trial'} needs ${needed} trials, got ${n}`,
      trialsNeeded: needed,
    };
  }
  const {rank} = ranked.value;
  const order = orderOf(values, inOrder, looks);
  const by = order.dependence?.stretch ?? 1;
  const within = (lows: readonly number[], highs: readonly number[]) =>
    stretched({low: at(lows, rank), high: at(highs, n + 1 - rank)}, estimate.value, by);
  const wider = by === 1 ? '' : `, stretched ${plain(by)} times`;
  const interval: Estimate = {
    ...estimate,
    ...within(
      values.map(each => each.low),
      values.map(each => each.high),
    ),
    method: `${what}, ${name}order statistics ${rank} and ${n + 1 - rank} of ${n}${wider}${order.note}`,
  };
  const side = sideOf(target, interval.low, interval.high);
  if (side !== 'both') return {estimate: interval, side, reason: ''};
  const reason = spanning(target, interval);
  const neverEnded = values.filter(each => each.neverEnded).length;
  if (neverEnded > 0) {
    return {estimate: interval, side, reason: `${reason}; ${count(neverEnded, 'trial')} never ended while we waited`};
  }
  const exact = within(points, points);
  if (sideOf(target, exact.low, exact.high) !== 'both') {
    return {estimate: interval, side, reason: `${reason}: ${moreWillNotHelp}`};
  }
  const needed = looks === 'once' ? trialsToDecide(points, target.bound) : anytimeTrialsToDecide(points, target);
  if (order.dependence === undefined) return withNeeded({estimate: interval, side, reason}, needed);
  const why = `${reason}; it is ${plain(by)} times as wide as for independent trials, since ${dependenceInWords(order.dependence)}`;
  return withNeeded(
    {estimate: interval, side, reason: why},
    needed === undefined ? undefined : dependentTrials(order.dependence, needed),
  );
}

/** An order statistic; `place` counts from 1. */
function at(numbers: readonly number[], place: number): number {
  return ascending(numbers)[place - 1] ?? Number.NaN;
}
