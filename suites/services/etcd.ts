/** etcd loses its leader, the leader's node, or its majority, while a client writes to every member. */
import {randomBytes} from 'node:crypto';
import {z} from 'zod';
import {clockOffset} from '../../harness/cluster/clocks.ts';
import {impactOfFault} from '../../harness/faults/fault.ts';
import {expectsOfFaults, faultNamed, faults} from '../../harness/faults/index.ts';
import {type EtcdProbe, etcdProbeCommand, etcdReady, keepState, watchEtcd} from '../../harness/probes/etcd/driver.ts';
import {removeEtcd, startEtcd} from '../../harness/services/etcd.ts';
import type {Cluster, Etcd, Fault, Host, Injection, Running, Scenario, Trial} from '../../harness/types.ts';
import {type Reached, reachedBy} from '../resilience/timeline.ts';
import {keepJson} from '../steps/artefacts.ts';
import {parametersOf} from '../steps/parameters.ts';
import {pause} from '../steps/pause.ts';
import {type EtcdFacts, etcdArtefact, etcdLogArtefact, etcdValuesArtefact} from './etcd-facts.ts';
import {etcdMetrics, measureEtcd} from './etcd-measure.ts';
import {fencesSoFar, untilFenced, untilIdle} from './fences.ts';

interface EtcdScenario {
  name: string;
  purpose: string;
  fault: 'etcd-killed' | 'host-crash';
  /** Members are struck from the leader on. */
  strikes: 'leader' | 'majority';
  provides: readonly string[];
}

const optionsSchema = z.object({
  /** How long a write may be refused before it counts as never taken again. */
  recoverySeconds: z.number().min(1).max(600),
  /** How long a minority is watched. */
  holdSeconds: z.number().min(2).max(600),
  /** Of the lease that keeps a node's key. */
  ttlSeconds: z.number().int().min(2).max(60),
});
type Options = z.infer<typeof optionsSchema>;

const baselineSeconds = 3;
const afterSeconds = 2;
const readySeconds = 30;
const fenceSeconds = 60;
const stopGraceMs = 5_000;

const described: readonly EtcdScenario[] = [
  {
    name: 'failover/etcd-leader-killed',
    purpose:
      'The leader of etcd is killed; the others must elect a new one and take writes, with nothing acknowledged lost.',
    fault: 'etcd-killed',
    strikes: 'leader',
    provides: etcdMetrics.majority,
  },
  {
    name: 'failover/etcd-node-lost',
    purpose:
      "The node of etcd's leader loses its power; the others must take writes, and the node's own key must expire.",
    fault: 'host-crash',
    strikes: 'leader',
    provides: etcdMetrics.nodeLost,
  },
  {
    name: 'failover/etcd-minority',
    purpose:
      'So many members of etcd are killed that no majority is left: what is left must answer, and take no write.',
    fault: 'etcd-killed',
    strikes: 'majority',
    provides: etcdMetrics.minority,
  },
];

export const etcdScenarios: readonly Scenario[] = described.map(etcdScenario);

function etcdScenario(told: EtcdScenario): Scenario {
  const {name, purpose, fault, provides} = told;
  const kind = faults.find(each => each.name === fault);
  if (kind === undefined) throw new Error(`no fault is named ${fault}`);
  const parameters = {recoverySeconds: 30, holdSeconds: 5, ttlSeconds: 5};
  return {
    name,
    purpose,
    family: 'failover',
    needs: {...kind.needs, nodes: 3, services: ['etcd'], tools: ['python3']},
    impact: () => impactOfFault(kind.effect({})),
    claims: fault === 'host-crash' ? ['ha.detect'] : [],
    provides,
    expects: expectsOfFaults,
    parameters: {full: parameters, quick: parameters},
    estimateSeconds: () => baselineSeconds + 45,
    preview(cluster) {
      const etcd = cluster.services?.etcd;
      if (etcd === undefined) return [];
      const struck = membersFrom(etcd, 0).slice(0, struckCount(etcd, told));
      const killed = struck.flatMap(member => cluster.nodes.find(each => each.name === member) ?? []);
      const bound = killed.flatMap(node => boundTo(cluster, fault, node).describe);
      const {argv} = etcdProbeCommand({etcd, prefix: 'seatrial'}, 'watch', 60);
      return [
        {host: cluster.client.name, argv},
        ...bound.map((words, index) => ({host: killed[index]?.name ?? '', argv: [words]})),
      ];
    },
    run: trial => tryEtcd(trial, told),
    measure: measureEtcd,
  };
}

/** Nodes of all members, from this one on. */
function membersFrom({members}: Etcd, first: number): readonly string[] {
  return [...members.slice(first), ...members.slice(0, first)].map(({node}) => node);
}

function struckCount({members}: Etcd, {strikes}: EtcdScenario): number {
  return strikes === 'leader' ? 1 : Math.ceil(members.length / 2);
}

function boundTo(cluster: Cluster, fault: string, node: Host): Fault {
  const bound = faultNamed(cluster, fault, [node.name], {});
  if (!bound.ok) throw new Error(bound.error);
  return bound.value;
}

async function tryEtcd(trial: Trial, told: EtcdScenario): Promise<void> {
  const {cluster} = trial;
  const etcd = cluster.services?.etcd;
  if (etcd === undefined) throw new Error('the inventory has no services.etcd');
  const probe: EtcdProbe = {etcd, prefix: `seatrial/${randomBytes(6).toString('hex')}`};
  const options = parametersOf(optionsSchema, trial.planned.parameters);
  const gone = etcd.existing ? undefined : await trial.leave({what: 'etcd'});
  if (gone !== undefined) {
    trial.say(`starting etcd on ${etcd.members.map(({node}) => node).join(', ')} for the time of the trial`);
    done(await startEtcd(cluster, etcd));
  }
  const fences = await fencesSoFar(cluster);
  const inForce = await watched(trial, told, probe, options);
  // What is left must take writes again before they are read back: a minority only when it is healed.
  if (told.strikes === 'leader') await keepValues(trial, probe);
  if (told.fault === 'host-crash') {
    for (const fault of inForce) await untilFenced(trial, fault.nodes.join(), fences, fenceSeconds * 1000);
  }
  for (const fault of inForce) await trial.heal(fault);
  if (told.strikes === 'majority') {
    done(await etcdReady(cluster, probe, readySeconds));
    await keepValues(trial, probe);
  }
  if (gone === undefined) await cluster.transport.exec(cluster.client, etcdProbeCommand(probe, 'forget', 30));
  else {
    done(await removeEtcd(cluster));
    await gone();
  }
  await untilIdle(trial);
}

/** Throws with the sentence. */
function done<T>(result: {ok: true; value: T} | {ok: false; error: string}): T {
  if (result.ok) return result.value;
  throw new Error(result.error);
}

/** Strikes while the client watches; gives what is still in force. */
async function watched(
  trial: Trial,
  told: EtcdScenario,
  probe: EtcdProbe,
  options: Options,
): Promise<readonly Fault[]> {
  const {cluster} = trial;
  const {etcd, prefix} = probe;
  const {leader, term} = done(await etcdReady(cluster, probe, readySeconds));
  const clock = done(await clockOffset(cluster, cluster.client));
  const order = membersFrom(etcd, leader);
  const struck = order.slice(0, struckCount(etcd, told));
  const nodes = struck.flatMap(member => cluster.nodes.find(each => each.name === member) ?? []);
  const seconds = baselineSeconds + options.recoverySeconds + options.holdSeconds + 4 * options.ttlSeconds + 60;
  const lost = told.fault === 'host-crash' ? nodes[0] : undefined;
  const state = lost && (await keepState(cluster, lost, probe, {seconds, ttlSeconds: options.ttlSeconds}));
  const watch = await watchEtcd(cluster, probe, seconds);
  try {
    await pause(trial, baselineSeconds);
    const bound = nodes.map(node => boundTo(cluster, told.fault, node));
    const injections: Injection[] = [];
    for (const fault of bound) injections.push(await trial.inject(fault));
    await untilSettled(trial, told, probe, options);
    const reached: Reached[] = await Promise.all(bound.map(fault => reachedBy(cluster, fault)));
    const facts: EtcdFacts = {
      fault: told.fault,
      members: etcd.members.map(({node}) => node),
      leader: order[0] ?? '',
      term,
      struck: [...struck],
      prefix,
      ...(lost === undefined ? {} : {ttlSeconds: options.ttlSeconds}),
      injections,
      reached,
      heldUntilWallMs: Date.now(),
      clock,
    };
    await keepJson(trial, etcdArtefact, facts);
    return bound;
  } finally {
    await keepLog(trial, watch);
    await state?.stop(0);
  }
}

async function untilSettled(trial: Trial, told: EtcdScenario, probe: EtcdProbe, options: Options): Promise<void> {
  if (told.strikes === 'majority') return pause(trial, options.holdSeconds);
  trial.say('waiting for etcd to take writes');
  // A glance: that it never does is what the client then sees.
  await etcdReady(trial.cluster, probe, options.recoverySeconds);
  // A new leader grants every lease its whole time again.
  const untilExpired = told.fault === 'host-crash' ? 2 * options.ttlSeconds + 3 : 0;
  await pause(trial, afterSeconds + untilExpired);
}

async function keepLog(trial: Trial, watch: Running): Promise<void> {
  const {stdout, stderr} = await watch.stop(stopGraceMs);
  await trial.keep(etcdLogArtefact, stdout);
  if (stderr !== '') await trial.keep(`${etcdLogArtefact}.stderr`, stderr);
}

async function keepValues(trial: Trial, probe: EtcdProbe): Promise<void> {
  const {client} = trial.cluster;
  await trial.record(etcdValuesArtefact, client, etcdProbeCommand(probe, 'verify', 60));
}
