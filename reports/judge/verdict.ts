import type {Look, Sample, Target, Verdict} from '../../harness/types.ts';
import {type Evidence, gather, trialOf} from './evidence.ts';
import {type Finding, type Looks, list} from './finding.ts';
import {judgeMedian} from './median.ts';
import {judgeObserved} from './observed.ts';
import {judgeProportion} from './proportion.ts';
import {judgeRatio, pair} from './ratio.ts';
import {judgeWorst} from './worst.ts';

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
 * `met` only if the whole interval is on the good side of the bound (the bound itself is good), `missed` only if it is
 * wholly on the bad side, else `undecided` with the reason and, where it can be told, how many sound trials in all (a
 * side, for a ratio) would decide. The interval is widened by the samples' `halfWidth`.
 *
 * - `samples`: any samples, labelled with `trial`, `repetition`, `profile` and `scenario`; those of other metrics or
 *   labels are passed over.
 * - `expectedTrials`: slots of the planned trials which should have yielded this metric. Those without a sound value
 *   are holes: the target cannot be met, and the reason names them; it can still be missed.
 * - `inOrder`: trials are numbered in the order in which they ran, as slots are. Then their dependence on each other is
 *   looked for, and the interval widened by it; else they are taken as independent, and the method says so.
 * - `looks`: `every-trial` where trials ended, or went on, because of what was measured.
 * - `tainted`: slots whose trial did not end well. Their samples can make a target missed, never met.
 *
 * One value a trial: the worst of a trial's samples for `worst`, `proportion` and `p99`, their median for `median` and
 * `ratio`, which stay undecided where a trial has samples of several things (two patterns, say). A censored sample is
 * no better than any bound: under `at-most`, `worst` and `proportion` count it as a failure, and a median or ratio
 * cannot be met through it. A value that is not finite is a hole. Never throws.
 */
export function judgeTarget(
  target: Target,
  samples: readonly Sample[],
  expectedTrials: readonly number[],
  tainted: readonly number[] = [],
  inOrder = true,
  looks: Looks = 'once',
): Verdict {
  const wrong = unsound(target);
  if (wrong !== undefined) return {kind: 'undecided', reason: `the target is unsound: ${wrong}`};
  const evidence = gather(target, samples, expectedTrials);
  const holes = new Map(evidence.holes.map(({trial, reason}) => [trial, reason]));
  for (const {trial} of evidence.values) if (tainted.includes(trial)) holes.set(trial, 'did not end well');

  let finding: Finding;
  if (evidence.values.length === 0) finding = {side: 'both', reason: nothing(target, evidence)};
  else if (evidence.mixture !== undefined) finding = {side: 'both', reason: evidence.mixture};
  else if (target.statistic === 'worst') finding = judgeWorst(target, evidence.values, inOrder);
  else if (target.statistic === 'proportion') finding = judgeProportion(target, evidence.values, inOrder, looks);
  else if (target.statistic === 'observed') finding = judgeObserved(target, evidence.values);
  else if (target.statistic === 'ratio' && target.against) {
    const {pairs, alone} = pair(evidence.values, target.against);
    for (const {trial, reason} of alone) if (!holes.has(trial)) holes.set(trial, reason);
    finding = judgeRatio(target, pairs, inOrder, looks);
  } else finding = judgeMedian(target, evidence.values, inOrder, looks);

  const {estimate} = finding;
  if (estimate && finding.side === 'bad') return {kind: 'missed', estimate};
  const against = [
    ...evidence.faults,
    ...(holes.size > 0
      ? [holesInWords([...holes].map(([trial, reason]) => ({trial, reason})).sort((a, b) => a.trial - b.trial))]
      : []),
  ];
  if (estimate && finding.side === 'good' && against.length === 0)
    return {kind: 'met', estimate, ...(finding.note === undefined ? {} : {note: finding.note})};

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

/**
 * The same of trials that were looked at one by one, each of which might have been the last: intervals that hold at
 * every look, and from which look on the verdict stood.
 */
export function judgeAtEveryLook(
  target: Target,
  samples: readonly Sample[],
  expectedTrials: readonly number[],
  tainted: readonly number[] = [],
): Verdict {
  const upTo = (last: number) =>
    judgeTarget(
      target,
      samples.filter(sample => (trialOf(sample) ?? 0) <= last),
      expectedTrials.filter(trial => trial <= last),
      tainted,
      true,
      'every-trial',
    );
  const trials = [...new Set(samples.flatMap(sample => trialOf(sample) ?? []))].sort((a, b) => a - b);
  const verdict = upTo(Number.POSITIVE_INFINITY);
  if (verdict.kind === 'undecided') return verdict;
  // The last that did not say so yet; decided is what stayed decided.
  const before = trials.findLastIndex((trial, index) => index < trials.length - 1 && upTo(trial).kind !== verdict.kind);
  const look: Look = {number: before + 2, trial: trials[before + 1] ?? 0};
  const method = `${verdict.estimate.method}; looked at after every trial, decided at look ${look.number} of ${trials.length}`;
  return {...verdict, look, estimate: {...verdict.estimate, method}};
}
