/**
 * Daemons on a host, however they are run there: by a unit of systemd, by a unit of cephadm (whose processes are in
 * the unit's control group), or as plain processes, as in the lab. Commands are what an administrator would type,
 * and change the host to a stated end.
 */
import type {Cluster, Command, Host, Outcome, Result} from '../types.ts';
import {idempotent, stdoutOf} from './commands.ts';

/** A daemon of the storage: `osd` 3. */
export interface Daemon {
  kind: 'osd';
  id: number;
}

/** The unit's name, or nothing where systemd does not run it. `$1` kind, `$2` id. */
const unitOf =
  'unit() { [ -d /run/systemd/system ] || return 0; systemctl list-units --all --plain --no-legend "ceph-$1@$2.service" "ceph-*@$1.$2.service" | cut -d" " -f1 | head -n1; }';
/** Its process, where no unit has it: by program and `-i ID`. */
const pidOf = 'pid() { pgrep -f "^([^ ]*/)?ceph-$1 (.* )?(-i|--id) ?$2( |$)"; }';

const script = (...lines: readonly string[]) => [unitOf, pidOf, 'u=$(unit "$1" "$2")', ...lines].join('\n');

function daemonCommand({kind, id}: Daemon, body: string, timeoutMs: number) {
  return idempotent(['sh', '-ec', body, 'daemon', kind, String(id)], timeoutMs);
}

/** A unit would start it again by itself: it is masked until the host reboots, or `startDaemon` unmasks it. */
const kill = script(
  'if [ -n "$u" ]; then systemctl mask --runtime --quiet "$u"; systemctl kill --signal=KILL "$u"; exit; fi',
  'p=$(pid "$1" "$2") || { echo "no process of ceph-$1 $2" >&2; exit 1; }',
  'kill -KILL $p',
);

/** Already running is fine. */
const start = script(
  'if [ -n "$u" ]; then systemctl unmask --runtime --quiet "$u"; systemctl reset-failed "$u" || true; exec systemctl start "$u"; fi',
  'pid "$1" "$2" >/dev/null || exec "ceph-$1" -i "$2" </dev/null',
);

/** Ends it as a crash would: it cannot prepare for it. Fails where it does not run. */
export function killDaemon(cluster: Cluster, host: Host, daemon: Daemon): Promise<Outcome> {
  return cluster.transport.exec(host, {...daemonCommand(daemon, kill, 20_000), idempotent: false});
}

export function startCommand(daemon: Daemon): Command {
  return daemonCommand(daemon, start, 60_000);
}

/** Starts it where it does not run. Twice is once. */
export async function startDaemon(cluster: Cluster, host: Host, daemon: Daemon): Promise<Result<void, string>> {
  const started = await stdoutOf(cluster.transport, host, startCommand(daemon));
  return started.ok ? {ok: true, value: undefined} : started;
}
