/** An image of the lab's Ceph, or of its owner's: the cluster's own storage answers for it. */
import {imageCreate} from '../../cluster/storage.ts';
import {labPool} from '../../lab/ceph.ts';
import type {Cluster} from '../../types.ts';
import {waitFor} from '../../wait.ts';
import {ceph} from '../ceph.ts';
import type {StoreBackend} from './store.ts';

const image = 'store-rbd';
const wholeMs = 120_000;

export const rbd: StoreBackend = {
  title: 'Ceph RBD',
  readiness: cluster => ceph.readiness(cluster),
  async heal(cluster) {
    let gap: string | undefined;
    const whole = await waitFor('every copy in Ceph to be whole', wholeMs, async () => {
      gap = await ceph.readiness(cluster);
      return gap === undefined ? true : undefined;
    });
    return whole.ok ? {ok: true, value: undefined} : {ok: false, error: `${whole.error}; last: ${gap}`};
  },
  lab: {
    programs: [],
    servers: 'all',
    needs: 'ceph',
    async serve({cluster}, _store, bytes) {
      const [host] = cluster.nodes;
      if (host === undefined) return {ok: false, error: 'no node'};
      const made = await imageCreate({transport: cluster.transport, host}, labPool, image, bytes);
      if (!made.ok) return made;
      return {ok: true, value: [{protocol: 'rbd', pool: labPool, image, monitors: monitorsOf(cluster)}]};
    },
  },
};

/** Where the lab's nodes have their monitors. */
function monitorsOf({nodes}: Pick<Cluster, 'nodes'>): readonly {host: string; port: number}[] {
  return nodes.flatMap(({addresses}) =>
    addresses.storage === undefined ? [] : [{host: addresses.storage, port: 6789}],
  );
}
