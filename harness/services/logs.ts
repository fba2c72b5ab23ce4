/**
 * A way of log lines for the time of a trial: rsyslog on a node that sends, over RELP and with a queue on disk, and on
 * the one that collects, which parses each line and stores it as JSON. All of it lies in one folder, on sockets of its
 * own: what the hosts log else goes where it went.
 */
import {idempotent, stdoutOf} from '../cluster/commands.ts';
import type {Cluster, Host, Result} from '../types.ts';

const folder = '/var/tmp/seatrial-logs';
const port = 20_514;

/** Where the pipeline of a trial takes lines on the sending node, keeps what nobody takes, and stores them. */
export const ownLogs = {socket: `${folder}/socket`, spool: `${folder}/spool`, store: `${folder}/store`} as const;

/** What the sending node does with lines that nobody takes. */
export type LogQueue = 'disk' | 'none';

/** Begins every line of a trial; what follows are three parts, as the guide's pattern `%{DATA}: %{DATA}: %{DATA}`. */
export const logTag = 'seatrial';

/**
 * What is acknowledged to the sender is in the store: lines are handed on before they are acknowledged, with no queue
 * in memory between the two.
 */
const collectorConf = (address: string): string => `global(workDirectory="${folder}")
module(load="imrelp")
module(load="mmnormalize")
template(name="entry" type="list" option.jsonf="on") {
  property(outname="host" name="hostname" format="jsonf")
  property(outname="sent" name="timereported" dateFormat="rfc3339" format="jsonf")
  property(outname="who" name="$!who" format="jsonf")
  property(outname="what" name="$!what" format="jsonf")
  property(outname="detail" name="$!detail" format="jsonf")
  property(outname="line" name="msg" format="jsonf")
}
ruleset(name="store" queue.type="Direct") {
  action(type="mmnormalize" rule=["rule=${logTag}: %who:char-to:\\\\x3a%: %what:char-to:\\\\x3a%: %detail:rest%"])
  action(type="omfile" file="${ownLogs.store}" fileCreateMode="0600" template="entry")
}
input(type="imrelp" address="${address}" port="${port}" ruleset="store")
`;

const queues: Readonly<Record<LogQueue, string>> = {
  disk: `queue.type="LinkedList" queue.filename="lines" queue.size="100" queue.highWatermark="20" queue.lowWatermark="5"
  queue.maxDiskSpace="64m" queue.saveOnShutdown="on" action.resumeRetryCount="-1" action.resumeInterval="1"`,
  none: 'queue.type="Direct" action.resumeRetryCount="0"',
};

const senderConf = (collector: string, queue: LogQueue): string => `global(workDirectory="${ownLogs.spool}")
module(load="imuxsock" SysSock.Use="off")
module(load="omrelp")
input(type="imuxsock" Socket="${ownLogs.socket}" RateLimit.Interval="0")
action(type="omrelp" target="${collector}" port="${port}" timeout="5"
  ${queues[queue]})
`;

/** Programs of this folder, by how they are called: what else is called rsyslogd is not ours. */
const ours = `^([^ ]*/)?rsyslogd -n -f ${folder}/conf `;

/**
 * `$1` folder, `$2` a command that succeeds once it runs, `$3` where nobody else may be called so. The configuration
 * comes on standard input.
 */
const start = `here=$1 ready=$2 alone=$3
command -v rsyslogd >/dev/null || { echo 'rsyslogd is not installed: packages rsyslog and rsyslog-relp' >&2; exit 1; }
[ -z "$alone" ] || ! pgrep -x rsyslogd >/dev/null || { echo 'an rsyslogd runs here already: describe it as existing' >&2; exit 1; }
[ ! -e "$here" ] || { echo "$here is there already: run seatrial heal" >&2; exit 1; }
mkdir -m 700 "$here" "$here/spool"
cat >"$here/conf"
: >"$here/out"
setsid -f rsyslogd -n -f "$here/conf" -i NONE </dev/null >>"$here/out" 2>&1
tries=0
until eval "$ready"; do
  if [ $tries -ge 150 ]; then
    head -n 3 "$here/out" >&2
    pgrep -f '${ours}' >/dev/null || echo 'rsyslogd ended at once' >&2
    echo 'rsyslogd takes no lines within 15 s; are the packages rsyslog and rsyslog-relp installed?' >&2
    exit 1
  fi
  tries=$((tries + 1))
  sleep 0.1
done`;

/** `$1` folder. Twice, or for nothing, is fine. */
const remove = `pkill -KILL -f '${ours}' || true
rm -rf "$1"`;

const begun = (conf: string, ready: string, alone: boolean) => ({
  ...idempotent(['sh', '-ec', start, 'logs', folder, ready, alone ? 'alone' : ''], 40_000, conf),
  idempotent: false,
});

/** Ends when both take what comes. */
export async function startLogs(
  {transport}: Cluster,
  sender: Host,
  collector: Host,
  queue: LogQueue,
): Promise<Result<void, string>> {
  const at = collector.addresses.management ?? '';
  const listens = `ss -Hltn 'sport = :${port}' | grep -q .`;
  const collects = await stdoutOf(transport, collector, begun(collectorConf(at), listens, true));
  if (!collects.ok) return collects;
  const sends = await stdoutOf(transport, sender, begun(senderConf(at, queue), `[ -S ${ownLogs.socket} ]`, false));
  return sends.ok ? {ok: true, value: undefined} : sends;
}

/** On every node: which were used nobody need know. */
export async function removeLogs({nodes, transport}: Cluster): Promise<Result<void, string>> {
  const command = idempotent(['sh', '-c', remove, 'remove', folder], 30_000);
  const removed = await Promise.all(nodes.map(node => stdoutOf(transport, node, command)));
  const wrong = removed.find(each => !each.ok);
  return wrong === undefined || wrong.ok ? {ok: true, value: undefined} : wrong;
}
