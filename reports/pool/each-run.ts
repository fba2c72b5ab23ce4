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

/** Undefined where they do not all decide it, and alike, or not all are here: one that is not might not agree. */
export function saidByEach({test, reason}: Apart, question: Question, pool: Pool): Verdict | undefined {
  const {target} = question;
  const said = pool.leftOut.some(({forbids}) => forbids) ? undefined : verdictsOfEach(question, pool);
  const [first] = said ?? [];
  if (said === undefined || first === undefined || said.some(({kind}) => kind !== first.kind)) return undefined;
  const estimates = said.map(({estimate}) => estimate);
  const next = nextRun(estimates, target.confidence);
  if (next === undefined) return undefined;
  const method = `each of ${said.length} runs by itself, since they differ by more than chance (${test}); where a further run will lie, by a t interval`;
  const estimate = {...next, n: sum(estimates.map(({n}) => n)), confidence: target.confidence, method};
  if (sideOf(target, next.low, next.high) === sides[first.kind]) return {kind: first.kind, estimate};
  const where = measuredText(target, {kind: first.kind, estimate})?.interval;
  const further = `each run by itself has ${first.kind} it, but a further one may lie at ${where}`;
  return {kind: 'undecided', estimate, reason: `${reason}; ${further}`};
}

type Decided = Extract<Verdict, {kind: 'met' | 'missed'}>;

/** Of every run that has or owes anything; undefined where one does not decide. */
function verdictsOfEach({samples, owed, judge}: Question, {runs}: Pool): readonly Decided[] | undefined {
  const said: Decided[] = [];
  for (const {first, last} of runs) {
    const within = (slot: number | undefined) => slot !== undefined && slot >= first && slot <= last;
    const own = samples.filter(sample => within(trialOf(sample)));
    const slots = owed.filter(within);
    if (own.length === 0 && slots.length === 0) continue;
    const verdict = judge(own, slots);
    if (verdict.kind === 'undecided') return undefined;
    said.push(verdict);
  }
  return said;
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
