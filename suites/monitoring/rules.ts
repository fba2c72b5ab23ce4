/** Every rule that alarms, looked at: whether it can fire at all, and whether anybody would hear of it. */

import {z} from 'zod';
import {lackingSeries, parseRuleBook, type RuleBook} from '../../harness/parse/alarm-probe.ts';
import {alarmProbeCommand} from '../../harness/probes/alarms/driver.ts';
import type {Artefacts, Finding, Measured, Monitoring, Scenario, Trial} from '../../harness/types.ts';
import {expectsNothing} from '../expects.ts';
import {jsonArtefact, keepJson, toolOutput, withLastWords} from '../steps/artefacts.ts';
import {onlyProblems} from '../steps/measured.ts';
import {areAbout, namesInCluster} from './about.ts';

const clusterArtefact = 'cluster-names.json';
const bookArtefact = 'rules.json';
const namedArtefact = 'named-rules.json';
const named = z.record(z.string(), z.string());

export const alarmRules: Scenario = {
  name: 'alarm/rules',
  family: 'alarm',
  purpose:
    'Every rule that alarms can fire: it is there, its series are, its exporters answer, and it is not silenced.',
  needs: {monitoring: {alerts: []}},
  impact: () => 'read-only',
  claims: ['mon.alerts'],
  provides: ['alarm.blind'],
  expects: expectsNothing,
  parameters: {full: {}, quick: {}},
  estimateSeconds: () => 5,
  preview({client, monitoring}) {
    return monitoring === undefined ? [] : [{host: client.name, argv: command(monitoring).argv}];
  },
  run: runRules,
  measure: measureRules,
};

const command = (monitoring: Monitoring) => alarmProbeCommand(monitoring, {mode: 'rules'}, 30);

async function runRules(trial: Trial): Promise<void> {
  const {client, monitoring} = trial.cluster;
  if (monitoring === undefined) throw new Error('the inventory has no monitoring');
  await keepJson(trial, namedArtefact, monitoring.alerts);
  await keepJson(trial, clusterArtefact, namesInCluster(trial.cluster));
  await trial.record(bookArtefact, client, command(monitoring));
}

function measureRules(raw: Artefacts): Measured {
  const wanted = jsonArtefact(raw, namedArtefact, named);
  const said = toolOutput(raw, bookArtefact);
  if (!wanted.ok || !said.ok) return onlyProblems(...[wanted, said].flatMap(each => (each.ok ? [] : [each.error])));
  const book = parseRuleBook(said.value.text, bookArtefact);
  if (!book.ok) return onlyProblems(withLastWords(book.error, said.value.stderr));
  // No rule that cannot fire is nothing to be proud of where none is named.
  if (Object.keys(wanted.value).length === 0) {
    const expected = 'rules that the inventory names (monitoring.alerts)';
    return onlyProblems({artefact: namedArtefact, path: '/', expected, found: 'none'});
  }
  return judgeRules(book.value, Object.values(wanted.value), namesHere(raw));
}

/** Older runs have none, and their Prometheus watches nothing else. */
function namesHere(raw: Artefacts): readonly string[] {
  const names = raw.names.includes(clusterArtefact)
    ? jsonArtefact(raw, clusterArtefact, z.array(z.string()))
    : undefined;
  return names?.ok ? names.value : [];
}

/** Those that the inventory names must be able to fire; of others it is a warning. */
export function judgeRules(
  {rules, silent, silences}: RuleBook,
  wanted: readonly string[],
  here: readonly string[],
): Measured {
  const missing = wanted.filter(name => !rules.some(rule => rule.name === name));
  const blind = rules.flatMap(rule => {
    const why = blindness(rule, silences, here);
    return why === undefined ? [] : [{name: rule.name, why}];
  });
  const found = [...missing.map(name => ({name, why: 'Prometheus has no such rule'})), ...blind];
  const findings = found.map(
    ({name, why}): Finding => ({
      severity: wanted.includes(name) ? 'critical' : 'warning',
      invariant: 'an alarm fires on its cause',
      detail: `${name} cannot: ${why}`,
      artefact: bookArtefact,
    }),
  );
  const quiet = silent.map(
    (labels): Finding => ({
      severity: here.length === 0 || areAbout(labels, here) ? 'critical' : 'warning',
      invariant: 'every exporter answers',
      detail: `${labels.job} of ${labels.instance} does not answer: what it would say sets off no alarm`,
      artefact: bookArtefact,
    }),
  );
  const value = new Set(found.flatMap(({name}) => (wanted.includes(name) ? [name] : []))).size;
  const from = {artefact: bookArtefact, path: `${wanted.length} rules of the inventory`};
  const sample = {metric: 'alarm.blind', unit: 'count' as const, value, labels: {}, from};
  return {samples: [sample], problems: [], findings: [...findings, ...quiet]};
}

type Rule = RuleBook['rules'][number];

/** A rule that asks whether something is absent lawfully finds nothing. */
function blindness(rule: Rule, silences: RuleBook['silences'], here: readonly string[]): string | undefined {
  if (rule.health !== 'ok') return `its health is ${rule.health}`;
  const empty = lackingSeries(rule.series);
  if (empty.length > 0 && !/\babsent(?:_over_time)?\s*\(/.test(rule.query))
    return `it asks for series that do not exist: ${empty.join('; ')}`;
  const silence = silences.find(({matchers}) => isOf(matchers, rule, here));
  if (silence === undefined) return undefined;
  return `it is silenced by ${silence.createdBy} until ${silence.endsAt}: ${silence.comment}`;
}

type Matcher = RuleBook['silences'][number]['matchers'][number];

/**
 * A silence of this rule, or of a part of it. What every alert of the rule has is known; of what else a silence asks
 * for, what names a machine that is not here is others', and anything else may be true.
 */
function isOf(matchers: readonly Matcher[], {name, labels}: Rule, here: readonly string[]): boolean {
  const known: Readonly<Record<string, string>> = {...labels, alertname: name};
  return matchers.every(matcher => {
    const value = known[matcher.name];
    return value === undefined ? mayBeHere(matcher, here) : matches(matcher, value);
  });
}

const matches = ({value, isRegex, isEqual}: Matcher, found: string): boolean =>
  (isRegex ? new RegExp(`^(?:${value})$`).test(found) : value === found) === isEqual;

/** Labels that name machines. Older runs do not say who is here. */
const naming = /^(?:instance|node|nodename|host|hostname|domain)$/;

function mayBeHere(matcher: Matcher, here: readonly string[]): boolean {
  if (here.length === 0 || !naming.test(matcher.name)) return true;
  const {value, isRegex} = matcher;
  if (!matcher.isEqual) return true;
  if (!isRegex) return areAbout({[matcher.name]: value}, here);
  return here.some(name => [name, `${name}:9100`].some(each => matches(matcher, each)));
}
