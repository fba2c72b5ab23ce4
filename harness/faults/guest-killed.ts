/** A guest's QEMU ends without warning, as by the kernel's out-of-memory killer: its node lives on. */
import {z} from 'zod';
import {idempotent} from '../cluster/commands.ts';
import {defineFault, only} from './fault.ts';

/** libvirt keeps the process id of every domain there. `$1` the domain. */
const kill = 'exec kill -KILL "$(cat "/run/libvirt/qemu/$1.pid")"';

export const guestKilled = defineFault({
  name: 'guest-killed',
  strikes: 'guest',
  /** Its libvirt domain. */
  parameters: z.strictObject({guest: z.string().min(1)}),
  needs: {},
  effect: () => ({fences: [0], guests: 'restarted'}),
  preview: (nodes, {guest}) => `kill -9 of the QEMU of ${guest}  # on ${only(nodes).name}`,

  /** The cluster starts it again, whoever watches. */
  async deadMan() {
    return {ok: true, value: []};
  },

  inject: (cluster, nodes, {guest}) =>
    cluster.transport.exec(only(nodes), {
      ...idempotent(['sh', '-c', kill, 'kill', guest], 10_000),
      idempotent: false,
    }),

  /** There is nothing to undo; whoever heals waits for every guest all the same. */
  async heal() {
    return {ok: true, value: undefined};
  },
});
