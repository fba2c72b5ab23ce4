/**
 * The guest with clients of the stores that it attaches by itself: NFSv4.1, CephFS, NVMe over TCP (and a target of it),
 * and md's RAID-10. A second archive behind the first, some 12 MB: only labs that ask for it carry it, and no module of
 * it is loaded before it is used.
 */
import {join} from 'node:path';
import {runLocally} from '../transport/local.ts';
import type {Result} from '../types.ts';
import {cached, hashOf} from './cache.ts';
import {unpackedDebs} from './debs.ts';
import {type GuestImage, kernelDeb, lastWords, succeeded} from './image.ts';

const script = join(import.meta.dirname, 'clients.sh');

/**
 * Built once, as the image is. mdadm is fetched and not installed: Debian's package starts jobs and a monitor on the
 * machine, which has no array.
 */
export async function withStoreClients(
  image: GuestImage,
  say: (text: string) => void,
): Promise<Result<GuestImage, string>> {
  const kernel = await kernelDeb(say);
  if (!kernel.ok) return kernel;
  const mdadm = await unpackedDebs('mdadm', ['mdadm'], () =>
    say('fetching mdadm from the Debian mirror (443 kB, once)'),
  );
  if (!mdadm.ok) return mdadm;
  const hash = await hashOf([
    {name: 'image', text: image.hash},
    {name: 'clients.sh', file: script},
    {name: 'mdadm', file: join(mdadm.value, 'sbin/mdadm')},
  ]);
  const folder = await cached(`guest-stores-${hash}`, async building => {
    say('adding clients of NFS, CephFS, NVMe/TCP and md to the guest image (about 5 s, once)');
    const outcome = await runLocally({
      argv: ['sh', script, kernel.value, image.initramfs, mdadm.value, building],
      timeoutMs: 120_000,
      idempotent: true,
    });
    return succeeded(outcome)
      ? {ok: true, value: undefined}
      : {ok: false, error: `cannot add store clients to the guest image: ${lastWords(outcome)}`};
  });
  return folder.ok ? {ok: true, value: {...image, initramfs: join(folder.value, 'initramfs'), hash}} : folder;
}
