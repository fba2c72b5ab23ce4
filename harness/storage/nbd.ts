/** The lab's light store: a server outside the cluster, which the nodes know nothing of. */
import {guestDisks} from '../lab/ceph.ts';
import {bootstrapNbd, planNbdDisks} from '../lab/nbd.ts';
import {elsewhere, type StorageBackend} from './backend.ts';

export const nbd: StorageBackend = {
  ...elsewhere,

  async lab({cluster, storageHost, say}) {
    const address = storageHost?.addresses.storage;
    if (storageHost === undefined || address === undefined)
      return {ok: false, error: 'nbd needs a storage host with an address on the storage plane, found none'};
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
  },
};
