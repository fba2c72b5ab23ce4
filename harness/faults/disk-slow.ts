/**
 * A slow disk, as the cluster sees it: an OSD stands still for a while, goes on for a while, over and over. Its beats
 * are late and never missing for long, so that nobody has it down, and everybody waits for it. It works on every
 * cluster, whatever block device is behind.
 */
import {z} from 'zod';
import {stdoutOf} from '../cluster/commands.ts';
import {goOnCommand, hangCommand} from '../cluster/services.ts';
import type {DeadMan} from '../types.ts';
import {dutiesDone, endDuty, startDuty} from './duty-cycle.ts';
import {defineFault, notInjected, only} from './fault.ts';
import {nthOsds, reachOsds, untilOsdsUp} from './osds.ts';

const parameters = z.strictObject({
  /** Which of the node's OSDs, in the order of their numbers, from 0. */
  nth: z.number().int().min(0),
  stoppedMs: z.number().int().min(10).max(60_000),
  goingMs: z.number().int().min(10).max(60_000),
  times: z.number().int().min(1).max(10_000),
});

const name = 'disk-slow';

export const diskSlow = defineFault({
  name,
  strikes: 'osd',
  parameters,
  needs: {nodes: 3, storage: ['ceph']},
  effect: () => ({fences: [0], guests: 'slowed', everywhere: true}),
  preview: (nodes, {nth, stoppedMs, goingMs, times}) =>
    `kill -STOP of ceph-osd ${nth + 1} of ${only(nodes).name} for ${stoppedMs} ms and -CONT for ${goingMs} ms, ${times} times`,

  async deadMan(cluster, nodes, {nth}) {
    const struck = await nthOsds(cluster, [only(nodes)], nth);
    if (!struck.ok) return struck;
    const timers = struck.value.map(
      ({node: host, daemon}): DeadMan => ({host, argv: endDuty({name, off: goOnCommand(daemon)}).argv}),
    );
    return {ok: true, value: timers};
  },

  async inject(cluster, nodes, {nth, stoppedMs: onMs, goingMs: offMs, times}) {
    const struck = await nthOsds(cluster, [only(nodes)], nth);
    const [osd] = struck.ok ? struck.value : [];
    if (osd === undefined) return notInjected(struck.ok ? 'no OSD is struck' : struck.error);
    const [on, off] = [hangCommand(osd.daemon), goOnCommand(osd.daemon)];
    return cluster.transport.exec(osd.node, startDuty({name, on, off, onMs, offMs, times}));
  },

  reached: (cluster, nodes) => dutiesDone(cluster, only(nodes), name),

  async heal(cluster, nodes, {nth}) {
    const node = only(nodes);
    const struck = await reachOsds(cluster, node, nth);
    if (!struck.ok) return struck;
    for (const {daemon} of struck.value) {
      const ended = await stdoutOf(cluster.transport, node, endDuty({name, off: goOnCommand(daemon)}));
      if (!ended.ok) return ended;
    }
    return untilOsdsUp(cluster, struck.value);
  },
});
