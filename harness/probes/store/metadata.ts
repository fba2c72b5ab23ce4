/**
 * A guest that works with a store's metadata all the while: a file made, renamed and removed, over and over, and the
 * second of its clock since boot at which each round was done. Writes to an open file need no metadata server.
 */
import {idempotent} from '../../cluster/commands.ts';
import {guestExec} from '../../guest/exec.ts';
import {inGuest} from '../../guest/shell.ts';
import type {Cluster, Guest, Outcome, Result} from '../../types.ts';

const out = '/run/seatrial-metadata';
const startMs = 30_000;
/** A round that stands still is not waited for any longer. */
const endMs = 30_000;

/** `$1` the folder, `$2` the report. */
const rounds = `f=$1/.seatrial-metadata
while [ ! -e "$2.stop" ]; do
  : >"$f" && mv "$f" "$f-moved" && rm "$f-moved" && read -r now _ </proc/uptime && echo "done $now"
  usleep 10000 2>/dev/null || sleep 0.01
done >"$2"`;
const begin = `rm -f "$2" "$2.stop"
setsid sh -c '${rounds.replaceAll("'", "'\\''")}' rounds "$1" "$2" </dev/null >/dev/null 2>&1 &
echo $! >"$2.pid"`;
/** The time of the end is that of the wish to end: what has not come by then, has not come. */
const end = `read -r now _ </proc/uptime
: >"$1.stop"; tries=0
while kill -0 "$(cat "$1.pid")" 2>/dev/null && [ $tries -lt 50 ]; do tries=$((tries + 1)); sleep 0.1; done
kill -9 "$(cat "$1.pid")" 2>/dev/null
cat "$1"; echo "end $now"; rm -f "$1" "$1".*`;

export async function startMetadataRounds(
  cluster: Cluster,
  guest: Guest,
  folder: string,
): Promise<Result<void, string>> {
  const what = `work with the metadata of ${folder}`;
  const begun = await inGuest(cluster, guest, {what, script: begin, words: [folder, out], timeoutMs: startMs});
  return begun.ok ? {ok: true, value: undefined} : begun;
}

export function stopMetadataRounds(cluster: Cluster, guest: Guest): Promise<Outcome> {
  const {argv, timeoutMs} = idempotent(['sh', '-c', end, 'end', out], endMs);
  return guestExec(cluster, guest, {argv, timeoutMs});
}
