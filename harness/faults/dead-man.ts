/**
 * Timers on the hosts themselves, armed before a fault is injected: when nobody has healed by then, because the
 * harness, its machine or its network is gone, the hosts undo the fault. Where systemd runs, a transient timer unit;
 * elsewhere a process of its own session. Neither outlives a reboot, and no fault does that needs one.
 */
import {randomBytes} from 'node:crypto';
import {failureMessage, idempotent, succeeded} from '../cluster/commands.ts';
import type {Cluster, Command, Fault, Host, Result} from '../types.ts';

/** Every timer's name begins so: whoever heals finds them all, whatever became of who armed them. */
const prefix = 'seatrial-heal-';
/** Their processes, where there is no systemd: one file a timer, with its process id. */
const folder = '/run/seatrial-heal';

/** $1 name, $2 seconds, then the command. Ends when the timer runs. */
const arm = `name=$1 seconds=$2
shift 2
if [ -d /run/systemd/system ]; then
  # A command line of a unit is read by systemd first: it takes two dollar signs for one, and fills in variables of its own.
  count=$#
  while [ $count -gt 0 ]; do
    word=$(printf '%s.' "$1" | sed 's/[$]/$$/g')
    shift
    set -- "$@" "\${word%.}"
    count=$((count - 1))
  done
  exec systemd-run --quiet --collect --unit="$name" --on-active="\${seconds}s" --timer-property=AccuracySec=1s -- "$@"
fi
mkdir -p ${folder}
env -u SEATRIAL_COMMAND setsid sh -c 'name=$1 seconds=$2
shift 2
echo $$ >"${folder}/$name"
sleep "$seconds"
rm -f "${folder}/$name"
exec "$@"' seatrial-heal "$name" "$seconds" "$@" </dev/null >/dev/null 2>&1 &
tries=0
until [ -s "${folder}/$name" ]; do
  [ $tries -lt 50 ] || { echo "the timer did not start" >&2; exit 1; }
  tries=$((tries + 1))
  sleep 0.1
done`;

/** $1 what their names begin with. Exits 1 with the names of those that are left. One that has fired runs on. */
const disarm = `if [ -d /run/systemd/system ]; then
  systemctl stop "$1*.timer"
  left=$(systemctl list-units --plain --no-legend "$1*.timer" | cut -d" " -f1)
  [ -z "$left" ] || { echo "still armed: $left" >&2; exit 1; }
fi
for file in "${folder}/$1"*; do
  [ -e "$file" ] || continue
  pid=$(cat "$file")
  # Only what still is that timer; its whole session.
  ! grep -qs "\${file##*/}" "/proc/$pid/cmdline" || kill -9 "-$pid" || exit 1
  rm -f "$file"
done`;

/** The timers of one fault. */
export interface Armed {
  name: string;
  hosts: readonly Host[];
}

/**
 * Arms everything the fault asks for, to run after `delaySeconds`. Where one timer cannot be armed the fault must not
 * be injected; whoever heals takes away those that were.
 */
export async function armDeadMan(cluster: Cluster, fault: Fault, delaySeconds: number): Promise<Result<Armed, string>> {
  const asked = await fault.deadMan(cluster);
  if (!asked.ok) return asked;
  const name = `${prefix}${fault.kind}-${randomBytes(4).toString('hex')}`;
  for (const [index, {host, argv}] of asked.value.entries()) {
    const words = ['arm', `${name}-${index + 1}`, String(Math.ceil(delaySeconds)), ...argv];
    // Not sent twice: a unit of that name is there already, then.
    const command: Command = {argv: ['sh', '-ec', arm, ...words], timeoutMs: 20_000, idempotent: false};
    const outcome = await cluster.transport.exec(host, command);
    if (!succeeded(outcome))
      return {ok: false, error: `no dead-man timer can be armed: ${failureMessage(host, command, outcome)}`};
  }
  return {ok: true, value: {name, hosts: [...new Set(asked.value.map(({host}) => host))]}};
}

/** Takes the timers of one fault away. */
export function disarmDeadMan(cluster: Cluster, {name, hosts}: Armed): Promise<readonly string[]> {
  return disarmed(cluster, hosts, name);
}

/** Takes every timer away from every node that answers; one that does not is told of elsewhere. */
export function disarmAll(cluster: Cluster): Promise<readonly string[]> {
  return disarmed(cluster, cluster.nodes, prefix);
}

/** A sentence for every host that answers and still has one. */
async function disarmed(cluster: Cluster, hosts: readonly Host[], begin: string): Promise<readonly string[]> {
  const command = idempotent(['sh', '-c', disarm, 'disarm', begin]);
  const told = await Promise.all(
    hosts.map(async host => {
      const outcome = await cluster.transport.exec(host, command);
      const silent = outcome.exit.kind !== 'exited';
      return silent || succeeded(outcome) ? [] : [failureMessage(host, command, outcome)];
    }),
  );
  return told.flat();
}
