/** Which guests share a machine: on one node, or on nodes that have one kernel. */
import {readOnly, stdoutOf} from '../../harness/cluster/commands.ts';
import type {Cluster, Guest, Host} from '../../harness/types.ts';
import {nodeOf} from './place.ts';

export interface Placed {
  guest: Guest;
  node: Host;
}

export interface Machine {
  /** All nodes that run on this kernel. */
  nodes: readonly Host[];
  guests: readonly Placed[];
}

/** The machine with most guests; at least two of them. Throws with a sentence. */
export async function machineOfMost(cluster: Cluster): Promise<Machine> {
  const kernels = new Map<string, Host[]>();
  for (const node of cluster.nodes) {
    const boot = await stdoutOf(cluster.transport, node, readOnly(['cat', '/proc/sys/kernel/random/boot_id']));
    // One that does not say shares with nobody.
    const kernel = boot.ok ? boot.value.trim() : node.name;
    kernels.set(kernel, [...(kernels.get(kernel) ?? []), node]);
  }
  const placed = await Promise.all(cluster.guests.map(async guest => ({guest, node: await nodeOf(cluster, guest)})));
  const machines = [...kernels.values()].map(nodes => ({
    nodes,
    guests: placed.filter(({node}) => nodes.includes(node)),
  }));
  const [most] = machines.sort((a, b) => b.guests.length - a.guests.length);
  if (most !== undefined && most.guests.length > 1) return most;
  const where = placed.map(({guest, node}) => `${guest.name} on ${node.name}`).join(', ');
  throw new Error(`no two guests run on one machine (${where}): list more guests than nodes, or move one of them`);
}
