/**
 * Daemons on a host, however they are run there: by a unit of systemd, by a unit of cephadm (whose processes are in
 * the unit's control group), or as plain processes, as in the lab. Commands are what an administrator would type,
 * and change the host to a stated end.
 */
import type {Cluster, Command, Host, Outcome, Result} from '../types.ts';
import {idempotent, stdoutOf} from './commands.ts';

/** Daemons of which a host has one: cephadm's managers have a name of their own, which nobody need know. */
type HostDaemon =
  | 'corosync'
  | 'pacemakerd'
  | 'libvirtd'
  | 'virtqemud'
  | 'mon'
  | 'mgr'
  | 'mds'
  | 'keepalived'
  | 'etcd'
  | 'ganesha.nfsd'
  | 'tgtd'
  | 'nbdkit'
  | 'glusterfsd'
  | 'zabbix_server'
  | 'rsyslogd';

/** An OSD by its number, or what a host has one of. */
export type Daemon = {kind: 'osd'; id: number} | {kind: HostDaemon; id?: ''};

/** The unit's name, or nothing where systemd does not run it. `$1` kind, `$2` id. */
const unitOf = `unit() {
  [ -d /run/systemd/system ] || return 0
  # One that seatrial itself has started.
  [ ! -e "/run/seatrial-$1" ] || return 0
  case $1 in
    osd) names="ceph-osd@$2.service ceph-*@osd.$2.service" ;;
    mon | mgr | mds) names="ceph-$1@*.service ceph-*@$1.*.service" ;;
    ganesha.nfsd) names="nfs-ganesha.service ceph-*@nfs.*.service" ;;
    tgtd) names="tgt.service tgtd.service" ;;
    nbdkit) names="nbdkit.service nbdkit@*.service" ;;
    # Processes of glusterd's own unit, which lives on.
    glusterfsd) return 0 ;;
    pacemakerd) names=pacemaker.service ;;
    zabbix_server) names=zabbix-server.service ;;
    rsyslogd) names=rsyslog.service ;;
    *) names=$1.service ;;
  esac
  systemctl list-units --all --plain --no-legend $names | cut -d" " -f1 | head -n1
}`;
/** Its process: by program, and by the number where there are several, as Debian or as cephadm gives it. */
const pidOf = `pid() {
  case $1 in
    osd) pgrep -f "^([^ ]*/)?ceph-osd (.* )?((-i|--id) ?|(-n|--name) ?osd[.])$2( |$)" ;;
    mon | mgr | mds) pgrep -f "^([^ ]*/)?ceph-$1( |$)" ;;
    *) pgrep -x "$1" ;;
  esac
}`;
/** How it was called, kept until it is started again. */
const calledAs = 'called=/run/seatrial-$1-$2.argv';

const script = (...lines: readonly string[]) =>
  ['set -f', unitOf, pidOf, calledAs, 'u=$(unit "$1" "$2")', ...lines].join('\n');

function daemonCommand({kind, id = ''}: Daemon, body: string, timeoutMs: number): Command {
  return idempotent(['sh', '-ec', body, 'daemon', kind, String(id)], timeoutMs);
}

const needsProcess = 'p=$(pid "$1" "$2") || { echo "no process of $1 $2" >&2; exit 1; }';

/**
 * The main process of a cephadm unit is the container's keeper: the daemon is among the others. Elsewhere the others
 * are daemons of their own, which live on.
 */
const whose = 'case $1 in osd | mon | mgr | mds) who=all ;; *) who=main ;; esac';

/** A unit would start it again by itself: it is masked until the host reboots, or `startDaemon` unmasks it. */
const kill = script(
  whose,
  'if [ -n "$u" ]; then systemctl mask --runtime --quiet "$u"; systemctl kill --kill-who=$who --signal=KILL "$u"; exit; fi',
  needsProcess,
  // Each serves disks of its own: the one that is meant cannot be told from the others.
  'if [ "$1" = nbdkit ] && [ "$(echo "$p" | wc -l)" -gt 1 ]; then echo "several processes of nbdkit run here" >&2; exit 1; fi',
  'cp "/proc/$(echo $p | cut -d" " -f1)/cmdline" "$called" || true',
  'kill -KILL $p',
);

const signal = (name: 'STOP' | 'CONT', absent: string) =>
  script(
    whose,
    `if [ -n "$u" ]; then exec systemctl kill --kill-who=$who --signal=${name} "$u"; fi`,
    absent,
    `kill -${name} $p`,
  );
const stop = signal('STOP', needsProcess);
/** What does not run needs no going on. */
const go = signal('CONT', 'p=$(pid "$1" "$2") || exit 0');

/** What a unit does besides: a tgtd that is started knows no target until it has read its files. */
const afterwards = `afterwards() {
  [ "$1" = tgtd ] || return 0
  tries=0
  until tgt-admin --execute >/dev/null 2>&1; do
    tries=$((tries + 1)); [ $tries -lt 100 ] || { echo "tgtd was started and answers nobody" >&2; exit 1; }
    sleep 0.1
  done
}`;
/** A socket that the killed one left is in the way of the next. */
const cleared = `cleared() {
  for word in $(tr '\\0' '\\n' <"$called"); do case $word in pause-control=*) rm -f "\${word#*=}" ;; esac; done
}`;
/** Bricks are started by their manager, which tells clients where they are. */
const bricks = `bricks() {
  for volume in $(gluster --mode=script volume list); do
    gluster --mode=script volume info "$volume" | grep -q "^Status: Started" || continue
    gluster --mode=script volume start "$volume" force
  done
}`;

/** Already running is fine. */
const start = script(
  afterwards,
  cleared,
  bricks,
  'if [ -n "$u" ]; then systemctl unmask --runtime --quiet "$u"; systemctl reset-failed "$u" || true; exec systemctl start "$u"; fi',
  'if pid "$1" "$2" >/dev/null; then exit 0; fi',
  'if [ "$1" = glusterfsd ]; then rm -f "$called"; bricks; exit; fi',
  'if [ -s "$called" ]; then cleared; xargs -0 setsid -f <"$called" >/dev/null 2>&1; rm -f "$called"; afterwards "$1"; exit 0; fi',
  'if [ "$1" = osd ]; then exec ceph-osd -i "$2" </dev/null; fi',
  // Not every host has one: where none was killed, there is none to start; after a reboot it is started as at any boot.
  'case $1 in mon | mgr | mds | keepalived | etcd | ganesha.nfsd | tgtd | nbdkit | zabbix_server | rsyslogd) exit 0 ;; esac',
  'echo "$1 does not run, and nothing here knows how it was started" >&2',
  'exit 1',
);

/** The states of its processes as the kernel has them, a letter a line: T is stopped. */
const state = script(
  'p=$(pid "$1" "$2") || exit 0',
  'for each in $p; do sed "s/.*) //; s/ .*//" "/proc/$each/stat" 2>/dev/null || true; done',
);

/** Whether it runs, hangs, or is gone, as the host's kernel has it. */
export async function daemonState(
  {transport}: Pick<Cluster, 'transport'>,
  host: Host,
  daemon: Daemon,
): Promise<Result<'runs' | 'hangs' | 'is gone', string>> {
  const said = await stdoutOf(transport, host, {...daemonCommand(daemon, state, 10_000), readOnly: true});
  if (!said.ok) return said;
  const letters = said.value.split('\n').filter(letter => letter !== '' && letter !== 'Z');
  if (letters.length === 0) return {ok: true, value: 'is gone'};
  return {ok: true, value: letters.every(letter => letter === 'T') ? 'hangs' : 'runs'};
}

/** Ends it as a crash would: it cannot prepare for it. Fails where it does not run. */
export function killDaemon(cluster: Cluster, host: Host, daemon: Daemon): Promise<Outcome> {
  return cluster.transport.exec(host, {...daemonCommand(daemon, kill, 20_000), idempotent: false});
}

/** Stops it where it stands: it answers nobody, and holds what it holds. Fails where it does not run. */
export function hangDaemon(cluster: Cluster, host: Host, daemon: Daemon): Promise<Outcome> {
  return cluster.transport.exec(host, hangCommand(daemon));
}

export function hangCommand(daemon: Daemon): Command {
  return daemonCommand(daemon, stop, 20_000);
}

/** Lets one that hangs go on. */
export function goOnCommand(daemon: Daemon): Command {
  return daemonCommand(daemon, go, 20_000);
}

export function startCommand(daemon: Daemon): Command {
  return daemonCommand(daemon, start, 60_000);
}

/** Starts it where it does not run. Twice is once. */
export async function startDaemon(cluster: Cluster, host: Host, daemon: Daemon): Promise<Result<void, string>> {
  const started = await stdoutOf(cluster.transport, host, startCommand(daemon));
  return started.ok ? {ok: true, value: undefined} : started;
}
