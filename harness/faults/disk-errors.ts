/**
 * Sectors that cannot be read: the OSDs of a node answer reads of the beginnings of the guests' disks with an I/O
 * error, by Ceph's own way of testing that. The store must read another copy and write the bad one anew, and no guest
 * may be told.
 */
import {z} from 'zod';
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import {otherMember} from '../storage/ceph.ts';
import type {Cluster, Command, Host, Result} from '../types.ts';
import {defineFault, notInjected, only} from './fault.ts';
import {diskBeginnings} from './guest-disks.ts';
import {osdsOf} from './osds.ts';

const option = 'bluestore_debug_inject_read_err';
/** What is told after it belongs to this injection. */
const marker = 'seatrial: disk-errors begins';

/** For each `OSD POOL OBJECT`: the error, and a read that meets it. An object that is not there yet has no sector. */
const script = `ceph="ceph --connect-timeout=15"
$ceph log '${marker}' || exit 1
struck=0
while [ $# -ge 3 ]; do
  osd=$1 pool=$2 object=$3
  shift 3
  timeout 20 rados -p "$pool" stat "$object" >/dev/null 2>&1 || continue
  $ceph tell "osd.$osd" config set ${option} true >/dev/null || exit 1
  $ceph tell "osd.$osd" injectdataerr "$pool" "$object" >/dev/null || exit 1
  timeout 20 rados -p "$pool" get "$object" /dev/null || exit 1
  struck=$((struck + 1))
done
[ $struck -gt 0 ] || { echo 'none of the disks has been written to' >&2; exit 1; }`;

/** For each OSD; read back from itself. Repairs are forgotten where Ceph can: from the tenth on it warns. */
const undo = `ceph="ceph --connect-timeout=15"
for osd; do
  $ceph tell "osd.$osd" config unset ${option} >/dev/null || exit 1
  $ceph tell "osd.$osd" clear_shards_repaired >/dev/null 2>&1
  $ceph tell "osd.$osd" config get ${option} --format json | grep -q false || { echo "${option} is still set on osd.$osd" >&2; exit 1; }
done`;

export const diskErrors = defineFault({
  name: 'disk-errors',
  strikes: 'osd',
  parameters: z.strictObject({}),
  needs: {nodes: 3, guests: 1, storage: ['ceph']},
  effect: () => ({fences: [0], guests: 'slowed', everywhere: true}),
  preview: nodes =>
    `ceph tell osd.… injectdataerr: beginnings of the guests' disks cannot be read  # OSDs of ${only(nodes).name}`,

  async deadMan(cluster, nodes) {
    const from = await fromPeer(cluster, only(nodes));
    return from.ok ? {ok: true, value: [{host: from.value.host, argv: undoCommand(from.value.osds).argv}]} : from;
  },

  async inject(cluster, nodes) {
    const node = only(nodes);
    const from = await fromPeer(cluster, node);
    if (!from.ok) return notInjected(from.error);
    const disks = await diskBeginnings(cluster);
    if (!disks.ok) return notInjected(disks.error);
    const struck = disks.value.filter(({osd}) => from.value.osds.includes(osd));
    if (struck.length === 0) return notInjected(`no OSD of ${node.name} is asked for the beginning of a guest's disk`);
    const words = struck.flatMap(({osd, pool, object}) => [String(osd), pool, object]);
    const argv = ['sh', '-c', script, 'errors', ...words] as const;
    return cluster.transport.exec(from.value.host, {argv, timeoutMs: 120_000, idempotent: false});
  },

  async reached(cluster, nodes) {
    const from = await fromPeer(cluster, only(nodes));
    if (!from.ok) return from;
    const log = ['ceph', '--connect-timeout=15', 'log', 'last', '500', 'info', 'cluster'] as const;
    const said = await stdoutOf(cluster.transport, from.value.host, readOnly(log, 30_000));
    return said.ok ? errorsMet(said.value, from.value.osds) : said;
  },

  async heal(cluster, nodes) {
    const from = await fromPeer(cluster, only(nodes));
    if (!from.ok) return from;
    const undone = await stdoutOf(cluster.transport, from.value.host, undoCommand(from.value.osds));
    return undone.ok ? {ok: true, value: undefined} : undone;
  },
});

function undoCommand(osds: readonly number[]): Command {
  return idempotent(['sh', '-c', undo, 'undo', ...osds.map(String)], 60_000);
}

/** The node's OSDs, and a member that Ceph can be told on. */
async function fromPeer(cluster: Cluster, node: Host): Promise<Result<{host: Host; osds: readonly number[]}, string>> {
  const member = await otherMember(cluster, node);
  if (!member.ok) return member;
  const osds = await osdsOf(cluster, node);
  if (!osds.ok) return osds;
  if (osds.value.length === 0) return {ok: false, error: `${node.name} has no OSD`};
  return {ok: true, value: {host: member.value.host, osds: osds.value.map(({osd}) => osd)}};
}

/** What the cluster's log says since the injection: an OSD met the error, and asked for another copy. Pure. */
export function errorsMet(log: string, osds: readonly number[]): Result<string, string> {
  const since = log.slice(Math.max(0, log.lastIndexOf(marker)));
  const met = since
    .split('\n')
    .filter(line => /missing primary copy of/.test(line))
    .filter(line => osds.includes(Number(/\bosd\.(\d+)\b/.exec(line)?.[1])));
  if (met.length === 0 || !log.includes(marker))
    return {ok: false, error: `osd.${osds.join(', osd.')} has told of no copy that could not be read`};
  return {ok: true, value: `osd.${osds.join(', osd.')} read ${met.length} times from another copy`};
}
