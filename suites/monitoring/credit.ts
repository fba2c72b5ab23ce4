/**
 * Whether what was seen is this cause's doing: an alert that had begun before, a message of another one, an action
 * that somebody else did are no answer to it. What is in doubt leaves the trial undecided.
 */
import type {ParseError} from '../../harness/types.ts';
import {contradiction, watchingOf} from './bite.ts';
import {alarmArtefact, alarmLogArtefact, quantityArtefact, ruleArtefact} from './facts.ts';
import {
  beganBefore,
  clientOnQuantityClock,
  feeds,
  firedSince,
  firing,
  firstMessage,
  lostAt,
  messagesSince,
  onQuantityClock,
  ours,
  type Rules,
  rulesOf,
  type Seen,
  since,
  sinceWall,
  targetsOf,
} from './seen.ts';

const inLog = (path: string, expected: string, found: string): ParseError => ({
  artefact: alarmLogArtefact,
  path,
  expected,
  found,
});

/** Before the cause the alarm was quiet, and every exporter answered: absent data passes nothing. */
export function notQuietBefore(seen: Seen): ParseError | undefined {
  const {record} = seen;
  const injected = ((record.injections[0]?.wallBeforeMs ?? Number.NaN) + record.clock.offsetMs) / 1000;
  const rules = rulesOf(seen).findLast(line => since(seen, line.at) < 0);
  const targets = targetsOf(seen).findLast(line => since(seen, line.at) < 0);
  if (rules === undefined) return inLog('before', 'a look at Prometheus before the cause', 'none');
  const lost = lostAt(seen, injected);
  if (lost !== undefined) return inLog('before', 'a Prometheus that answers before the cause', lost);
  const early = rules.alerts.filter(each => ours(seen, each));
  if (early.length > 0) {
    const found = early.some(firing) ? 'one that fires already' : 'one that is pending already';
    return inLog('before', 'an alarm that is quiet before its cause', found);
  }
  if (targets === undefined || targets.up === 0) return inLog('before', 'exporters that answer', 'none');
  const silent = targets.down.filter(each => feeds(seen, each));
  if (silent.length === 0) return undefined;
  const expected = `every exporter of ${seen.alarm.source === undefined ? 'the node' : 'it'} answers before the cause`;
  return inLog('before', expected, `silent: ${silent.map(({job}) => job).join(', ')}`);
}

/** What is named so is not one rule, or has nothing that it could be made from: nobody is accused of that here. */
export function notKnown({alarm, facts}: Pick<Seen, 'alarm' | 'facts'>): ParseError | undefined {
  const inRule = (expected: string, found: string) => ({artefact: ruleArtefact, path: '/rule', expected, found});
  const {rule, source} = facts;
  if (rule === null) return inRule('a rule in Prometheus as monitoring.alerts of the inventory names it', 'none');
  if (rule.alike > 1) return inRule(`one rule ${rule.name}`, `${rule.alike} of this name: which of them is meant?`);
  if (alarm.source === undefined || source === undefined || source.count > 0) return undefined;
  return inRule(`series of ${source.selector}: ${alarm.source.from}`, 'none');
}

const seconds = (value: number): string => `${value.toFixed(1)} s before the cause`;

/** The alert and its message began with the cause, and what the alert watches was seen to be so. */
export function notOfCause(seen: Seen, fired: Rules | undefined): ParseError | undefined {
  if (fired === undefined) {
    const [stale] = firedSince(seen);
    const began = beganBefore(seen, stale?.alert.activeAt);
    if (began !== undefined) return inLog('activeAt', 'an alert that begins with its cause', seconds(began));
    const alone = firstMessage(seen);
    if (alone === undefined) return undefined;
    return inLog('message', 'a message of an alert that Prometheus has firing', 'the message alone');
  }
  const [first] = messagesSince(seen);
  const began = beganBefore(seen, first?.startsAt);
  if (firstMessage(seen) === undefined && began !== undefined)
    return inLog('startsAt', 'a message of an alert that begins with its cause', seconds(began));
  return notSeen(seen, fired);
}

/** State changes count: those after it fired are no reason of it. */
function notSeen(seen: Seen, fired: Rules): ParseError | undefined {
  const {record, alarm, looks, facts} = seen;
  const rule = watchingOf(facts);
  if (rule === undefined) return undefined;
  const from = onQuantityClock(seen, record.injections[0]?.wallBeforeMs ?? Number.NaN);
  const ended = onQuantityClock(seen, record.endedWallMs);
  const to = alarm.lasts ? Math.min(ended, clientOnQuantityClock(seen, fired.at) + 1) : ended;
  const found = contradiction(alarm.kind, looks, rule, {from, to});
  if (found === undefined) return undefined;
  const expected = `an alert of ${alarm.kind} that its own cause sets off`;
  return {artefact: quantityArtefact, path: record.guest ?? record.node, expected, found};
}

/** What a cluster does by itself needs no alert; else who acts must have been told. */
export function notOfAlert(seen: Seen, fired: Rules | undefined): ParseError | undefined {
  const {alarm, record} = seen;
  const {action} = record;
  if (action === undefined || alarm.action === 'guests-served') return undefined;
  const problem = (found: string) => ({
    artefact: alarmArtefact,
    path: '/action',
    expected: `${alarm.action} because of the message of ${record.rules[alarm.kind]}`,
    found,
  });
  if (fired === undefined) return problem('it was done, and the alert had not fired');
  const told = firstMessage(seen);
  if (told === undefined) return problem('it was done, and no message had come');
  const early = since(seen, Math.min(fired.since, told.at)) - sinceWall(seen, action.wallMs);
  if (early <= record.clock.halfWidthMs / 1000) return undefined;
  return problem(`it was done ${early.toFixed(1)} s before the alert fired`);
}
