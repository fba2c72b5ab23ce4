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
}

export interface DiskStore {
  /** In words, `pool vms`. */
  title: string;
  source(disk: string): DiskSource;
  /** Every disk whose name begins with the prefix, and the room there is. Changes nothing. */
  find(): Promise<Result<FoundStore, string>>;
  make(disk: PlannedDisk, mark: Mark): Words;
  /** A disk that is gone is no error. */
  remove(disk: string): Words;
  /** On every node, after the making: whether it sees what was made; nothing where that needs no look. */
  seen?: Words;
  /** When the last disk is gone: takes away what held them. */
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
for name in $names; do case $name in "$2"*) printf '%s\\t%s\\n' "$name" "$(rbd image-meta get "$1/$name" ${markKey} 2>/dev/null)" ;; esac; done`;
const makeImage = `rbd rm --no-progress "$1$4" >/dev/null 2>&1
rbd create --size="$2M" "$1$4" && rbd image-meta set "$1$4" ${markKey} "$3" >/dev/null && rbd rename "$1$4" "$1"`;
/** A guest that has just ended may hold its image for a moment. */
const removeImage = `n=0
while rbd info "$1" >/dev/null 2>&1; do
  said=$(rbd rm --no-progress "$1" 2>&1) && exit
  n=$((n + 1)); [ $n -lt 20 ] || { echo "$said" >&2; exit 1; }; sleep 1.5
done`;

const poolStats = z.object({pools: z.array(z.object({name: z.string(), stats: z.object({max_avail: z.number()})}))});

function rbdStore(
  {pool, auth}: DiskStoreOrder & {kind: 'rbd'},
  prefix: string,
  {transport}: Cluster,
  host: Host,
  monitors: Monitors,
): DiskStore {
  const title = `pool ${pool}`;
  return {
    title,
    source: image => ({
      protocol: 'rbd',
      pool,
      image,
      monitors,
      ...(auth === undefined ? {} : {auth: {username: auth.user, secretUuid: auth.secret}}),
    }),
    async find() {
      const [images, df] = await Promise.all([
        stdoutOf(transport, host, readOnly(['sh', '-c', findImages, 'find', pool, prefix], 60_000)),
        ceph({transport, host}, ['df', '--format=json']),
      ]);
      if (!images.ok) return images;
      if (!df.ok) return df;
      const room = readJson(df.value, 'ceph df', poolStats);
      if (!room.ok) return {ok: false, error: `ceph df: expected ${room.error.expected}, found ${room.error.found}`};
      const free = room.value.pools.find(({name}) => name === pool)?.stats.max_avail;
      if (free === undefined) return {ok: false, error: `Ceph has no pool ${pool}`};
      return {ok: true, value: {disks: markedLines(images.value), freeBytes: free, troubles: []}};
    },
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
  };
}

function markedLines(text: string): readonly FoundDisk[] {
  return text.split('\n').flatMap(line => {
    const [name = '', marked = ''] = line.split('\t');
    if (name === '') return [];
    const mark = readMark(marked);
    return [mark === undefined ? {name} : {name, mark}];
  });
}

// ───────────────────────────── a shared folder ─────────────────────────────

const findFiles = `cd "$1" 2>/dev/null || exit 0
for name in "$2"*; do [ ! -f "$name" ] || printf '%s\\t%s\\n' "$name" "$(cat ".mark-$name" 2>/dev/null)"; done`;
const makeFile = `mkdir -p -m 711 "$1" && cd "$1" && rm -f "$2$5" && truncate -s "$3" "$2$5" && printf '%s\\n' "$4" >".mark-$2" && mv -n "$2$5" "$2"`;

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
        stdoutOf(transport, host, readOnly(['sh', '-c', findFiles, 'find', own, prefix])),
        stdoutOf(transport, host, readOnly(['df', '-B1', '--output=avail', path])),
        ...nodes.map(node => stdoutOf(transport, node, look)),
      ]);
      if (!files.ok) return files;
      if (!room.ok) return room;
      const missing = inodes.flatMap(inode => (inode.ok ? [] : [inode.error]));
      const different = new Set(inodes.map(inode => (inode.ok ? inode.value.trim() : ''))).size > 1;
      const troubles = missing.length > 0 || !different ? missing : [`${path} is not the same folder on every node`];
      const freeBytes = Number(room.value.trim().split('\n').at(-1));
      return {ok: true, value: {disks: markedLines(files.value), freeBytes, troubles}};
    },
    make: ({name, bytes}, mark) => ['sh', '-c', makeFile, 'make', own, name, String(bytes), markText(mark), making],
    remove: name => ['rm', '-f', `${own}/${name}`, `${own}/.mark-${name}`],
    seen: ['test', '-d', own],
    close: ['sh', '-c', '[ ! -d "$1" ] || rmdir "$1"', 'close', own],
  };
}
