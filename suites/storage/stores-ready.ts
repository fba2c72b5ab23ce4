/**
 * Whether a store may be measured: its servers say that nothing flatters it, no page cache of the host answers for it,
 * and its path in the guest is what is meant to be overwritten.
 */
import {deviceRefusals} from '../../harness/cluster/scratch.ts';
import {guestExec} from '../../harness/guest/exec.ts';
import {child, childrenNamed, parseXml} from '../../harness/parse/xml.ts';
import {readyOrAttached} from '../../harness/storage/stores/attach.ts';
import type {Cluster, Guest, Store, Trial} from '../../harness/types.ts';

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
const cachedByHost: readonly Store['kind'][] = ['file', 'rbd'];
const uncached = ['none', 'directsync'];

/** Why the domain's disk would be answered by its host's memory. Pure. `xml`: as libvirt has the running domain. */
export function cacheRefusal(xml: string, {kind, serial, name}: Store): string | undefined {
  if (!cachedByHost.includes(kind)) return undefined;
  const domain = parseXml(xml, 'domain.xml');
  if (!domain.ok) return `how the disk of ${name} is cached is not known: ${domain.error.found}`;
  const disks = childrenNamed(child(domain.value, 'devices'), 'disk');
  const disk = disks.find(each => serial !== undefined && child(each, 'serial')?.text === serial);
  if (disk === undefined) return undefined;
  const cache = child(disk, 'driver')?.attributes.cache ?? 'default';
  if (uncached.includes(cache)) return undefined;
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
