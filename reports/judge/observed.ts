import type {Target} from '../../harness/types.ts';
import type {TrialValue} from './evidence.ts';
import {count, type Finding, sideOf, withUnit} from './finding.ts';

/** `observed`: what is configured is certain as it was read; every trial must keep the bound, and one is enough. */
export function judgeObserved(target: Target, values: readonly TrialValue[]): Finding {
  const extreme = target.relation === 'at-most' ? Math.max : Math.min;
  const estimate = {
    value: extreme(...values.map(({value}) => value)),
    low: extreme(...values.map(({low}) => low)),
    high: extreme(...values.map(({high}) => high)),
    n: values.length,
    confidence: 1,
    method: `as read in ${count(values.length, 'trial')}; says nothing about the next`,
  };
  const sides = values.map(({low, high}) => sideOf(target, low, high));
  if (sides.includes('bad')) return {estimate, side: 'bad', reason: ''};
  if (sides.includes('both')) {
    return {
      estimate,
      side: 'both',
      reason: `a value is known from one side of the bound ${withUnit(target.unit, target.bound)} only`,
    };
  }
  return {estimate, side: 'good', reason: ''};
}
