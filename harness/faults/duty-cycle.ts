/**
 * Something that is done and undone on a host over and over, by the host itself: it ends by itself after so many
 * times, so that a host that is cut off heals. How often it was done is counted in a file.
 */
import {idempotent, readOnly, stdoutOf} from '../cluster/commands.ts';
import {quoted} from '../transport/quote.ts';
import type {Cluster, Command, Host, Result} from '../types.ts';

/** Files of each: its process id, and how often. */
export const dutyFolder = '/run/seatrial-duty';

export interface Duty {
  name: string;
  on: Command;
  off: Command;
  onMs: number;
  offMs: number;
  times: number;
}

const loop = `name=$1 times=$2 on=$3 off=$4 onS=$5 offS=$6 here=${dutyFolder}
echo $$ >"$here/$name.pid"
tried=0 bit=0
while [ $tried -lt $times ]; do
  ! sh -c "$on" || bit=$((bit + 1))
  sleep "$onS"
  sh -c "$off"
  tried=$((tried + 1))
  echo $bit >"$here/$name.count"
  sleep "$offS"
done
rm -f "$here/$name.pid"`;

/** One at a time of each name: a second start fails. Ends when it goes. */
const start = `name=$1 here=${dutyFolder}
mkdir -p "$here"
[ ! -e "$here/$name.pid" ] || { echo "$name is under way already" >&2; exit 1; }
rm -f "$here/$name.count"
env -u SEATRIAL_COMMAND setsid sh -c "$7" seatrial-duty "$1" "$2" "$3" "$4" "$5" "$6" </dev/null >/dev/null 2>&1 &
tries=0
until [ -s "$here/$name.pid" ]; do
  [ $tries -lt 50 ] || { echo "$name did not start" >&2; exit 1; }
  tries=$((tries + 1))
  sleep 0.1
done`;

/** Ends the loop, whole session; undoes whatever it had done last; forgets it. */
const end = `name=$1 off=$2 here=${dutyFolder}
if [ -s "$here/$name.pid" ]; then
  pid=$(cat "$here/$name.pid")
  # Only what still is that loop.
  if grep -qs seatrial-duty "/proc/$pid/cmdline"; then kill -9 "-$pid" || exit 1; fi
fi
sh -c "$off" || exit 1
rm -f "$here/$name.pid" "$here/$name.count"
rmdir "$here" 2>/dev/null || true`;

export function startDuty({name, on, off, onMs, offMs, times}: Duty): Command {
  const seconds = (ms: number) => String(ms / 1000);
  const words = [name, String(times), quoted(on.argv), quoted(off.argv), seconds(onMs), seconds(offMs), loop];
  return {argv: ['sh', '-ec', start, 'duty', ...words], timeoutMs: 20_000, idempotent: false};
}

/** Twice, or for nothing, is fine. */
export function endDuty({name, off}: Pick<Duty, 'name' | 'off'>): Command {
  return idempotent(['sh', '-c', end, 'duty', name, quoted(off.argv)], 30_000);
}

/** How often it was done and undone: the evidence that it goes. */
export async function dutiesDone(
  {transport}: Pick<Cluster, 'transport'>,
  host: Host,
  name: string,
): Promise<Result<string, string>> {
  const said = await stdoutOf(transport, host, readOnly(['sh', '-c', `cat ${dutyFolder}/${name}.count || echo 0`]));
  if (!said.ok) return said;
  const count = Number(said.value.trim());
  return count > 0 ? {ok: true, value: `done ${count} times`} : {ok: false, error: 'it was not done once'};
}
