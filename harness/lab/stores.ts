/** Stores beside the guests' own disks (harness/storage/stores/store.ts): planned, served, attached. */
import type {GuestDisk} from '../cluster/domain-xml.ts';
import type {LabStorage} from '../storage/backend.ts';
import {storeBackends} from '../storage/stores/index.ts';
import type {Cluster, Guest, Host, Result, Store, StoreKind} from '../types.ts';

/** Filled and read whole in a trial. */
const storeBytes = 96 * 1024 ** 2;

/** All of them in the last guest; what one node serves, the last node does. */
export function planStores(kinds: readonly StoreKind[], nodes: readonly Host[], guests: readonly Guest[]): Store[] {
  const guest = guests.at(-1)?.name ?? '';
  const served = {none: [], last: nodes.slice(-1), all: nodes, 'first-guest': guests.slice(0, -1).slice(0, 1)};
  return [...new Set(kinds)].flatMap((kind): Store[] => {
    const {lab} = storeBackends[kind];
    if (lab === undefined) return [];
    const servers = served[lab.servers].map(({name}) => name);
    const serial = serialOf(kind);
    return [
      {
        name: kind,
        kind,
        guest,
        ...(lab.path === undefined ? {path: `/dev/disk/by-id/virtio-${serial}`, serial} : {path: lab.path}),
        servers,
        ...(lab.source === undefined ? {} : {source: lab.source}),
      },
    ];
  });
}

/** That the machine under the lab must have. */
export function storePrograms(kinds: readonly StoreKind[]): readonly string[] {
  return [...new Set(kinds.flatMap(kind => storeBackends[kind].lab?.programs ?? []))];
}

/** virtio carries 20 characters. */
const serialOf = (kind: StoreKind): string => `store-${kind}`;

export interface StoreDisk extends GuestDisk {
  guest: string;
}

/** One after the other: they share two processors. What the guests' hosts attach. */
export async function serveStores(
  stores: readonly Store[],
  lab: LabStorage,
): Promise<Result<readonly StoreDisk[], string>> {
  const disks: StoreDisk[] = [];
  for (const store of stores) {
    lab.say(`store ${store.name}: making it`);
    const served = await storeBackends[store.kind].lab?.serve(lab, store, storeBytes);
    if (served === undefined) return {ok: false, error: `no lab has a store ${store.kind}`};
    if (!served.ok) return {ok: false, error: `store ${store.name}: ${served.error}`};
    const serial = serialOf(store.kind);
    const several = served.value.length > 1;
    for (const [index, source] of served.value.entries())
      disks.push({guest: store.guest, serial: several ? `${serial}-${index + 1}` : serial, source, uncached: true});
  }
  return {ok: true, value: disks};
}

/** Nothing where the guest's host attaches it. */
export const attachStore = (cluster: Cluster, store: Store): Promise<Result<void, string>> | undefined =>
  storeBackends[store.kind].lab?.attach?.(cluster, store);

/** In the guests, which answer by now. */
export async function attachStores(cluster: Cluster): Promise<Result<void, string>> {
  for (const store of cluster.stores ?? []) {
    const attached = await attachStore(cluster, store);
    if (attached !== undefined && !attached.ok) return {ok: false, error: `store ${store.name}: ${attached.error}`};
  }
  return {ok: true, value: undefined};
}

/** Whether guests of the lab need more than every guest has. */
export const needsClients = (kinds: readonly StoreKind[]): boolean =>
  kinds.some(kind => storeBackends[kind].lab?.guestClients === true);

/** Nodes that serve a store alone are kept free of its guest, as on a real cluster: it would go down with its store. */
export function guestsApartFromServers({
  stores = [],
  nodes,
}: Pick<Cluster, 'stores' | 'nodes'>): readonly {guest: string; node: string}[] {
  const pairs = stores.flatMap(({guest, servers: [only, ...others]}) =>
    others.length === 0 && nodes.some(({name}) => name === only) ? [{guest, node: only ?? ''}] : [],
  );
  return pairs.filter(
    (pair, index) => pairs.findIndex(({guest, node}) => guest === pair.guest && node === pair.node) === index,
  );
}
