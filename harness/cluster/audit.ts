/**
 * What must hold before and after every trial. An empty list is a healthy cluster at rest; nothing here waits or mends, except `settle`.
 */

import type {ClusterState} from '../parse/crm-mon.ts';
import type {Cluster, Finding, Guest, Result} from '../types.ts';
import {waitFor} from '../wait.ts';
import {settle as asSettled} from './ask.ts';
import {type DomainOnNode, domains} from './libvirt.ts';
import {
  cleanup,
  clearMove,
  describeNode,
  leftConstraints,
  onCluster,
  resourceDefinition,
  type View,
  views,
} from './pacemaker.ts';
import {cephReadiness} from './storage.ts';

/** Everything the audit looked at, so that judging it is pure. */
export interface Observed {
  nodes: readonly string[];
  guests: readonly Pick<Guest, 'name' | 'resource'>[];
  views: readonly {node: string; view: Result<Pick<View, 'state'>, string>}[];
  active: readonly DomainOnNode[];
  /** Nodes whose libvirt does not answer. */
  silent: readonly {node: string; reason: string}[];
  /** Constraints left by moves, by id. */
  constraints: Result<readonly string[], string>;
  /** What is missing for the storage to be whole; undefined when nothing is. */
  storage: string | undefined;
}

/** Looks at everything once. */
export async function audit(cluster: Cluster): Promise<readonly Finding[]> {
  return judge(await observe(cluster));
}

/** All nodes' views, all domains, constraints and storage, asked side by side. */
export async function observe(cluster: Cluster): Promise<Observed> {
  const [seen, found, constraints, storage] = await Promise.all([
    views(cluster),
    domains(cluster),
    leftConstraints(cluster),
    storageGap(cluster),
  ]);
  return {
    nodes: cluster.nodes.map(node => node.name),
    guests: cluster.guests,
    views: seen.map(({host, view}) => ({node: host.name, view})),
    active: found.active,
    silent: found.silent,
    constraints,
    storage,
  };
}

async function storageGap(cluster: Cluster): Promise<string | undefined> {
  if (cluster.storage !== 'ceph') return undefined;
  // Any node may be the one that is down; the first that gives an answer is believed.
  const reasons: string[] = [];
  for (const host of cluster.nodes) {
    const gap = await cephReadiness({transport: cluster.transport, host}, {timeoutMs: 10_000});
    if (gap.ok) return gap.value;
    reasons.push(gap.error);
  }
  return reasons.join('; ');
}

/** Pure. Most severe first within each subject; one finding a fact. */
export function judge(seen: Observed): readonly Finding[] {
  return [...membership(seen), ...fencing(seen), ...guestsAtWork(seen), ...rest(seen)];
}

function critical(invariant: string, detail: string): Finding {
  return {severity: 'critical', invariant, detail};
}

function membership(seen: Observed): Finding[] {
  const findings: Finding[] = [];
  const quorate: ClusterState[] = [];
  for (const {node, view} of seen.views) {
    if (!view.ok) findings.push(critical('every node answers', `${node}: ${view.error}`));
    else if (!view.value.state.quorate) findings.push(critical('one quorate partition', `${node} has no quorum`));
    else quorate.push(view.value.state);
  }
  const coordinators = [...new Set(quorate.map(state => state.dc))];
  if (coordinators.length > 1) {
    findings.push(
      critical(
        'one quorate partition',
        `${coordinators.length} partitions claim quorum, coordinated by ${coordinators.join(' and ')}`,
      ),
    );
  }
  if (quorate.length === 0) findings.push(critical('one quorate partition', 'no node has quorum'));
  const [state] = quorate;
  if (state === undefined) return findings;
  for (const name of seen.nodes) {
    const node = state.nodes.find(each => each.name === name);
    if (node === undefined) findings.push(critical('every node is a member', `the cluster knows no node ${name}`));
    else if (!node.online || node.unclean || node.standby || node.pending || node.maintenance) {
      findings.push(critical('every node is online and clean', `${name} is ${describeNode(node)}`));
    }
  }
  if (state.maintenance)
    findings.push(critical('the cluster is in charge', 'maintenance-mode is on: nothing would be recovered'));
  return findings;
}

function fencing(seen: Observed): Finding[] {
  const state = speaker(seen);
  if (state === undefined) return [];
  const findings: Finding[] = [];
  const invariant = 'fencing is in service';
  if (!state.stonithEnabled) findings.push(critical(invariant, 'stonith-enabled is false'));
  const devices = state.resources.filter(resource => resource.agent.startsWith('stonith:'));
  if (devices.length === 0) findings.push(critical(invariant, 'there is no fence device'));
  for (const {id, role, active, failed, blocked} of devices) {
    if (!active || role !== 'Started' || failed || blocked)
      findings.push(critical(invariant, `${id} is ${role}${failed ? ', failed' : ''}${blocked ? ', blocked' : ''}`));
  }
  for (const event of state.fencing.filter(each => each.status === 'pending')) {
    findings.push(critical('nothing is under way', `fencing (${event.action}) of ${event.target} is pending`));
  }
  return findings;
}

function guestsAtWork(seen: Observed): Finding[] {
  const findings: Finding[] = [];
  const state = speaker(seen);
  for (const {name, resource} of seen.guests) {
    const places = seen.active.filter(domain => domain.domain === name);
    if (places.length > 1) {
      const where = places.map(place => `${place.node} (${place.state})`).join(' and ');
      findings.push(critical('no guest lives twice', `${name} is active on ${where}`));
    }
    if (state === undefined) continue;
    const known = state.resources.find(each => each.id === resource);
    if (known === undefined) {
      findings.push(critical('every guest is started', `the cluster has no resource ${resource}`));
      continue;
    }
    const [node] = known.nodes;
    if (
      known.role !== 'Started' ||
      node === undefined ||
      known.nodes.length > 1 ||
      known.failed ||
      known.blocked ||
      !known.managed
    ) {
      const words = [
        known.role,
        ...(known.failed ? ['failed'] : []),
        ...(known.blocked ? ['blocked'] : []),
        ...(known.managed ? [] : ['unmanaged']),
      ];
      findings.push(
        critical(
          'every guest is started',
          `${resource} is ${words.join(', ')} on ${known.nodes.join(' and ') || 'no node'}`,
        ),
      );
    } else if (!places.some(place => place.node === node && place.state === 'running')) {
      const found = places.map(place => `${place.state} on ${place.node}`).join(', ') || 'active nowhere';
      findings.push(
        critical(
          'the cluster and libvirt agree',
          `${resource} is Started on ${node}, and libvirt has ${name} ${found}`,
        ),
      );
    }
    if (known.pending !== undefined && known.pending !== 'monitoring') {
      findings.push(critical('nothing is under way', `${resource} is ${known.pending}`));
    }
  }
  // Domains that are no guests of ours count too: a copy under the same name elsewhere is a double life whoever it belongs to.
  const others = new Set(
    seen.active.map(domain => domain.domain).filter(name => !seen.guests.some(guest => guest.name === name)),
  );
  for (const name of others) {
    const places = seen.active.filter(domain => domain.domain === name);
    if (places.length > 1) {
      findings.push(
        critical('no guest lives twice', `${name} is active on ${places.map(place => place.node).join(' and ')}`),
      );
    }
  }
  for (const {node, reason} of seen.silent) findings.push(critical('libvirt answers', `${node}: ${reason}`));
  return findings;
}

function rest(seen: Observed): Finding[] {
  const findings: Finding[] = [];
  for (const failure of speaker(seen)?.failures ?? []) {
    findings.push(critical('no failed action', `${failure.operation}: ${failure.exitReason}, ${failure.lastChange}`));
  }
  if (!seen.constraints.ok)
    findings.push(critical('no constraint is left', `constraints cannot be read: ${seen.constraints.error}`));
  else
    for (const id of seen.constraints.value)
      findings.push(critical('no constraint is left', `${id} keeps a resource where a move has put it`));
  if (seen.storage !== undefined) findings.push(critical('storage is whole', seen.storage));
  return findings;
}

/** The quorate partition's state, by the first node that is in it. */
function speaker(seen: Observed): ClusterState | undefined {
  for (const {view} of seen.views) if (view.ok && view.value.state.quorate) return view.value.state;
  return undefined;
}

/**
 * Brings the cluster to rest: forgets failed actions, takes away constraints that moves have left and stops that we have ordered, then waits
 * until the audit is silent. Gives what is still wrong at the deadline, or at the abort; empty is whole. A second copy of a guest is never ended here: which
 * of the two to keep is a person's decision.
 */
export async function settle(cluster: Cluster, deadlineMs: number, signal?: AbortSignal): Promise<readonly Finding[]> {
  let left: readonly Finding[] = [];
  const waited = await waitFor(
    'the audit to be silent',
    deadlineMs,
    async () => {
      const seen = await observe(cluster);
      left = judge(seen);
      if (left.length === 0) return true;
      if (!signal?.aborted) await mend(cluster, seen);
      return undefined;
    },
    {intervalMs: 500, ...(signal === undefined ? {} : {signal})},
  );
  // A look that did not end, or never began, has found nothing wrong, and nothing whole either.
  return waited.ok || left.length > 0 ? left : [critical('the cluster is at rest', waited.error)];
}

async function mend(cluster: Cluster, seen: Observed): Promise<void> {
  const state = speaker(seen);
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
  for (const resource of new Set(state.failures.map(failure => failure.resource))) await cleanup(cluster, resource);
}

/** Takes back an order to stay stopped. */
export async function releaseGuest(cluster: Cluster, resource: string): Promise<Result<void, string>> {
  const released = await onCluster(
    cluster,
    asSettled(['crm_resource', '--resource', resource, '--meta', '--delete-parameter', 'target-role']),
  );
  return released.ok ? {ok: true, value: undefined} : released;
}
