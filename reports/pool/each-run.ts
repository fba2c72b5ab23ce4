/**
 * Runs that differ by more than chance, each judged by itself: where all say the same, and a further run that differs
 * from them as they do from each other would say it too, that is the verdict. Pure.
 */
import type {Estimate, Sample, Target, Verdict} from '../../harness/types.ts';
import {trialOf} from '../judge/evidence.ts';
import {sideOf} from '../judge/finding.ts';
import {sum} from '../stats/numbers.ts';
import {predictionInterval} from '../stats/prediction.ts';
import {measuredText} from '../words/words.ts';
import type {Pool} from './pooled.ts';

/** A promise, and how samples and the slots that owe some are judged on it. */
export interface Question {
  target: Target;
  samples: readonly Sample[];
  owed: readonly number[];
  judge: (samples: readonly Sample[], owed: readonly number[]) => Verdict;
}

/** `reason`: how the runs differ, a whole sentence; `test`: by which figures that is known. */
export interface Apart {
  test: string;
  reason: string;
}

const sides = {met: 'good', missed: 'bad'} as const;

/** Undefined where that cannot be said, or not all runs are here: one that is not might not agree. */
export function saidByEach(apart: Apart, pooled: Verdict, question: Question, pool: Pool): Verdict | undefined {
  if (pool.leftOut.some(({forbids}) => forbids)) return undefined;
  const each = verdictsOfEach(question, pool);
  if (question.target.statistic === 'worst')
    return pooled.kind === 'met' ? keptByAll(apart, pooled, question, each) : undefined;
  return alike(apart, question, each);
}

type Decided = Extract<Verdict, {kind: 'met' | 'missed'}>;

/** Not before the last run had its say. */
function lookOf(said: readonly Decided[]): Pick<Decided, 'look'> {
  const look = said.at(-1)?.look;
  if (look === undefined) return {};
  const before = sum(said.slice(0, -1).map(({estimate}) => estimate.n));
  return {look: {number: before + look.number, trial: look.trial}};
}

/** What is true of any of them besides. */
function noteOf(said: readonly Decided[]): {note?: string} {
  const [note] = said.flatMap(verdict => (verdict.kind === 'met' ? (verdict.note ?? []) : []));
  return note === undefined ? {} : {note};
}

/** All decide it, and on one side. */
function alike({test, reason}: Apart, {target}: Question, each: readonly Verdict[]): Verdict | undefined {
  const said = each.flatMap(verdict => (verdict.kind === 'undecided' ? [] : [verdict]));
  const [first] = said;
  if (first === undefined || said.length < each.length || said.some(({kind}) => kind !== first.kind)) return undefined;
  const estimates = said.map(({estimate}) => estimate);
  const next = nextRun(estimates, target.confidence);
  if (next === undefined) return undefined;
  const method = `each of ${said.length} runs by itself, since they differ by more than chance (${test}); where a further run will lie, by a t interval`;
  const estimate = {...next, n: sum(estimates.map(({n}) => n)), confidence: target.confidence, method};
  if (sideOf(target, next.low, next.high) === sides[first.kind])
    return {kind: first.kind, estimate, ...lookOf(said), ...noteOf(said)};
  const further = `each run by itself has ${first.kind} it, but a further one may be ${rangeOf(target, estimate)}`;
  return {kind: 'undecided', estimate, reason: `${reason}; ${further}`};
}

/**
 * "Every time": no run need show it by itself, since what is counted is trials that kept the bound, and all did. That
 * runs differ matters where the worst of a further one may break it.
 */
function keptByAll(
  {test, reason}: Apart,
  pooled: Extract<Verdict, {kind: 'met'}>,
  {target}: Question,
  each: readonly Verdict[],
): Verdict | undefined {
  const next = nextRun(
    each.flatMap(({estimate}) => estimate ?? []),
    target.confidence,
  );
  if (next === undefined) return undefined;
  const {estimate} = pooled;
  const range = rangeOf(target, {...estimate, ...next});
  if (sideOf(target, next.low, next.high) !== 'good')
    return {
      kind: 'undecided',
      estimate,
      reason: `${reason}; every trial kept it, but the worst of a further run may be ${range}`,
    };
  const method = `${estimate.method}; the runs differ by more than chance (${test}), and the worst of a further one will be ${range}, by a t interval`;
  return {...pooled, estimate: {...estimate, method}};
}

function rangeOf(target: Target, estimate: Estimate): string {
  return measuredText(target, {kind: 'met', estimate})?.text ?? '';
}

/** Of every run that has or owes anything. */
function verdictsOfEach({samples, owed, judge}: Question, {runs}: Pool): readonly Verdict[] {
  return runs.flatMap(({first, last}) => {
    const within = (slot: number | undefined) => slot !== undefined && slot >= first && slot <= last;
    const own = samples.filter(sample => within(trialOf(sample)));
    const slots = owed.filter(within);
    return own.length === 0 && slots.length === 0 ? [] : [judge(own, slots)];
  });
}

/** On logarithms where all are above 0. */
function nextRun(
  estimates: readonly Estimate[],
  confidence: number,
): Pick<Estimate, 'value' | 'low' | 'high'> | undefined {
  const values = estimates.map(({value}) => value);
  const positive = values.every(value => value > 0);
  const next = predictionInterval(positive ? values.map(Math.log) : values, confidence);
  if (!next.ok) return undefined;
  const {value, low, high} = next.value;
  return positive ? {value: Math.exp(value), low: Math.exp(low), high: Math.exp(high)} : next.value;
}
