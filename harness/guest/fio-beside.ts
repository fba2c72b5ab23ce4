/**
 * fio in a guest, on its scratch device, beside whatever becomes of the guest meanwhile: started and ended by the guest
 * agent, so that it asks nothing of the network, and its protocol matters to nobody.
 */
import type {Cluster, Guest, Outcome, Result} from '../types.ts';
import {guestExec} from './exec.ts';

export interface FioBeside {
  /** Letters: of the job and its files. */
  name: string;
  argv: readonly string[];
}

/** When it began, in the words of the guest's kernel. */
export interface Begun {
  bootId: string;
  /** Writes that the device had completed. */
  writes: number;
}

const startMs = 60_000;
const stopMs = 60_000;
const askMs = 20_000;

/** `$1` a device: boot id, and the writes that the kernel has seen completed. */
const counted = `counted() {
  block=$(readlink -f "$1")
  read -r _ _ _ _ writes _ <"/sys/class/block/\${block##*/}/stat" && echo "$(cat /proc/sys/kernel/random/boot_id) $writes"
}`;

/** `$1` the name, `$2` the device; further words are fio's. Ends when fio writes. */
const start = `${counted}
f=/run/seatrial-$1 device=$2; shift 2
pid=$(cat "$f.pid" 2>/dev/null) && [ "$(cat "/proc/$pid/comm" 2>/dev/null)" = fio ] && kill -9 "$pid"
rm -f "$f".* "$f"_*
first=$(counted "$device") || exit 1
setsid fio "$@" --output-format=json --output="$f.json" >"$f.said" 2>&1 &
echo $! >"$f.pid"
tries=0
until [ "$(counted "$device")" != "$first" ]; do
  tries=$((tries + 1)); [ $tries -lt 250 ] && kill -0 "$(cat "$f.pid")" || { cat "$f.said" "$f.json" >&2; exit 1; }
  sleep 0.1
done
echo "$first"`;

const stop = `f=/run/seatrial-$1; ${endFio('$f')}; rm -f "$f.pid" "$f.json" "$f.said"`;

export async function startBeside(
  cluster: Cluster,
  guest: Guest,
  {name, argv}: FioBeside,
): Promise<Result<Begun, string>> {
  const words = ['sh', '-c', start, 'start', name, guest.scratchDevice, `--name=${name}`, ...argv] as const;
  const outcome = await guestExec(cluster, guest, {argv: words, timeoutMs: startMs});
  return begunOf(outcome, `fio does not write in ${guest.name}`);
}

/** Writes completed by now; an error where the guest has been started anew, or cannot be asked. */
export async function writesSince(cluster: Cluster, guest: Guest, begun: Begun): Promise<Result<number, string>> {
  const argv = ['sh', '-c', `${counted}\ncounted "$1"`, 'count', guest.scratchDevice] as const;
  const outcome = await guestExec(cluster, guest, {argv, timeoutMs: askMs});
  const now = begunOf(outcome, `the writes of ${guest.name} are not known`);
  if (!now.ok) return now;
  if (now.value.bootId !== begun.bootId) return {ok: false, error: `${guest.name} was started anew meanwhile`};
  return {ok: true, value: now.value.writes - begun.writes};
}

/** fio's report; an error where it left none. */
export async function stopBeside(cluster: Cluster, guest: Guest, name: string): Promise<Result<string, string>> {
  const outcome = await guestExec(cluster, guest, {argv: ['sh', '-c', stop, 'stop', name], timeoutMs: stopMs});
  // fio tells in front of its report which signal has ended it.
  const from = outcome.stdout.indexOf('{');
  if (outcome.exit.kind === 'exited' && from >= 0) return {ok: true, value: outcome.stdout.slice(from)};
  return {ok: false, error: `fio in ${guest.name} left no report: ${told(outcome)}`};
}

/**
 * Shell: fio takes the signal as its user's wish to end, and prints what it has done. Its files begin with `files`,
 * which the shell may have to expand.
 */
export function endFio(files: string): string {
  return `pid=$(cat "${files}.pid") || exit 1
kill -INT "$pid" 2>/dev/null
tries=0
while kill -0 "$pid" 2>/dev/null; do
  tries=$((tries + 1)); [ $tries -lt 100 ] || { kill -9 "$pid"; break; }
  sleep 0.2
done
cat "${files}.json"; cat "${files}.said" >&2`;
}

export function told({exit, stdout, stderr}: Outcome): string {
  const how = exit.kind === 'unreachable' ? exit.reason : exit.kind === 'exited' ? `exit ${exit.code}` : exit.kind;
  return `${how} ${(stderr + stdout).trim().slice(0, 300)}`.trim();
}

function begunOf(outcome: Outcome, failed: string): Result<Begun, string> {
  const [, bootId, writes] = /^([0-9a-f-]{36}) (\d+)\n$/.exec(outcome.stdout) ?? [];
  if (bootId === undefined || writes === undefined) return {ok: false, error: `${failed}: ${told(outcome)}`};
  return {ok: true, value: {bootId, writes: Number(writes)}};
}
