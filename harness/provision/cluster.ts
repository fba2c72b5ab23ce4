/** `--cluster`: bare Debian hosts become the cluster that the inventory describes. */
import type {PlaybookSet} from './sets.ts';

export const clusterSet: PlaybookSet = {
  name: 'cluster',
  about: 'bare Debian 12 or 13 hosts become this cluster: packages, Corosync, Pacemaker, fencing, libvirt, storage',
  provision: 'cluster.yml',
  unprovision: 'uncluster.yml',
  vars: () => ({}),
  refusal({nodes}) {
    const without = nodes.filter(({bmc}) => bmc === undefined).map(({name}) => name);
    if (without.length === 0) return undefined;
    return {
      sentence: `a cluster fences its nodes by their BMCs, and the inventory gives none for ${without.join(', ')}`,
      todo: 'Add bmc (address, username, passwordFile) to each node.',
    };
  },
};
