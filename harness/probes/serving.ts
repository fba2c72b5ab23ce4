import {failureMessage, readOnly, stdoutOf, succeeded} from '../cluster/commands.ts';
import type {Cluster, Guest, Result} from '../types.ts';
import {waitFor} from '../wait.ts';
import {helloFio} from '../workloads/fio.ts';
import {incarnationOf} from './beacon/driver.ts';

/**
 * Whether a guest's fio server takes connections. It starts beside the beacon and may come later: a guest that answers
 * is not yet one that can be loaded.
 */
export async function takesLoad(cluster: Cluster, guest: Guest): Promise<boolean> {
  const connect = [
    'bash',
    '-c',
    'exec 3<>"/dev/tcp/$1/$2"',
    'connect',
    guest.address,
    String(guest.ports.fio),
  ] as const;
  return succeeded(await cluster.transport.exec(cluster.client, readOnly(connect, 3_000)));
}

/**
 * Waits until the beacon of every guest answers the client and says that its ledger can be read, and its fio server
 * takes connections.
 */
export async function waitForGuests(
  cluster: Cluster,
  deadlineMs: number,
  signal: AbortSignal,
): Promise<Result<void, string>> {
  const waited = await Promise.all(
    cluster.guests.map(async guest => {
      let last = 'not asked yet';
      const answered = await waitFor(
        `${guest.name} to answer at ${guest.address}`,
        deadlineMs,
        async () => {
          const incarnation = await incarnationOf(cluster, guest);
          last = incarnation.ok ? 'its fio server takes no connection' : incarnation.error;
          return incarnation.ok && (await takesLoad(cluster, guest)) ? true : undefined;
        },
        {intervalMs: 200, signal},
      );
      return answered.ok ? undefined : `${answered.error}; last: ${last}`;
    }),
  );
  const error = waited.find(each => each !== undefined);
  return error === undefined ? {ok: true, value: undefined} : {ok: false, error};
}

/**
 * Why fio on the client cannot drive the one in a guest; undefined when it can. Both must speak one protocol, whose
 * number changes with fio's version (server.h, FIO_SERVER_VER): the guest is given a load that does nothing.
 */
export async function loadRefusal(cluster: Cluster, guest: Guest): Promise<string | undefined> {
  const command = helloFio({address: guest.address, port: guest.ports.fio});
  const outcome = await cluster.transport.exec(cluster.client, command);
  if (succeeded(outcome) && outcome.stdout.includes('"hello"')) return undefined;
  const version = await stdoutOf(cluster.transport, cluster.client, readOnly(['fio', '--version']));
  const own = version.ok ? version.value.trim() : version.error;
  const why = failureMessage(cluster.client, {...command, argv: ['fio']}, outcome);
  return `${guest.name} takes no load from ${own} on ${cluster.client.name}: ${why}. Client and guest need one version of fio`;
}

/** Why guests take no load, guest by guest; empty when all do. */
export async function loadRefusals(cluster: Cluster): Promise<readonly string[]> {
  const refusals: string[] = [];
  for (const guest of cluster.guests) {
    const refusal = await loadRefusal(cluster, guest);
    if (refusal !== undefined) refusals.push(refusal);
  }
  return refusals;
}
