/** Where the store keeps the beginnings of the guests' disks: on Ceph, each on the OSD that is asked for it. */
import {domains, dumpxml} from '../cluster/libvirt.ts';
import {firstObject, osdTree} from '../cluster/storage.ts';
import {onCephHost} from '../storage/ceph-host.ts';
import type {Cluster, Guest, Result} from '../types.ts';

export interface DiskBeginning {
  pool: string;
  object: string;
  /** The OSD that reads of it go to, and the host that it stands in. */
  osd: number;
  host: string;
}

/** Of every disk in RBD of these guests, in their order. One that was never written to has no object yet. */
export async function diskBeginnings(
  cluster: Cluster,
  guests: readonly Guest[] = cluster.guests,
): Promise<Result<readonly DiskBeginning[], string>> {
  const images = await imagesOf(cluster, guests);
  if (!images.ok) return images;
  return onCephHost(cluster, async target => {
    const tree = await osdTree(target);
    if (!tree.ok) return tree;
    const found: DiskBeginning[] = [];
    for (const {pool, image} of images.value) {
      const first = await firstObject(target, pool, image);
      if (!first.ok) return first;
      const host = tree.value.find(({osd}) => osd === first.value.osd)?.host ?? '';
      found.push({pool, ...first.value, host});
    }
    return {ok: true, value: found};
  });
}

/** As libvirt has them. */
async function imagesOf(
  cluster: Cluster,
  guests: readonly Guest[],
): Promise<Result<readonly {pool: string; image: string}[], string>> {
  const {active} = await domains(cluster);
  const images: {pool: string; image: string}[] = [];
  for (const {name} of guests) {
    const where = active.find(({domain}) => domain === name)?.node;
    const host = cluster.nodes.find(node => node.name === where);
    if (host === undefined) return {ok: false, error: `libvirt has ${name} active nowhere`};
    const xml = await dumpxml(cluster, host, name);
    if (!xml.ok) return xml;
    for (const [, pool = '', image = ''] of xml.value.matchAll(
      /protocol=['"]rbd['"] name=['"]([^'"/]+)\/([^'"]+)['"]/g,
    ))
      images.push({pool, image});
  }
  return images.length > 0 ? {ok: true, value: images} : {ok: false, error: 'no guest has a disk of RBD'};
}
