/** Which guest runs on which node, as the cluster says. */
import {whereRuns} from '../../harness/cluster/pacemaker.ts';
import type {Cluster, Guest} from '../../harness/types.ts';

/** Guest → the nodes it runs on, in the order of the guests. Throws with a sentence where the cluster does not say. */
export async function nodesOfGuests(
  cluster: Cluster,
  guests: readonly Guest[] = cluster.guests,
): Promise<ReadonlyMap<Guest, readonly string[]>> {
  const placement = new Map<Guest, readonly string[]>();
  for (const guest of guests) {
    const nodes = await whereRuns(cluster, guest.resource);
    if (!nodes.ok) throw new Error(nodes.error);
    placement.set(guest, nodes.value);
  }
  return placement;
}

/** Whether the guest runs on exactly one node, and that is none of these. */
export async function runsElsewhere(cluster: Cluster, guest: Guest, than: readonly string[]): Promise<boolean> {
  const nodes = await whereRuns(cluster, guest.resource);
  if (!nodes.ok || nodes.value.length !== 1) return false;
  return !nodes.value.some(node => than.includes(node));
}
