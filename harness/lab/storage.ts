/** The lab's store and the guests' disks on it. */
import type {DiskSource} from '../cluster/domain-xml.ts';
import type {Cluster, Guest, Host, Result} from '../types.ts';
import {bootstrapCeph, createGuestDisks, guestDisks, labPool} from './ceph.ts';
import type {GuestDiskKind} from './guests.ts';

/** Where a guest's disk is found. */
export type DiskPlaces = (guest: Guest, disk: GuestDiskKind) => DiskSource;

/** Makes the store and every guest's disks; ends when they can be written to. */
export async function makeDisks(
  cluster: Cluster,
  storageHost: Host | undefined,
  say: (text: string, host?: string) => void,
  signal: AbortSignal,
): Promise<Result<DiskPlaces, string>> {
  if (storageHost !== undefined) return {ok: false, error: 'nbd is not here yet'};
  const ready = await bootstrapCeph(cluster.transport, cluster.nodes, say, signal);
  if (!ready.ok) return ready;
  const made = await createGuestDisks(cluster.transport, cluster.nodes, cluster.guests, say);
  if (!made.ok) return made;
  const monitors = ready.value.plan.nodes.map(node => ({host: node.address, port: 6789}));
  return {
    ok: true,
    value: (guest, disk) => ({protocol: 'rbd', pool: labPool, image: guestDisks(guest.name)[disk], monitors}),
  };
}
