/**
 * An OSD of each struck node ends without warning while its host lives: its port refuses, and the others know at once.
 * A host that vanishes is another, harder fault (host-crash). Two nodes: two copies of what both hold are gone, and
 * with `min_size` 2 of 3 its writes wait until one is back.
 */
import {z} from 'zod';
import {succeeded} from '../cluster/commands.ts';
import {killDaemon, startCommand, startDaemon} from '../cluster/services.ts';
import {defineFault, notInjected} from './fault.ts';
import {nthOsds, osdsAre, untilOsdsUp} from './osds.ts';
import {reach} from './recovery.ts';

export const osdKilled = defineFault({
  name: 'osd-killed',
  strikes: 'osd',
  /** Which of each node's OSDs, in the order of their numbers, from 0. */
  parameters: z.strictObject({nth: z.number().int().min(0)}),
  needs: {nodes: 3, storage: ['ceph']},
  effect: () => ({fences: [0], guests: 'stalled', everywhere: true}),
  preview: (nodes, {nth}) =>
    `kill -9 of ceph-osd ${nth + 1} of ${nodes.map(({name}) => name).join(' and of ')}, and not started again`,

  async deadMan(cluster, nodes, {nth}) {
    const struck = await nthOsds(cluster, nodes, nth);
    if (!struck.ok) return struck;
    return {ok: true, value: struck.value.map(({node: host, daemon}) => ({host, argv: startCommand(daemon).argv}))};
  },

  async inject(cluster, nodes, {nth}) {
    const struck = await nthOsds(cluster, nodes, nth);
    if (!struck.ok) return notInjected(struck.error);
    const outcomes = await Promise.all(struck.value.map(({node, daemon}) => killDaemon(cluster, node, daemon)));
    return outcomes.find(outcome => !succeeded(outcome)) ?? outcomes[0] ?? notInjected('no node is struck');
  },

  async reached(cluster, nodes, {nth}) {
    const struck = await nthOsds(cluster, nodes, nth);
    return struck.ok ? osdsAre(cluster, struck.value, 'is gone') : struck;
  },

  async heal(cluster, nodes, {nth}) {
    for (const node of nodes) {
      const reached = await reach(cluster, node);
      if (!reached.ok) return reached;
    }
    const struck = await nthOsds(cluster, nodes, nth);
    if (!struck.ok) return struck;
    const started = await Promise.all(struck.value.map(({node, daemon}) => startDaemon(cluster, node, daemon)));
    return started.find(result => !result.ok) ?? untilOsdsUp(cluster, struck.value);
  },
});
