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
}

const table = (rule: string, hook = 'type filter hook input priority 0;', family = 'inet') =>
  `printf 'table ${family} t {\\n chain c {\\n  ${hook}\\n  ${rule}\\n }\\n}\\n' | unshare --net nft -f -`;

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
  python3: {what: 'python3', probe: 'command -v python3'},
};

/** Why these cannot be counted on, by tool: the first node that lacks it. What every node has is not in here. */
export async function lackingTools(
  {transport, nodes}: Pick<Cluster, 'transport' | 'nodes'>,
  wanted: readonly Tool[],
): Promise<ReadonlyMap<Tool, string>> {
  const lacking = new Map<Tool, string>();
  for (const tool of new Set(wanted)) {
    const said = await Promise.all(nodes.map(node => lack(transport, node, questions[tool])));
    const reason = said.find(each => each !== undefined);
    if (reason !== undefined) lacking.set(tool, reason);
  }
  return lacking;
}

async function lack(transport: Cluster['transport'], node: Host, {what, probe}: Question): Promise<string | undefined> {
  const command = readOnly(['sh', '-c', probe], 15_000);
  const outcome = await transport.exec(node, command);
  return succeeded(outcome) ? undefined : `needs ${what}: ${failureMessage(node, command, outcome)}`;
}
