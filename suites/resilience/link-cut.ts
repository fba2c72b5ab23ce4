/**
 * One of Corosync's links is cut on the node under a guest, and the membership must not notice. Beside what every such
 * trial measures, counted is how near it was: tokens that were late, and rings that were formed anew; and timed, until
 * every node's Corosync has said that the link is down.
 */
import {z} from 'zod';
import {readOnly} from '../../harness/cluster/commands.ts';
import {type Counts, membershipsFormed} from '../../harness/cluster/ring-counts.ts';
import {linkDown, type NodeIds, parseNodeIds} from '../../harness/parse/knet-log.ts';
import type {Artefacts, Cluster, Measured, ParseError, Result, Sample, Scenario} from '../../harness/types.ts';
import {jsonArtefact, keepJson, toolOutput} from '../steps/artefacts.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {factsSchema, type ResilienceFacts} from './facts.ts';
import {hostLog} from './host-logs.ts';

/** Of the two. */
export const cutLink = 0;
const artefact = 'rings.json';
const idsArtefact = 'corosync-nodes.txt';
const counts = z.record(z.string(), z.number());
const rings = z.object({before: counts, after: counts});
type Rings = z.infer<typeof rings>;
/** At three quarters of the token's time-out. */
const late = /Token has not been received/;

/** `driven` is the drill that cuts the link, by the driver of all of them. */
export function withRings(driven: Scenario): Scenario {
  return {
    ...driven,
    provides: [...driven.provides, 'corosync.late-tokens', 'corosync.new-rings', 'corosync.link-noticed'],
    async run(trial) {
      const [node] = trial.cluster.nodes;
      if (node !== undefined) await trial.record(idsArtefact, node, readOnly(['corosync-cmapctl', 'nodelist.node.']));
      const before = await formed(trial.cluster);
      await driven.run(trial);
      await keepJson(trial, artefact, {before, after: await formed(trial.cluster)});
    },
    measure: (raw, planned) => together([driven.measure(raw, planned), measureRings(raw), measureNoticed(raw)]),
  };
}

async function formed(cluster: Cluster): Promise<Counts> {
  const read = await membershipsFormed(cluster);
  if (read.ok) return read.value;
  throw new Error(read.error);
}

/** The node that saw most of either. */
export function measureRings(raw: Artefacts): Measured {
  const read = jsonArtefact(raw, artefact, rings);
  if (!read.ok) return onlyProblems(read.error);
  const formed = newRings(read.value);
  const tokens = lateTokens(raw, Object.keys(read.value.before));
  const problems = [formed, tokens].flatMap(each => (each.ok ? [] : [each.error]));
  return {...onlyProblems(...problems), samples: [formed, tokens].flatMap(each => (each.ok ? [each.value] : []))};
}

function newRings({before, after}: Rings): Result<Sample, ParseError> {
  const more = Object.entries(after).map(([node, count]) => ({node, count: count - (before[node] ?? Number.NaN)}));
  const odd = more.find(({count}) => !(count >= 0));
  const unasked = Object.keys(before).some(node => !(node in after));
  if (odd !== undefined || unasked || more.length === 0) {
    const path = `/after/${odd?.node ?? ''}`;
    const expected = 'a count that only grows: Corosync runs on';
    return {ok: false, error: {artefact, path, expected, found: JSON.stringify({before, after})}};
  }
  const most = more.reduce((a, b) => (b.count > a.count ? b : a));
  return {ok: true, value: sample('corosync.new-rings', most.count, {artefact, path: `/after/${most.node}`})};
}

/** Of every node: one whose log is missing may have had most of them. */
function lateTokens(raw: Artefacts, nodes: readonly string[]): Result<Sample, ParseError> {
  let most = {name: '', count: -1};
  for (const node of nodes) {
    const name = `corosync-${node}.log`;
    const text = raw.text(name);
    if (!text.ok) return text;
    const count = text.value.split('\n').filter(line => late.test(line)).length;
    if (count > most.count) most = {name, count};
  }
  if (most.count >= 0)
    return {ok: true, value: sample('corosync.late-tokens', most.count, {artefact: most.name, path: `${late.source}`})};
  return {ok: false, error: {artefact, path: '/before', expected: 'the nodes whose logs count', found: 'none'}};
}

/** Of each node: the struck one loses its link to every other, and the others theirs to it. */
export function measureNoticed(raw: Artefacts): Measured {
  const facts = jsonArtefact(raw, 'failover.json', factsSchema);
  const said = toolOutput(raw, idsArtefact);
  if (!facts.ok) return onlyProblems(facts.error);
  if (!said.ok) return onlyProblems(said.error);
  const ids = parseNodeIds(said.value.text, idsArtefact);
  if (!ids.ok) return onlyProblems(ids.error);
  const {struck, survivors} = facts.value;
  const told = [struck, ...survivors].map(host => noticed(raw, facts.value, ids.value, host));
  const problems = told.flatMap(each => (each.ok ? [] : [each.error]));
  return {...onlyProblems(...problems), samples: told.flatMap(each => (each.ok ? [each.value] : []))};
}

function noticed(raw: Artefacts, facts: ResilienceFacts, ids: NodeIds, host: string): Result<Sample, ParseError> {
  const log = hostLog(raw, facts, 'corosync', host);
  if (!log.ok) return log;
  const {struck, struckAddresses = [], survivors, injection} = facts;
  const isStruck = (name: string) => name === struck || struckAddresses.includes(name);
  const mine = [...ids].filter(([, name]) => isStruck(name)).map(([id]) => id);
  const others = [...ids].filter(([, name]) => !isStruck(name)).map(([id]) => id);
  if (mine.length !== 1 || others.length !== survivors.length) {
    const found = [...ids].map(([id, name]) => `${id} ${name}`).join(', ');
    return {
      ok: false,
      error: {artefact: idsArtefact, path: '', expected: `${struck} and ${survivors.length} more`, found},
    };
  }
  const to = host === struck ? others : mine;
  const down = linkDown(log.value, {link: cutLink, to, injectedMs: injection.wallBeforeMs});
  if (!down.ok) return down;
  const {atMs, halfWidthMs, artefact: name, line} = down.value;
  return {
    ok: true,
    value: {
      metric: 'corosync.link-noticed',
      unit: 's',
      value: (atMs - injection.wallBeforeMs) / 1000,
      halfWidth: halfWidthMs / 1000,
      labels: {fault: 'corosync-link-cut', host},
      from: {artefact: name, path: `line ${line}`},
    },
  };
}

function sample(metric: string, value: number, from: Sample['from']): Sample {
  return {metric, unit: 'count', value, labels: {fault: 'corosync-link-cut'}, from};
}
