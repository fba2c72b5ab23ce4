/** Whether the bound that is in force is the guide's. */
import {type AlarmFacts, type Bound, boundsOf, rangeSeconds} from '../../harness/parse/alarm-probe.ts';
import type {Alarm} from './alarms.ts';

const same = (one: Bound, other: Bound): boolean =>
  one.relation === other.relation && Math.abs(one.bound - other.bound) <= 1e-9 * other.bound;

/** Numbers alone where they are compared the same way. */
function words(found: readonly Bound[], guide: readonly Bound[]): string {
  const [one] = found.slice(-1);
  const [other] = guide;
  if (guide.length === 1 && one?.relation === other?.relation) return `${one?.bound} in place of ${other?.bound}`;
  const listed = (all: readonly Bound[]) => all.map(({relation, bound}) => `${relation} ${bound}`).join(', ');
  return `${listed(guide.length === 1 ? found.slice(-1) : found)} in place of ${listed(guide)}`;
}

/** `guide` where the rule compares with the guide's numbers, or the guide has none. */
export function boundLabel({rule}: AlarmFacts, {guide}: Pick<Alarm, 'guide'>): string {
  if (guide === undefined) return 'guide';
  const found = boundsOf(rule?.query ?? '');
  if (found.length === 0) return 'none';
  const {bounds, seconds} = guide;
  // The last comparison is the rule's own; of a rule with two every one counts.
  const counted = bounds.length === 1 ? found.slice(-1) : found;
  if (!bounds.every(each => counted.some(own => same(own, each)))) return words(found, bounds);
  const range = rangeSeconds(rule?.query ?? '');
  return seconds === undefined || range === seconds ? 'guide' : `in ${range} s in place of ${seconds} s`;
}
