/** RAID-10 by md in a guest, out of its disks. */
import type {Cluster, Guest, Result} from '../types.ts';
import {inGuest} from './shell.ts';

const waitMs = 120_000;
export const raidDevice = '/dev/md127';

/**
 * Makes the array, or finds it made: running, or on its disks since before the guest was started anew. Two copies of
 * everything, near each other. Without a bitmap: an internal one was seen to leave 2 to 8 writes a second of 445 here,
 * and a member that comes back is then copied whole.
 */
const make = `device=$1; shift
modprobe -q raid10 || { echo "the guest's kernel has no module raid10" >&2; exit 1; }
[ "$(cat "/sys/block/\${device##*/}/md/level" 2>/dev/null)" != raid10 ] || exit 0
for d in "$@"; do [ -b "$d" ] || { echo "$d is no disk" >&2; exit 1; }; done
mdadm --assemble "$device" --run "$@" >/dev/null 2>&1 && exit 0
mdadm --create "$device" --run --assume-clean --level=10 --layout=n2 --raid-devices=$# --chunk=64 --bitmap=none "$@" 2>&1`;

export async function makeRaid10(
  cluster: Cluster,
  guest: Guest,
  disks: readonly string[],
): Promise<Result<void, string>> {
  const words = [raidDevice, ...disks];
  const made = await inGuest(cluster, guest, {what: 'make a RAID-10', script: make, words, timeoutMs: waitMs});
  return made.ok ? {ok: true, value: undefined} : made;
}

/**
 * Takes disks in again that carry the array's own mark and are none of its members; ends when the copying has begun.
 * What was pulled comes back under another name.
 */
const takeBack = `uuid=$(mdadm --detail "$1" | sed -n 's/^ *UUID : //p')
[ -n "$uuid" ] || { echo "$1 is no array" >&2; exit 1; }
mdadm "$1" --remove failed --remove detached 2>/dev/null
for block in /sys/block/*; do
  name=\${block##*/}
  case $name in md* | loop* | ram*) continue ;; esac
  [ -z "$(ls "$block/holders" 2>/dev/null)" ] || continue
  mdadm --examine "/dev/$name" 2>/dev/null | grep -q "Array UUID : $uuid" || continue
  mdadm "$1" --add "/dev/$name" || exit 1
done`;

export async function takeBackMembers(cluster: Cluster, guest: Guest, array: string): Promise<Result<void, string>> {
  const what = `take members of ${array} back`;
  const taken = await inGuest(cluster, guest, {what, script: takeBack, words: [array], timeoutMs: waitMs});
  return taken.ok ? {ok: true, value: undefined} : taken;
}

/** Why not every member is as the others; undefined where all are. */
export async function memberGap(cluster: Cluster, guest: Guest, array: string): Promise<string | undefined> {
  const script = `array=$(readlink -f "$1"); cd "/sys/block/\${array##*/}/md" && echo "$(cat degraded) $(cat sync_action)"`;
  const said = await inGuest(cluster, guest, {what: `look at ${array}`, script, words: [array], timeoutMs: 15_000});
  if (!said.ok) return said.error;
  const [, degraded, action = ''] = /^(\d+) (\S+)$/.exec(said.value) ?? [];
  if (degraded === undefined) return `${array} in ${guest.name} says ${JSON.stringify(said.value)}`;
  if (degraded !== '0') return `${array} in ${guest.name} lacks ${degraded} of its members`;
  return action === 'idle' ? undefined : `${array} in ${guest.name} is busy: ${action}`;
}

/** What the members of the array say that they are; of those that say anything. */
export async function memberSerials(
  cluster: Cluster,
  guest: Guest,
  array: string,
): Promise<Result<readonly string[], string>> {
  const script = `cd "/sys/block/$(basename "$(readlink -f "$1")")/slaves" && for m in *; do cat "/sys/class/block/$m/serial"; echo; done`;
  const what = `name the members of ${array}`;
  const said = await inGuest(cluster, guest, {what, script, words: [array], timeoutMs: 20_000});
  return said.ok ? {ok: true, value: said.value.split('\n').filter(line => line !== '')} : said;
}

/** Reads all copies, and gives how many sectors differ. */
export async function unlikeSectors(cluster: Cluster, guest: Guest, array: string): Promise<Result<number, string>> {
  const script = `array=$(readlink -f "$1"); cd "/sys/block/\${array##*/}/md" && echo check >sync_action || exit 1
while [ "$(cat sync_action)" != idle ]; do sleep 0.2; done
cat mismatch_cnt`;
  const said = await inGuest(cluster, guest, {what: `check ${array}`, script, words: [array], timeoutMs: waitMs});
  if (!said.ok) return said;
  return /^\d+$/.test(said.value)
    ? {ok: true, value: Number(said.value)}
    : {ok: false, error: `${array} in ${guest.name} says ${JSON.stringify(said.value)}`};
}
