/** Work on the nodes that serve a store. */
import {idempotent, stdoutOf} from '../../cluster/commands.ts';
import type {Cluster, Host, Result, Store} from '../../types.ts';

/** The nodes among its servers. */
export function onServers({nodes}: Pick<Cluster, 'nodes'>, {servers}: Pick<Store, 'servers'>): readonly Host[] {
  return nodes.filter(node => servers.includes(node.name));
}

/** The one that serves a store of one server, with its address on the storage plane. */
export function onlyServer(
  cluster: Pick<Cluster, 'nodes'>,
  store: Pick<Store, 'servers'>,
): Result<{server: Host; address: string}, string> {
  const [server] = onServers(cluster, store);
  const address = server?.addresses.storage;
  return server === undefined || address === undefined
    ? {ok: false, error: 'no node with an address on the storage plane serves it'}
    : {ok: true, value: {server, address}};
}

/** A shell script on a host, which must end with 0. */
export async function script(
  {transport}: Pick<Cluster, 'transport'>,
  host: Host,
  text: string,
  timeoutMs = 60_000,
): Promise<Result<string, string>> {
  return stdoutOf(transport, host, idempotent(['sh', '-es'], timeoutMs, `${text}\n`));
}

/** The same script on all of these hosts at once. */
export async function everyServer(
  cluster: Pick<Cluster, 'transport'>,
  hosts: readonly Host[],
  text: string,
): Promise<Result<void, string>> {
  const done = await Promise.all(hosts.map(host => script(cluster, host, text)));
  const wrong = done.find(result => !result.ok);
  return wrong === undefined || wrong.ok ? {ok: true, value: undefined} : wrong;
}

export interface BootHook {
  /** Two digits first: hooks are run in the order of their names. */
  name: string;
  /** Done once, before the hook is laid: files and folders. */
  prepare: string;
  /** A shell script that starts the server and comes back when it serves. */
  hook: string;
}

const folder = '/var/lib/seatrial/disk/boot.d';

/** A server of a lab: starts now, and at each boot of its host. */
export async function layHook(
  cluster: Cluster,
  host: Host,
  {name, prepare, hook}: BootHook,
): Promise<Result<void, string>> {
  const text = `${prepare}
cat >${folder}/${name} <<'SEATRIAL_END'
${hook}
SEATRIAL_END
sh ${folder}/${name} </dev/null >>/var/log/seatrial-boot.log 2>&1 || { tail -n 5 /var/log/seatrial-boot.log >&2; exit 1; }`;
  const laid = await script(cluster, host, text);
  return laid.ok ? {ok: true, value: undefined} : laid;
}
