/**
 * What the cluster says about itself: `crm_mon --output-as=xml`, as one node sees it. Pure.
 * Source: Pacemaker's own schema (crm_mon.rng, api-version 2.x); seen with 2.1.5.
 */
import type {ParseError, Result} from '../types.ts';
import {child, childrenNamed, descendants, type Element, parseXml} from './xml.ts';

export interface NodeState {
  name: string;
  online: boolean;
  standby: boolean;
  maintenance: boolean;
  /** Joined the membership, not yet the cluster. */
  pending: boolean;
  /** Must be fenced, or fencing it failed. */
  unclean: boolean;
}

export interface ResourceState {
  id: string;
  /** `ocf:heartbeat:VirtualDomain`, `stonith:fence_ipmilan`. */
  agent: string;
  /** `Started`, `Stopped`, `Starting`, `Stopping`, `Migrating`, `Promoted`, `Unpromoted`. */
  role: string;
  active: boolean;
  failed: boolean;
  blocked: boolean;
  managed: boolean;
  orphaned: boolean;
  /** What is under way right now: `starting`, `stopping`, `migrating`, `monitoring`. */
  pending?: string;
  /** Where it is active; more than one node is a double life, or a migration under way. */
  nodes: readonly string[];
}

export interface FailedAction {
  /** `vm1_start_0 on n2`. */
  operation: string;
  resource: string;
  node: string;
  exitReason: string;
  status: string;
  lastChange: string;
}

/** One fencing request, newest first. */
export interface FenceEvent {
  /** `reboot`, `off`, `on`. */
  action: string;
  target: string;
  /** `success`, `failed`, `pending`. */
  status: string;
  /** Who carried it out; absent while pending. */
  delegate?: string;
  client: string;
  origin: string;
  /** As printed, in the node's own clock; absent while pending. */
  completed?: string;
  exitReason?: string;
}

/** A constraint that keeps a resource away from a node; `cli-…` ones were left by an administrator's move. */
export interface Ban {
  id: string;
  resource: string;
  node: string;
  score: string;
}

export interface ClusterState {
  /** Does the partition this node is in have quorum, as its coordinator says. False where there is no coordinator. */
  quorate: boolean;
  /** Name of the designated coordinator; absent during an election. */
  dc?: string;
  stonithEnabled: boolean;
  maintenance: boolean;
  nodes: readonly NodeState[];
  resources: readonly ResourceState[];
  failures: readonly FailedAction[];
  fencing: readonly FenceEvent[];
  bans: readonly Ban[];
}

/** Any text in, a state or an error out. A report that is cut short, or that says it failed, is an error. */
export function parseCrmMon(text: string, artefact = 'crm_mon.xml'): Result<ClusterState, ParseError> {
  const parsed = parseXml(text, artefact);
  if (!parsed.ok) return parsed;
  const root = parsed.value;
  const wrong = (path: string, expected: string, found: string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path, expected, found},
  });
  if (root.name !== 'pacemaker-result') return wrong('/', '<pacemaker-result>', `<${root.name}>`);
  const status = child(root, 'status');
  if (status?.attributes.code !== '0') {
    const said = descendants(root, 'error').map(each => each.text);
    const message = status?.attributes.message ?? 'no status';
    return wrong('/pacemaker-result/status', 'code 0', [message, ...said].join(': '));
  }
  const summary = child(root, 'summary');
  const dc = child(summary, 'current_dc');
  const options = child(summary, 'cluster_options');
  const nodeList = child(root, 'nodes');
  if (dc === undefined || options === undefined) {
    return wrong('/pacemaker-result/summary', '<current_dc> and <cluster_options>', 'neither or only one of them');
  }
  if (nodeList === undefined) return wrong('/pacemaker-result', '<nodes>', 'none');

  const nodes: NodeState[] = [];
  for (const node of childrenNamed(nodeList, 'node')) {
    const name = node.attributes.name;
    const online = flag(node, 'online');
    const unclean = flag(node, 'unclean');
    if (name === undefined || online === undefined || unclean === undefined) {
      return wrong('/pacemaker-result/nodes/node', 'name, online and unclean', JSON.stringify(node.attributes));
    }
    nodes.push({
      name,
      online,
      unclean,
      standby: flag(node, 'standby') === true,
      maintenance: flag(node, 'maintenance') === true,
      pending: flag(node, 'pending') === true,
    });
  }

  const resources: ResourceState[] = [];
  for (const resource of descendants(child(root, 'resources') ?? root, 'resource')) {
    const id = resource.attributes.id;
    const active = flag(resource, 'active');
    // Only the resources section describes resources; the same word in node_history and bans carries no `active`.
    if (id === undefined || active === undefined) continue;
    const pending = resource.attributes.pending;
    resources.push({
      id,
      active,
      agent: resource.attributes.resource_agent ?? '',
      role: resource.attributes.role ?? '',
      failed: flag(resource, 'failed') === true,
      blocked: flag(resource, 'blocked') === true,
      managed: flag(resource, 'managed') !== false,
      orphaned: flag(resource, 'orphaned') === true,
      ...(pending === undefined ? {} : {pending: pending.toLowerCase()}),
      nodes: childrenNamed(resource, 'node').flatMap(node => node.attributes.name ?? []),
    });
  }

  const coordinator = flag(dc, 'present') === true ? dc.attributes.name : undefined;
  return {
    ok: true,
    value: {
      quorate: coordinator !== undefined && flag(dc, 'with_quorum') === true,
      ...(coordinator === undefined ? {} : {dc: coordinator}),
      stonithEnabled: flag(options, 'stonith-enabled') === true,
      maintenance: flag(options, 'maintenance-mode') === true,
      nodes,
      resources,
      failures: childrenNamed(child(root, 'failures'), 'failure').map(failureOf),
      fencing: childrenNamed(child(root, 'fence_history'), 'fence_event').map(fenceEventOf),
      bans: childrenNamed(child(root, 'bans'), 'ban').map(ban => ({
        id: ban.attributes.id ?? '',
        resource: ban.attributes.resource ?? '',
        node: ban.attributes.node ?? '',
        score: ban.attributes.weight ?? '',
      })),
    },
  };
}

function failureOf(failure: Element): FailedAction {
  const at = failure.attributes;
  const node = at.node ?? '';
  const key = at.op_key ?? at.id ?? '';
  return {
    operation: `${key} on ${node}`,
    // The operation's key is RESOURCE_TASK_INTERVAL; a resource's own name may hold underscores.
    resource: key.replace(/_[a-z_]+_\d+$/, ''),
    node,
    exitReason: [at.exitstatus, at.exitreason].filter(part => part !== undefined && part !== '').join(': '),
    status: at.status ?? '',
    lastChange: at['last-rc-change'] ?? '',
  };
}

function fenceEventOf(event: Element): FenceEvent {
  const at = event.attributes;
  const optional: {delegate?: string; completed?: string; exitReason?: string} = {};
  if (at.delegate) optional.delegate = at.delegate;
  if (at.completed) optional.completed = at.completed;
  if (at['exit-reason']) optional.exitReason = at['exit-reason'];
  return {
    action: at.action ?? '',
    target: at.target ?? '',
    status: at.status ?? '',
    client: at.client ?? '',
    origin: at.origin ?? '',
    ...optional,
  };
}

function flag(element: Element, name: string): boolean | undefined {
  const value = element.attributes[name];
  return value === 'true' ? true : value === 'false' ? false : undefined;
}
