/** What scenarios have put on hosts, and how each kind is taken away: without memory, twice, or for nothing. */
import {idempotent, stdoutOf} from '../cluster/commands.ts';
import {giveGuestBack} from '../cluster/held.ts';
import {setStandby} from '../cluster/pacemaker.ts';
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
  async 'moved-guest'(cluster, _host, {guest}) {
    const known = cluster.guests.find(({name}) => name === guest);
    return known === undefined
      ? {ok: false, error: `the inventory has no guest ${guest}`}
      : giveGuestBack(cluster, known);
  },
  standby: (cluster, host) => setStandby(cluster, host.name, false),
};

export async function clearLeftover(cluster: Cluster, leftover: Leftover): Promise<Result<void, string>> {
  const host = [cluster.client, ...cluster.nodes].find(({name}) => name === leftover.host);
  if (host === undefined) return {ok: false, error: `the inventory has no host ${leftover.host}`};
  // The compiler does not see that the way and what is cleared by it are of one kind.
  const way = ways[leftover.what] as (
    cluster: Cluster,
    host: Host,
    leftover: Leftover,
  ) => Promise<Result<void, string>>;
  return way(cluster, host, leftover);
}

/** In words, for people. */
export function describeLeftover(leftover: Leftover): string {
  switch (leftover.what) {
    case 'file':
      return `file ${leftover.path} on ${leftover.host}`;
    case 'moved-guest':
      return `${leftover.guest}, left alone by the cluster or slowed down, on ${leftover.host}`;
    case 'standby':
      return `standby of ${leftover.host}`;
  }
}
