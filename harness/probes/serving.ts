import {look, succeeded} from '../cluster/ask.ts';
import type {Cluster, Guest} from '../types.ts';

/** Whether a guest's fio server takes connections. It starts beside the beacon and may come later: a guest that answers is not yet one that can be loaded. */
export async function takesLoad(cluster: Cluster, guest: Guest): Promise<boolean> {
  const connect = [
    'bash',
    '-c',
    'exec 3<>"/dev/tcp/$1/$2"',
    'connect',
    guest.address,
    String(guest.ports.fio),
  ] as const;
  return succeeded(await cluster.transport.exec(cluster.client, look(connect, 3_000)));
}
