/**
 * A virtual address kept by Keepalived on the nodes, for the time of a trial: beside any Keepalived of the cluster's
 * own, with a configuration, process ids and a virtual router of its own.
 */
import {idempotent, stdoutOf} from '../cluster/commands.ts';
import type {Cluster, Host, Result, VirtualAddress} from '../types.ts';
import {waitFor} from '../wait.ts';
import {deviceWith, holdersOf} from './virtual-address.ts';

/** While it is there, a Keepalived of ours runs on this host, and no unit of systemd has it. */
const folder = '/run/seatrial-keepalived';
/** Of VRRP, in the network of the service plane. */
const virtualRouter = 253;
/** Twice as slow as the fastest that the field uses, ten times as fast as Keepalived's default. */
const advertSeconds = 0.1;
const settleMs = 20_000;

/** What one node is told. Addresses are those of the service plane. */
export interface KeepalivedNode {
  name: string;
  device: string;
  address: string;
  peers: readonly string[];
  /** 1 to 254; the highest holds the address first. */
  priority: number;
}

/** Unicast: many networks drop multicast. Version 3: intervals below a second. Who has the address keeps it. */
export function keepalivedText(
  {name, device, address, peers, priority}: KeepalivedNode,
  virtual: Pick<VirtualAddress, 'address' | 'prefixLength'>,
): string {
  return `global_defs {
  router_id ${name}
  vrrp_version 3
}
vrrp_instance seatrial {
  state BACKUP
  interface ${device}
  virtual_router_id ${virtualRouter}
  priority ${priority}
  advert_int ${advertSeconds}
  nopreempt
  unicast_src_ip ${address}
  unicast_peer {
${peers.map(peer => `    ${peer}\n`).join('')}  }
  virtual_ipaddress {
    ${virtual.address}/${virtual.prefixLength} dev ${device}
  }
}
`;
}

/** `$1` the folder; the configuration on stdin. Keepalived puts itself into the background. */
const start = `command -v keepalived >/dev/null || { echo "keepalived is not installed" >&2; exit 1; }
mkdir -p "$1"
cat >"$1/keepalived.conf"
exec keepalived --use-file="$1/keepalived.conf" --pid="$1/pid" --vrrp_pid="$1/vrrp.pid" --vrrp --log-console </dev/null >"$1/log" 2>&1`;

/** `$1` the folder, `$2` the address with its prefix. Only the processes that have that folder's configuration. */
const remove = `for p in $(pgrep -x keepalived); do
  ! grep -qsF "$1/keepalived.conf" "/proc/$p/cmdline" || kill -KILL "$p" || true
done
device=$(ip -o -4 address show to "\${2%/*}/32" | awk '{print $2; exit}')
[ -z "$device" ] || ip address delete "$2" dev "$device"
rm -rf "$1"`;

/** Starts it on every node; ends when one of them holds the address. */
export async function makeKeepalived(cluster: Cluster, virtual: VirtualAddress): Promise<Result<void, string>> {
  const own = (node: Host) => node.addresses.service ?? '';
  for (const [index, node] of cluster.nodes.entries()) {
    const device = await deviceWith(cluster, node, own(node));
    if (!device.ok) return device;
    const peers = cluster.nodes.filter(each => each !== node).map(own);
    const priority = Math.max(1, 100 - 10 * index);
    const text = keepalivedText({name: node.name, device: device.value, address: own(node), peers, priority}, virtual);
    const started = await stdoutOf(cluster.transport, node, {
      ...idempotent(['sh', '-ec', start, 'keepalived', folder], 15_000, text),
      idempotent: false,
    });
    if (!started.ok) return started;
  }
  return untilHeldOnce(cluster, virtual);
}

/** Three masters may claim it in the first second; then one does. */
async function untilHeldOnce(cluster: Cluster, virtual: VirtualAddress): Promise<Result<void, string>> {
  let last = '';
  let before = '';
  const held = await waitFor(
    `${virtual.address} to be held by one node`,
    settleMs,
    async () => {
      const {holders} = await holdersOf(cluster, virtual);
      last = holders.join(' and ') || 'no node';
      const steady = holders.length === 1 && last === before;
      before = last;
      return steady ? true : undefined;
    },
    {intervalMs: 1_000},
  );
  return held.ok ? {ok: true, value: undefined} : {ok: false, error: `${held.error}; last seen on ${last}`};
}

/** Twice, or for nothing. A node that does not answer is an error: it may hold the address still. */
export async function removeKeepalived(
  cluster: Cluster,
  {address, prefixLength}: Pick<VirtualAddress, 'address' | 'prefixLength'>,
): Promise<Result<void, string>> {
  const words = ['remove', folder, `${address}/${prefixLength}`];
  const removed = await Promise.all(
    cluster.nodes.map(node => stdoutOf(cluster.transport, node, idempotent(['sh', '-ec', remove, ...words], 15_000))),
  );
  const wrong = removed.find(each => !each.ok);
  return wrong === undefined || wrong.ok ? {ok: true, value: undefined} : wrong;
}
