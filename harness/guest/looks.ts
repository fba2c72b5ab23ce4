/**
 * A guest notes what its processors and its scratch disk do while a load runs: by the guest agent, so that it asks
 * nothing of the network, and in one shell that starts nothing but its pauses.
 */
import type {Cluster, Guest, Result} from '../types.ts';
import {guestExec} from './exec.ts';
import {told} from './fio-beside.ts';

/** `$1` the disk, `$2` how many looks, `$3` seconds between them. */
const script = `block=$(readlink -f "$1") i=0
while [ $i -lt "$2" ]; do
  read -r up _ </proc/uptime && read -r cpu </proc/stat && read -r disk <"/sys/class/block/\${block##*/}/stat" || exit 1
  echo "$up | $cpu | $disk"; i=$((i + 1)); sleep "$3"
done`;
/** Few, since each takes of the processors that are looked at; the middle half of a load still has five. */
const looks = 10;

/** Looks over so many seconds, for `parseGuestLooks`. */
export async function watchGuest(cluster: Cluster, guest: Guest, seconds: number): Promise<Result<string, string>> {
  const argv = ['sh', '-c', script, 'look', guest.scratchDevice, String(looks), (seconds / looks).toFixed(2)] as const;
  const outcome = await guestExec(cluster, guest, {argv, takesMs: seconds * 1000, timeoutMs: seconds * 2000 + 60_000});
  if (outcome.exit.kind === 'exited' && outcome.exit.code === 0) return {ok: true, value: outcome.stdout};
  return {ok: false, error: `nobody looked into ${guest.name}: ${told(outcome)}`};
}
