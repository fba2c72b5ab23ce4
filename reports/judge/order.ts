/** What the order of trials says about how much they are worth. */

import {type Dependence, dependence} from '../stats/dependence.ts';
import type {TrialValue} from './evidence.ts';
import {type Looks, mostTrials, plain} from './finding.ts';

export interface Order {
  /** Of the values in the order in which they were measured, where it must be allowed for. */
  dependence?: Dependence;
  /** What the order is worth, as the end of a method's words; empty where the values look independent. */
  note: string;
}

/** Below this p the dependence is a fact; above it, it cannot be excluded. */
const sureP = 0.05;
/** So many independent trials show, more often than not, that they are. */
const enoughToSee = 20;

/** Who looks after every trial gives dependence many chances not to show: it is allowed for where there is any sign. */
const levelOfLooks = 0.25;
/** The t interval of a ratio, less wide than that of a median, gives it more. */
export const levelOfLookedAtPairs = 0.4;

/** `inOrder`: trials are numbered in the order in which they were measured. */
export function orderOf(values: readonly TrialValue[], inOrder: boolean, looks: Looks = 'once'): Order {
  if (!inOrder) {
    return {note: values.length > 1 ? '; the order of the trials is not known: taken as independent' : ''};
  }
  const level = looks === 'once' ? undefined : Math.min(0.5, Math.max(levelOfLooks, 3 / values.length));
  return orderOfNumbers(
    values.map(({value}) => value),
    level,
  );
}

/** The same of numbers that stand in the order in which they were measured. */
export function orderOfNumbers(numbers: readonly number[], level?: number): Order {
  const found = dependence(numbers, level);
  return found.ok && found.value.seen
    ? {dependence: found.value, note: `; ${dependenceInWords(found.value)}`}
    : {note: ''};
}

/** Half a sentence. */
export function dependenceInWords({p, autocorrelation, upper}: Dependence): string {
  return p < sureP
    ? `the trials depend on each other in their order (lag-1 autocorrelation ${plain(autocorrelation)})`
    : `the order of the trials does not exclude that they depend on each other (lag-1 autocorrelation up to ${plain(upper)})`;
}

/** How many dependent trials it takes where `needed` independent ones would do; absent beyond what anyone measures. */
export function dependentTrials({n, autocorrelation}: Dependence, needed: number): number | undefined {
  const inflated = Math.ceil((needed * (1 + autocorrelation)) / (1 - autocorrelation));
  return inflated > mostTrials ? undefined : Math.max(n + 1, enoughToSee, inflated);
}
