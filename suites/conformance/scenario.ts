/**
 * All conformance rules in one trial. Their commands only look; what they print is kept, so that a later version of a
 * rule can judge an old run. Nothing is changed on any host.
 */
import {z} from 'zod';
import type {Artefacts, Finding, Measured, ParseError, Sample, Scenario} from '../../harness/types.ts';
import {expectsNothing} from '../expects.ts';
import {jsonArtefact, toolOutput} from '../steps/artefacts.ts';
import {artefactOf, questionsOf, whatToAsk} from './ask.ts';
import {rules} from './index.ts';
import {ruleResult} from './results.ts';
import type {RuleState} from './rule.ts';
import {type RuleVerdict, ruleVerdicts} from './verdicts.ts';

const factsFile = 'conformance.json';
const facts = z.object({
  /** The node that was asked about the cluster as a whole. */
  cluster: z.string(),
  hosts: z.array(z.string()),
  notApplicable: z.array(z.object({rule: z.string(), fact: z.string()})).readonly(),
});
type Facts = z.infer<typeof facts>;

/** Seen in labs: 0.06 to 0.14 s; hosts that are reached over a network take longer to answer. */
const secondsARule = 0.25;

export const conformance: Scenario = {
  name: 'conformance/rules',
  family: 'conformance',
  purpose: 'How the cluster is configured, rule by rule, against what its makers and their communities demand.',
  needs: {nodes: 1},
  impact: () => 'read-only',
  get claims() {
    return [...new Set(rules.flatMap(({claim}) => claim ?? []))];
  },
  provides: ['conformance.violations', 'conformance.broken'],
  expects: expectsNothing,
  parameters: {full: {}, quick: {}},
  estimateSeconds: () => Math.ceil(secondsARule * rules.length),
  preview: ({nodes}) =>
    nodes
      .slice(0, 1)
      .flatMap(first =>
        questionsOf(rules, nodes, first).map(({host, command}) => ({host: host.name, argv: command.argv})),
      ),
  async run(trial) {
    const {cluster} = trial;
    const asked = await whatToAsk(cluster);
    if (!asked.ok) throw new Error(asked.error);
    const {speaker, notApplicable, questions} = asked.value;
    const told: Facts = {cluster: speaker.name, hosts: cluster.nodes.map(({name}) => name), notApplicable};
    await trial.keep(factsFile, `${JSON.stringify(told, null, 1)}\n`);
    for (const {artefact, host, command} of questions) await trial.record(artefact, host, command);
  },
  measure: measureConformance,
};

function measureOf(raw: Artefacts, {hosts, notApplicable}: Facts): readonly RuleVerdict[] {
  return ruleVerdicts({
    hosts,
    notApplicable,
    read: (name, host) => toolOutput(raw, artefactOf(name, host)),
  });
}

function measureConformance(raw: Artefacts): Measured {
  const read = jsonArtefact(raw, factsFile, facts);
  if (!read.ok) return {samples: [], problems: [read.error], findings: []};
  const verdicts = measureOf(raw, read.value);
  return {
    samples: [...verdicts.flatMap(sampleOf), ...claimSamples(verdicts)],
    problems: verdicts.flatMap(problemOf),
    findings: verdicts.flatMap(findingOf),
    rules: verdicts.map(ruleResult),
  };
}

function sampleOf({rule, host, verdict}: RuleVerdict): Sample[] {
  if (verdict.state !== 'holds' && verdict.state !== 'violated') return [];
  const value = verdict.state === 'violated' ? 1 : 0;
  const labels = {rule: rule.id, host};
  return [{metric: 'conformance.violations', unit: 'count', value, labels, from: {artefact: factsFile, path: rule.id}}];
}

/**
 * Of each promise that rules speak to, how many of their verdicts break it. None where a rule that breaks nothing yet
 * is not known, or holds nowhere because it is not applicable: what it asks for was not looked at, and the promise
 * stays undecided.
 */
function claimSamples(verdicts: readonly RuleVerdict[]): Sample[] {
  const byClaim = Map.groupBy(verdicts, ({rule}) => rule.claim ?? '');
  return [...byClaim].flatMap(([claim, some]) => {
    const count = (state: RuleState['state']) => some.filter(({verdict}) => verdict.state === state).length;
    const broken = count('violated');
    const ofEachRule = [...Map.groupBy(some, ({rule}) => rule.id).values()];
    const looked = ofEachRule.every(own => own.some(({verdict}) => verdict.state === 'holds'));
    const decided = broken > 0 || (count('not-known') === 0 && looked);
    const labels = {claim};
    const from = {artefact: factsFile, path: claim};
    return claim !== '' && decided ? [{metric: 'conformance.broken', unit: 'count', value: broken, labels, from}] : [];
  });
}

function problemOf({rule, host, verdict}: RuleVerdict): ParseError[] {
  if (verdict.state !== 'not-known') return [];
  const expected = `to know whether ${rule.id} holds (${rule.title})`;
  return [{artefact: factsFile, path: `${rule.id} on ${host}`, expected, found: verdict.why}];
}

function findingOf({rule, host, verdict}: RuleVerdict): Finding[] {
  if (verdict.state !== 'violated') return [];
  const severity = rule.severity === 'critical' ? 'critical' : 'warning';
  const detail = `${verdict.found} (${host}); ${rule.severity}, ${rule.source}. To mend: ${rule.mend}`;
  return [{severity, invariant: `${rule.id} ${rule.title}`, detail, artefact: factsFile}];
}
