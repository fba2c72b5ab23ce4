/**
 * NVMe over TCP: a guest serves, another logs in. The lab's target keeps its disk in its own memory: the network and
 * the protocol are measured, and nothing below them.
 */
import {connectNvme, nvmeGap, serveNvme} from '../../guest/nvme.ts';
import type {Cluster, Store} from '../../types.ts';
import {guestOf, untilNothingMissing} from './mounted.ts';
import type {StoreBackend} from './store.ts';

const nqn = 'nqn.2026-11.lab:seatrial';

export const nvmeTcp: StoreBackend = {
  title: 'NVMe/TCP',
  readiness: gapOf,
  gapInGuest: gapOf,
  /** Its kernel logs in again by itself, for ten minutes. */
  heal: (cluster, store) => untilNothingMissing(store, () => gapOf(cluster, store)),

  lab: {
    programs: [],
    guestClients: true,
    servers: 'first-guest',
    path: '/dev/seatrial-nvme',
    source: nqn,
    serve: async () => ({ok: true, value: []}),
    async attach(cluster, store) {
      const target = cluster.guests.find(({name}) => store.servers.includes(name));
      if (target === undefined) return {ok: false, error: 'it takes a second guest, which serves it'};
      const served = await serveNvme(cluster, target, {nqn, address: target.address}, 112);
      if (!served.ok) return served;
      return untilNothingMissing(store, async () => {
        const at = {nqn, address: target.address};
        const connected = await connectNvme(cluster, guestOf(cluster, store), at, store.path);
        return connected.ok ? gapOf(cluster, store) : connected.error;
      });
    },
  },
};

function gapOf(cluster: Cluster, store: Store): Promise<string | undefined> {
  const {source = nqn, path} = store;
  return nvmeGap(cluster, guestOf(cluster, store), {nqn: source, path});
}
