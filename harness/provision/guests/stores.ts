/**
 * Where the guests' disks lie: how they are found with their marks, made, and taken away. Every command is typed on one
 * node of the cluster; a disk that was half made has no mark and another name, and the next making begins it anew.
 */
import {z} from 'zod';
import {readOnly, stdoutOf} from '../../cluster/commands.ts';
import type {DiskSource} from '../../cluster/domain-xml.ts';
import {ceph} from '../../cluster/storage.ts';
import type {DiskStoreOrder} from '../../config/guests-order.ts';
import {readJson} from '../../parse/json.ts';
import type {Cluster, Host, Result} from '../../types.ts';
import {type Mark, markKey, markText, readMark} from './mark.ts';
import {guestsStem, type PlannedDisk} from './plan.ts';
import {markOfPool, wordsForPool} from './pool-mark.ts';

export type Words = readonly [string, ...string[]];

export interface FoundDisk {
  name: string;
  /** Absent on what is not ours to touch. */
  mark?: Mark;
}

export interface FoundStore {
  disks: readonly FoundDisk[];
  freeBytes: number;
  /** Why it cannot be used: sentences. */
  troubles: readonly string[];
  /** What holds the disks is not there, and is made with them. */
  absent?: true;
  /** The mark of what holds the disks, where it was made with them. */
  mark?: Mark;
  /** Names in it that do not begin with the prefix. */
  others: number;
}

export interface DiskStore {
  /** In words, `pool vms`. */
  title: string;
  source(disk: string): DiskSource;
  /** Every disk whose name begins with the prefix, and the room there is. Changes nothing. */
  find(): Promise<Result<FoundStore, string>>;
  make(disk: PlannedDisk, mark: Mark): Words;
  /** Makes what holds the disks, where it is `absent`. */
  open?(mark: Mark): Words;
  /** A disk that is gone is no error. */
  remove(disk: string): Words;
  /** On every node, after the making: whether it sees what was made; nothing where that needs no look. */
  seen?: Words;
  /** When the last disk is gone: takes away what held them, if it was made with them. Twice is once. */
  close?: Words;
}

/** Half made: the mark is not on it yet. */
const making = '.seatrial-making';

export function halfMade(disk: string): boolean {
  return disk.endsWith(making);
}

export async function openStore(
  order: DiskStoreOrder,
  prefix: string,
  cluster: Cluster,
  host: Host,
): Promise<Result<DiskStore, string>> {
  if (order.kind === 'folder') return {ok: true, value: folderStore(order, prefix, cluster, host)};
  const monitors = await monitorsOf(cluster, host);
  return monitors.ok ? {ok: true, value: rbdStore(order, prefix, cluster, host, monitors.value)} : monitors;
}

// ───────────────────────────── RBD ─────────────────────────────

type Monitors = readonly {host: string; port: number}[];

const monitorMap = z.object({
  mons: z.array(z.object({public_addrs: z.object({addrvec: z.array(z.object({type: z.string(), addr: z.string()}))})})),
});

/** QEMU takes the old protocol's addresses without ado; the new one's where there is no other. */
async function monitorsOf({transport}: Cluster, host: Host): Promise<Result<Monitors, string>> {
  const dump = await ceph({transport, host}, ['mon', 'dump', '--format=json']);
  if (!dump.ok) return dump;
  const map = readJson(dump.value, 'ceph mon dump', monitorMap);
  if (!map.ok) return {ok: false, error: `ceph mon dump: expected ${map.error.expected}, found ${map.error.found}`};
  const addresses = map.value.mons.flatMap(({public_addrs: {addrvec}}) => {
    const addr = (addrvec.find(({type}) => type === 'v1') ?? addrvec[0])?.addr;
    const [, name, port] = /^\[?([^\]]+?)\]?:(\d+)$/.exec(addr ?? '') ?? [];
    return name === undefined ? [] : [{host: name, port: Number(port)}];
  });
  if (addresses.length > 0) return {ok: true, value: addresses};
  return {ok: false, error: `ceph mon dump on ${host.name} names no address of a monitor`};
}

const findImages = `names=$(rbd ls "$1") || exit
for name in $names; do
  mark=; case $name in "$2"*) mark=$(rbd image-meta get "$1/$name" ${markKey} 2>/dev/null) ;; esac
  printf '%s\\t%s\\n' "$name" "$mark"
done`;
const makeImage = `rbd rm --no-progress "$1$4" >/dev/null 2>&1
rbd create --size="$2M" "$1$4" && rbd image-meta set "$1$4" ${markKey} "$3" >/dev/null && rbd rename "$1$4" "$1"`;
/** A guest that has just ended may hold its image for a moment. */
const removeImage = `n=0
while rbd info "$1" >/dev/null 2>&1; do
  said=$(rbd rm --no-progress "$1" 2>&1) && exit
  n=$((n + 1)); [ $n -lt 20 ] || { echo "$said" >&2; exit 1; }; sleep 1.5
done`;

/** The mark is the pool's before anything lies in it: `$2`… its words, name and value. */
const makePool = `ceph osd pool create "$1" >&2 && ceph osd pool application enable "$1" rbd >&2 &&
pool=$1 && shift &&
while [ $# -gt 0 ]; do ceph osd pool application set "$pool" rbd "$1" "$2" >&2 || exit; shift 2; done &&
rbd pool init "$pool"`;
/** Monitors delete no pool until they are told that they may; how that was set before is put back. */
const removePool = `ceph osd pool stats "$1" >/dev/null 2>&1 || exit 0
was=$(ceph config get mon mon_allow_pool_delete) || exit
ceph config set mon mon_allow_pool_delete true || exit
ceph osd pool delete "$1" "$1" --yes-i-really-really-mean-it >&2; ended=$?
[ "$was" = true ] || ceph config rm mon mon_allow_pool_delete
exit $ended`;

const poolStats = z.object({
  stats: z.object({total_avail_bytes: z.number()}),
  pools: z.array(z.object({name: z.string(), stats: z.object({max_avail: z.number()})})),
});
/** Of a pool that is yet to be made. */
const usualCopies = 3;

function rbdStore(
  {pool, auth, makePool: mayMake}: DiskStoreOrder & {kind: 'rbd'},
  prefix: string,
  {transport}: Cluster,
  host: Host,
  monitors: Monitors,
): DiskStore {
  const target = {transport, host};
  return {
    title: `pool ${pool}`,
    source: image => ({
      protocol: 'rbd',
      pool,
      image,
      monitors,
      ...(auth === undefined ? {} : {auth: {username: auth.user, secretUuid: auth.secret}}),
    }),
    async find() {
      const df = await ceph(target, ['df', '--format=json']);
      if (!df.ok) return df;
      const room = readJson(df.value, 'ceph df', poolStats);
      if (!room.ok) return {ok: false, error: `ceph df: expected ${room.error.expected}, found ${room.error.found}`};
      const free = room.value.pools.find(({name}) => name === pool)?.stats.max_avail;
      if (free === undefined) return noPool(pool, mayMake, room.value.stats.total_avail_bytes / usualCopies);
      const images = await stdoutOf(transport, host, readOnly(['sh', '-c', findImages, 'find', pool, prefix], 60_000));
      if (!images.ok) return images;
      const said = await ceph(target, ['osd', 'pool', 'application', 'get', pool, '--format=json']);
      const mark = said.ok ? markOfPool(said.value) : undefined;
      const inPool = {...markedLines(images.value, prefix), ...(mark === undefined ? {} : {mark})};
      return {ok: true, value: {...inPool, freeBytes: free, troubles: []}};
    },
    open: mark => ['sh', '-c', makePool, 'open', pool, ...wordsForPool(mark)],
    make: ({name, bytes}, mark) => [
      'sh',
      '-c',
      makeImage,
      'make',
      `${pool}/${name}`,
      String(Math.ceil(bytes / 2 ** 20)),
      markText(mark),
      making,
    ],
    remove: name => ['sh', '-c', removeImage, 'remove', `${pool}/${name}`],
    close: ['sh', '-c', removePool, 'close', pool],
  };
}

function noPool(pool: string, mayMake: boolean, freeBytes: number): Result<FoundStore, string> {
  const trouble = `Ceph has no pool ${pool}: make it, or say makePool: true`;
  return {ok: true, value: {disks: [], others: 0, freeBytes, troubles: mayMake ? [] : [trouble], absent: true}};
}

/** Lines of a name, a tab, and a mark where it has one. */
function markedLines(text: string, prefix: string): Pick<FoundStore, 'disks' | 'others'> {
  const all = text.split('\n').flatMap((line): FoundDisk[] => {
    const [name = '', marked = ''] = line.split('\t');
    if (name === '') return [];
    const mark = readMark(marked);
    return [mark === undefined ? {name} : {name, mark}];
  });
  const disks = all.filter(({name}) => name.startsWith(prefix));
  return {disks, others: all.length - disks.length};
}

// ───────────────────────────── a shared folder ─────────────────────────────

/** First the folder's own mark, if there is the folder. */
const findFiles = `cd "$1" 2>/dev/null || exit 0
printf '.\\t%s\\n' "$(cat .mark 2>/dev/null)"
for name in *; do [ ! -f "$name" ] || printf '%s\\t%s\\n' "$name" "$(cat ".mark-$name" 2>/dev/null)"; done`;
const makeFolder = `mkdir -m 711 "$1" && printf '%s\\n' "$2" >"$1/.mark"`;
const makeFile = `cd "$1" && rm -f "$2$5" && truncate -s "$3" "$2$5" && printf '%s\\n' "$4" >".mark-$2" && mv -n "$2$5" "$2"`;
const removeFolder = `[ ! -d "$1" ] || { rm -f "$1/.mark" && rmdir "$1"; }`;

/** Disks lie in a folder of ours in the one that was named, each with its mark beside it. */
function folderStore(
  {path}: DiskStoreOrder & {kind: 'folder'},
  prefix: string,
  {transport, nodes}: Cluster,
  host: Host,
): DiskStore {
  const own = `${path}/seatrial-${guestsStem(prefix)}`;
  return {
    title: `folder ${path}`,
    source: name => ({protocol: 'file', path: `${own}/${name}`}),
    async find() {
      const look = readOnly(['stat', '-c', '%i', path]);
      const [files, room, ...inodes] = await Promise.all([
        stdoutOf(transport, host, readOnly(['sh', '-c', findFiles, 'find', own])),
        stdoutOf(transport, host, readOnly(['df', '-B1', '--output=avail', path])),
        ...nodes.map(node => stdoutOf(transport, node, look)),
      ]);
      if (!files.ok) return files;
      if (!room.ok) return room;
      const missing = inodes.flatMap(inode => (inode.ok ? [] : [inode.error]));
      const different = new Set(inodes.map(inode => (inode.ok ? inode.value.trim() : ''))).size > 1;
      const troubles = missing.length > 0 || !different ? missing : [`${path} is not the same folder on every node`];
      const freeBytes = Number(room.value.trim().split('\n').at(-1));
      const [first = '', ...lines] = files.value.split('\n');
      const mark = readMark(first.split('\t')[1] ?? '');
      const held = {...markedLines(lines.join('\n'), prefix), ...(mark === undefined ? {} : {mark})};
      return {ok: true, value: {...held, freeBytes, troubles, ...(first === '' ? {absent: true} : {})}};
    },
    open: mark => ['sh', '-c', makeFolder, 'open', own, markText(mark)],
    make: ({name, bytes}, mark) => ['sh', '-c', makeFile, 'make', own, name, String(bytes), markText(mark), making],
    remove: name => ['rm', '-f', `${own}/${name}`, `${own}/.mark-${name}`],
    seen: ['test', '-d', own],
    close: ['sh', '-c', removeFolder, 'close', own],
  };
}
