/**
 * A guest that is held to some processors and so much memory by control groups. Where libvirt has groups of its own for
 * it (of either version), libvirt sets them; where it has none, a group is made below the one that QEMU is in, of
 * version 1, and QEMU moved into it. Hierarchies are mounted where only the command itself sees them.
 */
import type {Cluster, Command, Host, Result} from '../types.ts';
import {idempotent, readOnly, stdoutOf} from './commands.ts';
import {onItsNode, virsh} from './pins.ts';

/** As it was: libvirt's limit of memory (`hard_limit`, KiB or -1), or QEMU's own groups (`cpuset`, `memory`). */
export type Groups = Readonly<Record<string, string>>;

const controllers = ['cpuset', 'memory'] as const;

/** `$1` is the guest: its QEMU, and the groups of version 1 that it is in. */
const groupsScript = `for pid in $(pgrep -f -- "-name guest=$1[, ]"); do
  case $(cat /proc/$pid/comm) in qemu*) sed -nE 's/^[1-9][0-9]*:(cpuset|memory):/\\1 /p' /proc/$pid/cgroup ;; esac
done`;

export async function groupsOf({transport}: Cluster, host: Host, guest: string): Promise<Result<Groups, string>> {
  const tuned = await stdoutOf(transport, host, readOnly(virsh('memtune', guest)));
  const limit = tuned.ok ? /^hard_limit\s*:\s*(\d+|unlimited)\s*$/m.exec(tuned.value)?.[1] : undefined;
  if (limit !== undefined) return {ok: true, value: {hard_limit: limit === 'unlimited' ? '-1' : limit}};
  const said = await stdoutOf(transport, host, readOnly(['sh', '-c', groupsScript, 'groups', guest]));
  if (!said.ok) return said;
  const groups = Object.fromEntries(
    [...said.value.matchAll(/^(cpuset|memory) (\/.*)$/gm)].map(([, controller = '', path = '']) => [controller, path]),
  );
  return controllers.every(each => groups[each] !== undefined)
    ? {ok: true, value: groups}
    : {ok: false, error: `${guest} on ${host.name} is in no control groups that libvirt or root could limit`};
}

/** Mounts both hierarchies for the command after it, and for nobody else. */
const mounted = `mount -t tmpfs none /mnt || exit 1
for c in ${controllers.join(' ')}; do mkdir /mnt/$c && mount -t cgroup -o $c none /mnt/$c || exit 1; done
`;
const alone = (script: string, ...words: string[]) =>
  ['unshare', '--mount', 'sh', '-c', `${mounted}${script}`, 'groups', ...words] as const;

/** The same command, which then sees the groups of version 1. */
export function seeingGroups({argv, ...command}: Command): Command {
  return {...command, argv: alone('exec "$@"', ...argv)};
}

/** `$1` the guest, `$2` the new group, `$3` and `$4` the groups that it is in, `$5` processors, `$6` bytes. */
const holdScript = `cpuset=/mnt/cpuset\${3%/}/$2; memory=/mnt/memory\${4%/}/$2
mkdir -p "$cpuset" "$memory" || exit 1
cat "\${cpuset%/*}/cpuset.mems" >"$cpuset/cpuset.mems" && echo "$5" >"$cpuset/cpuset.cpus" || exit 1
echo "$6" >"$memory/memory.limit_in_bytes" || exit 1
for pid in $(pgrep -f -- "-name guest=$1[, ]"); do
  case $(cat /proc/$pid/comm) in qemu*) ;; *) continue ;; esac
  echo $pid >"$memory/cgroup.procs" && echo $pid >"$cpuset/cgroup.procs" || exit 1
done`;

/** Back into the groups that it came from; a process that has ended in between needs no way back. */
const freeScript = `for own in "/mnt/cpuset\${2%/}" "/mnt/memory\${3%/}"; do
  [ -d "$own/$1" ] || continue
  for pid in $(cat "$own/$1/cgroup.procs"); do echo $pid >"$own/cgroup.procs" || [ ! -d /proc/$pid ] || exit 1; done
  tries=0
  until rmdir "$own/$1"; do tries=$((tries + 1)); [ $tries -lt 20 ] || exit 1; sleep 0.1; done
done`;

/** Nodes may share one kernel with others: two clusters' guests of one name must not meet in one group. */
export const heldPrefix = (cluster: string) => `seatrial-held-${cluster}.`;
const groupOf = (cluster: Cluster, guest: string) => `${heldPrefix(cluster.name)}${guest}`;

/** Memory in bytes; processors as a list. Where libvirt has groups it is told the memory alone: pins are its cpuset. */
export async function limitGuest(
  cluster: Cluster,
  host: Host,
  guest: string,
  was: Groups,
  {processors, memoryBytes}: {processors: string; memoryBytes: number},
): Promise<Result<void, string>> {
  const kibibytes = String(Math.floor(memoryBytes / 1024));
  const {cpuset = '', memory = ''} = was;
  const argv =
    was.hard_limit === undefined
      ? alone(holdScript, guest, groupOf(cluster, guest), cpuset, memory, processors, String(memoryBytes))
      : virsh('memtune', guest, '--hard-limit', kibibytes, '--live');
  const said = await stdoutOf(cluster.transport, host, idempotent(argv));
  return said.ok ? {ok: true, value: undefined} : said;
}

/** Twice, after a crash, or for a guest that has ended. */
export async function freeGuest(
  cluster: Cluster,
  hostName: string,
  guest: string,
  was: Groups,
): Promise<Result<void, string>> {
  const {hard_limit: limit, cpuset, memory} = was;
  if (limit !== undefined)
    return onItsNode(cluster, guest, async host => {
      const said = await stdoutOf(
        cluster.transport,
        host,
        idempotent(virsh('memtune', guest, '--hard-limit', limit, '--live')),
      );
      return said.ok ? {ok: true, value: undefined} : said;
    });
  const host = cluster.nodes.find(({name}) => name === hostName);
  // A journal that somebody has edited must not become a way to move anything else.
  if (host === undefined || !cpuset?.startsWith('/') || !memory?.startsWith('/') || /\.\.\//.test(cpuset + memory))
    return {ok: false, error: `${guest} on ${hostName}: ${JSON.stringify(was)} are no groups to go back to`};
  const said = await stdoutOf(
    cluster.transport,
    host,
    idempotent(alone(freeScript, groupOf(cluster, guest), cpuset, memory)),
  );
  return said.ok ? {ok: true, value: undefined} : said;
}
