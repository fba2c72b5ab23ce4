/** What a node runs: Corosync, Pacemaker with one CIB from the first second, libvirtd. Pure texts. */
import {createHash} from 'node:crypto';
import {type Element, element, printXml} from '../parse/xml.ts';
import type {Host} from '../types.ts';
import {type BmcPlan, bmcName, bmcPort} from './bmc.ts';

export interface NodePlan {
  name: string;
  /** Corosync's and Pacemaker's id, from 1. */
  id: number;
  /** Its address in each link of Corosync's, one or more. */
  links: readonly string[];
}

/**
 * corosync.conf, the same on every node. Timings are Corosync's own defaults: a profile changes them on the running
 * cluster.
 */
export function corosyncText(cluster: string, nodes: readonly NodePlan[]): string {
  return `totem {
  version: 2
  cluster_name: ${cluster}
  transport: knet
  crypto_cipher: none
  crypto_hash: none
}

logging {
  to_logfile: yes
  logfile: /var/log/corosync/corosync.log
  to_syslog: no
  to_stderr: no
  timestamp: hires
}

quorum {
  provider: corosync_votequorum
}

nodelist {
${nodes
  .map(
    node => `  node {
    name: ${node.name}
    nodeid: ${node.id}
${node.links.map((address, index) => `    ring${index}_addr: ${address}\n`).join('')}  }
`,
  )
  .join('')}}
`;
}

/** Name of the fence device of a controller: by its node, or by the outlet of its node. */
export const fenceResource = (controller: string): string => `fence-${controller}`;

/**
 * The first CIB, the same on every node before Pacemaker starts anywhere: no second of the cluster's life is without
 * fencing, and the first election waits 2 s, not Pacemaker's 20 s, for nodes that are not there.
 */
export function cibText(cluster: string, nodes: readonly NodePlan[], bmcs: readonly BmcPlan[]): string {
  const nvpair = (owner: string, name: string, value: string) =>
    element('nvpair', {id: `${owner}-${name}`, name, value});
  const properties: [string, string][] = [
    ['cluster-infrastructure', 'corosync'],
    ['cluster-name', cluster],
    ['stonith-enabled', 'true'],
    ['dc-deadtime', '2s'],
    ['no-quorum-policy', 'stop'],
    // Each node sees the load of all of them, which share one machine, and would hold its own recoveries back for it.
    ['load-threshold', '1000%'],
  ];
  const devices = bmcs.map(bmc => {
    const id = fenceResource(bmcName(bmc));
    const parameters: [string, string][] = [
      ['ip', bmc.address],
      ['ipport', String(bmcPort)],
      ['username', bmc.username],
      ['password', bmc.password],
      ['method', 'onoff'],
      ['pcmk_host_list', bmc.host],
    ];
    return element('primitive', {id, class: 'stonith', type: 'fence_ipmilan'}, [
      element(
        'instance_attributes',
        {id: `${id}-parameters`},
        parameters.map(([name, value]) => nvpair(`${id}-parameters`, name, value)),
      ),
      element('operations', {}, [
        element('op', {id: `${id}-monitor-60s`, name: 'monitor', interval: '60s', timeout: '30s'}),
      ]),
    ]);
  });
  // A node cannot be trusted to fence itself.
  const constraints = bmcs.map(bmc => {
    const rsc = fenceResource(bmcName(bmc));
    return element('rsc_location', {id: `${rsc}-not-on-${bmc.host}`, rsc, node: bmc.host, score: '-INFINITY'});
  });
  const configuration = element('configuration', {}, [
    element('crm_config', {}, [
      element(
        'cluster_property_set',
        {id: 'cib-bootstrap-options'},
        properties.map(([name, value]) => nvpair('cib-bootstrap-options', name, value)),
      ),
    ]),
    element(
      'nodes',
      {},
      nodes.map(node => element('node', {id: String(node.id), uname: node.name})),
    ),
    element('resources', {}, devices),
    element('constraints', {}, constraints),
    ...(bmcs.some(({outlet}) => outlet) ? [topologyOf(bmcs)] : []),
  ]);
  const cib = element(
    'cib',
    {'validate-with': 'pacemaker-3.8', admin_epoch: '1', epoch: '1', num_updates: '0', crm_feature_set: '3.0.0'},
    [configuration, element('status', {}, [])],
  );
  return `${printXml(cib)}\n`;
}

/** A node's own controller first, its outlet where that fails. */
function topologyOf(bmcs: readonly BmcPlan[]): Element {
  const levels = bmcs.map(bmc => {
    const [devices, index] = [fenceResource(bmcName(bmc)), bmc.outlet ? '2' : '1'];
    return element('fencing-level', {id: `level-${index}-${bmc.host}`, target: bmc.host, index, devices});
  });
  return element('fencing-topology', {}, levels);
}

/** Stable over power cycles and different on every node: libvirt refuses to migrate between hosts of one UUID. */
export function hostUuid(cluster: string, node: string): string {
  const hex = createHash('sha256').update(`${cluster}/${node}`).digest('hex');
  return [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`, hex.slice(20, 32)].join(
    '-',
  );
}

function libvirtdText(cluster: string, node: string): string {
  return `listen_tls = 0
listen_tcp = 1
auth_tcp = "none"
auth_unix_rw = "none"
host_uuid = "${hostUuid(cluster, node)}"
log_outputs = "2:file:/var/log/libvirt/libvirtd.log"
`;
}

/** No users, security driver or cgroups of its own: a node is a set of namespaces and has none to give. */
const qemuText = `user = "root"
group = "root"
dynamic_ownership = 0
remember_owner = 0
security_driver = "none"
cgroup_controllers = []
namespaces = []
stdio_handler = "file"
`;

/** Where a node finds the first CIB; it holds the controllers' passwords. */
export const cibFile = '/etc/seatrial-cib.xml';

/** Files of a node that differ from those of the machine: path → text. Laid down at the first boot only. */
export function nodeFiles(
  cluster: string,
  node: NodePlan,
  nodes: readonly NodePlan[],
  bmcs: readonly BmcPlan[],
  hosts: string,
): Record<string, string> {
  return {
    '/etc/hosts': hosts,
    '/etc/hostname': `${node.name}\n`,
    '/etc/corosync/corosync.conf': corosyncText(cluster, nodes),
    [cibFile]: cibText(cluster, nodes, bmcs),
    '/etc/libvirt/libvirtd.conf': libvirtdText(cluster, node.name),
    '/etc/libvirt/qemu.conf': qemuText,
    '/etc/default/pacemaker':
      'PCMK_logfile=/var/log/pacemaker/pacemaker.log\nPCMK_logfacility=none\nPYTHONWARNINGS=ignore\n',
  };
}

/** Boot hooks of a node: name → shell text. 10 and 30 leave room for storage between them. */
export const nodeHooks: Record<string, string> = {
  '10-corosync': `# Corosync and Pacemaker.
mkdir -p /run/crm /run/resource-agents /run/lock /var/log/corosync /var/log/pacemaker
chown hacluster:haclient /run/crm /var/log/pacemaker
chmod 750 /run/crm
if [ ! -e /var/lib/pacemaker/cib/cib.xml ]; then
  rm -f /var/lib/pacemaker/cib/*
  install -o hacluster -g haclient -m 600 ${cibFile} /var/lib/pacemaker/cib/cib.xml
fi
corosync
set -a
. /etc/default/pacemaker
setsid pacemakerd </dev/null >/dev/null 2>>/var/log/pacemaker/pacemakerd.stderr &
`,
  '30-libvirtd': `# Nothing of the machine's own libvirt is started here.
rm -rf /etc/libvirt/qemu/networks/autostart /etc/libvirt/qemu/autostart
mkdir -p /var/log/libvirt/qemu /run/libvirt
setsid libvirtd -l </dev/null >/dev/null 2>>/var/log/libvirt/libvirtd.stderr &
`,
};

/** For a host that is no node. */
export const plainFiles = (host: Pick<Host, 'name'>, hosts: string): Record<string, string> => ({
  '/etc/hosts': hosts,
  '/etc/hostname': `${host.name}\n`,
});
