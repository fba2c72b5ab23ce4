/** Where the scratch disk of a guest lies in the store, as libvirt has it of the running domain. */
import {child, descendants, parseXml} from '../parse/xml.ts';
import type {Cluster, Guest, Host, Result} from '../types.ts';
import {dumpxml} from './libvirt.ts';

export type StoreImage =
  | {protocol: 'rbd'; pool: string; image: string}
  | {protocol: 'nbd'; host: string; port: number; export: string};

/** `node`: the one that the guest runs on. */
export async function scratchImage(cluster: Cluster, guest: Guest, node: Host): Promise<Result<StoreImage, string>> {
  if (guest.scratchSerial === undefined) {
    const error = `which disk of ${guest.name} is ${guest.scratchDevice} is not known: state its scratchSerial in the inventory`;
    return {ok: false, error};
  }
  const xml = await dumpxml(cluster, node, guest.name);
  return xml.ok ? imageOf(xml.value, guest.scratchSerial, guest.name) : xml;
}

/** Pure. */
export function imageOf(xml: string, serial: string, guest: string): Result<StoreImage, string> {
  const domain = parseXml(xml, guest);
  if (!domain.ok) return {ok: false, error: `the domain of ${guest}: ${domain.error.expected}, ${domain.error.found}`};
  // virtio cuts a serial after 20 characters.
  const disk = descendants(domain.value, 'disk').find(each => {
    const own = child(each, 'serial')?.text ?? '';
    return own !== '' && own.endsWith(serial);
  });
  const source = child(disk, 'source');
  const {protocol, name = ''} = source?.attributes ?? {};
  const {name: host, port} = child(source, 'host')?.attributes ?? {};
  const [, pool, image] = /^([^/]+)\/(.+)$/.exec(name) ?? [];
  if (protocol === 'rbd' && pool !== undefined && image !== undefined)
    return {ok: true, value: {protocol: 'rbd', pool, image}};
  if (protocol === 'nbd' && host !== undefined)
    return {ok: true, value: {protocol: 'nbd', host, port: Number(port ?? 10_809), export: name}};
  const found = disk === undefined ? `no disk with serial ${serial}` : `a disk of ${protocol ?? 'no network store'}`;
  return {ok: false, error: `${guest}: expected a disk in RBD or NBD, found ${found}`};
}
