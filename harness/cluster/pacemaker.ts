/**
 * What an administrator would type at a Pacemaker cluster, on any node that is in the quorate partition.
 * Only Pacemaker's own tools (crm_mon, crm_resource, cibadmin, crm_attribute): crmsh or pcs are not needed.
 */

import {setTimeout as sleep} from 'node:timers/promises';
import {type ClusterState, parseCrmMon, type ResourceState} from '../parse/crm-mon.ts';
import {child, childrenNamed, descendants, type Element, element, parseXml, printXml} from '../parse/xml.ts';
import type {Cluster, Command, Guest, Host, Result} from '../types.ts';
import {waitFor} from '../wait.ts';
import {cibadminQuery} from './cib.ts';
import {failureMessage, idempotent, readOnly, stdoutOf} from './commands.ts';

/** The whole state as XML, with failed actions, fence history and bans. Changes nothing. */
export function crmMonCommand(): Command {
  return readOnly(['crm_mon', '--one-shot', '--output-as=xml', '--inactive', '--fence-history=3'], 8_000);
}

/**
 * Live migration where `allow-migrate` is set, stop and start elsewhere. Leaves a `cli-…` constraint: see
 * `clearMoveCommand`.
 */
export function moveCommand(resource: string, node: string): Command {
  return idempotent(['crm_resource', '--resource', resource, '--move', '--node', node]);
}

/** Takes the constraint of a move away again; the resource stays where its stickiness holds it. */
function clearMoveCommand(resource: string): Command {
  return idempotent(['crm_resource', '--resource', resource, '--clear']);
}

/** One node's view of the cluster. In a partition the views differ, each true for its side. */
export interface View {
  seenBy: Host;
  state: ClusterState;
  /** As printed, fit to be kept as an artefact. */
  raw: string;
}

/** The cluster as this node sees it. */
async function viewFrom(cluster: Cluster, host: Host): Promise<Result<View, string>> {
  const command = crmMonCommand();
  const outcome = await cluster.transport.exec(host, command);
  if (outcome.exit.kind !== 'exited') return {ok: false, error: failureMessage(host, command, outcome)};
  const parsed = parseCrmMon(outcome.stdout, `crm_mon of ${host.name}`, {lenient: true});
  if (parsed.ok) return {ok: true, value: {seenBy: host, state: parsed.value, raw: outcome.stdout}};
  if (outcome.exit.code !== 0) return {ok: false, error: failureMessage(host, command, outcome)};
  const {artefact, path, expected, found} = parsed.error;
  return {ok: false, error: `${artefact}: expected ${expected} at ${path}, found ${found}`};
}

/** Every node's view, side by side; an error where a node does not answer. */
export async function views(cluster: Cluster): Promise<readonly {host: Host; view: Result<View, string>}[]> {
  return Promise.all(cluster.nodes.map(async host => ({host, view: await viewFrom(cluster, host)})));
}

/** A node that spoke for the cluster last time has so long to do it again, before the others are asked as well. */
const spokesmanMs = 400;
const spokesmen = new WeakMap<Cluster['nodes'], Host>();

/**
 * The cluster as the quorate partition sees it, by the node that spoke for it last. Where it does not answer soon, or
 * without quorum, all others are asked at once, and the first that answers with quorum speaks: a fenced or cut-off node
 * neither answers for the others nor delays them.
 */
export async function clusterView(cluster: Cluster): Promise<Result<View, string>> {
  const last = spokesmen.get(cluster.nodes);
  const first = last === undefined ? undefined : viewFrom(cluster, last);
  const soon = first && (await withinMs(spokesmanMs, first));
  if (soon?.ok && soon.value.state.quorate) return soon;
  const view = await firstQuorate(
    cluster.nodes.map(host => (host === last && first ? first : viewFrom(cluster, host))),
  );
  if (view.ok) spokesmen.set(cluster.nodes, view.value.seenBy);
  return view;
}

async function withinMs<T>(ms: number, promise: Promise<T>): Promise<T | undefined> {
  const done = new AbortController();
  const timer = sleep(ms, undefined, {signal: done.signal}).catch(() => undefined);
  const first = await Promise.race([promise, timer]);
  done.abort();
  return first;
}

async function firstQuorate(asked: readonly Promise<Result<View, string>>[]): Promise<Result<View, string>> {
  const reasons: string[] = [];
  return new Promise(resolve => {
    let left = asked.length;
    if (left === 0) resolve({ok: false, error: 'the cluster has no nodes'});
    asked.forEach((asking, index) => {
      void asking.then(view => {
        if (view.ok && view.value.state.quorate) return resolve(view);
        reasons[index] = view.ok ? `${view.value.seenBy.name} has no quorum` : view.error;
        left -= 1;
        if (left === 0) resolve({ok: false, error: `no node answers with quorum: ${reasons.join('; ')}`});
      });
    });
  });
}

/** Runs a command on a node of the quorate partition. */
export async function onCluster(cluster: Cluster, command: Command): Promise<Result<string, string>> {
  const view = await clusterView(cluster);
  return view.ok ? stdoutOf(cluster.transport, view.value.seenBy, command) : view;
}

/** The CIB's XML, whole or by cibadmin's own words, as a node of the quorate partition has it. */
export async function queryCib(cluster: Cluster, ...words: string[]): Promise<Result<string, string>> {
  const view = await clusterView(cluster);
  if (!view.ok) return view;
  const host = view.value.seenBy;
  const asked = await cibadminQuery(cluster.transport, host, ...words);
  if (!asked.ok) return asked;
  const nothing = `the configuration on ${host.name} has nothing of ${words.join(' ')}`;
  return asked.value === undefined ? {ok: false, error: nothing} : {ok: true, value: asked.value};
}

// ───────────────────────────── guests as resources ─────────────────────────────

export interface GuestResource {
  /** libvirt domain XML, at this path on every node. */
  configPath: string;
  /** How libvirt reaches its peer for a migration. */
  migrationTransport: 'tcp' | 'tls' | 'ssh';
  /** Appended to the peer's name, so that migrations run over a plane of their own. */
  migrationNetworkSuffix?: string;
  /** Extra `virsh migrate` options, e.g. `--auto-converge`. */
  migrateOptions?: string;
  /** True ends the guest as a power cut would; false asks it to shut down first. */
  forceStop: boolean;
  timeoutSeconds: {start: number; stop: number; monitor: number; migrate: number};
  monitorIntervalSeconds: number;
  /** How strongly it stays where it is; > 0, or a guest goes home when the constraint of a move is cleared. */
  stickiness: number;
}

export const guestResourceDefaults: Omit<GuestResource, 'configPath'> = {
  migrationTransport: 'tcp',
  forceStop: true,
  timeoutSeconds: {start: 90, stop: 90, monitor: 30, migrate: 120},
  monitorIntervalSeconds: 10,
  stickiness: 100,
};

/** A resource as any of the tools is told of it: names and values, in order. */
export interface Primitive {
  id: string;
  parameters: readonly (readonly [string, string])[];
  meta: readonly (readonly [string, string])[];
  operations: readonly {name: string; intervalSeconds: number; timeoutSeconds: number}[];
}

/**
 * A guest as a VirtualDomain. Pure. Utilization is off: its updates would start a transition a monitor, in the middle
 * of a measurement.
 */
export function guestPrimitive(guest: Pick<Guest, 'resource'>, settings: GuestResource): Primitive {
  const parameters: [string, string | undefined][] = [
    ['config', settings.configPath],
    ['hypervisor', 'qemu:///system'],
    ['migration_transport', settings.migrationTransport],
    ['migration_network_suffix', settings.migrationNetworkSuffix],
    ['migrate_options', settings.migrateOptions],
    ['force_stop', String(settings.forceStop)],
    ['autoset_utilization_cpu', 'false'],
    ['autoset_utilization_host_memory', 'false'],
    ['autoset_utilization_hv_memory', 'false'],
  ];
  const {timeoutSeconds: limits} = settings;
  const operation = (name: string, timeoutSeconds: number, intervalSeconds = 0) => ({
    name,
    intervalSeconds,
    timeoutSeconds,
  });
  return {
    id: guest.resource,
    parameters: parameters.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
    meta: [
      ['allow-migrate', 'true'],
      ['resource-stickiness', String(settings.stickiness)],
    ],
    operations: [
      operation('start', limits.start),
      operation('stop', limits.stop),
      operation('monitor', limits.monitor, settings.monitorIntervalSeconds),
      operation('migrate_to', limits.migrate),
      operation('migrate_from', limits.migrate),
    ],
  };
}

/** The primitive as CIB XML. Pure. */
export function primitiveXml({id, parameters, meta, operations}: Primitive): string {
  const set = (name: string, pairs: Primitive['meta']) =>
    pairs.map(([key, value]) => element('nvpair', {id: `${id}-${name}-${key}`, name: key, value}));
  return printXml(
    element('primitive', {id, class: 'ocf', provider: 'heartbeat', type: 'VirtualDomain'}, [
      element('instance_attributes', {id: `${id}-parameters`}, set('parameters', parameters)),
      element('meta_attributes', {id: `${id}-meta`}, set('meta', meta)),
      element(
        'operations',
        {},
        operations.map(({name, intervalSeconds, timeoutSeconds}) =>
          element('op', {
            id: `${id}-${name}-${intervalSeconds}s`,
            name,
            interval: `${intervalSeconds}s`,
            timeout: `${timeoutSeconds}s`,
          }),
        ),
      ),
    ]),
  );
}

/** Two guests that start on different nodes where they can. */
export interface Apart {
  id: string;
  resource: string;
  from: string;
  score: number;
}

/**
 * Weaker than a guest's stickiness: nothing moves for it, but a guest that must start somewhere starts where no other
 * one runs. Two guests on one node share its fate and its cores: a failover would strike one or two of them by chance.
 */
const apartScore = -50;

/** Every pair of them. */
export function apartPairs(resources: readonly string[]): readonly Apart[] {
  return resources.flatMap((resource, index) =>
    resources.slice(0, index).map(from => ({id: `${resource}-apart-from-${from}`, resource, from, score: apartScore})),
  );
}

/** The pair as CIB XML. */
export function apartXml({id, resource, from, score}: Apart): string {
  return printXml(element('rsc_colocation', {id, rsc: resource, 'with-rsc': from, score: String(score)}));
}

/** One resource's state; undefined where the cluster knows no such resource. */
async function resourceState(cluster: Cluster, resource: string): Promise<Result<ResourceState | undefined, string>> {
  const view = await clusterView(cluster);
  return view.ok ? {ok: true, value: view.value.state.resources.find(each => each.id === resource)} : view;
}

/**
 * Names of the nodes where the cluster has the resource active: none while stopped, two in the middle of a migration.
 */
export async function whereRuns(cluster: Cluster, resource: string): Promise<Result<readonly string[], string>> {
  const state = await resourceState(cluster, resource);
  if (!state.ok) return state;
  if (state.value === undefined) return {ok: false, error: `the cluster has no resource named ${resource}`};
  return {ok: true, value: state.value.nodes};
}

/**
 * Waits until the resource is started on exactly one node, with nothing pending: on `node` where one is named, else
 * anywhere.
 */
export async function waitUntilRuns(
  cluster: Cluster,
  resource: string,
  deadlineMs: number,
  options: {node?: string; notOn?: string; signal?: AbortSignal; intervalMs?: number} = {},
): Promise<Result<string, string>> {
  const where =
    options.node === undefined
      ? options.notOn === undefined
        ? 'to run'
        : `to run elsewhere than on ${options.notOn}`
      : `to run on ${options.node}`;
  return waitUntilSeen(
    cluster,
    `${resource} ${where}`,
    deadlineMs,
    ({state: {resources, failures}}) => {
      const state = resources.find(each => each.id === resource);
      if (state === undefined) return {ok: false, error: 'the cluster has no such resource'};
      const {role, nodes, failed, pending} = state;
      const [node] = nodes;
      const runs = node !== undefined && nodes.length === 1 && role === 'Started' && !failed;
      const calm = pending === undefined || pending === 'monitoring';
      if (runs && calm && node === (options.node ?? node) && node !== options.notOn) return {ok: true, value: node};
      const why = failures.filter(each => each.resource === resource);
      const words = [
        `${role} on ${nodes.join(', ') || 'no node'}`,
        ...(failed ? ['failed'] : []),
        ...(pending === undefined ? [] : [pending]),
      ];
      return {
        ok: false,
        error: [words.join(', '), ...why.map(each => `${each.operation}: ${each.exitReason}`)].join('; '),
      };
    },
    options,
  );
}

/**
 * Asks the cluster to move the resource, by live migration where it allows that. Does not wait. A resource already
 * there is no error.
 */
export async function moveResource(cluster: Cluster, resource: string, node: string): Promise<Result<void, string>> {
  const runs = await whereRuns(cluster, resource);
  if (!runs.ok) return runs;
  if (runs.value.length === 1 && runs.value[0] === node) return {ok: true, value: undefined};
  return done(await onCluster(cluster, moveCommand(resource, node)));
}

/** Removes the constraints that moves of this resource have left. */
export async function clearMove(cluster: Cluster, resource: string): Promise<Result<void, string>> {
  return done(await onCluster(cluster, clearMoveCommand(resource)));
}

/** Moves, waits until it runs there and nowhere else, and removes the constraint again, whatever happened. */
export async function moveAndWait(
  cluster: Cluster,
  resource: string,
  node: string,
  deadlineMs: number,
  signal?: AbortSignal,
): Promise<Result<void, string>> {
  const moved = await moveResource(cluster, resource, node);
  const arrived = moved.ok
    ? await waitUntilRuns(cluster, resource, deadlineMs, {node, ...(signal === undefined ? {} : {signal})})
    : moved;
  const cleared = await clearMove(cluster, resource);
  if (!arrived.ok) return arrived;
  return cleared;
}

/** Constraints that an administrator's moves have left (`cli-…`), by id. */
export async function leftConstraints(cluster: Cluster): Promise<Result<readonly string[], string>> {
  const view = await clusterView(cluster);
  if (!view.ok) return view;
  const found = await queryXml(cluster, view.value.seenBy, '//constraints');
  if (!found.ok) return found;
  const ids = found.value === undefined ? [] : found.value.children.flatMap(each => each.attributes.id ?? []);
  return {ok: true, value: ids.filter(id => id.startsWith('cli-'))};
}

/** Forgets failed actions of one resource, or of all, and probes anew. */
export async function cleanup(cluster: Cluster, resource?: string): Promise<Result<void, string>> {
  const which = resource === undefined ? [] : ['--resource', resource];
  return done(await onCluster(cluster, idempotent(['crm_resource', '--cleanup', ...which], 30_000)));
}

/** Standby drains a node by migrating its guests away; `on: false` takes it back. */
export async function setStandby(cluster: Cluster, node: string, on: boolean): Promise<Result<void, string>> {
  const value = on ? ['--update', 'on'] : ['--delete'];
  return done(await onCluster(cluster, idempotent(['crm_attribute', '--node', node, '--name', 'standby', ...value])));
}

// ───────────────────────────── waiting ─────────────────────────────

/** Whether the scheduler has nothing left to do, or ends it within 3 s. An error where it goes on, or nobody says. */
export function isIdle(cluster: Cluster): Promise<Result<string, string>> {
  return onCluster(cluster, readOnly(['crm_resource', '--wait', '--timeout=3s'], 6_000));
}

/**
 * Waits until `look` finds in the cluster what is waited for; until then it says what is there instead. The error ends
 * with what was seen last.
 */
export async function waitUntilSeen<T>(
  cluster: Cluster,
  what: string,
  deadlineMs: number,
  look: (view: View) => Result<T, string> | Promise<Result<T, string>>,
  options: {signal?: AbortSignal; intervalMs?: number} = {},
): Promise<Result<T, string>> {
  let last = 'nothing was seen';
  const waited = await waitFor(
    what,
    deadlineMs,
    async () => {
      const view = await clusterView(cluster);
      const seen = view.ok ? await look(view.value) : view;
      if (!seen.ok) last = seen.error;
      return seen.ok ? seen : undefined;
    },
    pollOptions(options),
  );
  return waited.ok ? waited.value : {ok: false, error: `${waited.error}; last seen: ${last}`};
}

/**
 * Waits until the scheduler has nothing left to do. Asks in slices of a few seconds, so that an abort is heard.
 * `crm_resource --wait` judges by the CIB and not by the coordinator's mood: it does not overlook a change made just
 * before.
 */
export async function waitForIdle(
  cluster: Cluster,
  deadlineMs: number,
  signal?: AbortSignal,
): Promise<Result<void, string>> {
  let last = '';
  const waited = await waitFor(
    'the cluster to have nothing left to do',
    deadlineMs,
    async () => {
      const idle = await isIdle(cluster);
      if (!idle.ok) last = idle.error;
      return idle.ok ? true : undefined;
    },
    pollOptions(signal === undefined ? {} : {signal}),
  );
  return waited.ok ? {ok: true, value: undefined} : {ok: false, error: `${waited.error}; last: ${last}`};
}

function isOnline({online, unclean, pending}: ClusterState['nodes'][number]): boolean {
  return online && !unclean && !pending;
}

/** Whether the quorate partition sees all of them online and clean now. */
export async function areOnline(cluster: Cluster, nodes: readonly Host[]): Promise<boolean> {
  const view = await clusterView(cluster);
  if (!view.ok) return false;
  const online = view.value.state.nodes.filter(isOnline).map(({name}) => name);
  return nodes.every(({name}) => online.includes(name));
}

/** Waits until the quorate partition sees the node online and clean. */
export async function waitUntilOnline(
  cluster: Cluster,
  node: string,
  deadlineMs: number,
  signal?: AbortSignal,
): Promise<Result<void, string>> {
  return waitUntilSeen(
    cluster,
    `${node} to be online in the cluster`,
    deadlineMs,
    ({state, seenBy}) => {
      const own = state.nodes.find(each => each.name === node);
      if (own === undefined) return {ok: false, error: `${seenBy.name} knows no node ${node}`};
      return isOnline(own) ? {ok: true, value: undefined} : {ok: false, error: describeNode(own)};
    },
    signal === undefined ? {} : {signal},
  );
}

export function describeNode(node: ClusterState['nodes'][number]): string {
  const words = [node.online ? 'online' : 'offline'];
  if (node.pending) words.push('pending');
  if (node.standby) words.push('standby');
  if (node.maintenance) words.push('maintenance');
  if (node.unclean) words.push('unclean');
  return words.join(', ');
}

// ───────────────────────────── fencing and properties ─────────────────────────────

/** A cluster property as the CIB holds it; undefined where it is not set and Pacemaker's default rules. */
export async function clusterProperty(cluster: Cluster, name: string): Promise<Result<string | undefined, string>> {
  const view = await clusterView(cluster);
  if (!view.ok) return view;
  const found = await queryXml(cluster, view.value.seenBy, '//crm_config');
  if (!found.ok) return found;
  const pairs = found.value === undefined ? [] : descendants(found.value, 'nvpair');
  return {ok: true, value: pairs.find(pair => pair.attributes.name === name)?.attributes.value};
}

/** Sets a cluster property, or removes it where `value` is undefined. */
export async function setClusterProperty(
  cluster: Cluster,
  name: string,
  value: string | undefined,
): Promise<Result<void, string>> {
  const change = value === undefined ? ['--delete'] : ['--update', value];
  return done(
    await onCluster(cluster, idempotent(['crm_attribute', '--type', 'crm_config', '--name', name, ...change])),
  );
}

/** A resource as the CIB holds it: parameters, meta attributes and operations. */
export interface ResourceDefinition {
  parameters: Readonly<Record<string, string>>;
  meta: Readonly<Record<string, string>>;
  operations: readonly {id: string; name: string; attributes: Readonly<Record<string, string>>}[];
  xml: Element;
}

/** Undefined where there is no such resource. */
export async function resourceDefinition(
  cluster: Cluster,
  resource: string,
): Promise<Result<ResourceDefinition | undefined, string>> {
  const view = await clusterView(cluster);
  if (!view.ok) return view;
  const found = await queryXml(cluster, view.value.seenBy, `//primitive[@id='${resource}']`);
  if (!found.ok) return found;
  return {ok: true, value: found.value === undefined ? undefined : definitionOf(found.value)};
}

/** Pure. */
export function definitionOf(primitive: Element): ResourceDefinition {
  const pairs = (set: string) =>
    Object.fromEntries(
      childrenNamed(primitive, set)
        .flatMap(attributes => childrenNamed(attributes, 'nvpair'))
        .flatMap(({attributes: {name, value}}) => (name === undefined || value === undefined ? [] : [[name, value]])),
    );
  return {
    parameters: pairs('instance_attributes'),
    meta: pairs('meta_attributes'),
    operations: childrenNamed(child(primitive, 'operations'), 'op').map(({attributes}) => ({
      id: attributes.id ?? '',
      name: attributes.name ?? '',
      attributes,
    })),
    xml: primitive,
  };
}

/** Part of the CIB by XPath; undefined where nothing matches. */
export async function queryXml(
  cluster: Cluster,
  host: Host,
  xpath: string,
): Promise<Result<Element | undefined, string>> {
  const asked = await cibadminQuery(cluster.transport, host, '--xpath', xpath);
  if (!asked.ok) return asked;
  if (asked.value === undefined) return {ok: true, value: undefined};
  const parsed = parseXml(asked.value, `cibadmin ${xpath}`);
  return parsed.ok
    ? parsed
    : {ok: false, error: `cibadmin on ${host.name}: expected ${parsed.error.expected}, found ${parsed.error.found}`};
}

function pollOptions(options: {signal?: AbortSignal; intervalMs?: number}): {
  signal?: AbortSignal;
  intervalMs?: number;
} {
  return {
    ...(options.signal === undefined ? {} : {signal: options.signal}),
    ...(options.intervalMs === undefined ? {} : {intervalMs: options.intervalMs}),
  };
}

function done(result: Result<unknown, string>): Result<void, string> {
  return result.ok ? {ok: true, value: undefined} : result;
}
