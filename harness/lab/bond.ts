/**
 * A node's interface in the service plane as two links that Open vSwitch on the node bundles by LACP, against a bond of
 * the switch that it hangs on. The kernel of a lab's machine need not have bonding.
 */

export const bondModes = ['balance-slb', 'balance-tcp', 'active-backup'] as const;
export type BondMode = (typeof bondModes)[number];

/** The interface that becomes a bond; its links are called the same with an a and a b. */
const bondedDevice = 'serv0';

/** For the face of reports. */
export const bondNote = (mode?: BondMode): string =>
  mode === undefined ? '' : `; each node's service plane is two links, bundled by LACP (${mode})`;

/** `hosts/NAME/bond`, which boot-common.sh reads. */
export const bondText = (mode: BondMode): string => `${bondedDevice} ${mode}\n`;

/** Boot hook of a node, before its cluster: the links are there, what bundles them is not. */
export const bondHook = (mode: BondMode, bridge: string): Record<string, string> => ({
  '05-bond': `# Open vSwitch in user space, as a host's own: ${bondedDevice} is its way out by two links.
mkdir -p /run/openvswitch /var/log/openvswitch
ovsdb-tool create /run/openvswitch/conf.db /usr/share/openvswitch/vswitch.ovsschema
ovsdb-server /run/openvswitch/conf.db --remote=punix:/run/openvswitch/db.sock --pidfile --detach --no-chdir --log-file
ovs-vsctl --no-wait init
ovs-vswitchd --pidfile --detach --no-chdir --log-file
ovs-vsctl --timeout=10 add-br br-bond -- set bridge br-bond datapath_type=netdev \\
  -- add-bond br-bond bond0 ${bondedDevice}a ${bondedDevice}b bond_mode=${mode} lacp=active other_config:lacp-time=fast \\
  -- add-port br-bond ${bondedDevice} -- set interface ${bondedDevice} type=internal
ethtool -K ${bondedDevice} tx off >/dev/null
ip link set ${bondedDevice} master ${bridge} up
`,
});
