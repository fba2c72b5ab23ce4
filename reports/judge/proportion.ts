import {sentence} from '../../harness/parse/answer.ts';
import type {Estimate, Target} from '../../harness/types.ts';
import {metricNamed} from '../metrics.ts';
import {anytimeShare} from '../stats/anytime.ts';
import {clopperPearson} from '../stats/clopper-pearson.ts';
import {trialsPerSide} from '../stats/sample-size.ts';
import {toleranceTrials} from '../stats/tolerance.ts';
import {heldAgainstDrift, trialSeries} from './drift.ts';
import type {TrialValue} from './evidence.ts';
import {type Finding, type Looks, mixed, mostTrials, percent, plain, sideOf, withNeeded, withUnit} from './finding.ts';
import {dependentTrials, orderOf} from './order.ts';

/**
 * `proportion`: the share of trials on the good side of `limit`; of dependent trials only so many as they are worth
 * count. Where the values drift, it must hold of those at the next trial too.
 */
export function judgeProportion(
  target: Target,
  values: readonly TrialValue[],
  inOrder: boolean,
  looks: Looks = 'once',
): Finding {
  const judge = (ones: readonly TrialValue[]) => steadyProportion(target, ones, inOrder, looks);
  if (!inOrder) return judge(values);
  const lessIsBetter = metricNamed(target.metric)?.better === 'lower';
  return heldAgainstDrift({
    ...trialSeries(target, values),
    judge,
    moreIsWorse: lessIsBetter === (target.relation === 'at-least'),
    result: ({low, high}) => `${percent(low)} … ${percent(high)} of trials good`,
  });
}

/** The same of values that do not drift. */
export function steadyProportion(
  target: Target,
  values: readonly TrialValue[],
  inOrder: boolean,
  looks: Looks = 'once',
): Finding {
  const mixture = mixed(values);
  if (mixture !== undefined) return {side: 'both', reason: mixture};
  const metric = metricNamed(target.metric);
  const {limit} = target;
  if (!metric || limit === undefined || !Number.isFinite(limit)) {
    return {
      side: 'both',
      reason: 'the target is unsound: a proportion needs a known metric and a `limit` for one trial',
    };
  }
  const n = values.length;
  const each = {relation: metric.better === 'lower' ? ('at-most' as const) : ('at-least' as const), bound: limit};
  const sides = values.map(value =>
    each.relation === 'at-most' && value.neverEnded ? 'bad' : sideOf(each, value.low, value.high),
  );
  const surely = sides.filter(side => side === 'good').length;
  const perhaps = sides.filter(side => side !== 'bad').length;
  // Without a failure the one-sided lower bound is the customary one; it errs no more often than the two-sided pair.
  const order = orderOf(values, inOrder, looks);
  const worth = order.dependence?.effective ?? n;
  const interval = (good: number, oneSided: boolean) =>
    looks === 'once'
      ? clopperPearson(good, n, target.confidence, oneSided, worth)
      : anytimeShare(good, n, target.confidence, worth);
  const low = interval(surely, surely === n);
  const high = interval(perhaps, false);
  if (!low.ok || !high.ok) return {side: 'both', reason: low.ok ? 'no trials' : sentence(low.error)};
  const estimate: Estimate = {
    value: surely / n,
    low: low.value.low,
    high: high.value.high,
    n,
    confidence: target.confidence,
    method: `${surely} of ${n} on the good side of ${withUnit(target.unit, limit)}, ${looks === 'once' ? 'Clopper–Pearson' : 'confidence sequence'}${order.dependence ? ` on ${plain(worth)} effective trials` : ''}${order.note}`,
  };
  const side = sideOf(target, estimate.low, estimate.high);
  if (side !== 'both') return {estimate, side, reason: ''};
  const between = `between ${percent(estimate.low)} and ${percent(estimate.high)} of trials are on the good side, and the bound is ${percent(target.bound)}`;
  const reason = order.dependence ? `${between}${order.note}` : between;
  const independent = independentTrials(target, surely, n);
  const needed =
    independent !== undefined && order.dependence ? dependentTrials(order.dependence, independent) : independent;
  return withNeeded({estimate, side, reason}, needed);
}

/** Independent trials that would part this share from the bound; absent where no number would. */
function independentTrials({relation, bound, confidence}: Target, surely: number, n: number): number | undefined {
  if (relation === 'at-least' && surely === n) {
    const needed = toleranceTrials(bound, confidence);
    return needed.ok ? needed.value : undefined;
  }
  const share = surely / n;
  const needed = trialsPerSide(Math.sqrt(share * (1 - share)), Math.abs(share - bound));
  return needed.ok && needed.value <= mostTrials ? Math.max(n + 1, needed.value) : undefined;
}
