import type {Estimate, Target, Unit} from '../../harness/types.ts';
import {logShareEvidence} from '../stats/anytime.ts';
import {median, variance} from '../stats/numbers.ts';
import {trialsPerSide} from '../stats/sample-size.ts';
import {scaleFor} from '../words/units.ts';
import type {TrialValue} from './evidence.ts';

/**
 * `once`: the number of trials was fixed beforehand. `every-trial`: it may depend on what was measured, and the
 * interval must hold at every look.
 */
export type Looks = 'once' | 'every-trial';

/** What a statistic makes of the values, before holes are held against it. */
export type Finding =
  | {
      estimate: Estimate;
      /** Which side of the bound the whole interval is on, if any. */
      side: 'good' | 'bad' | 'both';
      /** Why it is on both. */
      reason: string;
      /** Where it is good: what else is to be known. */
      note?: string;
      /** Sound trials in all (a side, for a ratio) that would decide. */
      trialsNeeded?: number;
    }
  | {estimate?: never; side: 'both'; reason: string; trialsNeeded?: number};

/** Numbers in reasons: four digits. */
export function plain(value: number): string {
  return Number.isFinite(value) ? String(Number(value.toPrecision(4))) : value > 0 ? '∞' : '−∞';
}

/** Numbers of one unit in reasons, all at the scale in which the largest reads best: `10.06`, `37.21` and `Gbit/s`. */
export function scaled(unit: Unit, ...values: readonly number[]): {numbers: readonly string[]; symbol: string} {
  const largest = Math.max(0, ...values.map(Math.abs).filter(Number.isFinite));
  // A share may stand for a factor as well: as it is.
  if (unit === 'ratio' || unit === 'count') return {numbers: values.map(plain), symbol: unit};
  const {factor, symbol} = scaleFor(unit, largest);
  return {numbers: values.map(value => plain(value * factor)), symbol};
}

/** One number with its unit: `37.21 Gbit/s`. */
export function withUnit(unit: Unit, value: number): string {
  const {numbers, symbol} = scaled(unit, value);
  return `${numbers[0]} ${symbol}`;
}

export function percent(share: number): string {
  return `${plain(100 * share)} %`;
}

export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

export function list(numbers: readonly number[]): string {
  const shown = numbers.slice(0, 8).join(', ');
  return numbers.length > 8 ? `${shown} and ${numbers.length - 8} more` : shown;
}

export function sideOf(target: Pick<Target, 'relation' | 'bound'>, low: number, high: number): 'good' | 'bad' | 'both' {
  if (target.relation === 'at-most') return high <= target.bound ? 'good' : low > target.bound ? 'bad' : 'both';
  return low >= target.bound ? 'good' : high < target.bound ? 'bad' : 'both';
}

export function spanning(target: Target, estimate: Estimate): string {
  const {numbers, symbol} = scaled(target.unit, estimate.low, estimate.high, target.bound);
  const [low, high, bound] = numbers;
  return `the ${percent(estimate.confidence)} interval ${low} … ${high} ${symbol} holds the bound ${bound}`;
}

/** What is said where the instrument cannot part the value from the bound. */
export const moreWillNotHelp = 'the instrument is too coarse for this bound, more trials will not help';

/** More than this and another way to measure is wanted, not another trial. */
export const mostTrials = 100_000;

/** Sound trials that would part a value from the bound, by the usual formula; absent where no number would. */
export function trialsToDecide(values: readonly number[], bound: number): number | undefined {
  const centre = median(values);
  if (centre === 0) return undefined;
  const needed = trialsPerSide(
    Math.sqrt(variance(values)) / Math.abs(centre),
    Math.abs(centre - bound) / Math.abs(centre),
  );
  if (!needed.ok || needed.value > mostTrials) return undefined;
  return Math.max(values.length + 1, needed.value);
}

/** Sound trials that would part a median from the bound at some look, were as many of them on its one side as now. */
export function anytimeTrialsToDecide(
  values: readonly number[],
  {relation, bound, confidence}: Pick<Target, 'relation' | 'bound' | 'confidence'>,
): number | undefined {
  const kept = values.filter(value => (relation === 'at-most' ? value <= bound : value >= bound)).length;
  const share = (Math.max(kept, values.length - kept) + 0.5) / (values.length + 1);
  const enough = Math.log(2 / (1 - confidence));
  const decides = (n: number) => logShareEvidence(share * n, n, 0.5) >= enough;
  let most = values.length + 1;
  while (!decides(most) && most <= mostTrials) most *= 2;
  if (most > mostTrials) return undefined;
  let least = values.length;
  while (most - least > 1) {
    const middle = Math.floor((least + most) / 2);
    if (decides(middle)) most = middle;
    else least = middle;
  }
  return most;
}

export function withNeeded(finding: Finding, trialsNeeded: number | undefined): Finding {
  return trialsNeeded === undefined ? finding : {...finding, trialsNeeded};
}

/** The profiles that were thrown together, where their values must not be. */
export function mixed(values: readonly TrialValue[]): string | undefined {
  const profiles = [...new Set(values.map(value => value.profile))].sort();
  return profiles.length > 1
    ? `profiles ${profiles.join(' and ')} are mixed: name one in the target's where.profile`
    : undefined;
}
