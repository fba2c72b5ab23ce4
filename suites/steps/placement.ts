/** Which guest runs on which node, as the cluster says. */
import {clusterView} from '../../harness/cluster/pacemaker.ts';
import type {Cluster, Guest} from '../../harness/types.ts';

/**
 * Guest → the nodes it runs on, in the order of the guests, all at one look. Throws with a sentence where the cluster
 * does not say.
 */
export async function nodesOfGuests(
  cluster: Cluster,
  guests: readonly Guest[] = cluster.guests,
): Promise<ReadonlyMap<Guest, readonly string[]>> {
  const view = await clusterView(cluster);
  if (!view.ok) throw new Error(view.error);
  const {resources} = view.value.state;
  return new Map(
    guests.map(guest => {
      const known = resources.find(({id}) => id === guest.resource);
      if (known === undefined) throw new Error(`the cluster has no resource named ${guest.resource}`);
      return [guest, known.nodes];
    }),
  );
}

/** Whether each of these guests runs on exactly one node, and that is none of `than`. */
export async function runElsewhere(
  cluster: Cluster,
  guests: readonly Guest[],
  than: readonly string[],
): Promise<boolean> {
  const placed = await nodesOfGuests(cluster, guests).catch(() => undefined);
  const places = placed === undefined ? [] : [...placed.values()];
  return (
    placed !== undefined &&
    places.every(([node, ...more]) => node !== undefined && more.length === 0 && !than.includes(node))
  );
}
