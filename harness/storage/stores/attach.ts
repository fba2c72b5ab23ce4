/**
 * A store that its guest attaches by itself is gone when the guest was started anew: by a profile, or by a failover. It
 * is attached again as it was at first, by its owner's command or by the lab, before anything is said of it.
 */
import {guestExec} from '../../guest/exec.ts';
import {told} from '../../guest/fio-beside.ts';
import type {Cluster, Result, Store} from '../../types.ts';
import {storeBackends} from './index.ts';
import {guestOf, untilNothingMissing} from './mounted.ts';

/** A mount waits for its server's time of grace. */
const attachMs = 120_000;

/**
 * Why the store must not be measured, with one try to attach it; undefined where nothing speaks against it. CephFS
 * waits for a client that is gone without a word, a minute as it comes: so one that was just attached is waited for.
 */
export async function readyOrAttached(
  cluster: Cluster,
  store: Store,
  say: (text: string) => void,
): Promise<string | undefined> {
  const {readiness, gapInGuest} = storeBackends[store.kind];
  const gap = await gapInGuest?.(cluster, store);
  if (gap === undefined || gapInGuest === undefined) return readiness(cluster, store);
  const attaching = store.attach === undefined ? cluster.attachStore?.(cluster, store) : byCommand(cluster, store);
  if (attaching === undefined) return gap;
  say(`store ${store.name} is not as it should be (${gap}): attaching it again`);
  const attached = await attaching;
  if (!attached.ok) return `${gap}; it cannot be attached again: ${attached.error}`;
  const there = await untilNothingMissing(store, () => gapInGuest(cluster, store));
  return there.ok ? readiness(cluster, store) : there.error;
}

async function byCommand(cluster: Cluster, store: Store): Promise<Result<void, string>> {
  const [program, ...words] = store.attach ?? [];
  if (program === undefined) return {ok: true, value: undefined};
  const outcome = await guestExec(cluster, guestOf(cluster, store), {argv: [program, ...words], timeoutMs: attachMs});
  return outcome.exit.kind === 'exited' && outcome.exit.code === 0
    ? {ok: true, value: undefined}
    : {ok: false, error: `${program} in ${store.guest}: ${told(outcome)}`};
}
