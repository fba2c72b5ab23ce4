/** The lab's store and the guests' disks on it. */
import type {DiskSource} from '../cluster/domain-xml.ts';
import type {Cluster, Guest, Host, Result} from '../types.ts';
import {bootstrapCeph, createGuestDisks, guestDisks, labPool} from './ceph.ts';
import type {GuestDiskKind} from './guests.ts';
import {bootstrapNbd, planNbdDisks} from './nbd.ts';

/** Where a guest's disk is found; nowhere for a guest that was not planned. */
export type DiskPlaces = (guest: Guest, disk: GuestDiskKind) => DiskSource | undefined;

/** Makes the store and every guest's disks; ends when they can be written to. */
export async function makeDisks(
  cluster: Cluster,
  storageHost: Host | undefined,
  say: (text: string, host?: string) => void,
  signal: AbortSignal,
): Promise<Result<DiskPlaces, string>> {
  if (storageHost !== undefined) {
    const address = storageHost.addresses.storage;
    if (address === undefined) return {ok: false, error: `${storageHost.name} has no address on the storage plane`};
    const disks = planNbdDisks(cluster.guests);
    const served = await bootstrapNbd({transport: cluster.transport, host: storageHost}, disks, say);
    if (!served.ok) return served;
    return {
      ok: true,
      value: (guest, kind) => {
        const name = guestDisks(guest.name)[kind];
        const disk = disks.find(each => each.name === name);
        return disk === undefined ? undefined : {protocol: 'nbd', export: name, host: address, port: disk.port};
      },
    };
  }
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
