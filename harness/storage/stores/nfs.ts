/**
 * NFSv4.1: one server, mounted hard by the guest's own kernel. While the server is away every operation waits; a server
 * that is back gives its clients a time of grace, and serves the others after it.
 */
import {startDaemon} from '../../cluster/services.ts';
import {mountNfs} from '../../guest/mounted.ts';
import {nfsShare, startNfs} from '../../lab/nfs.ts';
import {folderOf, guestOf, mountGap, untilNothingMissing} from './mounted.ts';
import {onServers} from './servers.ts';
import type {StoreBackend} from './store.ts';

export const nfs: StoreBackend = {
  title: 'NFSv4.1',
  readiness: (cluster, store) => mountGap(cluster, store, 'nfs4'),
  gapInGuest: (cluster, store) => mountGap(cluster, store, 'nfs4'),

  async heal(cluster, store) {
    for (const server of onServers(cluster, store)) {
      const started = await startDaemon(cluster, server, {kind: 'ganesha.nfsd'});
      if (!started.ok) return started;
    }
    return untilNothingMissing(store, () => mountGap(cluster, store, 'nfs4'));
  },

  lab: {
    programs: ['ganesha.nfsd'],
    guestClients: true,
    servers: 'last',
    path: '/mnt/nfs/seatrial-store',
    async serve({cluster}, store) {
      const [server] = onServers(cluster, store);
      if (server === undefined) return {ok: false, error: 'no node serves it'};
      const started = await startNfs(cluster.transport, server);
      return started.ok ? {ok: true, value: []} : started;
    },
    async attach(cluster, store) {
      const server = onServers(cluster, store)[0]?.addresses.service;
      if (server === undefined) return {ok: false, error: 'no node with an address on the service plane serves it'};
      const mounted = await mountNfs(cluster, guestOf(cluster, store), {
        server,
        share: nfsShare,
        folder: folderOf(store),
      });
      // A server that has just begun was seen to answer the first file with an error of I/O.
      return mounted.ok ? untilNothingMissing(store, () => mountGap(cluster, store, 'nfs4')) : mounted;
    },
  },
};
