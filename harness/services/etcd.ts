/** etcd on the nodes, for the time of a trial: members with data of their own, at the stock timings. */
import {idempotent, stdoutOf} from '../cluster/commands.ts';
import type {Cluster, Command, Etcd, Host, Result} from '../types.ts';

/** While it is there, an etcd of ours runs on this host, and no unit of systemd has it. */
const marker = '/run/seatrial-etcd';
const data = '/var/tmp/seatrial-etcd';

/** `$1` marker, `$2` folder of the data, then etcd's own words. */
const start = `marker=$1 data=$2
shift 2
command -v etcd >/dev/null || { echo "etcd is not installed" >&2; exit 1; }
! pgrep -x etcd >/dev/null || { echo "an etcd runs here already: say existing: true in the inventory" >&2; exit 1; }
mkdir -p "$marker"
mkdir -p -m 700 "$data"
setsid -f etcd "$@" </dev/null >>"$data/log" 2>&1`;

/** `$1` marker, `$2` folder of the data. Only the processes that have that folder. */
const remove = `for p in $(pgrep -x etcd); do
  ! grep -qsF "$2/member" "/proc/$p/cmdline" || kill -KILL "$p" || true
done
tries=0
while pgrep -x etcd >/dev/null && [ $tries -lt 20 ]; do sleep 0.1; tries=$((tries + 1)); done
rm -rf "$1" "$2"`;

/** etcd's command line on one member. Peers speak at the port after the clients'. */
export function etcdArgv(etcd: Pick<Etcd, 'members'>, node: string): readonly string[] {
  const own = etcd.members.find(each => each.node === node)?.url ?? '';
  const cluster = etcd.members.map(each => `${each.node}=${peerUrl(each.url)}`).join(',');
  return [
    ['name', node],
    ['data-dir', `${data}/member`],
    ['listen-client-urls', own],
    ['advertise-client-urls', own],
    ['listen-peer-urls', peerUrl(own)],
    ['initial-advertise-peer-urls', peerUrl(own)],
    ['initial-cluster', cluster],
    ['initial-cluster-state', 'new'],
    ['initial-cluster-token', 'seatrial'],
    ['logger', 'zap'],
    ['log-outputs', 'stderr'],
  ].map(([key, value]) => `--${key}=${value}`);
}

function peerUrl(url: string): string {
  const [, head = '', port = ''] = /^(.*):(\d+)$/.exec(url) ?? [];
  return `${head}:${Number(port) + 1}`;
}

/** Starts every member. Whether they have a leader is for who asks them. */
export async function startEtcd(cluster: Cluster, etcd: Etcd): Promise<Result<void, string>> {
  return onMembers(cluster, etcd, ({name}) => ({
    ...idempotent(['sh', '-ec', start, 'start', marker, data, ...etcdArgv(etcd, name)], 15_000),
    idempotent: false,
  }));
}

/** Twice, or for nothing: ends the members that a trial has started, and their data. */
export async function removeEtcd(cluster: Cluster): Promise<Result<void, string>> {
  const members = cluster.nodes.map(({name}) => ({node: name}));
  return onMembers(cluster, {members}, () => idempotent(['sh', '-ec', remove, 'remove', marker, data], 15_000));
}

async function onMembers(
  cluster: Cluster,
  {members}: {members: readonly {node: string}[]},
  command: (node: Host) => Command,
): Promise<Result<void, string>> {
  const nodes = cluster.nodes.filter(({name}) => members.some(({node}) => node === name));
  const done = await Promise.all(nodes.map(node => stdoutOf(cluster.transport, node, command(node))));
  const wrong = done.find(each => !each.ok);
  return wrong === undefined || wrong.ok ? {ok: true, value: undefined} : wrong;
}
