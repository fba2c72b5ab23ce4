/** What a fire drill measures, from its artefacts alone. Times count from before the first injection. */
import {type AlarmState, lackingSeries, parseAlarmFacts, parseAlarmLog} from '../../harness/parse/alarm-probe.ts';
import {parseTimedNumbers, type TimedNumbers} from '../../harness/parse/timed-numbers.ts';
import type {Artefacts, Finding, Measured, ParseError, Result, Sample} from '../../harness/types.ts';
import {jsonArtefact, parsedArtefact} from '../steps/artefacts.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {areAbout} from './about.ts';
import type {Alarm} from './alarms.ts';
import {backAt, bluntness, lingering, watchingOf} from './bite.ts';
import {notKnown, notOfAlert, notOfCause, notQuietBefore} from './credit.ts';
import {alarmArtefact, alarmLogArtefact, alarmRecord, quantityArtefact, ruleArtefact} from './facts.ts';
import {boundLabel} from './rule.ts';
import {
  feeds,
  firing,
  firstFiring,
  firstMessage,
  lostAt,
  namesOfNode,
  onQuantityClock,
  ours,
  type Rules,
  rulesOf,
  type Seen,
  since,
  sinceWall,
  type Targets,
  targetsOf,
} from './seen.ts';

/** What a complete drill yields. */
export function alarmMetrics({action, lasts}: Alarm): readonly string[] {
  return [
    'alarm.fires',
    'alarm.message',
    ...(action === undefined ? [] : ['alarm.action']),
    ...(lasts ? [] : ['alarm.cleared']),
    'alarm.held',
  ];
}

export function measureAlarm(raw: Artefacts, alarm: Alarm): Measured {
  const record = jsonArtefact(raw, alarmArtefact, alarmRecord);
  const log = parsedArtefact(raw, alarmLogArtefact, parseAlarmLog);
  const facts = parsedArtefact(raw, ruleArtefact, parseAlarmFacts);
  const looks = quantityLooks(raw);
  if (!record.ok || !log.ok || !facts.ok || !looks.ok) {
    return onlyProblems(...[record, log, facts, looks].flatMap(each => (each.ok ? [] : [each.error])));
  }
  const seen: Seen = {alarm, record: record.value, log: log.value, facts: facts.value, looks: looks.value};
  const fired = firstFiring(seen);
  const useless =
    blunt(seen) ??
    cutOff(seen) ??
    notKnown(seen) ??
    notQuietBefore(seen) ??
    notOfCause(seen, fired) ??
    (fired ? undefined : notShown(seen));
  if (useless !== undefined) return onlyProblems(useless);
  return together([
    fires(seen, fired),
    messages(seen, fired),
    actions(seen, fired),
    clears(seen, fired),
    held(seen),
    {samples: [], problems: [], findings: otherAlarms(seen)},
  ]);
}

/** Runs that are older have none. */
function quantityLooks(raw: Artefacts): Result<readonly TimedNumbers[], ParseError> {
  if (!raw.names.includes(quantityArtefact)) return {ok: true, value: []};
  return parsedArtefact(raw, quantityArtefact, parseTimedNumbers);
}

function blunt({record}: Seen): ParseError | undefined {
  const without = record.reached.filter(({bit}) => !bit);
  if (without.length === 0) return undefined;
  const expected = `${without.map(({fault}) => fault).join(', ')}: the cause did not bite`;
  return {artefact: alarmArtefact, path: '/reached', expected, found: without.map(each => each.evidence).join('; ')};
}

function cutOff({log}: Seen): ParseError | undefined {
  if (log.endSeconds !== undefined) return undefined;
  return {artefact: alarmLogArtefact, path: 'end', expected: 'a log with its end', found: 'one that was cut off'};
}

/** What did not fire is not accused unless what it watches was seen to be beyond its bound, for long enough. */
function notShown(seen: Seen): ParseError | undefined {
  const {record, alarm, looks} = seen;
  const lost = lostAt(seen, (record.endedWallMs + record.clock.offsetMs) / 1000);
  if (lost !== undefined) {
    const expected = 'a Prometheus that answers while the cause is in force';
    return {artefact: alarmLogArtefact, path: 'rules', expected, found: lost};
  }
  const rule = watchingOf(seen.facts);
  if (rule === undefined) return undefined;
  const from = onQuantityClock(seen, record.injections[0]?.wallBeforeMs ?? Number.NaN);
  const found = bluntness(alarm.kind, looks, rule, {from, to: onQuantityClock(seen, record.endedWallMs)});
  if (found === undefined) return undefined;
  const expected = `a cause of ${alarm.kind} that bites by what the alert watches`;
  return {artefact: quantityArtefact, path: record.guest ?? record.node, expected, found};
}

interface Moment {
  since: number;
  at: number;
}

function labelsOf({alarm, facts}: Seen): Record<string, string> {
  return {
    alarm: alarm.kind,
    looks: facts.scrape.join(', '),
    waits: facts.groupWait,
    bound: boundLabel(facts, alarm),
  };
}

function sample(
  seen: Seen,
  metric: string,
  moment: Moment | undefined,
  waitedSeconds: number,
  from = alarmLogArtefact,
): Sample {
  const common = {metric, unit: 's' as const, labels: labelsOf(seen), from: {artefact: from, path: metric}};
  if (moment === undefined) return {...common, value: waitedSeconds, censored: true};
  const halfWidth = moment.at - moment.since + seen.record.clock.halfWidthMs / 1000;
  return {...common, value: since(seen, moment.at), halfWidth};
}

const critical = (invariant: string, detail: string, artefact = alarmLogArtefact): Finding => ({
  severity: 'critical',
  invariant,
  detail,
  artefact,
});

const only = (...samples: readonly Sample[]): Measured => ({samples, problems: [], findings: []});

function fires(seen: Seen, first: Rules | undefined): Measured {
  const waited = sinceWall(seen, seen.record.endedWallMs);
  // It fired before its message came, whenever the next look was.
  const told = firstMessage(seen);
  const moment = first && told && told.at < first.at ? {since: Math.min(first.since, told.at), at: told.at} : first;
  const measured = only(sample(seen, 'alarm.fires', moment, waited));
  return first === undefined ? {...measured, findings: [neverFired(seen, waited)]} : measured;
}

/** Why: a rule that asks for what is not there cannot fire, whatever happens. */
function neverFired(seen: Seen, waited: number): Finding {
  const {facts, record, alarm} = seen;
  const empty = lackingSeries(facts.rule?.series ?? []);
  const rule = `${record.rules[alarm.kind]} (${facts.rule?.query})`;
  const silent = silentMeanwhile(seen);
  const why =
    empty.length > 0
      ? `it asks for series that do not exist: ${empty.join('; ')}`
      : silent.length > 0
        ? `exporters of the node did not answer meanwhile: ${silent.join(', ')}`
        : 'all the series that it asks for are there, so that its expression cannot be true of this cause';
  return critical(
    'an alarm fires on its cause',
    `${rule} did not fire within ${waited.toFixed(1)} s of its cause on ${record.node}: ${why}`,
    ruleArtefact,
  );
}

/** Jobs of the node that did not answer once while the cause was in force. */
function silentMeanwhile(seen: Seen): readonly string[] {
  const {record} = seen;
  const meanwhile = targetsOf(seen).filter(
    ({at}) => since(seen, at) >= 0 && since(seen, at) <= sinceWall(seen, record.endedWallMs),
  );
  const jobs = meanwhile.flatMap(({down}) => down.filter(each => feeds(seen, each)).map(({job}) => job));
  return [...new Set(jobs)];
}

function messages(seen: Seen, fired: Rules | undefined): Measured {
  const told = firstMessage(seen);
  const waited = sinceWall(seen, seen.record.endedWallMs);
  const moment = told === undefined ? undefined : {since: told.at, at: told.at};
  const measured = only(sample(seen, 'alarm.message', moment, waited));
  if (told !== undefined || fired === undefined) return measured;
  return {...measured, findings: [neverTold(seen, waited)]};
}

function neverTold(seen: Seen, waited: number): Finding {
  const {log, facts, record} = seen;
  const known = log.lines.flatMap(line => (line.is === 'alerts' ? line.alerts : [])).filter(each => ours(seen, each));
  const ids = [...new Set(known.flatMap(({silencedBy}) => silencedBy))];
  const by = ids.map(id => {
    const silence = facts.silences.find(each => each.id === id);
    return silence === undefined ? id : `${id}, by ${silence.createdBy} until ${silence.endsAt}: ${silence.comment}`;
  });
  const inhibited = known.some(({inhibitedBy}) => inhibitedBy.length > 0);
  const why =
    by.length > 0
      ? `it is silenced (${by.join('; ')})`
      : inhibited
        ? 'another alert inhibits it'
        : known.length === 0
          ? 'Alertmanager never had it'
          : 'Alertmanager had it, and no receiver sent it to us';
  return critical(
    'an alarm is told',
    `${record.rules[record.alarm]} fired and no message of it came within ${waited.toFixed(1)} s of its cause: ${why}`,
  );
}

function actions(seen: Seen, fired: Rules | undefined): Measured {
  const {alarm, record} = seen;
  if (alarm.action === undefined) return only();
  const {action} = record;
  const others = notOfAlert(seen, fired);
  if (others !== undefined) return onlyProblems(others);
  const labels = labelsOf(seen);
  const common = {metric: 'alarm.action', unit: 's' as const, labels, from: {artefact: alarmArtefact, path: '/action'}};
  if (action !== undefined) {
    const halfWidth = (action.wallMs - action.sinceWallMs) / 1000;
    return only({...common, value: sinceWall(seen, action.wallMs), halfWidth});
  }
  const value = sinceWall(seen, record.actionUntilWallMs);
  const detail = `${alarm.action}: not seen on ${record.guest ?? record.node} within ${value.toFixed(1)} s of the cause of ${alarm.kind}`;
  return {
    samples: [{...common, value, censored: true}],
    problems: [],
    findings: [critical('an alarm makes its action happen', detail, alarmArtefact)],
  };
}

/** Quiet counts only where the node's exporters answer: an alarm whose data went away has not cleared. */
function clears(seen: Seen, fired: Rules | undefined): Measured {
  if (seen.alarm.lasts || fired === undefined) return only();
  const last = rulesOf(seen).findLast(line => line.alerts.some(each => firing(each) && ours(seen, each)));
  const quiet = rulesOf(seen).find(line => line.at > (last ?? fired).at);
  const back = quiet && answersAgain(seen, quiet);
  if (back !== undefined) return only(sample(seen, 'alarm.cleared', back, 0));
  const still = quiet === undefined ? stillThere(seen) : undefined;
  if (still !== undefined) return onlyProblems(still);
  const waited = since(seen, seen.log.endSeconds ?? Number.NaN);
  const why = quiet === undefined ? 'it still fires' : 'the data that it is made from went away';
  const {record} = seen;
  const detail = `${record.rules[record.alarm]} about ${record.node} had not cleared ${waited.toFixed(1)} s after its cause: ${why}`;
  return {
    samples: [sample(seen, 'alarm.cleared', undefined, waited)],
    problems: [],
    findings: [critical('an alarm clears when its cause is gone', detail)],
  };
}

/** What still fires is not accused unless what it watches was seen to be well again, for long enough. */
function stillThere(seen: Seen): ParseError | undefined {
  const lost = lostAt(seen, Number.POSITIVE_INFINITY);
  if (lost !== undefined) {
    const expected = 'a Prometheus that answers until the end';
    return {artefact: alarmLogArtefact, path: 'end', expected, found: lost};
  }
  const rule = watchingOf(seen.facts);
  if (rule === undefined) return undefined;
  const {record, alarm, looks} = seen;
  const span = {from: onQuantityClock(seen, record.endedWallMs), to: Number.POSITIVE_INFINITY};
  const found = lingering(alarm.kind, looks, rule, span);
  if (found === undefined) return undefined;
  const expected = `a cause of ${alarm.kind} that is gone by what the alert watches`;
  return {artefact: quantityArtefact, path: record.guest ?? record.node, expected, found};
}

/** From when on both are so: quiet, and nothing of the node is silent. */
function answersAgain(seen: Seen, quiet: Moment): Moment | undefined {
  const own = (line: Targets) => line.down.some(each => feeds(seen, each));
  const before = targetsOf(seen).findLast(line => line.at <= quiet.at);
  if (before === undefined || !own(before)) return quiet;
  return targetsOf(seen).find(line => line.at > quiet.at && !own(line));
}

/** How long the cause lasted: what a fence has powered on again is back before anybody heals it. */
function held(seen: Seen): Measured {
  const {record, alarm, looks} = seen;
  const rule = watchingOf(seen.facts);
  const from = onQuantityClock(seen, record.injections[0]?.wallBeforeMs ?? Number.NaN);
  const back = rule && backAt(alarm.kind, looks, rule, {from, to: onQuantityClock(seen, record.endedWallMs)});
  const value = back === undefined ? sinceWall(seen, record.endedWallMs) : back - from;
  const source =
    back === undefined
      ? {artefact: alarmArtefact, path: '/endedWallMs'}
      : {artefact: quantityArtefact, path: 'within its bound'};
  return only({metric: 'alarm.held', unit: 's', value, labels: labelsOf(seen), from: source});
}

/** Of a Prometheus that watches others too: about something that is no part of the cluster. */
function isOthers({record}: Seen, {labels}: AlarmState): boolean {
  return record.cluster.length > 0 && 'instance' in labels && !areAbout(labels, record.cluster);
}

/** Whatever began to fire after the cause, and is none of what the cause lawfully sets off. */
function otherAlarms(seen: Seen): readonly Finding[] {
  const {alarm, record} = seen;
  const before = rulesOf(seen).findLast(line => since(seen, line.at) < 0);
  const known = new Set((before?.alerts ?? []).filter(firing).map(keyOf));
  const lawful = new Set(alarm.also.map(kind => record.rules[kind]));
  const aboutNode = [...namesOfNode(record), ...record.guests];
  const found = new Map<string, Finding>();
  for (const line of rulesOf(seen)) {
    for (const each of line.alerts) {
      const key = keyOf(each);
      if (since(seen, line.at) < 0 || !firing(each) || ours(seen, each) || known.has(key) || found.has(key)) continue;
      const about = areAbout(each.labels, aboutNode);
      if (about && (alarm.anythingOfNode || lawful.has(each.name))) continue;
      const told = Object.entries(each.labels).map(([name, value]) => `${name} ${value}`);
      const detail = `${each.name} (${told.join(', ')}) fired ${since(seen, line.at).toFixed(1)} s after the cause of ${alarm.kind} on ${record.node}`;
      const finding = critical('only what is wrong is alarmed at', detail);
      found.set(key, isOthers(seen, each) ? {...finding, severity: 'warning'} : finding);
    }
  }
  return [...found.values()];
}

function keyOf({name, labels}: AlarmState): string {
  return JSON.stringify([name, Object.entries(labels).sort()]);
}
