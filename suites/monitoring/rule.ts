/** What is in force of a rule: how often is looked, how long is grouped, and whether its bound is the guide's. */
import {parse} from 'yaml';
import {type AlarmFacts, boundOf, secondsOf} from '../../harness/parse/alarm-probe.ts';
import type {Alarm} from './alarms.ts';

/** Seconds of the route at the top of Alertmanager's configuration; its own 30 s where it says nothing readable. */
export function groupWaitOf(configuration: string): number {
  const stock = 30;
  try {
    const read: unknown = parse(configuration);
    const wait = (read as {route?: {group_wait?: unknown}} | null)?.route?.group_wait;
    return typeof wait === 'string' ? (secondsOf(wait) ?? stock) : stock;
  } catch {
    return stock;
  }
}

/** `guide` where the rule compares with the guide's number, or the guide has none. */
export function boundLabel(facts: AlarmFacts, {guide}: Pick<Alarm, 'guide'>): string {
  if (guide === undefined) return 'guide';
  const found = facts.rule === null ? undefined : boundOf(facts.rule.query)?.bound;
  if (found === undefined) return 'none';
  return Math.abs(found - guide) <= 1e-9 * guide ? 'guide' : `${found} in place of ${guide}`;
}
