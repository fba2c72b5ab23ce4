/** The OSDs of the struck nodes, and how they come back: shared by the faults that strike them. */
import {type Daemon, daemonState} from '../cluster/services.ts';
import {osdTree} from '../cluster/storage.ts';
import {otherMember} from '../storage/ceph.ts';
import type {Cluster, Host, Result} from '../types.ts';
import {waitFor} from '../wait.ts';
import {reach} from './recovery.ts';

const upDeadlineMs = 120_000;

export interface StruckOsd {
  node: Host;
  daemon: Daemon & {id: number};
}

/** One of each node, in the order of the OSDs' numbers. A dead OSD keeps its place: the same before and after. */
export async function nthOsds(
  cluster: Cluster,
  nodes: readonly Host[],
  nth: number,
): Promise<Result<readonly StruckOsd[], string>> {
  const found: StruckOsd[] = [];
  for (const node of nodes) {
    const osds = await osdsOf(cluster, node);
    if (!osds.ok) return osds;
    const id = osds.value.map(({osd}) => osd).sort((a, b) => a - b)[nth];
    if (id === undefined)
      return {ok: false, error: `${node.name} has ${osds.value.length} OSDs, expected more than ${nth}`};
    found.push({node, daemon: {kind: 'osd', id}});
  }
  return {ok: true, value: found};
}

/** For who heals: the node can be reached again, and its nth OSD is known. */
export async function reachOsds(
  cluster: Cluster,
  node: Host,
  nth: number,
): Promise<Result<readonly StruckOsd[], string>> {
  const reached = await reach(cluster, node);
  return reached.ok ? nthOsds(cluster, [node], nth) : reached;
}

/** As another node has them. */
export async function osdsOf(cluster: Cluster, node: Host) {
  const target = await otherMember(cluster, node);
  const tree = target.ok ? await osdTree(target.value) : target;
  return tree.ok ? {ok: true as const, value: tree.value.filter(({host}) => host === node.name)} : tree;
}

/** Waits until the store has every one of them up. */
export async function untilOsdsUp(cluster: Cluster, struck: readonly StruckOsd[]): Promise<Result<void, string>> {
  for (const {node, daemon} of struck) {
    const up = await waitFor(
      `osd.${daemon.id} to be up`,
      upDeadlineMs,
      async () => {
        const osds = await osdsOf(cluster, node);
        return osds.ok && osds.value.some(each => each.osd === daemon.id && each.up) ? true : undefined;
      },
      {intervalMs: 300},
    );
    if (!up.ok) return up;
  }
  return {ok: true, value: undefined};
}

/** The evidence that each is as the fault has it. */
export async function osdsAre(
  cluster: Cluster,
  struck: readonly StruckOsd[],
  wanted: 'hangs' | 'is gone',
): Promise<Result<string, string>> {
  const words: string[] = [];
  for (const {node, daemon} of struck) {
    const state = await daemonState(cluster, node, daemon);
    if (!state.ok) return state;
    if (state.value !== wanted)
      return {ok: false, error: `osd.${daemon.id} on ${node.name} ${state.value}, expected that it ${wanted}`};
    words.push(`osd.${daemon.id} on ${node.name} ${wanted}`);
  }
  return {ok: true, value: words.join(', ')};
}
