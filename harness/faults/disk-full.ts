/**
 * The file system that a node writes its state and its logs to is full, to the last block. A file of ours fills it, and
 * a small one beside it is the reserve: it goes first when all is healed.
 */
import {z} from 'zod';
import {idempotent, readOnly} from '../cluster/commands.ts';
import {startDaemon} from '../cluster/services.ts';
import type {Command} from '../types.ts';
import {untilCephServes} from './ceph-serves.ts';
import {defineFault, only} from './fault.ts';
import {takeBack, waitUntilBack} from './recovery.ts';

/** In whatever folder: the names of our files begin so. */
export const fillName = 'seatrial-disk-full';
/** Where a node's state lies. */
export const fillFolder = '/var/lib';

/** `$1` a folder: what belongs to others too is left alone. */
export const ownDisk = `case $(stat -f -c %T "$1") in nfs* | ceph | fuse* | smb* | gfs* | ocfs*) echo "$1 is not on a disk of this node alone" >&2; exit 1 ;; esac`;

/**
 * In one step all blocks that are free for root, then what others have given back meanwhile. `$1` the folder. A file
 * system of others, or of memory that is larger than what is available, is left alone.
 */
const fill = `file=$1/${fillName}
${ownDisk}
free=$(($(stat -f -c '%f * %S' "$1") / 1024))
memory=$(sed -n 's/^MemAvailable: *\\([0-9]*\\) kB/\\1/p' /proc/meminfo)
case $(stat -f -c %T "$1") in tmpfs | overlayfs) [ "$free" -lt $((memory / 4)) ] || { echo "$1 may be in memory, and is too large to be filled" >&2; exit 1; } ;; esac
fallocate -l 1M "$file-reserve"
free=$(($(stat -f -c '%f * %S' "$1") / 1024))
fallocate -l "$free"K "$file" 2>/dev/null || fallocate -l $((free * 98 / 100))K "$file"
tries=0
while [ $tries -lt 512 ] && head -c 1M /dev/zero >>"$file"; do tries=$((tries + 1)); done 2>/dev/null
[ $tries -lt 512 ] || { echo "$1 is not full yet" >&2; exit 1; }`;

/** The tool's own words, and nothing of it left. */
const ask = `file=$1/${fillName}
[ -e "$file" ] || { echo "nothing of ours fills $1"; exit 1; }
said=$(head -c 64K /dev/zero 2>&1 >"$file-probe") && full= || full=1
rm -f "$file-probe"
[ -n "$full" ] || { echo "a write to $1 went through"; exit 1; }
echo "a write to $1 fails: \${said##*: }"
case $said in *'No space left'*) ;; *) exit 1 ;; esac`;

const free = `file=$1/${fillName}
rm -f "$file-reserve" && rm -f "$file" "$file-probe"`;

const inFolder = (script: string) => ['sh', '-c', script, 'disk', fillFolder] as const;
export const diskCommands: Readonly<Record<'fill' | 'ask' | 'free', Command>> = {
  fill: {argv: ['sh', '-ec', fill, 'disk', fillFolder], timeoutMs: 120_000, idempotent: false},
  ask: readOnly(inFolder(ask)),
  free: idempotent(inFolder(free), 60_000),
};

export const diskFull = defineFault({
  name: 'disk-full',
  strikes: 'node',
  parameters: z.strictObject({}),
  needs: {nodes: 3, tools: ['fallocate']},
  effect: () => ({fences: [0], guests: 'unharmed'}),
  preview: nodes => `fallocate of all that is free in ${fillFolder}  # on ${only(nodes).name}`,

  async deadMan(_cluster, nodes) {
    return {ok: true, value: [{host: only(nodes), argv: diskCommands.free.argv}]};
  },

  inject: (cluster, nodes) => cluster.transport.exec(only(nodes), diskCommands.fill),

  async reached({transport}, nodes) {
    const outcome = await transport.exec(only(nodes), diskCommands.ask);
    const said = outcome.stdout.trim() || outcome.stderr.trim();
    const full = outcome.exit.kind === 'exited' && outcome.exit.code === 0;
    return full ? {ok: true, value: said} : {ok: false, error: said || `${only(nodes).name} does not answer`};
  },

  /** A monitor of Ceph ends itself where its disk is nearly full, and does not come back by itself. */
  async heal(cluster, nodes) {
    const node = only(nodes);
    const freed = await takeBack(cluster, node, diskCommands.free);
    if (!freed.ok) return freed;
    const back = await waitUntilBack(cluster, node);
    if (!back.ok || cluster.storage !== 'ceph') return back;
    const monitor = await startDaemon(cluster, node, {kind: 'mon'});
    return monitor.ok ? untilCephServes(cluster) : monitor;
  },
});
