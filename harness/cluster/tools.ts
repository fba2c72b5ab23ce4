/**
 * What a fault needs of a node's kernel and programs. Each is found out by doing it where nothing is harmed: in a
 * namespace of its own, which is gone at once.
 */
import type {Cluster, Host, Tool} from '../types.ts';
import {failureMessage, readOnly, succeeded} from './commands.ts';

interface Question {
  what: string;
  /** Exits 0 where it is there. */
  probe: string;
  /** What it prints is each node's own: two nodes that print the same have one between them. */
  own?: true;
  /** It is enough that one node has it. */
  one?: true;
}

const table = (rule: string, hook = 'type filter hook input priority 0;', family = 'inet') =>
  `printf 'table ${family} t {\\n chain c {\\n  ${hook}\\n  ${rule}\\n }\\n}\\n' | unshare --net nft -f -`;

/** In the cluster's configuration, of the node that is asked. */
const secondLevel = `cibadmin --query --xpath "//fencing-level[@index='2'][@target='$(crm_node --name)']" >/dev/null`;

const questions: Readonly<Record<Tool, Question>> = {
  'packet-rules': {what: 'nft or iptables', probe: `${table('counter drop')} || iptables -w 5 -S`},
  'random-loss': {
    what: 'nft with numgen, or iptables with statistic',
    probe: `${table('numgen random mod 100 < 5 counter drop')} || unshare --net iptables -A INPUT -m statistic --mode random --probability 0.05 -j DROP`,
  },
  'rate-limit': {
    what: 'tc with tbf, or nft with limit',
    probe: `unshare --net tc qdisc add dev lo root tbf rate 1mbit burst 10kb latency 50ms || ${table('limit rate over 100 kbytes/second counter drop')}`,
  },
  duplicates: {
    what: 'nft with dup on the way out of an interface (Linux 5.16)',
    probe: table(
      'numgen random mod 100 < 5 counter dup to "lo"',
      'type filter hook egress device "lo" priority 0;',
      'netdev',
    ),
  },
  bond: {
    what: 'a bond of two links that are up',
    probe: `for b in /proc/net/bonding/*; do [ -e "$b" ] && [ "$(grep -c '^MII Status: up' "$b")" -ge 3 ] && exit 0; done
for t in ovs-vswitchd ovs-vswitchd-dpdk; do
  ovs-appctl -t $t bond/show 2>/dev/null | awk '/^---- / {n = 0} /^(member|slave) .*: enabled/ {if (++n > 1) found = 1} END {exit !found}' && exit 0
done
echo 'neither /proc/net/bonding nor ovs-appctl bond/show has one' >&2; exit 1`,
  },
  'two-links': {
    what: 'two links of Corosync',
    probe: `[ "$(corosync-cfgtool -s | grep -c '^LINK ID')" -gt 1 ] || { echo 'corosync-cfgtool -s shows one' >&2; exit 1; }`,
  },
  'mute-link': {
    what: 'nft on the way in and out of an interface (Linux 5.16), and xdp-filter where Open vSwitch runs in user space',
    probe: `${table('counter drop', 'type filter hook ingress device "lo" priority 0;', 'netdev')} &&
${table('counter drop', 'type filter hook egress device "lo" priority 0;', 'netdev')} &&
{ ! ovs-vsctl --timeout=5 --bare --columns=datapath_type list bridge 2>/dev/null | grep -qx netdev || command -v xdp-filter >/dev/null || { echo 'there is no xdp-filter' >&2; exit 1; }; }`,
  },
  delay: {
    what: 'tc with netem, or python3, /dev/net/tun and nft with fwd on the way out of an interface (Linux 5.16)',
    probe: `unshare --net tc qdisc add dev lo root netem delay 10ms || { command -v python3 && [ -c /dev/net/tun ] && ${table(
      'counter fwd to "lo"',
      'type filter hook egress device "lo" priority 0;',
      'netdev',
    )}; }`,
  },
  libvirtd: {what: 'libvirtd that runs (not the modular daemons)', probe: 'pgrep -x libvirtd'},
  'fence-password': {
    what: 'a fence device with a password in its parameters',
    probe: `cibadmin --query --xpath "//primitive[@class='stonith']//nvpair[@name='password' or @name='passwd']" >/dev/null`,
  },
  virtqemud: {what: 'virtqemud that runs (libvirt in modular daemons)', probe: 'pgrep -x virtqemud'},
  keepalived: {what: 'keepalived', probe: 'command -v keepalived'},
  'page-merging': {
    what: 'a kernel that merges equal pages (KSM) and lets itself be told to',
    // A sysfs of a new network namespace is another one, and may be written to.
    probe: `unshare --mount --net sh -c 'f=/sys/kernel/mm/ksm/pages_to_scan; [ -w $f ] || mount -t sysfs sysfs /sys; v=$(cat $f) && echo $v >$f'`,
  },
  'control-groups': {
    what: 'control groups for processors and memory: of version 2 with cpuset and memory, or of version 1',
    probe: `c=$(cat /sys/fs/cgroup/cgroup.controllers 2>/dev/null)
case " $c " in *' cpuset '*' memory '*) exit 0 ;; esac
for c in cpuset memory; do unshare --mount mount -t cgroup -o $c none /mnt || exit 1; done`,
  },
  'fio-network-engines': {
    what: 'fio with the engine rbd or nbd',
    probe: `fio --enghelp | grep -Eq '^[[:space:]]*(rbd|nbd)$'`,
  },
  'fast-path': {
    what: 'a guest on a vhost-user port, or an interface with an XDP program',
    probe: `pgrep -f '^[^ ]*qemu.*("type":"vhost-user"|-netdev vhost-user,)' || ip -json link show | grep -o '"xdp":'`,
    one: true,
  },
  python3: {what: 'python3', probe: 'command -v python3'},
  fallocate: {
    what: 'fallocate, on the file system of /var/lib',
    probe:
      'file=$(mktemp -p /var/lib seatrial-probe-XXXXXX) && fallocate -l 64K "$file"; ended=$?; rm -f "$file"; exit $ended',
  },
  // A clock is the kernel's, and to set it is a right (25 is CAP_SYS_TIME) that a container has not.
  'own-clock': {
    what: 'a clock of its own on every node, that root may set',
    probe: `right=$(sed -n 's/^CapEff:[[:space:]]*//p' /proc/self/status)
[ $((0x$right >> 25 & 1)) = 1 ] || { echo 'root may not set the clock' >&2; exit 1; }
cat /proc/sys/kernel/random/boot_id`,
    own: true,
  },
  'one-fence-level': {
    what: 'one level of fencing: of two the second carries (failover/second-fence-level)',
    probe: `! { ${secondLevel}; }`,
  },
  'two-fence-levels': {what: 'a fencing level with index 2 for every node', probe: secondLevel},
};

/**
 * Why these cannot be counted on, by tool: the first node that lacks it. What every node has, or one where that is
 * enough, is not in here.
 */
export async function lackingTools(
  {transport, nodes}: Pick<Cluster, 'transport' | 'nodes'>,
  wanted: readonly Tool[],
): Promise<ReadonlyMap<Tool, string>> {
  const lacking = new Map<Tool, string>();
  for (const tool of new Set(wanted)) {
    const said = await Promise.all(
      nodes.map(async node => ({node, ...(await answer(transport, node, questions[tool]))})),
    );
    if (questions[tool].one && said.some(({lack}) => lack === undefined)) continue;
    const reason = said.find(({lack}) => lack !== undefined)?.lack ?? sharedBy(said, questions[tool]);
    if (reason !== undefined) lacking.set(tool, reason);
  }
  return lacking;
}

interface Answer {
  lack?: string;
  told: string;
}

/** The first two nodes that say the same of what should be their own. */
function sharedBy(said: readonly (Answer & {node: Host})[], {what, own}: Question): string | undefined {
  if (!own) return undefined;
  for (const [index, {node, told}] of said.entries()) {
    const other = said.slice(0, index).find(each => each.told === told);
    if (other !== undefined)
      return `needs ${what}: ${other.node.name} and ${node.name} say the same (${told}), and share one`;
  }
  return undefined;
}

async function answer(transport: Cluster['transport'], node: Host, {what, probe}: Question): Promise<Answer> {
  const command = readOnly(['sh', '-c', probe], 15_000);
  const outcome = await transport.exec(node, command);
  const told = outcome.stdout.trim();
  return succeeded(outcome) ? {told} : {told, lack: `needs ${what}: ${failureMessage(node, command, outcome)}`};
}
