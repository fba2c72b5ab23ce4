/** What scenarios have put on hosts, and how each kind is taken away: without memory, twice, or for nothing. */
import {idempotent, stdoutOf} from '../cluster/commands.ts';
import type {Cluster, Host, Leftover, Result} from '../types.ts';

const ways: {
  [What in Leftover['what']]: (
    cluster: Cluster,
    host: Host,
    leftover: Leftover & {what: What},
  ) => Promise<Result<void, string>>;
} = {
  async file(cluster, host, {path}) {
    // A journal that somebody has edited must not become a way to delete anything else.
    if (!/^\/var\/tmp\/seatrial-[\w.-]+$/.test(path)) return {ok: false, error: `${path} is no file of seatrial`};
    const removed = await stdoutOf(cluster.transport, host, idempotent(['rm', '-f', path]));
    return removed.ok ? {ok: true, value: undefined} : removed;
  },
};

export async function clearLeftover(cluster: Cluster, leftover: Leftover): Promise<Result<void, string>> {
  const host = [cluster.client, ...cluster.nodes].find(({name}) => name === leftover.host);
  if (host === undefined) return {ok: false, error: `the inventory has no host ${leftover.host}`};
  return ways[leftover.what](cluster, host, leftover);
}

/** In words, for people. */
export function describeLeftover({what, host, path}: Leftover): string {
  return `${what} ${path} on ${host}`;
}
