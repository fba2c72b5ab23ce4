/**
 * Whether a store may be measured: its servers say that nothing flatters it, no page cache of the host answers for it,
 * and its path in the guest is what is meant to be overwritten.
 */
import {deviceRefusals} from '../../harness/cluster/scratch.ts';
import {guestExec} from '../../harness/guest/exec.ts';
import {memberSerials} from '../../harness/guest/raid.ts';
import {child, childrenNamed, parseXml} from '../../harness/parse/xml.ts';
import {readyOrAttached} from '../../harness/storage/stores/attach.ts';
import type {Cluster, Guest, Result, Store, Trial} from '../../harness/types.ts';

/** Why not, a sentence; undefined where it may. One that its guest has lost is attached again. */
export async function storeRefusal(
  {cluster, say}: Pick<Trial, 'cluster' | 'say'>,
  guest: Guest,
  store: Store,
): Promise<string | undefined> {
  const unready = await readyOrAttached(cluster, store, text => say(text, guest.name));
  if (unready !== undefined) return unready;
  if (!store.path.startsWith('/dev/')) return mountRefusal(cluster, guest, store.path);
  const [refused] = await deviceRefusals(cluster, guest, store.path, store.serial);
  return refused;
}

/** Of these the guest's host keeps pages in its own memory, unless it is told not to. */
const cachedByHost: readonly Store['kind'][] = ['file', 'rbd', 'md-raid10'];
const uncached = ['none', 'directsync'];

/** What the guest's disks say that they are, of which the store is made. */
export async function disksOf(
  cluster: Cluster,
  guest: Guest,
  store: Store,
): Promise<Result<readonly string[], string>> {
  if (store.kind === 'md-raid10') return memberSerials(cluster, guest, store.path);
  return {ok: true, value: store.serial === undefined ? [] : [store.serial]};
}

/** Why one of these disks would be answered by its host's memory. Pure. `xml`: as libvirt has the running domain. */
export function cacheRefusal(xml: string, {kind, name}: Store, serials: readonly string[]): string | undefined {
  if (!cachedByHost.includes(kind)) return undefined;
  const domain = parseXml(xml, 'domain.xml');
  if (!domain.ok) return `how the disk of ${name} is cached is not known: ${domain.error.found}`;
  const disks = childrenNamed(child(domain.value, 'devices'), 'disk').filter(each =>
    serials.includes(child(each, 'serial')?.text ?? ''),
  );
  const caches = disks.map(each => child(each, 'driver')?.attributes.cache ?? 'default');
  const cache = caches.find(each => !uncached.includes(each));
  if (cache === undefined) return undefined;
  return `the disk of ${name} has cache=${cache}: reads are answered by the memory of its host, and not by the store`;
}

/** Where nothing is mounted, a file lies in the guest's memory, and is fast. */
async function mountRefusal(cluster: Cluster, guest: Guest, path: string): Promise<string | undefined> {
  const argv = ['stat', '-f', '-c', '%T', path.replace(/\/[^/]*$/, '') || '/'] as const;
  const outcome = await guestExec(cluster, guest, {argv, timeoutMs: 20_000});
  const type = outcome.stdout.trim();
  if (outcome.exit.kind !== 'exited' || outcome.exit.code !== 0)
    return `${path} of ${guest.name} cannot be looked at: ${outcome.stderr.trim() || JSON.stringify(outcome.exit)}`;
  if (!/^(tmpfs|ramfs|rootfs)$/.test(type)) return undefined;
  return `${path} of ${guest.name} lies on ${type}, the guest's memory: nothing is mounted there`;
}
