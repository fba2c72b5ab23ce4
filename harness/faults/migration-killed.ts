/**
 * The command that moves a guest is killed, by the migration's own event and not by the clock: in its perform phase,
 * while memory is being sent, or in its finish phase, when the guest is paused here and not yet running there. Given
 * before the migration begins, it waits for it.
 */
import {z} from 'zod';
import {defineFault, only} from './fault.ts';

/** libvirt tells of these on the source. */
const events = {perform: 'migration-iteration', finish: 'lifecycle'} as const;
const waitSeconds = 90;

/** `$1` the domain, `$2` the event, `$3` how long it may take. Fails where nobody was moving the guest. */
const kill = `virsh --connect qemu:///system event --domain "$1" --event "$2" --timeout "$3" || exit 1
for pid in $(pgrep -x virsh); do
  tr '\\0' ' ' <"/proc/$pid/cmdline" | grep -q " migrate .* $1 " && kill -KILL "$pid" && killed="$killed $pid"
done
[ -n "$killed" ] && echo "killed$killed"`;

export const migrationKilled = defineFault({
  name: 'migration-killed',
  strikes: 'guest',
  /** A libvirt domain on the struck node, and when. */
  parameters: z.strictObject({guest: z.string().min(1), phase: z.enum(['perform', 'finish'])}),
  needs: {nodes: 2},
  effect: () => ({fences: [0], guests: 'restarted', fates: ['unharmed', 'migrated', 'restarted']}),
  preview: (nodes, {guest, phase}) =>
    `kill -9 of virsh migrate ${guest} when libvirt tells of ${events[phase]}  # on ${only(nodes).name}`,

  /** The cluster sees to the guest, whoever watches. */
  async deadMan() {
    return {ok: true, value: []};
  },

  inject: (cluster, nodes, {guest, phase}) =>
    cluster.transport.exec(only(nodes), {
      argv: ['sh', '-c', kill, 'kill', guest, events[phase], String(waitSeconds)],
      timeoutMs: (waitSeconds + 10) * 1000,
      idempotent: false,
    }),

  /** There is nothing to undo; whoever heals waits for every guest all the same. */
  async heal() {
    return {ok: true, value: undefined};
  },
});
