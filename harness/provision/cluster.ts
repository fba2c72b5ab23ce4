/** `--cluster`: bare Debian hosts become the cluster that the inventory describes. */
import type {Inventory, InventoryHost} from '../config/inventory.ts';
import type {Plane} from '../types.ts';
import type {PlaybookSet} from './sets.ts';

export const clusterSet: PlaybookSet = {
  name: 'cluster',
  about: 'bare Debian 12 or 13 hosts become this cluster: packages, Corosync, Pacemaker, fencing, libvirt, storage',
  onCluster: false,
  provision: 'cluster.yml',
  unprovision: 'uncluster.yml',
  vars: clusterVars,
  refusal({nodes, storage, cluster}) {
    const named = (some: readonly InventoryHost[]) => some.map(({name}) => name).join(', ');
    const unfenced = nodes.filter(({bmc}) => bmc === undefined);
    if (unfenced.length > 0) {
      return {
        sentence: `a cluster fences its nodes by their BMCs, and the inventory gives none for ${named(unfenced)}`,
        todo: 'Add bmc (address, username, passwordFile) to each node.',
      };
    }
    const bare = nodes.filter(({scratch}) => scratch.length === 0);
    if (storage === 'ceph' && bare.length > 0) {
      return {
        sentence: `Ceph needs something to store on, and the inventory lists no scratch device or directory for ${named(bare)}`,
        todo: `Add scratch to each node, or say storage: none for ${cluster}.`,
      };
    }
    return undefined;
  },
};

/** What the roles are told, in their own spelling. */
export function clusterVars({nodes, provision}: Inventory): Readonly<Record<string, unknown>> {
  const {bridge, firewall, osdFileBytes, osdMemoryBytes} = provision.cluster;
  return {
    corosync_planes: corosyncPlanes(nodes),
    peer_addresses: Object.fromEntries(nodes.map(node => [node.name, addressOf(node, ['cluster', 'management'])])),
    ceph_addresses: Object.fromEntries(
      nodes.map(node => [node.name, addressOf(node, ['storage', 'cluster', 'management'])]),
    ),
    // An even number survives no more losses than the odd one below it.
    ceph_monitors: nodes.slice(0, nodes.length < 3 ? 1 : 3).map(({name}) => name),
    ceph_managers: nodes.slice(0, 2).map(({name}) => name),
    own_addresses: [...new Set(nodes.flatMap(({addresses}) => Object.values(addresses)))],
    provision: {bridge, firewall, osd_file_bytes: osdFileBytes, osd_memory_bytes: osdMemoryBytes},
  };
}

/** A link of Corosync for each plane in which every node has an address of its own; the cluster's own comes first. */
export function corosyncPlanes(nodes: readonly InventoryHost[]): readonly Plane[] {
  const complete = (['cluster', 'management'] as const).filter(plane =>
    nodes.every(({addresses}) => addresses[plane] !== undefined),
  );
  const shared = nodes.some(({addresses: {cluster, management}}) => cluster === management);
  return shared ? complete.slice(0, 1) : complete;
}

/** The address in the first of the planes that the host has one in. */
function addressOf({addresses}: InventoryHost, planes: readonly Plane[]): string | undefined {
  return planes.map(plane => addresses[plane]).find(address => address !== undefined);
}
