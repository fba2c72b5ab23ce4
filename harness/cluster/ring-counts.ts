/** What Corosync has counted of its own ring, by node; since its start there. */
import type {Cluster, Result} from '../types.ts';
import {readOnly, stdoutOf} from './commands.ts';

export type Counts = Readonly<Record<string, number>>;

/** How many memberships each node has formed: one more means that one was lost, or won. */
export function membershipsFormed(cluster: Cluster): Promise<Result<Counts, string>> {
  return counted(cluster, 'operational_entered');
}

/** How often each node began to look for the others anew: a token that was lost, or a node that came or went. */
export function membersGathered(cluster: Cluster): Promise<Result<Counts, string>> {
  return counted(cluster, 'gather_entered');
}

async function counted(cluster: Cluster, name: string): Promise<Result<Counts, string>> {
  const counts: Record<string, number> = {};
  const key = `stats.srp.${name}`;
  for (const host of cluster.nodes) {
    const said = await stdoutOf(cluster.transport, host, readOnly(['corosync-cmapctl', '-m', 'stats', '-g', key]));
    if (!said.ok) return said;
    const count = /= (\d+)\s*$/.exec(said.value)?.[1];
    if (count === undefined) return {ok: false, error: `${host.name} says ${JSON.stringify(said.value)} for ${key}`};
    counts[host.name] = Number(count);
  }
  return {ok: true, value: counts};
}
