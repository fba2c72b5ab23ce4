/** Which ways packets take on this cluster: past the kernel by a switch in user space or by XDP, and through it. */
import {z} from 'zod';
import {readOnly, stdoutOf} from '../../harness/cluster/commands.ts';
import {readDomain} from '../../harness/cluster/domain-xml.ts';
import {dumpxml} from '../../harness/cluster/libvirt.ts';
import {readJson} from '../../harness/parse/json.ts';
import {type Cluster, type Guest, type Host, planes} from '../../harness/types.ts';
import {nodeOf} from '../compute/place.ts';
import {hostPort} from './tests.ts';

/** One way, tried from `client` to `address`; what it costs is counted on `node`. */
export const dataPath = z.object({
  path: z.enum(['vhost-user', 'tap', 'xdp', 'kernel']),
  /** Between which ends: only ways of the same ends are held against each other. */
  ends: z.enum(['guest', 'hosts']),
  fast: z.boolean(),
  client: z.string(),
  address: z.string(),
  port: z.number(),
  /** The client's own, of a plane between hosts. */
  bind: z.string().optional(),
  node: z.string(),
  /** Whose processes are counted; it serves by itself, while a host is made to. */
  guest: z.string().optional(),
});
export type DataPath = z.infer<typeof dataPath>;

/** Those that are there. Throws with a sentence where the cluster does not say. */
export async function dataPathsOf(cluster: Cluster): Promise<readonly DataPath[]> {
  return [...(await toGuests(cluster)), ...(await betweenHosts(cluster))];
}

const kinds: Readonly<Record<string, 'vhost-user' | 'tap'>> = {
  vhostuser: 'vhost-user',
  bridge: 'tap',
  network: 'tap',
  ethernet: 'tap',
};

/** The first guest on a vhost-user port, and the first on a tap. None, where no guest is on such a port. */
async function toGuests(cluster: Cluster): Promise<readonly DataPath[]> {
  const found = new Map<string, DataPath>();
  for (const guest of cluster.guests) {
    const node = await nodeOf(cluster, guest);
    const path = kinds[await interfaceType(cluster, guest, node)];
    if (path === undefined || found.has(path)) continue;
    const to = {client: cluster.client.name, address: guest.address, port: guest.ports.iperf3};
    found.set(path, {path, ends: 'guest', fast: path === 'vhost-user', ...to, node: node.name, guest: guest.name});
  }
  return found.has('vhost-user') ? [...found.values()] : [];
}

/** Of the interface that has the guest's address: which of several that is, its agent knows. */
async function interfaceType(cluster: Cluster, guest: Guest, node: Host): Promise<string> {
  const xml = await dumpxml(cluster, node, guest.name);
  if (!xml.ok) throw new Error(xml.error);
  const facts = readDomain(xml.value, `${guest.name}.xml`);
  if (!facts.ok) throw new Error(`libvirt's XML of ${guest.name}: no ${facts.error.expected}`);
  const [first, ...others] = facts.value.interfaces;
  if (others.every(({type}) => type === first?.type)) return first?.type ?? '';
  const ask = ['virsh', '--connect', 'qemu:///system', 'domifaddr', guest.name, '--source', 'agent'] as const;
  const told = await stdoutOf(cluster.transport, node, readOnly(ask));
  if (!told.ok) throw new Error(told.error);
  const words = told.value.split('\n').map(line => line.trim().split(/\s+/));
  const mac = words
    .find(each => each.at(-1)?.split('/')[0] === guest.address)
    ?.at(1)
    ?.toLowerCase();
  return facts.value.interfaces.find(each => each.mac === mac)?.type ?? '';
}

const links = z.array(
  z.object({addr_info: z.array(z.object({local: z.string().optional()})).default([]), xdp: z.unknown().optional()}),
);

/** Addresses of a host whose interface carries an XDP program. */
async function addressesWithXdp({transport}: Cluster, host: Host): Promise<ReadonlySet<string>> {
  const said = await stdoutOf(transport, host, readOnly(['ip', '-json', 'address', 'show']));
  if (!said.ok) throw new Error(said.error);
  const read = readJson(said.value, `ip address of ${host.name}`, links);
  if (!read.ok) throw new Error(`ip address on ${host.name}: expected ${read.error.expected}`);
  const those = read.value.filter(({xdp}) => xdp !== undefined);
  return new Set(those.flatMap(({addr_info}) => addr_info.flatMap(({local}) => local ?? [])));
}

/** From the second node to the first: the first plane with an XDP program at the receiver, and the first without. */
async function betweenHosts(cluster: Cluster): Promise<readonly DataPath[]> {
  const [first, second] = cluster.nodes;
  if (first === undefined || second === undefined) return [];
  const xdp = new Set([...(await addressesWithXdp(cluster, first)), ...(await addressesWithXdp(cluster, second))]);
  const ways = planes.flatMap((plane): readonly DataPath[] => {
    const [address, bind] = [first.addresses[plane], second.addresses[plane]];
    if (address === undefined || bind === undefined) return [];
    const fast = xdp.has(address);
    // A program at the sender's end alone is neither.
    if (!fast && xdp.has(bind)) return [];
    const to = {client: second.name, address, port: hostPort, bind};
    return [{path: fast ? 'xdp' : 'kernel', ends: 'hosts', fast, ...to, node: first.name}];
  });
  const fast = ways.find(each => each.fast);
  const kernel = ways.find(each => !each.fast);
  return fast === undefined ? [] : [fast, ...(kernel === undefined ? [] : [kernel])];
}
