/**
 * CephFS, mounted by the guest's own kernel: an active metadata server and one that stands by. Its metadata is worked
 * with before anything is believed: a server that died may stay `active` for as long as nobody looks, in HEALTH_OK.
 */
import {beaconTimes, cephFsState, unnoticed} from '../../cluster/cephfs.ts';
import {whereRuns} from '../../cluster/pacemaker.ts';
import {startDaemon} from '../../cluster/services.ts';
import {mountCephFs} from '../../guest/mounted.ts';
import {inGuest} from '../../guest/shell.ts';
import {cephFsUser, layCephFsKey, makeCephFs} from '../../lab/cephfs.ts';
import type {Cluster, Result, Store} from '../../types.ts';
import {onCephHost} from '../ceph-host.ts';
import {folderOf, guestOf, mountGap, untilNothingMissing} from './mounted.ts';
import {onServers} from './servers.ts';
import type {StoreBackend} from './store.ts';

export const cephfs: StoreBackend = {
  title: 'CephFS',
  readiness: gapOf,
  gapInGuest: (cluster, store) => mountGap(cluster, store, 'ceph'),

  async heal(cluster, store) {
    for (const server of onServers(cluster, store)) {
      const started = await startDaemon(cluster, server, {kind: 'mds'});
      if (!started.ok) return started;
    }
    return untilNothingMissing(store, () => gapOf(cluster, store));
  },

  lab: {
    programs: ['ceph-mds'],
    guestClients: true,
    servers: 'all',
    needs: 'ceph',
    path: '/mnt/cephfs/seatrial-store',
    async serve({cluster, say, signal}) {
      const made = await makeCephFs(cluster, say, signal);
      return made.ok ? {ok: true, value: []} : made;
    },
    attach: attachInLab,
  },
};

/** The metadata first: it is what the monitors' words are held against. */
async function gapOf(cluster: Cluster, store: Store): Promise<string | undefined> {
  const stuck = await mountGap(cluster, store, 'ceph');
  const state = await onCephHost(cluster, cephFsState);
  if (stuck !== undefined) {
    const said = state.ok
      ? (state.value.gap ?? `Ceph says that ${state.value.active.join(', ')} is active`)
      : state.error;
    return `${stuck}; ${said}`;
  }
  if (!state.ok) return state.error;
  if (state.value.gap !== undefined) return state.value.gap;
  const times = await onCephHost(cluster, beaconTimes);
  return times.ok ? unnoticed('metadata server', times.value) : times.error;
}

const keyFile = '/run/seatrial-cephfs.key';

/**
 * The lab's guests are in the service plane alone, and Ceph is in the storage plane: each node takes what is for its
 * own address there, whichever way it comes.
 */
async function attachInLab(cluster: Cluster, store: Store): Promise<Result<void, string>> {
  const guest = guestOf(cluster, store);
  const routes = cluster.nodes.flatMap(({addresses: {storage, service}}) =>
    storage === undefined || service === undefined ? [] : [`ip route replace ${storage} via ${service}`],
  );
  const routed = await inGuest(cluster, guest, {
    what: 'find a way to Ceph',
    script: routes.join(' && '),
    timeoutMs: 20_000,
  });
  if (!routed.ok) return routed;
  const where = await whereRuns(cluster, guest.resource);
  if (!where.ok) return where;
  const node = cluster.nodes.find(({name}) => name === where.value[0]);
  if (node === undefined) return {ok: false, error: `${guest.name} runs on no node`};
  const laid = await layCephFsKey(cluster, node, guest.name, keyFile);
  if (!laid.ok) return laid;
  const monitors = cluster.nodes.flatMap(({addresses: {storage}}) =>
    storage === undefined ? [] : [`${storage}:6789`],
  );
  return mountCephFs(cluster, guest, {monitors, folder: folderOf(store), user: cephFsUser, keyFile});
}
