/** Runs the probe of etcd: Python's own library is all it needs, on the client and on the node whose state it keeps. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {stdoutOf} from '../../cluster/commands.ts';
import type {Cluster, Command, Etcd, Host, Result, Running} from '../../types.ts';

const script = readFileSync(join(import.meta.dirname, 'probe.py'), 'utf8');

/** The state key is asked for and writes are sent so often. */
const intervalMs = 20;
/** Longer than any trial: etcd itself takes the keys away, should nobody else. */
const leaseSeconds = 1800;

export interface EtcdProbe {
  etcd: Etcd;
  /** All keys begin so. */
  prefix: string;
}

type Mode = 'watch' | 'agent' | 'verify' | 'ready' | 'forget';

export function etcdProbeCommand({etcd, prefix}: EtcdProbe, mode: Mode, seconds: number, ttlSeconds = 0): Command {
  const members = etcd.members.map(({url}) => url);
  const options = {members, tls: etcd.tls ?? null, prefix, seconds, intervalMs, leaseSeconds, ttlSeconds};
  return {
    argv: ['python3', '-u', '-', mode, JSON.stringify(options)],
    stdin: script,
    timeoutMs: (seconds + 30) * 1000,
    idempotent: false,
  };
}

/** Waits until a write is acknowledged; the leader's place among the members, and its term. */
export async function etcdReady(
  {client, transport}: Cluster,
  probe: EtcdProbe,
  seconds: number,
): Promise<Result<{leader: number; term: number}, string>> {
  const said = await stdoutOf(transport, client, etcdProbeCommand(probe, 'ready', seconds));
  if (!said.ok) return {ok: false, error: `etcd takes no writes: ${said.error}`};
  const [, leader, term] = /^R (\d) (\d+)\n$/.exec(said.value) ?? [];
  if (leader === undefined) return {ok: false, error: `expected the leader of etcd, found ${said.value.slice(0, 80)}`};
  return {ok: true, value: {leader: Number(leader), term: Number(term)}};
}

/** Writes to every member, and looks at each and at the state key, until it is stopped or `seconds` are over. */
export function watchEtcd({client, transport}: Cluster, probe: EtcdProbe, seconds: number): Promise<Running> {
  return transport.start(client, etcdProbeCommand(probe, 'watch', seconds));
}

/** Keeps the state key alive from this host, as long as the host lives, and not longer than `seconds`. */
export function keepState(
  {transport}: Cluster,
  host: Host,
  probe: EtcdProbe,
  {seconds, ttlSeconds}: {seconds: number; ttlSeconds: number},
): Promise<Running> {
  return transport.start(host, etcdProbeCommand(probe, 'agent', seconds, ttlSeconds));
}
