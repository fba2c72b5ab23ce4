/** Whom a step of a timeline strikes: known when the trial begins, and fixed before the first fault. */

import {clusterView} from '../../harness/cluster/pacemaker.ts';
import {cephServiceHosts} from '../../harness/cluster/storage.ts';
import {diskBeginnings} from '../../harness/faults/guest-disks.ts';
import {onCephHost} from '../../harness/storage/ceph-host.ts';
import type {Cluster, Guest, Host} from '../../harness/types.ts';
import {nodesOfGuests} from '../steps/placement.ts';

/**
 * `node-of-first-guest` is where the first guest runs, and whatever strikes more nodes begins with it: `two-nodes`,
 * `half` and `all` take those that follow in the inventory, and `next-node` is the first that follows. The others
 * run what Pacemaker or Ceph has one of at a time.
 */
export type TargetName =
  | 'node-of-first-guest'
  | 'next-node'
  | 'two-nodes'
  | 'half'
  | 'all'
  | 'coordinator'
  | 'node-of-active-manager'
  | 'node-of-leading-monitor'
  | 'node-of-first-disk';

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
  if (name === 'node-of-first-disk') return nodeOfFirstDisk(cluster);
  if (name === 'coordinator') return [await coordinator(cluster)];
  if (name === 'next-node') return from.slice(1, 2);
  return from.slice(0, countOf(name, from.length));
}

/** How many of so many nodes are struck. */
export function countOf(name: TargetName, nodes: number): number {
  if (name === 'all') return nodes;
  if (name === 'half') return Math.floor(nodes / 2);
  return name === 'two-nodes' ? 2 : 1;
}

/** The node that decides for all of them. */
async function coordinator(cluster: Cluster): Promise<Host> {
  const view = await clusterView(cluster);
  if (!view.ok) throw new Error(view.error);
  const {dc} = view.value.state;
  const node = cluster.nodes.find(({name}) => name === dc);
  if (node === undefined)
    throw new Error(`the cluster's coordinator is ${dc ?? 'nobody'}, which is no node of the inventory`);
  return node;
}

/** The node whose OSD is asked for the beginning of the first guest's first disk. */
async function nodeOfFirstDisk(cluster: Cluster): Promise<readonly Host[]> {
  const disks = await diskBeginnings(cluster, cluster.guests.slice(0, 1));
  if (!disks.ok) throw new Error(disks.error);
  return nodeCalled(cluster, disks.value[0]?.host, "the OSD of the first guest's disk");
}

async function nodeOfCeph(cluster: Cluster, service: 'manager' | 'monitor'): Promise<readonly Host[]> {
  const hosts = await onCephHost(cluster, cephServiceHosts);
  if (!hosts.ok) throw new Error(hosts.error);
  return nodeCalled(cluster, hosts.value[service], `Ceph's ${service}`);
}

/** By the name that the host gives itself, with or without its domain. */
function nodeCalled(cluster: Cluster, host: string | undefined, what: string): readonly Host[] {
  const node = cluster.nodes.find(({name}) => name === host || host?.startsWith(`${name}.`));
  if (node === undefined) throw new Error(`${what} runs on ${host ?? 'no host'}, which is no node of the inventory`);
  return [node];
}
