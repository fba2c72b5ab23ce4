/**
 * The fast way out of the last guest: Open vSwitch with DPDK on every node, and a vhost-user port of it for that guest.
 * The other guests hang on the kernel's bridge by taps, so that both can be held against each other.
 */
import type {Guest} from '../types.ts';
import {serviceBridge} from './addresses.ts';

const folder = '/run/openvswitch';
const daemon = '/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk';

export const vhostUserPrograms = ['ovs-vsctl', 'ovsdb-tool', 'ovsdb-server', 'ethtool', daemon] as const;

export const vhostUserSocket = ({name}: Pick<Guest, 'name'>): string => `${folder}/${name}.sock`;

/** Of a lab that has one: the guest whose card is such a port. */
export const vhostUserGuest = <G extends Pick<Guest, 'name'>>(guests: readonly G[]): G | undefined => guests.at(-1);

/**
 * Before libvirt: no huge pages and no cards are needed, and threads that poll may sleep where they have nothing to do.
 * A cable joins the switch with the bridge of the service plane; the kernel puts the checksums into what goes over it.
 */
export const vhostUserHook = (guest: Pick<Guest, 'name'>): Record<string, string> => ({
  '20-vhost-user': `# Open vSwitch with DPDK.
mkdir -p ${folder} /var/log/openvswitch
ovsdb-tool create ${folder}/conf.db /usr/share/openvswitch/vswitch.ovsschema
ovsdb-server ${folder}/conf.db --remote=punix:${folder}/db.sock --pidfile --detach --no-chdir --log-file 2>/dev/null
ovs-vsctl --no-wait init -- set Open_vSwitch . other_config:dpdk-init=true other_config:per-port-memory=true \\
  other_config:dpdk-extra='--no-huge --no-pci --legacy-mem -m 512' other_config:pmd-maxsleep=500
${daemon} unix:${folder}/db.sock --pidfile --detach --no-chdir --log-file 2>/dev/null
ip link add fast0 type veth peer name fast1
for end in fast0 fast1; do ethtool -K $end tx off >/dev/null; done
ip link set fast1 master ${serviceBridge} up
ip link set fast0 up
ovs-vsctl --timeout=10 add-br br-fast -- set bridge br-fast datapath_type=netdev -- add-port br-fast fast0 \\
  -- add-port br-fast fast-${guest.name} \\
  -- set interface fast-${guest.name} type=dpdkvhostuserclient options:vhost-server-path=${vhostUserSocket(guest)}
`,
});
