/**
 * Sectors that cannot be read: an OSD answers reads of a few objects of the guests' disks with an I/O error, by
 * Ceph's own way of testing that. The store must read another copy, write the bad one anew, and no guest may be told.
 */
import {z} from 'zod';
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import {domains, dumpxml} from '../cluster/libvirt.ts';
import {otherMember} from '../storage/ceph.ts';
import type {Cluster, Command, Host, Result} from '../types.ts';
import {defineFault, notInjected, only} from './fault.ts';
import {nthOsds} from './osds.ts';

const option = 'bluestore_debug_inject_read_err';
/** Ceph warns of an OSD from the tenth repair on. */
const mostObjects = 3;
/** Looked at of each disk, from its beginning; each costs the cluster a question. */
const mostLooked = 12;
/** What is told after it belongs to this injection. */
const marker = 'seatrial: disk-errors begins';

/** `$1` the OSD, then POOL/IMAGE of each disk. Each object is read once, so that the error is met. */
const script = `osd=$1
shift
ceph="ceph --connect-timeout=15"
$ceph log '${marker}' || exit 1
$ceph tell "osd.$osd" config set ${option} true >/dev/null || exit 1
found=0
for image; do
  pool=\${image%%/*}
  prefix=$(rbd info --format json "$image" | sed -n 's/.*"block_name_prefix": *"\\([^"]*\\)".*/\\1/p')
  [ -n "$prefix" ] || continue
  index=0
  while [ $index -lt ${mostLooked} ]; do
    object=$(printf '%s.%016x' "$prefix" $index)
    index=$((index + 1))
    $ceph osd map "$pool" "$object" --format json | grep -q "\\"acting_primary\\": *$osd[,}]" || continue
    timeout 20 rados -p "$pool" stat "$object" >/dev/null 2>&1 || continue
    $ceph tell "osd.$osd" injectdataerr "$pool" "$object" >/dev/null || exit 1
    timeout 20 rados -p "$pool" get "$object" /dev/null || exit 1
    echo "$object"
    found=$((found + 1))
    [ $found -lt ${mostObjects} ] || exit 0
  done
done
[ $found -gt 0 ] || { echo "osd.$osd serves none of the first objects of $*" >&2; exit 1; }`;

/** Read back from the OSD itself; what was repaired is no reason for a warning. */
const undo = `osd=$1
ceph="ceph --connect-timeout=15"
$ceph tell "osd.$osd" config unset ${option} >/dev/null || exit 1
$ceph tell "osd.$osd" clear_shards_repaired >/dev/null 2>&1
$ceph tell "osd.$osd" config get ${option} --format json | grep -q false || { echo "${option} is still set on osd.$osd" >&2; exit 1; }`;

export const diskErrors = defineFault({
  name: 'disk-errors',
  strikes: 'osd',
  /** Which of the node's OSDs, in the order of their numbers, from 0. */
  parameters: z.strictObject({nth: z.number().int().min(0)}),
  needs: {nodes: 3, guests: 1, storage: ['ceph']},
  effect: () => ({fences: [0], guests: 'slowed', everywhere: true}),
  preview: (nodes, {nth}) =>
    `ceph tell osd.… injectdataerr: objects of the guests' disks cannot be read  # OSD ${nth + 1} of ${only(nodes).name}`,

  async deadMan(cluster, nodes, {nth}) {
    const from = await fromPeer(cluster, only(nodes), nth);
    return from.ok ? {ok: true, value: [{host: from.value.host, argv: undoCommand(from.value.osd).argv}]} : from;
  },

  async inject(cluster, nodes, {nth}) {
    const from = await fromPeer(cluster, only(nodes), nth);
    if (!from.ok) return notInjected(from.error);
    const disks = await disksOf(cluster);
    if (!disks.ok) return notInjected(disks.error);
    const argv = ['sh', '-c', script, 'errors', String(from.value.osd), ...disks.value] as const;
    return cluster.transport.exec(from.value.host, {argv, timeoutMs: 120_000, idempotent: false});
  },

  async reached(cluster, nodes, {nth}) {
    const from = await fromPeer(cluster, only(nodes), nth);
    if (!from.ok) return from;
    const log = ['ceph', '--connect-timeout=15', 'log', 'last', '500', 'info', 'cluster'] as const;
    const said = await stdoutOf(cluster.transport, from.value.host, readOnly(log, 30_000));
    return said.ok ? errorsMet(said.value, from.value.osd) : said;
  },

  async heal(cluster, nodes, {nth}) {
    const from = await fromPeer(cluster, only(nodes), nth);
    if (!from.ok) return from;
    const undone = await stdoutOf(cluster.transport, from.value.host, undoCommand(from.value.osd));
    return undone.ok ? {ok: true, value: undefined} : undone;
  },
});

function undoCommand(osd: number): Command {
  return idempotent(['sh', '-c', undo, 'undo', String(osd)], 60_000);
}

/** The OSD, and a member that Ceph can be told on. */
async function fromPeer(cluster: Cluster, node: Host, nth: number): Promise<Result<{host: Host; osd: number}, string>> {
  const struck = await nthOsds(cluster, [node], nth);
  if (!struck.ok) return struck;
  const [osd] = struck.value;
  const member = await otherMember(cluster, node);
  if (!member.ok) return member;
  if (osd === undefined) return {ok: false, error: `${node.name} has no OSD`};
  return {ok: true, value: {host: member.value.host, osd: osd.daemon.id}};
}

/** POOL/IMAGE of every disk of the guests, as libvirt has it. */
async function disksOf(cluster: Cluster): Promise<Result<readonly string[], string>> {
  const {active} = await domains(cluster);
  const disks: string[] = [];
  for (const {name} of cluster.guests) {
    const where = active.find(({domain}) => domain === name)?.node;
    const host = cluster.nodes.find(node => node.name === where);
    if (host === undefined) continue;
    const xml = await dumpxml(cluster, host, name);
    if (!xml.ok) return xml;
    for (const [, image = ''] of xml.value.matchAll(/protocol=['"]rbd['"] name=['"]([^'"]+\/[^'"]+)['"]/g))
      disks.push(image);
  }
  return disks.length > 0 ? {ok: true, value: disks} : {ok: false, error: 'no guest has a disk of RBD'};
}

/** What the cluster's log says since the injection: the OSD met the error, and asked for another copy. Pure. */
export function errorsMet(log: string, osd: number): Result<string, string> {
  const since = log.slice(Math.max(0, log.lastIndexOf(marker)));
  const met = since
    .split('\n')
    .filter(line => new RegExp(`\\bosd\\.${osd}\\b`).test(line) && /missing primary copy of/.test(line));
  if (met.length === 0 || !log.includes(marker))
    return {ok: false, error: `osd.${osd} has told of no copy that could not be read`};
  return {ok: true, value: `osd.${osd} read ${met.length} times from another copy`};
}
