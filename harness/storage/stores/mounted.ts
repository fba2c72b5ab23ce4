/** What stores that a guest attaches by itself have in common: the guest, and that its metadata can be worked with. */
import {type MountedKind, metadataGap} from '../../guest/mounted.ts';
import type {Cluster, Guest, Result, Store} from '../../types.ts';
import {waitFor} from '../../wait.ts';

/** Of a store that is whole; a server's takeover takes longer. */
const lookMs = 5_000;
const healedMs = 120_000;

/** The one that has the store attached. */
export function guestOf({guests}: Pick<Cluster, 'guests'>, store: Pick<Store, 'guest'>): Guest {
  const guest = guests.find(({name}) => name === store.guest);
  if (guest === undefined) throw new Error(`the inventory has no guest ${store.guest}`);
  return guest;
}

/** The file lies right below what is mounted. */
export const folderOf = ({path}: Pick<Store, 'path'>): string => path.replace(/\/[^/]*$/, '') || '/';

/** Why the store's metadata cannot be worked with in its guest. */
export function mountGap(cluster: Cluster, store: Store, kind: MountedKind): Promise<string | undefined> {
  return metadataGap(cluster, guestOf(cluster, store), {kind, folder: folderOf(store), deadlineMs: lookMs});
}

/** Ends when nothing is missing any more, by a look that says what is. */
export async function untilNothingMissing(
  store: Pick<Store, 'name'>,
  look: () => Promise<string | undefined>,
): Promise<Result<void, string>> {
  let last = '';
  const whole = await waitFor(`store ${store.name} to be whole`, healedMs, async () => {
    last = (await look()) ?? '';
    return last === '' ? true : undefined;
  });
  return whole.ok ? {ok: true, value: undefined} : {ok: false, error: `${whole.error}; last: ${last}`};
}
