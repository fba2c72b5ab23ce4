/** RAID-10 by md in a guest, out of four of its disks. */
import type {Cluster, Guest, Result} from '../types.ts';
import {inGuest} from './shell.ts';

const waitMs = 120_000;
export const raidDevice = '/dev/md127';

/**
 * Makes the array, or finds it made. Two copies of everything, near each other. Without a bitmap: an internal one was
 * seen to leave 2 to 8 writes a second of 445 here, and a member that comes back is then copied whole.
 */
const make = `device=$1; shift
modprobe -q raid10 || { echo "the guest's kernel has no module raid10" >&2; exit 1; }
[ "$(cat "/sys/block/\${device##*/}/md/level" 2>/dev/null)" != raid10 ] || exit 0
for d in "$@"; do [ -b "$d" ] || { echo "$d is no disk" >&2; exit 1; }; done
mdadm --create "$device" --run --assume-clean --level=10 --layout=n2 --raid-devices=$# --chunk=64 --bitmap=none "$@" 2>&1`;

export async function makeRaid10(
  cluster: Cluster,
  guest: Guest,
  disks: readonly [string, string, string, string],
): Promise<Result<void, string>> {
  const words = [raidDevice, ...disks];
  const made = await inGuest(cluster, guest, {what: 'make a RAID-10', script: make, words, timeoutMs: waitMs});
  return made.ok ? {ok: true, value: undefined} : made;
}

/** Its members are free afterwards. */
export async function endRaid(cluster: Cluster, guest: Guest): Promise<Result<void, string>> {
  const script = `[ -e "/sys/block/\${1##*/}/md" ] || exit 0
members=$(ls "/sys/block/\${1##*/}/slaves")
mdadm --stop "$1" || exit 1
for m in $members; do mdadm --zero-superblock "/dev/$m"; done
true`;
  const ended = await inGuest(cluster, guest, {what: 'end a RAID-10', script, words: [raidDevice], timeoutMs: waitMs});
  return ended.ok ? {ok: true, value: undefined} : ended;
}

/** Takes a disk in again in the place of one that is gone; ends when the copying has begun. */
export async function addMember(cluster: Cluster, guest: Guest, disk: string): Promise<Result<void, string>> {
  const script = `[ -e "/sys/block/\${1##*/}/slaves/\${2##*/}" ] && exit 0
mdadm "$1" --remove failed --remove detached
mdadm "$1" --add "$2"`;
  const words = [raidDevice, disk];
  const added = await inGuest(cluster, guest, {what: `add ${disk}`, script, words, timeoutMs: waitMs});
  return added.ok ? {ok: true, value: undefined} : added;
}

export interface RaidState {
  /** Members that are missing. */
  degraded: number;
  /** `idle`, `recover`, `check` … */
  action: string;
  /** Sectors that the last check found unlike in both copies. */
  mismatches: number;
}

export async function raidState(cluster: Cluster, guest: Guest, array: string): Promise<Result<RaidState, string>> {
  const script = `cd "/sys/block/\${1##*/}/md" && echo "$(cat degraded) $(cat sync_action) $(cat mismatch_cnt)"`;
  const said = await inGuest(cluster, guest, {what: `look at ${array}`, script, words: [array], timeoutMs: 15_000});
  if (!said.ok) return said;
  const [, degraded, action = '', mismatches] = /^(\d+) (\S+) (\d+)$/.exec(said.value) ?? [];
  if (degraded === undefined) return {ok: false, error: `${array} in ${guest.name} says ${JSON.stringify(said.value)}`};
  return {ok: true, value: {degraded: Number(degraded), action, mismatches: Number(mismatches)}};
}
