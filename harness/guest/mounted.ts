/**
 * Stores that a guest attaches by itself, through its own kernel: what is mounted there, and the words that do it. Each
 * may be said twice.
 */
import type {Cluster, Guest, Result} from '../types.ts';
import {inGuest} from './shell.ts';

/** Attaching a store takes tenths of a second; a server that is just back keeps its clients waiting for its grace. */
const attachMs = 60_000;

/** The kernel's own name of what may be mounted, as /proc/mounts has it. */
export type MountedKind = 'nfs4' | 'ceph';

/** `$1` what it is, `$2` where. A folder that something else is mounted on is left alone. */
const mountedAt = `at() { awk -v d="$2" '$2 == d {print $3}' /proc/mounts | tail -n 1; }
kind=$(at "$@")
[ "$kind" != "$1" ] || exit 0
[ -z "$kind" ] || { echo "$2 has $kind mounted, expected $1" >&2; exit 1; }
mkdir -p "$2"`;

export interface NfsMount {
  server: string;
  /** As the server's pseudo file system has it. */
  share: string;
  folder: string;
}

/** NFSv4.1, hard: an operation waits for its server for as long as it takes, and no error reaches a program. */
export async function mountNfs(cluster: Cluster, guest: Guest, mount: NfsMount): Promise<Result<void, string>> {
  const {server, share, folder} = mount;
  const script = `${mountedAt}
modprobe -q nfsv4 || { echo "the guest's kernel has no module nfsv4" >&2; exit 1; }
exec mount -t nfs4 -o "vers=4.1,addr=$3,clientaddr=$4,hard,timeo=50" "$3:$5" "$2"`;
  const words = ['nfs4', folder, server, guest.address, share];
  return done(await inGuest(cluster, guest, {what: `mount ${server}:${share}`, script, words, timeoutMs: attachMs}));
}

export interface CephMount {
  /** Of the monitors, old protocol: `10.0.0.1:6789`. */
  monitors: readonly string[];
  folder: string;
  /** A user of cephx, and the file in the guest that has nothing but its key. */
  user: string;
  keyFile: string;
}

/** The key goes through fstab: the words of a command are for all to see. */
export async function mountCephFs(cluster: Cluster, guest: Guest, mount: CephMount): Promise<Result<void, string>> {
  const {monitors, folder, user, keyFile} = mount;
  const script = `${mountedAt}
modprobe -q ceph || { echo "the guest's kernel has no module ceph" >&2; exit 1; }
grep -s -v " $2 " /etc/fstab >/run/fstab || true
umask 077
echo "$3:/ $2 ceph name=$4,secret=$(cat "$5") 0 0" >>/run/fstab && mv /run/fstab /etc/fstab || exit 1
exec mount "$2"`;
  const words = ['ceph', folder, monitors.join(','), user, keyFile];
  return done(await inGuest(cluster, guest, {what: 'mount CephFS', script, words, timeoutMs: attachMs}));
}

/**
 * Why the folder is not a store that works; undefined where it is. Asks for its metadata: makes a file, renames it,
 * makes both durable and removes it. What a server says of its own health is no answer to that.
 */
export async function metadataGap(
  cluster: Cluster,
  guest: Guest,
  {kind, folder, deadlineMs}: {kind: MountedKind; folder: string; deadlineMs: number},
): Promise<string | undefined> {
  const script = `kind=$(awk -v d="$2" '$2 == d {print $3}' /proc/mounts | tail -n 1)
[ "$kind" = "$1" ] || { echo "$2 has \${kind:-nothing} mounted, expected $1" >&2; exit 1; }
f="$2/.seatrial-$$"
echo probe >"$f" && sync "$f" && mv "$f" "$f-moved" && [ "$(cat "$f-moved")" = probe ] && rm "$f-moved" && sync "$2"`;
  const probe = await inGuest(cluster, guest, {
    what: `make, rename and remove a file on ${folder} within ${deadlineMs / 1000} s`,
    script,
    words: [kind, folder],
    timeoutMs: deadlineMs,
  });
  return probe.ok ? undefined : probe.error;
}

const done = (result: Result<string, string>): Result<void, string> =>
  result.ok ? {ok: true, value: undefined} : result;
