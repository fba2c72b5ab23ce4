/** What harness/probes/alarms/probe.py prints. Pure; times are seconds since 1970 by the client's clock. */
import {z} from 'zod';
import type {ParseError, Result} from '../types.ts';
import {readJson} from './json.ts';
import {readLines} from './json-lines.ts';

const number = z.number();
const text = z.string();
const labels = z.record(text, text);
const alert = z.object({
  name: text,
  state: text,
  labels,
  silencedBy: z.array(text).default([]),
  inhibitedBy: z.array(text).default([]),
  /** By Prometheus' clock: since when its expression is true. Older runs have none, nor has Alertmanager. */
  activeAt: text.optional(),
});
const between = {since: number, at: number};

const line = z.discriminatedUnion('is', [
  z.object({is: z.literal('begin'), at: number}),
  z.object({is: z.literal('rules'), ...between, alerts: z.array(alert)}),
  z.object({is: z.literal('alerts'), ...between, alerts: z.array(alert)}),
  z.object({is: z.literal('targets'), ...between, down: z.array(z.object({job: text, instance: text})), up: number}),
  z.object({is: z.literal('lost'), ...between, what: text, why: text}),
  z.object({is: z.literal('message'), at: number, status: text, name: text, labels, startsAt: text}),
  z.object({is: z.literal('end'), at: number, looks: z.record(text, number)}),
]);

export type AlarmLine = z.infer<typeof line>;
export type AlarmState = z.infer<typeof alert>;

export interface AlarmLog {
  lines: readonly AlarmLine[];
  /** Absent where the log was cut off. */
  endSeconds?: number;
}

/** A log without its end is one that was cut off. */
export function parseAlarmLog(log: string, artefact: string): Result<AlarmLog, ParseError> {
  const read = readLines(log, artefact, line, 'begin');
  if (!read.ok) return read;
  const end = read.value.find(each => each.is === 'end');
  return {ok: true, value: {lines: read.value, ...(end && {endSeconds: end.at})}};
}

const rule = z.object({
  name: text,
  query: text,
  forSeconds: number,
  evaluationSeconds: number,
  health: text,
  file: text,
  /** How many rules are named so. */
  alike: number.default(1),
  /** That every alert of it has. */
  labels: labels.default({}),
  series: z.array(z.object({selector: text, count: number})),
});
const silence = z.object({
  id: text,
  comment: text,
  createdBy: text,
  endsAt: text,
  matchers: z.array(z.object({name: text, value: text, isRegex: z.boolean(), isEqual: z.boolean()})),
});

const facts = z.object({
  rule: rule.nullable(),
  scrape: z.array(text),
  /** Of Alertmanager's route at the top. */
  groupWait: text,
  /** Of every route: an alert that joins a group which was told already waits for the interval. */
  groupWaits: z.array(text).default([]),
  groupIntervals: z.array(text).default([]),
  silences: z.array(silence),
  /** Prometheus' clock less the client's. Older runs have none. */
  prometheusClock: z.object({offsetSeconds: number, halfWidthSeconds: number}).optional(),
  /** What the alarm as a whole is made from, where that was asked for. */
  source: z.object({selector: text, count: number}).optional(),
});

/** How a rule is written, evaluated and told of. */
export type AlarmFacts = z.infer<typeof facts>;

export function parseAlarmFacts(said: string, artefact: string): Result<AlarmFacts, ParseError> {
  return readJson(said, artefact, facts);
}

const ruleBook = z.object({
  rules: z.array(rule),
  /** Labels of exporters that do not answer. */
  silent: z.array(labels),
  silences: z.array(silence),
});

/** Every rule that alarms, and what keeps any of them from it. */
export type RuleBook = z.infer<typeof ruleBook>;

export function parseRuleBook(said: string, artefact: string): Result<RuleBook, ParseError> {
  return readJson(said, artefact, ruleBook);
}

/**
 * Of the series that a rule asks for those that do not exist. Ceph's manager tells of a check of its health from when
 * that was first raised: until then there lawfully is none.
 */
export function lackingSeries(series: readonly {selector: string; count: number}[]): readonly string[] {
  return series
    .filter(({selector, count}) => count === 0 && !selector.startsWith('ceph_health_detail'))
    .map(({selector}) => selector);
}

/** A number that a rule compares with, and which way. */
export interface Bound {
  relation: string;
  bound: number;
}

/** Of every comparison of its expression, in their order. */
export function boundsOf(query: string): readonly Bound[] {
  const all = query.matchAll(/(<=|>=|==|!=|<|>)\s*(?:bool\s+)?([0-9][0-9.]*(?:e[+-]?[0-9]+)?)(?![\w.])/gi);
  return [...all].map(([, relation = '', bound]) => ({relation, bound: Number(bound)}));
}

/** Of the last one; undefined where it compares with no number. */
export const boundOf = (query: string): Bound | undefined => boundsOf(query).at(-1);

/** The length of the longest range of an expression: what a rate is made over. Zero where it has none. */
export function rangeSeconds(query: string): number {
  const ranges = [...query.matchAll(/\[(\w+)(?::\w*)?\]/g)].map(([, range = '']) => secondsOf(range) ?? 0);
  return Math.max(0, ...ranges);
}

/** `1m30s`, as Prometheus writes a duration, in seconds. */
export function secondsOf(duration: string): number | undefined {
  if (!/^(?:\d+(?:ms|[smhd]))+$/.test(duration)) return undefined;
  const unit: Readonly<Record<string, number>> = {ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400};
  const parts = [...duration.matchAll(/(\d+)(ms|[smhd])/g)];
  return parts.reduce((sum, [, count = '0', name = 's']) => sum + Number(count) * (unit[name] ?? Number.NaN), 0);
}
