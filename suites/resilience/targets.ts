/** Whom a step of a timeline strikes: known when the trial begins, and fixed before the first fault. */
import {cephServiceHosts} from '../../harness/cluster/storage.ts';
import {onCephHost} from '../../harness/storage/ceph-host.ts';
import type {Cluster, Guest, Host} from '../../harness/types.ts';
import {nodesOfGuests} from '../steps/placement.ts';

/**
 * `node-of-first-guest` is where the first guest runs, and whatever strikes more nodes begins with it: `two-nodes`,
 * `half` and `all` take those that follow in the inventory. The others run what Ceph has one of at a time.
 */
export type TargetName =
  | 'node-of-first-guest'
  | 'two-nodes'
  | 'half'
  | 'all'
  | 'node-of-active-manager'
  | 'node-of-leading-monitor';

/** The nodes under a fault, and where each guest runs. */
export interface Aim {
  nodes: ReadonlyMap<TargetName, readonly Host[]>;
  placement: ReadonlyMap<Guest, readonly string[]>;
}

/** Throws a sentence where a target is not to be found. */
export async function aimAt(cluster: Cluster, names: readonly TargetName[]): Promise<Aim> {
  const placement = await nodesOfGuests(cluster);
  const [guest] = cluster.guests;
  const where = guest === undefined ? undefined : placement.get(guest)?.join();
  const first = cluster.nodes.findIndex(({name}) => name === where);
  if (first < 0) throw new Error('the first guest runs nowhere: there is nothing to fail over');
  const from = [...cluster.nodes.slice(first), ...cluster.nodes.slice(0, first)];
  const nodes = new Map<TargetName, readonly Host[]>();
  for (const name of names) nodes.set(name, await nodesFor(cluster, from, name));
  return {nodes, placement};
}

async function nodesFor(cluster: Cluster, from: readonly Host[], name: TargetName): Promise<readonly Host[]> {
  if (name === 'node-of-active-manager') return nodeOfCeph(cluster, 'manager');
  if (name === 'node-of-leading-monitor') return nodeOfCeph(cluster, 'monitor');
  return from.slice(0, countOf(name, from.length));
}

/** How many of so many nodes are struck. */
export function countOf(name: TargetName, nodes: number): number {
  if (name === 'all') return nodes;
  if (name === 'half') return Math.floor(nodes / 2);
  return name === 'two-nodes' ? 2 : 1;
}

async function nodeOfCeph(cluster: Cluster, service: 'manager' | 'monitor'): Promise<readonly Host[]> {
  const hosts = await onCephHost(cluster, cephServiceHosts);
  if (!hosts.ok) throw new Error(hosts.error);
  const host = hosts.value[service];
  const node = cluster.nodes.find(({name}) => name === host || host?.startsWith(`${name}.`));
  if (node === undefined)
    throw new Error(`Ceph's ${service} runs on ${host ?? 'no host'}, which is no node of the inventory`);
  return [node];
}
