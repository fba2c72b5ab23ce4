/** A file on the guest's own host: no network and no copy. What lives elsewhere after a crash has lost it. */
import {everyServer} from './servers.ts';
import {nothingToHeal, ready, type StoreBackend} from './store.ts';

const path = '/var/lib/seatrial/disk/store-file';

export const file: StoreBackend = {
  title: 'local file',
  readiness: ready,
  heal: nothingToHeal,
  lab: {
    programs: [],
    servers: 'none',
    // On each node one of its own, so that the guest can be started anywhere: with another content.
    async serve({cluster}, _store, bytes) {
      const made = await everyServer(cluster, cluster.nodes, `truncate -s ${bytes} ${path}`);
      return made.ok ? {ok: true, value: [{protocol: 'file', path}]} : made;
    },
  },
};
