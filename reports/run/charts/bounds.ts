/** What was promised in seconds, as lines of a chart. */
import type {Target} from '../../../harness/types.ts';
import type {Bound} from '../../document/charts/rows.ts';
import {byText} from '../../words/text.ts';
import type {Report} from '../report.ts';

/**
 * Each bound once, the shortest first. `named` gives what is written beside the line, undefined for a target that does
 * not belong to the chart; of bounds with the same `once` the first stays.
 */
export function boundsOf(
  {verdicts}: Report,
  named: (target: Target, seconds: number) => {text: string; once?: string} | undefined,
): Bound[] {
  const found = new Map<string, Bound>();
  for (const {target} of verdicts.flatMap(({targets}) => targets)) {
    const seconds = secondsOf(target);
    const name = seconds === undefined ? undefined : named(target, seconds);
    if (seconds === undefined || name === undefined) continue;
    const {text, once = text} = name;
    if (!found.has(once)) found.set(once, {value: seconds, text});
  }
  return [...found.values()].sort((a, b) => a.value - b.value || byText(a.text, b.text));
}

function secondsOf({unit, statistic, limit, bound}: Target): number | undefined {
  if (unit !== 's' || statistic === 'ratio') return undefined;
  const seconds = statistic === 'proportion' ? limit : bound;
  return seconds !== undefined && Number.isFinite(seconds) && seconds > 0 ? seconds : undefined;
}
