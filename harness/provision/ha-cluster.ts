/**
 * The same inventory for RHEL and SLES: a playbook for linux-system-roles/ha_cluster, their own role for Corosync,
 * Pacemaker and fencing. Written by its documented variables, and not run by us: there is no such host here. Pure.
 */
import {stringify} from 'yaml';
import type {Inventory} from '../config/inventory.ts';
import {corosyncPlanes} from './cluster.ts';

const head = `# For RHEL 8.3 or later, and SLES 15 or later with the HA extension: Corosync, Pacemaker and fencing by BMC as this inventory has them.
# Checked as YAML and by ansible-playbook --syntax-check only: it was NOT run. Try it where nothing is lost. The role replaces whatever
# configuration of a cluster the hosts have. libvirt, storage, bridges and guests are not its part.
# Needs the role: package rhel-system-roles (RHEL) or ansible-linux-system-roles (SLES); elsewhere ansible-galaxy.
# Passwords are not in here: put hacluster_password and bmc_passwords (by node) into a vault, and add it with --extra-vars @FILE.
`;

type Pairs = Readonly<Record<string, string | number>>;

/** A list of name and value, as the role takes options. Pacemaker's values are texts. */
const options = (pairs: Pairs) => Object.entries(pairs).map(([name, value]) => ({name, value}));

/** Text of the playbook, for hosts in a group `nodes`. */
export function haClusterPlaybook({cluster, nodes}: Inventory): string {
  const planes = corosyncPlanes(nodes);
  const fenced = nodes.filter(({bmc}) => bmc !== undefined);
  const fence = ({name, bmc}: Inventory['nodes'][number]) => ({
    id: `fence-${name}`,
    agent: 'stonith:fence_ipmilan',
    instance_attrs: [
      {
        attrs: options({
          ip: bmc?.address ?? '',
          ipport: String(bmc?.port),
          username: bmc?.username ?? '',
          password: `{{ bmc_passwords['${name}'] }}`,
          lanplus: '1',
          pcmk_host_list: name,
        }),
      },
    ],
  });
  const vars = {
    ha_cluster_cluster_name: cluster,
    ha_cluster_hacluster_password: '{{ hacluster_password }}',
    ha_cluster_manage_firewall: true,
    ha_cluster_manage_selinux: true,
    ha_cluster_fence_agent_packages: ['fence-agents-ipmilan'],
    ha_cluster_transport: {type: 'knet', crypto: options({cipher: 'aes256', hash: 'sha256'})},
    ha_cluster_totem: {options: options({token: 3000})},
    ha_cluster_node_options: nodes.map(({name, addresses}) => ({
      node_name: name,
      pcs_address: addresses.management,
      corosync_addresses: planes.map(plane => addresses[plane]),
    })),
    ha_cluster_cluster_properties: [{attrs: options({'stonith-enabled': 'true', 'no-quorum-policy': 'stop'})}],
    ha_cluster_resource_primitives: fenced.map(fence),
    ha_cluster_constraints_location: fenced.map(({name}) => ({
      resource: {id: `fence-${name}`},
      node: name,
      options: options({score: '-INFINITY'}),
    })),
  };
  const play = {
    name: `cluster ${cluster}`,
    hosts: 'nodes',
    become: true,
    vars,
    roles: ['linux-system-roles.ha_cluster'],
  };
  return head + stringify([play], {lineWidth: 0});
}
