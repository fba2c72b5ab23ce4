/** A guest is paused and goes on, over and over: its state changes often, as when two of them fight over it. */
import {z} from 'zod';
import {idempotent, stdoutOf} from '../cluster/commands.ts';
import {dutiesDone, endDuty, startDuty} from './duty-cycle.ts';
import {defineFault, only} from './fault.ts';
import {reach} from './recovery.ts';

const named = (guest: string) => `guest-flapping-${guest}`;
const suspend = (guest: string) => idempotent(['virsh', 'suspend', guest], 10_000);
/** A guest that runs, or that is not here any more, is none to resume. */
const resume = (guest: string) =>
  idempotent(['sh', '-c', '[ "$(virsh domstate "$1" 2>/dev/null)" != paused ] || virsh resume "$1"', 'resume', guest]);

export const guestFlapping = defineFault({
  name: 'guest-flapping',
  strikes: 'guest',
  parameters: z.strictObject({
    guest: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/),
    pausedMs: z.number().int().min(100).max(600_000),
    runsMs: z.number().int().min(100).max(600_000),
    times: z.number().int().min(1).max(100),
  }),
  needs: {},
  effect: () => ({fences: [0], guests: 'unharmed'}),
  preview: (nodes, {guest, pausedMs, runsMs, times}) =>
    `virsh suspend ${guest} for ${pausedMs} ms, virsh resume for ${runsMs} ms, ${times} times  # on ${only(nodes).name}`,

  async deadMan(_cluster, nodes, {guest}) {
    return {ok: true, value: [{host: only(nodes), argv: endDuty({name: named(guest), off: resume(guest)}).argv}]};
  },

  inject: (cluster, nodes, {guest, pausedMs, runsMs, times}) =>
    cluster.transport.exec(
      only(nodes),
      startDuty({name: named(guest), on: suspend(guest), off: resume(guest), onMs: pausedMs, offMs: runsMs, times}),
    ),

  reached: (cluster, nodes, {guest}) => dutiesDone(cluster, only(nodes), named(guest)),

  async heal(cluster, nodes, {guest}) {
    const reached = await reach(cluster, only(nodes));
    if (!reached.ok) return reached;
    const ended = await stdoutOf(cluster.transport, only(nodes), endDuty({name: named(guest), off: resume(guest)}));
    return ended.ok ? {ok: true, value: undefined} : ended;
  },
});
