/**
 * Values that drift: a median of all of them is true of the trials that were made, and of none that come after. Each
 * value is carried along the drift to the next trial, and what was found must hold there as well.
 */
import {type MannKendall, mannKendall} from '../stats/mann-kendall.ts';
import type {TrialValue} from './evidence.ts';
import {type Finding, percent, plain, withNeeded} from './finding.ts';

/** Below this p, on the side of the drift, it is a fact; above it, it cannot be excluded. */
const sureP = 0.025;

/** `values` in the order in which they were measured. Drift only ever takes away: it leaves a bound undecided. */
export function heldAgainstDrift(
  values: readonly TrialValue[],
  unit: string,
  judge: (values: readonly TrialValue[]) => Finding,
): Finding {
  const finding = judge(values);
  const found = mannKendall(values.map(({value}) => value));
  if (!found.ok || found.value.slope === 0) return finding;
  const {slope, p} = found.value;
  const sure = p < sureP;
  if (finding.side === 'both') {
    const enough = finding.estimate !== undefined && Number.isFinite(finding.estimate.high);
    return sure && enough ? {...finding, reason: `${inWords(found.value, unit)}; ${finding.reason}`} : finding;
  }
  const then = judge(values.map((one, index) => moved(one, slope * (values.length - index))));
  if (then.side === finding.side || then.estimate === undefined) return finding;
  const {low, high, confidence} = then.estimate;
  const reason = `${inWords(found.value, unit)}, which makes the ${percent(confidence)} interval ${plain(low)} … ${plain(high)} ${unit} at the next one`;
  return withNeeded({estimate: finding.estimate, side: 'both', reason}, sure ? undefined : then.trialsNeeded);
}

function inWords({slope, p}: MannKendall, unit: string): string {
  const what = p < sureP ? 'figures drift over the run' : 'figures may drift over the run';
  return `${what}: by ${plain(slope)} ${unit} a trial (Mann–Kendall p ${Number(p.toPrecision(2))})`;
}

function moved(one: TrialValue, by: number): TrialValue {
  return {...one, value: one.value + by, low: one.low + by, high: one.high + by};
}
