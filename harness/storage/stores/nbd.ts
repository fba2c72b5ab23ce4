/** One nbdkit on a node: no copy and no state but its file. */
import {type NbdDisk, nbdBootHook} from '../../lab/nbd.ts';
import {layHook, onlyServer} from './servers.ts';
import {nothingToHeal, ready, type StoreBackend} from './store.ts';

/** Beside those of the guests' own disks, should the lab have them on the same host. */
const port = 10_909;

export const nbd: StoreBackend = {
  title: 'NBD',
  readiness: ready,
  // Its unit starts it, and QEMU connects again by itself.
  heal: nothingToHeal,
  lab: {
    programs: ['nbdkit'],
    servers: 'last',
    async serve({cluster}, store, bytes) {
      const disk: NbdDisk = {name: 'store-nbd', port, bytes, content: 'zeros'};
      const found = onlyServer(cluster, store);
      if (!found.ok) return found;
      const {server, address} = found.value;
      const laid = await layHook(cluster, server, {
        name: '40-store-nbd',
        prepare: `mkdir -p /var/lib/seatrial/disk/nbd\ntruncate -s ${bytes} /var/lib/seatrial/disk/nbd/${disk.name}`,
        hook: nbdBootHook(disk, address, {lying: false}),
      });
      if (!laid.ok) return laid;
      return {ok: true, value: [{protocol: 'nbd', export: disk.name, host: address, port}]};
    },
  },
};
