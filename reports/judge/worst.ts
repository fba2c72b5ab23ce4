import {sentence} from '../../harness/parse/answer.ts';
import type {Estimate, Target} from '../../harness/types.ts';
import {reliabilityShown, toleranceTrials} from '../stats/tolerance.ts';
import {heldAgainstDrift, trialSeries} from './drift.ts';
import type {TrialValue} from './evidence.ts';
import {count, type Finding, list, mostTrials, percent, sideOf, withNeeded, withUnit} from './finding.ts';
import {orderOf} from './order.ts';

/** Reliability that `worst` must show where the target names none. */
const usualReliability = 0.95;

/**
 * `worst`: every trial keeps the bound, and there are enough of them; of dependent trials only so many as they are
 * worth count. Where the values drift, each must keep it at the next trial too.
 */
export function judgeWorst(target: Target, values: readonly TrialValue[], inOrder: boolean): Finding {
  const judge = (ones: readonly TrialValue[]) => steadyWorst(target, ones, inOrder);
  if (!inOrder) return judge(values);
  const result = ({value}: Estimate) => `the worst ${withUnit(target.unit, value)}`;
  return heldAgainstDrift({...trialSeries(target, values), judge, result, oneDecides: true});
}

/**
 * The same of values that do not drift. What names no profile or scenario is promised of each that was tried: clean
 * trials of one show nothing of another.
 */
export function steadyWorst(target: Target, values: readonly TrialValue[], inOrder: boolean): Finding {
  const together = worstOf(target, values, inOrder);
  const kinds = [...Map.groupBy(values, ({scenario, profile}) => `${profile} of ${scenario}`)];
  if (together.side !== 'good' || kinds.length < 2) return together;
  const alone = kinds.map(([name, own]) => ({name, n: own.length, finding: worstOf(target, own, inOrder)}));
  const open = alone.find(({finding}) => finding.side !== 'good');
  if (open === undefined) return together;
  const reason = `by ${open.name} alone: ${open.finding.reason}`;
  const needed = alone.reduce((sum, {n, finding}) => sum + Math.max(n, finding.trialsNeeded ?? n), 0);
  return withNeeded(
    {estimate: together.estimate, side: 'both', reason},
    open.finding.trialsNeeded === undefined ? undefined : needed,
  );
}

function worstOf(target: Target, values: readonly TrialValue[], inOrder: boolean): Finding {
  const n = values.length;
  const most = target.relation === 'at-most';
  const extreme = (numbers: readonly number[]) => (most ? Math.max(...numbers) : Math.min(...numbers));
  const reliability = target.reliability ?? usualReliability;
  const needed = toleranceTrials(reliability, target.confidence);
  const order = orderOf(values, inOrder);
  const worth = Math.floor(order.dependence?.effective ?? n);
  const shown = reliabilityShown(worth, target.confidence);
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
  const method = `worst of ${count(n, 'trial')}; none broke the bound, which shows ${percent(shown.value)} reliability${order.note}`;
  const unsure = values.filter(each => sideOf(target, each.low, each.high) === 'both');
  if (unsure.length > 0) {
    const which = list(unsure.map(each => each.trial));
    return {
      estimate: {...estimate, method: `worst of ${count(n, 'trial')}`},
      side: 'both',
      reason: `in trial ${which} the value is within measuring error of the bound ${withUnit(target.unit, target.bound)}`,
    };
  }
  if (worth >= needed.value) return {estimate: {...estimate, method}, side: 'good', reason: ''};
  const clean = `${count(n, 'clean trial')}${worth < n ? `, worth ${count(worth, 'independent one')},` : ''} ${n === 1 ? 'shows' : 'show'}`;
  const wanted = `${percent(shown.value)} reliability at ${percent(target.confidence)} confidence; ${needed.value} are needed for ${percent(reliability)}`;
  const trials = order.dependence ? Math.ceil((needed.value * n) / order.dependence.effective) : needed.value;
  return withNeeded(
    {estimate: {...estimate, method}, side: 'both', reason: `${clean} ${wanted}${worth < n ? order.note : ''}`},
    trials > mostTrials ? undefined : trials,
  );
}
