/** Whether the bound that is in force is the guide's. */
import {type AlarmFacts, boundOf} from '../../harness/parse/alarm-probe.ts';
import type {Alarm} from './alarms.ts';

/** `guide` where the rule compares with the guide's number, or the guide has none. */
export function boundLabel(facts: AlarmFacts, {guide}: Pick<Alarm, 'guide'>): string {
  if (guide === undefined) return 'guide';
  const found = facts.rule === null ? undefined : boundOf(facts.rule.query)?.bound;
  if (found === undefined) return 'none';
  return Math.abs(found - guide) <= 1e-9 * guide ? 'guide' : `${found} in place of ${guide}`;
}
