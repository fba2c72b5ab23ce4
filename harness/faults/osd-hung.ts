/**
 * An OSD stops where it stands: its port still takes connections, and nothing is answered. The others miss its beats
 * and have it down after `osd_heartbeat_grace`, 20 s by default; until then everybody who needs it waits.
 */
import {z} from 'zod';
import {stdoutOf} from '../cluster/commands.ts';
import {goOnCommand, hangDaemon} from '../cluster/services.ts';
import type {Result} from '../types.ts';
import {defineFault, notInjected, only} from './fault.ts';
import {nthOsds, osdsAre, reachOsds, untilOsdsUp} from './osds.ts';

export const osdHung = defineFault({
  name: 'osd-hung',
  strikes: 'osd',
  /** Which of the node's OSDs, in the order of their numbers, from 0. */
  parameters: z.strictObject({nth: z.number().int().min(0)}),
  needs: {nodes: 3, storage: ['ceph']},
  effect: () => ({fences: [0], guests: 'stalled', everywhere: true}),
  preview: (nodes, {nth}) => `kill -STOP of ceph-osd ${nth + 1} of ${only(nodes).name}`,

  async deadMan(cluster, nodes, {nth}) {
    const struck = await nthOsds(cluster, [only(nodes)], nth);
    if (!struck.ok) return struck;
    return {ok: true, value: struck.value.map(({node: host, daemon}) => ({host, argv: goOnCommand(daemon).argv}))};
  },

  async inject(cluster, nodes, {nth}) {
    const struck = await nthOsds(cluster, [only(nodes)], nth);
    if (!struck.ok) return notInjected(struck.error);
    const [osd] = struck.value;
    return osd === undefined ? notInjected('no OSD is struck') : hangDaemon(cluster, osd.node, osd.daemon);
  },

  async reached(cluster, nodes, {nth}) {
    const struck = await nthOsds(cluster, [only(nodes)], nth);
    return struck.ok ? osdsAre(cluster, struck.value, 'hangs') : struck;
  },

  async heal(cluster, nodes, {nth}) {
    const node = only(nodes);
    const struck = await reachOsds(cluster, node, nth);
    if (!struck.ok) return struck;
    const went: Result<string, string>[] = await Promise.all(
      struck.value.map(({daemon}) => stdoutOf(cluster.transport, node, goOnCommand(daemon))),
    );
    const failed = went.find(each => !each.ok);
    return failed?.ok === false ? failed : untilOsdsUp(cluster, struck.value);
  },
});
