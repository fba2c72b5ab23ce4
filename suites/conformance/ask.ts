/** What is asked of which host for the rules, each command once; and the answers of a cluster as it is now. */
import {clusterView} from '../../harness/cluster/pacemaker.ts';
import {type Shape, unmetNeed} from '../../harness/run/plan.ts';
import {secretsOf, withoutSecrets} from '../../harness/run/secrets.ts';
import type {Cluster, Command, Host, Outcome, ParseError, Result} from '../../harness/types.ts';
import type {ToolOutput} from '../steps/artefacts.ts';
import {rules} from './index.ts';
import type {Rule} from './rule.ts';
import type {WasRead} from './verdicts.ts';

export interface Question {
  /** Under which name its answer is kept. */
  artefact: string;
  host: Host;
  command: Command;
}

/** The name of an output that is a host's own, or the cluster's. */
export function artefactOf(name: string, host: string | undefined): string {
  return host === undefined ? name : `${host}-${name}`;
}

/** Every command once, however many rules judge what it prints. `speaker` is asked about the cluster as a whole. */
export function questionsOf(some: readonly Rule[], nodes: readonly Host[], speaker: Host): readonly Question[] {
  const questions = new Map<string, Question>();
  for (const rule of some) {
    for (const host of rule.where === 'cluster' ? [speaker] : nodes) {
      for (const {name, command} of rule.read(host)) {
        const artefact = artefactOf(name, rule.where === 'cluster' ? undefined : host.name);
        if (!questions.has(artefact)) questions.set(artefact, {artefact, host, command});
      }
    }
  }
  return [...questions.values()];
}

/** Rules for which a cluster lacks something. Nothing is asked of it. */
export function rulesLacking(cluster: Shape): WasRead['notApplicable'] {
  return rules.flatMap(rule => {
    const fact = unmetNeed(rule.needs, cluster);
    return fact === undefined ? [] : [{rule: rule.id, fact}];
  });
}

/** What is to be asked of this cluster, and the rules for which it lacks something. */
export async function whatToAsk(
  cluster: Cluster,
): Promise<Result<Pick<WasRead, 'notApplicable'> & {speaker: Host; questions: readonly Question[]}, string>> {
  const view = await clusterView(cluster);
  if (!view.ok) return view;
  const speaker = view.value.seenBy;
  const notApplicable = rulesLacking(cluster);
  const applicable = rules.filter(({id}) => !notApplicable.some(each => each.rule === id));
  return {ok: true, value: {speaker, notApplicable, questions: questionsOf(applicable, cluster.nodes, speaker)}};
}

/** Asks the cluster now: all hosts side by side, each one question after the other. Nothing is kept. */
export async function readNow(cluster: Cluster): Promise<Result<WasRead, string>> {
  const asked = await whatToAsk(cluster);
  if (!asked.ok) return asked;
  const {questions, notApplicable} = asked.value;
  const said = new Map<string, Result<ToolOutput, ParseError>>();
  const secrets = secretsOf(cluster);
  const byHost = Map.groupBy(questions, ({host}) => host.name);
  await Promise.all(
    [...byHost.values()].map(async own => {
      for (const {artefact, host, command} of own) {
        said.set(artefact, outputOf(artefact, await cluster.transport.exec(host, command), secrets));
      }
    }),
  );
  const hosts = cluster.nodes.map(({name}) => name);
  const missing = (artefact: string) => ({artefact, path: '', expected: 'an answer', found: 'it was not asked'});
  const read: WasRead['read'] = (name, host) => {
    const artefact = artefactOf(name, host);
    return said.get(artefact) ?? {ok: false, error: missing(artefact)};
  };
  return {ok: true, value: {hosts, notApplicable, read}};
}

function outputOf(artefact: string, outcome: Outcome, secrets: readonly string[]): Result<ToolOutput, ParseError> {
  const {exit, stdout, stderr} = outcome;
  if (exit.kind === 'exited') {
    return {ok: true, value: {text: withoutSecrets(stdout, secrets), exitCode: exit.code, stderr}};
  }
  const found = exit.kind === 'unreachable' ? exit.reason : exit.kind;
  return {ok: false, error: {artefact, path: 'exit', expected: 'a command that came to its own end', found}};
}
