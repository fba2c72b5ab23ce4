/**
 * What must hold before and after every trial. An empty list is a healthy cluster at rest; nothing here waits or
 * mends, except `settle`.
 */
import {createHash} from 'node:crypto';
import {endProcesses, isProcess, remainsOn} from '../../faults/remains.ts';
import {type Element, parseXml} from '../../parse/xml.ts';
import {storageOf} from '../../storage/index.ts';
import type {Cluster, Finding, Host, Result, Transport} from '../../types.ts';
import {waitFor} from '../../wait.ts';
import {idempotent, readOnly, stdoutOf} from '../commands.ts';
import {domains} from '../libvirt.ts';
import {
  cleanup,
  clearMove,
  isIdle,
  leftConstraints,
  onCluster,
  resourceDefinition,
  views,
  waitForIdle,
} from '../pacemaker.ts';
import {type Invariant, type Observed, quorateView} from './invariant.ts';
import {
  clusterIsInCharge,
  everyNodeAnswers,
  everyNodeIsMember,
  everyNodeIsOnline,
  noFaultIsLeft,
  noProcessIsLeft,
  oneQuoratePartition,
  sameConfiguration,
} from './membership.ts';
import {
  clusterAndLibvirtAgree,
  everyGuestIsStarted,
  fencingInService,
  libvirtAnswers,
  noConstraintIsLeft,
  noFailedAction,
  noGuestLivesTwice,
  nothingUnderWay,
  storageIsWhole,
} from './resources.ts';

/** Most telling first. */
export const invariants: readonly Invariant[] = [
  noGuestLivesTwice,
  everyNodeAnswers,
  oneQuoratePartition,
  everyNodeIsMember,
  everyNodeIsOnline,
  clusterIsInCharge,
  sameConfiguration,
  fencingInService,
  everyGuestIsStarted,
  clusterAndLibvirtAgree,
  libvirtAnswers,
  nothingUnderWay,
  noFailedAction,
  noConstraintIsLeft,
  storageIsWhole,
  noFaultIsLeft,
  noProcessIsLeft,
];

/** Looks at everything once. */
export async function audit(cluster: Cluster): Promise<readonly Finding[]> {
  return judge(await observe(cluster));
}

/** What the scheduler has begun ends within this time, or the next look tells of it. */
const idleDeadlineMs = 30_000;

/**
 * Looks when the scheduler has nothing left to do: a fence device that goes back to the node it prefers is in service
 * just before, and stopped for a moment after. Where something is wrong the scheduler is not waited for.
 */
export async function auditAtRest(cluster: Cluster, signal?: AbortSignal): Promise<readonly Finding[]> {
  const idle = await isIdle(cluster);
  const findings = await audit(cluster);
  return findings.length > 0 || idle.ok ? findings : auditWhenIdle(cluster, signal);
}

async function auditWhenIdle(cluster: Cluster, signal?: AbortSignal): Promise<readonly Finding[]> {
  await waitForIdle(cluster, idleDeadlineMs, signal);
  return audit(cluster);
}

/** All nodes' views, all domains, constraints and storage, asked side by side. */
export async function observe(whole: Cluster): Promise<Observed> {
  const lost = new Map<string, string>();
  const cluster = {...whole, transport: noting(whole.transport, (host, reason) => lost.set(host, reason))};
  const [seen, found, constraints, storage] = await Promise.all([
    views(cluster),
    domains(cluster),
    leftConstraints(cluster),
    storageOf(cluster).readiness(cluster),
  ]);
  // A node that does not answer at all has been told of.
  const answering = seen.flatMap(({host, view}) => (view.ok ? [host] : []));
  const [configurations, remains] = await Promise.all([
    configurationsOf(cluster, answering),
    Promise.all(
      [...answering, cluster.client].map(async host => ({node: host.name, found: await remainsOn(cluster, host)})),
    ),
  ]);
  return {
    nodes: cluster.nodes.map(node => node.name),
    guests: cluster.guests,
    unreached: [...cluster.nodes, cluster.client].flatMap(({name}) => {
      const reason = lost.get(name);
      return reason === undefined ? [] : [{node: name, reason}];
    }),
    views: seen.map(({host, view}) => ({node: host.name, view})),
    active: found.active,
    silent: found.silent,
    constraints,
    storage,
    configurations,
    remains,
  };
}

/** Tells of every command whose host could not be reached. */
function noting(transport: Transport, lost: (host: string, reason: string) => void): Transport {
  return {
    ...transport,
    async exec(host, command) {
      const outcome = await transport.exec(host, command);
      if (outcome.exit.kind === 'unreachable') lost(host.name, outcome.exit.reason);
      return outcome;
    },
  };
}

async function configurationsOf(cluster: Cluster, hosts: readonly Host[]): Promise<Observed['configurations']> {
  const read = () =>
    Promise.all(hosts.map(async host => ({node: host.name, digest: await configurationDigest(cluster, host)})));
  const first = await read();
  const digests = new Set(first.map(({digest}) => (digest.ok ? digest.value : '')));
  // A change on its way from node to node is no difference: what differs twice is one.
  return digests.size > 1 ? read() : first;
}

async function configurationDigest(cluster: Cluster, host: Host): Promise<Result<string, string>> {
  const own = await stdoutOf(
    cluster.transport,
    host,
    readOnly(['cibadmin', '--local', '--query', '--scope', 'configuration']),
  );
  return own.ok ? digestOf(own.value, host.name) : own;
}

/** Of the configuration that a node holds itself, whatever the order of attributes and the blanks in its text. Pure. */
export function digestOf(xml: string, node: string): Result<string, string> {
  const parsed = parseXml(xml, `cibadmin of ${node}`);
  if (!parsed.ok) return {ok: false, error: `cibadmin: expected ${parsed.error.expected}, found ${parsed.error.found}`};
  return {
    ok: true,
    value: createHash('sha256')
      .update(JSON.stringify(inOrder(parsed.value)))
      .digest('hex'),
  };
}

function inOrder({name, attributes, children, text}: Element): unknown {
  return [name, Object.entries(attributes).sort(), text.trim(), children.map(inOrder)];
}

/** Pure. */
export function judge(seen: Observed): readonly Finding[] {
  const lost = seen.unreached.map(
    ({node, reason}): Finding => ({
      severity: 'critical',
      invariant: 'every node can be reached',
      detail: `${node}: ${reason}`,
      unknown: true,
    }),
  );
  const known = withoutUnreached(seen);
  if (known.views.length === 0) return lost;
  return [
    ...lost,
    ...invariants.flatMap(({sentence, check}) =>
      check(known).map((detail): Finding => ({severity: 'critical', invariant: sentence, detail})),
    ),
  ];
}

/** A lost connection is no failed check: what it kept from being read is left out. */
function withoutUnreached(seen: Observed): Observed {
  const isLost = (name: string) => seen.unreached.some(({node}) => node === name);
  return {
    ...seen,
    constraints: seen.constraints.ok || seen.unreached.length === 0 ? seen.constraints : {ok: true, value: []},
    views: seen.views.filter(({node, view}) => view.ok || !isLost(node)),
    silent: seen.silent.filter(({node}) => !isLost(node)),
    configurations: seen.configurations.filter(({node, digest}) => digest.ok || !isLost(node)),
    remains: seen.remains.filter(({node, found}) => found.ok || !isLost(node)),
  };
}

/**
 * Brings the cluster to rest: forgets failed actions, takes away constraints that moves have left and stops that we
 * have ordered, then waits until the audit is silent. Gives what is still wrong at the deadline, or at the abort;
 * empty is whole. A second copy of a guest is never ended here: which of the two to keep is a person's decision.
 */
export async function settle(cluster: Cluster, deadlineMs: number, signal?: AbortSignal): Promise<readonly Finding[]> {
  let left: readonly Finding[] = [];
  const waited = await waitFor(
    'the audit to be silent',
    deadlineMs,
    async () => {
      const seen = await observe(cluster);
      left = judge(seen);
      if (left.length === 0) {
        left = await auditWhenIdle(cluster, signal);
        return left.length === 0 ? true : undefined;
      }
      if (!signal?.aborted) await cleanUp(cluster, seen);
      return undefined;
    },
    {intervalMs: 500, ...(signal === undefined ? {} : {signal})},
  );
  // A look that did not end, or never began, has found nothing wrong, and nothing whole either.
  return waited.ok || left.length > 0
    ? left
    : [{severity: 'critical', invariant: 'the cluster is at rest', detail: waited.error}];
}

async function cleanUp(cluster: Cluster, seen: Observed): Promise<void> {
  const state = quorateView(seen);
  if (state === undefined) return;
  // What fails here is still a finding at the next look; no need to tell it twice.
  const left = seen.constraints.ok ? seen.constraints.value : [];
  for (const guest of cluster.guests) {
    if (left.some(id => id.endsWith(`-${guest.resource}`) || id.includes(`-${guest.resource}-`)))
      await clearMove(cluster, guest.resource);
    const known = state.resources.find(each => each.id === guest.resource);
    if (known !== undefined && !known.active) {
      const definition = await resourceDefinition(cluster, guest.resource);
      if (definition.ok && definition.value?.meta['target-role'] === 'Stopped')
        await releaseGuest(cluster, guest.resource);
    }
  }
  const busy = seen.remains.filter(({found}) => found.ok && found.value.some(isProcess)).map(({node}) => node);
  for (const host of [...cluster.nodes, cluster.client])
    if (busy.includes(host.name)) await endProcesses(cluster, host);
  for (const resource of new Set(state.failures.map(failure => failure.resource))) await cleanup(cluster, resource);
}

/** Takes back an order to stay stopped. */
export async function releaseGuest(cluster: Cluster, resource: string): Promise<Result<void, string>> {
  const released = await onCluster(
    cluster,
    idempotent(['crm_resource', '--resource', resource, '--meta', '--delete-parameter', 'target-role']),
  );
  return released.ok ? {ok: true, value: undefined} : released;
}
