import type {Estimate, Sample, Target, Verdict} from '../harness/types.ts';
import {fewestFor} from './comparison/contrast.ts';
import {type Evidence, gather, type TrialValue} from './evidence.ts';
import {metricNamed} from './metrics.ts';
import {clopperPearson} from './stats/clopper-pearson.ts';
import {sentence} from './stats/error.ts';
import {medianRank, trialsForMedian} from './stats/median.ts';
import {ascending, mean, median, variance} from './stats/numbers.ts';
import {pairedRatio} from './stats/ratio.ts';
import {trialsPerSide} from './stats/sample-size.ts';
import {reliabilityShown, toleranceTrials} from './stats/tolerance.ts';

/** What a statistic makes of the values, before holes are held against it. */
type Finding =
  | {
      estimate: Estimate;
      /** Which side of the bound the whole interval is on, if any. */
      side: 'good' | 'bad' | 'both';
      /** Why it is on both. */
      reason: string;
      /** Sound trials in all (a side, for a ratio) that would decide. */
      trialsNeeded?: number;
    }
  | {estimate?: never; side: 'both'; reason: string; trialsNeeded?: number};

/** Reliability that `worst` must show where the target names none. */
const usualReliability = 0.95;

/** Numbers in reasons: base units, four digits. */
function plain(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : value > 0 ? '∞' : '−∞';
}

function percent(share: number): string {
  return `${plain(100 * share)} %`;
}

function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

function list(numbers: readonly number[]): string {
  const shown = numbers.slice(0, 8).join(', ');
  return numbers.length > 8 ? `${shown} and ${numbers.length - 8} more` : shown;
}

function sideOf(target: Pick<Target, 'relation' | 'bound'>, low: number, high: number): 'good' | 'bad' | 'both' {
  if (target.relation === 'at-most') return high <= target.bound ? 'good' : low > target.bound ? 'bad' : 'both';
  return low >= target.bound ? 'good' : high < target.bound ? 'bad' : 'both';
}

function spanning(target: Target, estimate: Estimate): string {
  return `the ${percent(estimate.confidence)} interval ${plain(estimate.low)} … ${plain(estimate.high)} ${target.unit} holds the bound ${plain(target.bound)}`;
}

/** More than this and another way to measure is wanted, not another trial. */
const mostTrials = 100_000;

/** Sound trials that would part a value from the bound, by the usual formula; absent where no number would. */
function trialsToDecide(values: readonly number[], bound: number): number | undefined {
  const centre = median(values);
  if (centre === 0) return undefined;
  const needed = trialsPerSide(
    Math.sqrt(variance(values)) / Math.abs(centre),
    Math.abs(centre - bound) / Math.abs(centre),
  );
  if (!needed.ok || needed.value > mostTrials) return undefined;
  return Math.max(values.length + 1, needed.value);
}

function withNeeded(finding: Finding, trialsNeeded: number | undefined): Finding {
  return trialsNeeded === undefined ? finding : {...finding, trialsNeeded};
}

/** The profiles that were thrown together, where their values must not be. */
function mixed(values: readonly TrialValue[]): string | undefined {
  const profiles = [...new Set(values.map(value => value.profile))].sort();
  return profiles.length > 1
    ? `profiles ${profiles.join(' and ')} are mixed: name one in the target's where.profile`
    : undefined;
}

function judgeMedian(target: Target, values: readonly TrialValue[]): Finding {
  const mixture = mixed(values);
  if (mixture !== undefined) return {side: 'both', reason: mixture};
  const n = values.length;
  const points = values.map(each => each.value);
  const what = target.statistic === 'p99' ? 'median of the P99 of each trial' : 'median';
  const estimate = {value: median(points), n, confidence: target.confidence};
  const ranked = medianRank(n, target.confidence);
  if (!ranked.ok) {
    const needed = trialsForMedian(target.confidence);
    return {
      estimate: {...estimate, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, method: what},
      side: 'both',
      reason: `a ${percent(target.confidence)} interval of a median needs ${needed} trials, got ${n}`,
      trialsNeeded: needed,
    };
  }
  const {rank} = ranked.value;
  const at = (numbers: readonly number[], place: number) => ascending(numbers)[place - 1] ?? Number.NaN;
  const interval: Estimate = {
    ...estimate,
    low: at(
      values.map(each => each.low),
      rank,
    ),
    high: at(
      values.map(each => each.high),
      n + 1 - rank,
    ),
    method: `${what}, order statistics ${rank} and ${n + 1 - rank} of ${n}`,
  };
  const side = sideOf(target, interval.low, interval.high);
  if (side !== 'both') return {estimate: interval, side, reason: ''};
  const neverEnded = values.filter(each => each.neverEnded).length;
  if (neverEnded > 0) {
    const reason = `${spanning(target, interval)}; ${count(neverEnded, 'trial')} never ended while we waited`;
    return {estimate: interval, side, reason};
  }
  if (sideOf(target, at(points, rank), at(points, n + 1 - rank)) !== 'both') {
    const reason = `${spanning(target, interval)}: the instrument is too coarse for this bound, more trials will not help`;
    return {estimate: interval, side, reason};
  }
  return withNeeded(
    {estimate: interval, side, reason: spanning(target, interval)},
    trialsToDecide(points, target.bound),
  );
}

function judgeWorst(target: Target, values: readonly TrialValue[]): Finding {
  const n = values.length;
  const most = target.relation === 'at-most';
  const extreme = (numbers: readonly number[]) => (most ? Math.max(...numbers) : Math.min(...numbers));
  const reliability = target.reliability ?? usualReliability;
  const needed = toleranceTrials(reliability, target.confidence);
  const shown = reliabilityShown(n, target.confidence);
  if (!needed.ok || !shown.ok) {
    return {side: 'both', reason: needed.ok ? 'no trials' : `the target is unsound: ${sentence(needed.error)}`};
  }
  const estimate = {
    value: extreme(values.map(each => each.value)),
    low: extreme(values.map(each => each.low)),
    high: extreme(values.map(each => each.high)),
    n,
    confidence: target.confidence,
  };
  const broke = values.filter(each => sideOf(target, each.low, each.high) === 'bad' || (most && each.neverEnded));
  if (broke.length > 0) {
    const neverEnded = broke.filter(each => each.neverEnded).length;
    const note = neverEnded > 0 ? `, ${neverEnded} never ended` : '';
    return {
      estimate: {...estimate, method: `worst of ${count(n, 'trial')}; ${broke.length} broke the bound${note}`},
      side: 'bad',
      reason: '',
    };
  }
  const method = `worst of ${count(n, 'trial')}; none broke the bound, which shows ${percent(shown.value)} reliability`;
  const unsure = values.filter(each => sideOf(target, each.low, each.high) === 'both');
  if (unsure.length > 0) {
    const which = list(unsure.map(each => each.trial));
    return {
      estimate: {...estimate, method: `worst of ${count(n, 'trial')}`},
      side: 'both',
      reason: `in trial ${which} the value is within measuring error of the bound ${plain(target.bound)} ${target.unit}`,
    };
  }
  if (n >= needed.value) return {estimate: {...estimate, method}, side: 'good', reason: ''};
  return {
    estimate: {...estimate, method},
    side: 'both',
    reason: `${count(n, 'clean trial')} ${n === 1 ? 'shows' : 'show'} ${percent(shown.value)} reliability at ${percent(target.confidence)} confidence; ${needed.value} are needed for ${percent(reliability)}`,
    trialsNeeded: needed.value,
  };
}

function judgeProportion(target: Target, values: readonly TrialValue[]): Finding {
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
  const low = clopperPearson(surely, n, target.confidence, surely === n);
  const high = clopperPearson(perhaps, n, target.confidence);
  if (!low.ok || !high.ok) return {side: 'both', reason: low.ok ? 'no trials' : sentence(low.error)};
  const estimate: Estimate = {
    value: surely / n,
    low: low.value.low,
    high: high.value.high,
    n,
    confidence: target.confidence,
    method: `${surely} of ${n} on the good side of ${plain(limit)} ${target.unit}, Clopper–Pearson`,
  };
  const side = sideOf(target, estimate.low, estimate.high);
  if (side !== 'both') return {estimate, side, reason: ''};
  const reason = `between ${percent(estimate.low)} and ${percent(estimate.high)} of trials are on the good side, and the bound is ${percent(target.bound)}`;
  if (target.relation === 'at-least' && surely === n) {
    const needed = toleranceTrials(target.bound, target.confidence);
    return withNeeded({estimate, side, reason}, needed.ok ? needed.value : undefined);
  }
  const share = surely / n;
  const needed = trialsPerSide(Math.sqrt(share * (1 - share)), Math.abs(share - target.bound));
  return withNeeded(
    {estimate, side, reason},
    needed.ok && needed.value <= mostTrials ? Math.max(n + 1, needed.value) : undefined,
  );
}

/** Pairs by scenario and repetition; what has no partner, or cannot be divided, is named. */
function pair(
  values: readonly TrialValue[],
  [before, after]: readonly [string, string],
): {pairs: {before: TrialValue; after: TrialValue}[]; alone: {trial: number; reason: string}[]} {
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
  const pairs: {before: TrialValue; after: TrialValue}[] = [];
  for (const slot of slots.values()) {
    if (slot.before && slot.after) pairs.push({before: slot.before, after: slot.after});
    else {
      const one = slot.before ?? slot.after;
      if (one) alone.push({trial: one.trial, reason: `has no partner in repetition ${one.repetition}`});
    }
  }
  return {pairs, alone: alone.sort((a, b) => a.trial - b.trial)};
}

function judgeRatio(target: Target, pairs: readonly {before: TrialValue; after: TrialValue}[]): Finding {
  const ratio = pairedRatio(
    pairs.map(({before}) => before.value),
    pairs.map(({after}) => after.value),
    target.confidence,
  );
  if (!ratio.ok || pairs.length < fewestFor.claim) {
    return {
      side: 'both',
      reason: `${count(pairs.length, 'pair')} of trials; a ratio needs ${fewestFor.claim}`,
      trialsNeeded: fewestFor.claim,
    };
  }
  // Measuring error moves every pair at worst the same way.
  const lower = mean(
    pairs.map(({before, after}) => Math.log(after.low / before.high) - Math.log(after.value / before.value)),
  );
  const upper = mean(
    pairs.map(({before, after}) => Math.log(after.high / before.low) - Math.log(after.value / before.value)),
  );
  const {value, n, confidence, method} = ratio.value;
  const estimate: Estimate = {
    value,
    low: ratio.value.low * Math.exp(lower),
    high: ratio.value.high * Math.exp(upper),
    n,
    confidence,
    method,
  };
  const side = sideOf(target, estimate.low, estimate.high);
  if (side !== 'both') return {estimate, side, reason: ''};
  const reason = `the ${percent(confidence)} interval ${plain(estimate.low)} … ${plain(estimate.high)} of the ratio holds the bound ${plain(target.bound)}`;
  if (sideOf(target, ratio.value.low, ratio.value.high) !== 'both') {
    return {
      estimate,
      side,
      reason: `${reason}: the instrument is too coarse for this bound, more trials will not help`,
    };
  }
  // The deviation of paired logs is √2 times the spread of one side.
  const needed = trialsPerSide(ratio.value.logDeviation / Math.SQRT2, Math.log(value / target.bound));
  return withNeeded(
    {estimate, side, reason},
    needed.ok && needed.value <= mostTrials ? Math.max(n + 1, needed.value) : undefined,
  );
}

/** What makes a target impossible to judge, whatever was measured. */
function unsound(target: Target): string | undefined {
  if (!Number.isFinite(target.bound)) return `its bound is ${target.bound}`;
  if (!(target.confidence > 0 && target.confidence < 1))
    return `its confidence is ${target.confidence}, not between 0 and 1`;
  if (target.statistic === 'ratio') {
    if (!target.against) return 'a ratio needs `against`: the profile before and the profile after';
    if (!(target.bound > 0)) return `a ratio's bound must be above 0, and it is ${target.bound}`;
    if (target.against[0] === target.against[1]) return '`against` names one profile twice';
  }
  return undefined;
}

function nothing(target: Target, evidence: Evidence): string {
  const why = evidence.holes[0] ? ` (${holesInWords(evidence.holes)})` : '';
  const hint = target.statistic === 'p99' ? ' labelled percentile 99' : '';
  return `no value of ${target.metric}${hint}${why}`;
}

function holesInWords(holes: readonly {trial: number; reason: string}[]): string {
  const byReason = new Map<string, number[]>();
  for (const {trial, reason} of holes) byReason.set(reason, [...(byReason.get(reason) ?? []), trial]);
  return [...byReason].map(([reason, trials]) => `trial ${list(trials)} ${reason}`).join('; ');
}

/**
 * Judges one promise on the samples of a run.
 *
 * `met` only if the whole interval is on the good side of the bound (the bound itself is good), `missed` only if it is wholly on
 * the bad side, else `undecided` with the reason and, where it can be told, how many sound trials in all (a side, for a
 * ratio) would decide. The interval is widened by the samples' `halfWidth`.
 *
 * - `samples`: any samples, labelled with `trial`, `repetition`, `profile` and `scenario`; those of other metrics or labels are passed over.
 * - `expectedTrials`: slots of the planned trials which should have yielded this metric. Those without a sound value are
 *   holes: the target cannot be met, and the reason names them; it can still be missed.
 * - `tainted`: slots whose trial did not end well. Their samples can make a target missed, never met.
 *
 * One value a trial: the worst of a trial's samples for `worst`, `proportion` and `p99`, their median for `median` and `ratio`.
 * A censored sample is no better than any bound: under `at-most`, `worst` and `proportion` count it as a failure, and a
 * median or ratio cannot be met through it. A value that is not finite is a hole. Never throws.
 */
export function judgeTarget(
  target: Target,
  samples: readonly Sample[],
  expectedTrials: readonly number[],
  tainted: readonly number[] = [],
): Verdict {
  const wrong = unsound(target);
  if (wrong !== undefined) return {kind: 'undecided', reason: `the target is unsound: ${wrong}`};
  const evidence = gather(target, samples, expectedTrials);
  const holes = new Map(evidence.holes.map(({trial, reason}) => [trial, reason]));
  for (const {trial} of evidence.values) if (tainted.includes(trial)) holes.set(trial, 'did not end well');

  let finding: Finding;
  if (evidence.values.length === 0) finding = {side: 'both', reason: nothing(target, evidence)};
  else if (target.statistic === 'worst') finding = judgeWorst(target, evidence.values);
  else if (target.statistic === 'proportion') finding = judgeProportion(target, evidence.values);
  else if (target.statistic === 'ratio' && target.against) {
    const {pairs, alone} = pair(evidence.values, target.against);
    for (const {trial, reason} of alone) if (!holes.has(trial)) holes.set(trial, reason);
    finding = judgeRatio(target, pairs);
  } else finding = judgeMedian(target, evidence.values);

  const {estimate} = finding;
  if (estimate && finding.side === 'bad') return {kind: 'missed', estimate};
  const against = [
    ...evidence.faults,
    ...(holes.size > 0
      ? [holesInWords([...holes].map(([trial, reason]) => ({trial, reason})).sort((a, b) => a.trial - b.trial))]
      : []),
  ];
  if (estimate && finding.side === 'good' && against.length === 0) return {kind: 'met', estimate};

  const cannot = finding.side === 'good' ? 'all values seen are good, but the data have holes' : finding.reason;
  const reasons = evidence.values.length === 0 ? [finding.reason] : [cannot, ...against];
  const trials = new Set([...evidence.values.map(({trial}) => trial), ...holes.keys()]).size;
  const repeat = finding.side === 'good' && holes.size > 0 && target.statistic !== 'ratio' ? trials : undefined;
  const trialsNeeded = finding.trialsNeeded ?? repeat;
  return {
    kind: 'undecided',
    ...(estimate ? {estimate} : {}),
    reason: reasons.join('; '),
    ...(trialsNeeded === undefined ? {} : {trialsNeeded}),
  };
}
