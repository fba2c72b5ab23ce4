/** What a fire drill kept, read, and the questions that all of its measure asks of it. */
import type {AlarmFacts, AlarmLine, AlarmLog, AlarmState} from '../../harness/parse/alarm-probe.ts';
import type {TimedNumbers} from '../../harness/parse/timed-numbers.ts';
import {areAbout} from './about.ts';
import type {Alarm} from './alarms.ts';
import type {AlarmRecord} from './facts.ts';

export interface Seen {
  alarm: Alarm;
  record: AlarmRecord;
  log: AlarmLog;
  facts: AlarmFacts;
  /** At what the alert watches, on the cluster itself. */
  looks: readonly TimedNumbers[];
}

type LineOf<Is extends AlarmLine['is']> = Extract<AlarmLine, {is: Is}>;
export type Rules = LineOf<'rules'>;
export type Targets = LineOf<'targets'>;

const injectedMs = ({record}: Seen): number => record.injections[0]?.wallBeforeMs ?? Number.NaN;

/** Seconds since the moment before the first injection, of a time by the client's clock. */
export function since(seen: Seen, atSeconds: number): number {
  return atSeconds - (seen.record.clock.offsetMs + injectedMs(seen)) / 1000;
}

/** Of a time by the harness's clock. */
export function sinceWall(seen: Seen, wallMs: number): number {
  return (wallMs - injectedMs(seen)) / 1000;
}

/** Of a time that Prometheus has set; undefined where its clock was not read: of older runs. */
function sinceByPrometheus(seen: Seen, time: string | undefined): number | undefined {
  const {prometheusClock} = seen.facts;
  const at = Date.parse(time ?? '') / 1000;
  return prometheusClock === undefined || Number.isNaN(at)
    ? undefined
    : since(seen, at - prometheusClock.offsetSeconds);
}

/** An evaluation may be late by so much, and has the time that it was due. */
const lateSeconds = 1;

/** By how many seconds an alert had begun before the cause; undefined where it had not, or nobody knows. */
export function beganBefore(seen: Seen, time: string | undefined): number | undefined {
  const began = sinceByPrometheus(seen, time);
  const {clock} = seen.record;
  const unsure = lateSeconds + (seen.facts.prometheusClock?.halfWidthSeconds ?? 0) + clock.halfWidthMs / 1000;
  return began !== undefined && began < -unsure ? -began : undefined;
}

const linesOf = <Is extends AlarmLine['is']>({log}: Seen, is: Is): readonly LineOf<Is>[] =>
  log.lines.filter((line): line is LineOf<Is> => line.is === is);

export const rulesOf = (seen: Seen): readonly Rules[] => linesOf(seen, 'rules');
export const targetsOf = (seen: Seen): readonly Targets[] => linesOf(seen, 'targets');

/** Why Prometheus' last answer up to this moment is none; undefined where it answered. */
export function lostAt(seen: Seen, untilSeconds: number): string | undefined {
  const last = seen.log.lines.findLast(
    line => (line.is === 'rules' || (line.is === 'lost' && line.what === 'rules')) && line.at <= untilSeconds,
  );
  return last?.is === 'lost' ? last.why : undefined;
}

/** Those of an alarm about a node name it too. */
export const namesOfNode = ({node, names, nodeNames}: AlarmRecord): readonly string[] => [node, ...names, ...nodeNames];

/** An exporter of the struck node, or of what the alarm is about where that is no node. */
export function feeds({record, alarm}: Seen, {job, instance}: {job: string; instance: string}): boolean {
  return areAbout({instance}, namesOfNode(record)) || alarm.source?.job.test(job) === true;
}

/** An alert of another file system of the same node is another's. An exporter in a container puts a folder before. */
function elsewhere({record}: Seen, {mountpoint: label}: Readonly<Record<string, string>>): boolean {
  const {mountpoint: own} = record;
  if (label === undefined || own === undefined || label === own) return false;
  return own === '/' || !label.endsWith(own);
}

export function ours(seen: Seen, {name, labels}: Pick<AlarmState, 'name' | 'labels'>): boolean {
  const {record} = seen;
  if (name !== record.rules[record.alarm] || elsewhere(seen, labels)) return false;
  return record.names.length === 0 || areAbout(labels, record.names);
}

export const firing = ({state}: AlarmState): boolean => state === 'firing';

/** A time by the clock of the host that looked at what the alert watches. */
export function onQuantityClock({record}: Seen, wallMs: number): number {
  return (wallMs + (record.quantityClock?.offsetMs ?? Number.NaN)) / 1000;
}

/** The same of a time by the client's clock. */
export const clientOnQuantityClock = (seen: Seen, atSeconds: number): number =>
  onQuantityClock(seen, atSeconds * 1000 - seen.record.clock.offsetMs);

/** Ours that fires since the cause, whenever it began. */
export function firedSince(seen: Seen): {line: Rules; alert: AlarmState}[] {
  return rulesOf(seen)
    .filter(line => since(seen, line.at) >= 0)
    .flatMap(line => line.alerts.filter(each => firing(each) && ours(seen, each)).map(alert => ({line, alert})));
}

/** Of an alert that began with its cause. */
export function firstFiring(seen: Seen): Rules | undefined {
  return firedSince(seen).find(({alert}) => beganBefore(seen, alert.activeAt) === undefined)?.line;
}

/** Messages of ours since the cause. */
export function messagesSince(seen: Seen): readonly LineOf<'message'>[] {
  return linesOf(seen, 'message').filter(
    line => line.status === 'firing' && since(seen, line.at) >= 0 && ours(seen, line),
  );
}

/** Of an alert that began with its cause: one may come late of another that was over before. */
export function firstMessage(seen: Seen): LineOf<'message'> | undefined {
  return messagesSince(seen).find(({startsAt}) => beganBefore(seen, startsAt) === undefined);
}
