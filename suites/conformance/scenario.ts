/**
 * All conformance rules in one trial. Their commands only look; what they print is kept, so that a later version of a
 * rule can judge an old run. Nothing is changed on any host.
 */
import {z} from 'zod';
import {clusterView} from '../../harness/cluster/pacemaker.ts';
import {unmetNeed} from '../../harness/run/plan.ts';
import type {Artefacts, Finding, Measured, ParseError, Sample, Scenario} from '../../harness/types.ts';
import {expectsNothing} from '../expects.ts';
import {jsonArtefact, toolOutput} from '../steps/artefacts.ts';
import {rules} from './index.ts';
import type {Rule, RuleState} from './rule.ts';

const factsFile = 'conformance.json';
const facts = z.object({
  /** The node that was asked about the cluster as a whole. */
  cluster: z.string(),
  hosts: z.array(z.string()),
  notApplicable: z.array(z.object({rule: z.string(), fact: z.string()})),
});
type Facts = z.infer<typeof facts>;

const secondsARule = 2;

export const conformance: Scenario = {
  name: 'conformance/rules',
  family: 'conformance',
  purpose: 'How the cluster is configured, rule by rule, against what its makers and their communities demand.',
  needs: {nodes: 1},
  impact: () => 'read-only',
  get claims() {
    return [...new Set(rules.flatMap(({claim}) => claim ?? []))];
  },
  provides: ['conformance.violations'],
  expects: expectsNothing,
  parameters: {full: {}, quick: {}},
  estimateSeconds: () => secondsARule * rules.length,
  preview: ({nodes}) =>
    rules.flatMap(rule =>
      (rule.where === 'host' ? nodes : nodes.slice(0, 1)).flatMap(host =>
        rule.read(host).map(({command}) => ({host: host.name, argv: command.argv})),
      ),
    ),
  async run(trial) {
    const {cluster} = trial;
    const view = await clusterView(cluster);
    if (!view.ok) throw new Error(view.error);
    const {seenBy} = view.value;
    const lacking = rules.flatMap(rule => {
      const fact = unmetNeed(rule.needs, cluster);
      return fact === undefined ? [] : [{rule: rule.id, fact}];
    });
    const told: Facts = {
      cluster: seenBy.name,
      hosts: cluster.nodes.map(({name}) => name),
      notApplicable: lacking,
    };
    await trial.keep(factsFile, `${JSON.stringify(told, null, 1)}\n`);
    const asked = new Set<string>();
    for (const rule of rules.filter(({id}) => !lacking.some(each => each.rule === id))) {
      for (const host of rule.where === 'host' ? cluster.nodes : [seenBy]) {
        for (const {name, command} of rule.read(host)) {
          const artefact = artefactOf(rule, host.name, name);
          if (asked.has(artefact)) continue;
          asked.add(artefact);
          await trial.record(artefact, host, command);
        }
      }
    }
  },
  measure: measureConformance,
};

function artefactOf(rule: Pick<Rule, 'where'>, host: string, name: string): string {
  return rule.where === 'host' ? `${host}-${name}` : name;
}

/** A verdict of one rule on one host, or on the cluster. */
export interface RuleVerdict {
  rule: Rule;
  /** The host's name, or `cluster`. */
  host: string;
  verdict: RuleState;
}

/** Every rule on every place it is for, in the order of the rules. Pure. */
function ruleVerdicts(raw: Artefacts, {hosts, notApplicable}: Facts): readonly RuleVerdict[] {
  return rules.flatMap(rule => {
    const lacking = notApplicable.find(each => each.rule === rule.id);
    return (rule.where === 'host' ? hosts : ['cluster']).map(host => ({
      rule,
      host,
      verdict:
        lacking === undefined
          ? rule.check(name => toolOutput(raw, artefactOf(rule, host, name)))
          : {state: 'not-applicable' as const, fact: lacking.fact},
    }));
  });
}

function measureConformance(raw: Artefacts): Measured {
  const read = jsonArtefact(raw, factsFile, facts);
  if (!read.ok) return {samples: [], problems: [read.error], findings: []};
  const verdicts = ruleVerdicts(raw, read.value);
  return {
    samples: verdicts.flatMap(sampleOf),
    problems: verdicts.flatMap(problemOf),
    findings: verdicts.flatMap(findingOf),
  };
}

function sampleOf({rule, host, verdict}: RuleVerdict): Sample[] {
  if (verdict.state !== 'holds' && verdict.state !== 'violated') return [];
  const value = verdict.state === 'violated' ? 1 : 0;
  const labels = {rule: rule.id, host};
  return [{metric: 'conformance.violations', unit: 'count', value, labels, from: {artefact: factsFile, path: rule.id}}];
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
