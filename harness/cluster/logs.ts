/**
 * Where a node's Corosync and Pacemaker write their logs: as they are configured, else where distributions put them
 * (Debian /var/log/corosync, RHEL and SLES /var/log/cluster). What goes to the journal alone has no file.
 */
import type {Cluster, Host, Result} from '../types.ts';
import {readOnly, stdoutOf} from './commands.ts';

export interface LogPlaces {
  pacemaker?: string;
  corosync?: string;
}

/** Prints `pacemaker PATH` and `corosync PATH`, for each that is there. */
export const logPlacesScript = [
  `p=$(sed -n 's/^[[:space:]]*\\(export[[:space:]]\\{1,\\}\\)\\{0,1\\}PCMK_logfile=//p' /etc/default/pacemaker /etc/sysconfig/pacemaker 2>/dev/null | tr -d "\\"'" | tail -n 1)`,
  '[ "$p" = none ] || for f in "$p" /var/log/pacemaker/pacemaker.log /var/log/pacemaker.log; do [ -f "$f" ] && echo "pacemaker $f" && break; done',
  "c=$(sed -n 's/^[[:space:]]*logfile:[[:space:]]*//p' /etc/corosync/corosync.conf 2>/dev/null | tail -n 1)",
  'for f in "$c" /var/log/corosync/corosync.log /var/log/cluster/corosync.log; do [ -f "$f" ] && echo "corosync $f" && break; done',
].join('\n');

export async function logPlaces(cluster: Cluster, node: Host): Promise<Result<LogPlaces, string>> {
  // What is not there ends with 1, and is no error.
  const said = await stdoutOf(cluster.transport, node, readOnly(['sh', '-c', `${logPlacesScript}\ntrue`]));
  return said.ok ? {ok: true, value: parseLogPlaces(said.value.split('\n'))} : said;
}

/** Pure. */
export function parseLogPlaces(lines: readonly string[]): LogPlaces {
  const places: LogPlaces = {};
  for (const line of lines) {
    const [, name, path] = /^(pacemaker|corosync) (\/.*)$/.exec(line) ?? [];
    if (path !== undefined && (name === 'pacemaker' || name === 'corosync')) places[name] = path;
  }
  return places;
}
