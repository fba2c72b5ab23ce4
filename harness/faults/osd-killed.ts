/**
 * One OSD ends without warning while its host lives: its port refuses, and the others know at once. A host that
 * vanishes is another, harder fault (host-crash).
 */
import {z} from 'zod';
import {type Daemon, killDaemon, startCommand, startDaemon} from '../cluster/services.ts';
import {osdTree} from '../cluster/storage.ts';
import {otherMember} from '../storage/ceph.ts';
import type {Cluster, Host, Result} from '../types.ts';
import {waitFor} from '../wait.ts';
import {defineFault, notInjected, only} from './fault.ts';
import {reach} from './recovery.ts';

const upDeadlineMs = 120_000;

export const osdKilled = defineFault({
  name: 'osd-killed',
  strikes: 'osd',
  /** Which of the node's OSDs, in the order of their numbers, from 0. */
  parameters: z.strictObject({nth: z.number().int().min(0)}),
  needs: {nodes: 3, storage: ['ceph']},
  effect: () => ({fences: [0], guests: 'stalled'}),
  preview: (nodes, {nth}) => `kill -9 of ceph-osd ${nth + 1} of ${only(nodes).name}, and not started again`,

  async deadMan(cluster, nodes, {nth}) {
    const host = only(nodes);
    const daemon = await nthOsd(cluster, host, nth);
    return daemon.ok ? {ok: true, value: [{host, argv: startCommand(daemon.value).argv}]} : daemon;
  },

  async inject(cluster, nodes, {nth}) {
    const daemon = await nthOsd(cluster, only(nodes), nth);
    return daemon.ok ? killDaemon(cluster, only(nodes), daemon.value) : notInjected(daemon.error);
  },

  async heal(cluster, nodes, {nth}) {
    const node = only(nodes);
    const reached = await reach(cluster, node);
    if (!reached.ok) return reached;
    const daemon = await nthOsd(cluster, node, nth);
    if (!daemon.ok) return daemon;
    const started = await startDaemon(cluster, node, daemon.value);
    return started.ok ? untilUp(cluster, node, daemon.value.id) : started;
  },
});

/** A dead OSD keeps its place in the tree: the same number before and after. */
async function nthOsd(cluster: Cluster, node: Host, nth: number): Promise<Result<Daemon & {id: number}, string>> {
  const osds = await osdsOf(cluster, node);
  if (!osds.ok) return osds;
  const id = osds.value.map(({osd}) => osd).sort((a, b) => a - b)[nth];
  if (id !== undefined) return {ok: true, value: {kind: 'osd', id}};
  return {ok: false, error: `${node.name} has ${osds.value.length} OSDs, expected more than ${nth}`};
}

async function osdsOf(cluster: Cluster, node: Host) {
  const target = await otherMember(cluster, node);
  const tree = target.ok ? await osdTree(target.value) : target;
  return tree.ok ? {ok: true as const, value: tree.value.filter(({host}) => host === node.name)} : tree;
}

async function untilUp(cluster: Cluster, node: Host, id: number): Promise<Result<void, string>> {
  const up = await waitFor(
    `osd.${id} to be up`,
    upDeadlineMs,
    async () => {
      const osds = await osdsOf(cluster, node);
      return osds.ok && osds.value.some(each => each.osd === id && each.up) ? true : undefined;
    },
    {intervalMs: 300},
  );
  return up.ok ? {ok: true, value: undefined} : up;
}
