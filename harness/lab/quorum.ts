/** When is the cluster a cluster: one quorate partition of all nodes, every fence device in service. */
import {waitUntilSeen} from '../cluster/pacemaker.ts';
import type {Cluster, Result} from '../types.ts';
import {fenceResource} from './stack.ts';

export async function waitForQuorum(
  cluster: Cluster,
  deadlineMs: number,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<Result<void, string>> {
  const seen = await waitUntilSeen(
    cluster,
    'a quorate cluster with fencing',
    deadlineMs,
    ({state: {nodes, resources}}) => {
      const missing = cluster.nodes
        .filter(({name}) => {
          const node = nodes.find(each => each.name === name);
          return node === undefined || !node.online || node.pending || node.unclean;
        })
        .map(({name}) => name);
      const idle = cluster.nodes
        .filter(({name}) => {
          const device = resources.find(each => each.id === fenceResource(name));
          return device === undefined || device.role !== 'Started' || device.failed || device.pending !== undefined;
        })
        .map(({name}) => fenceResource(name));
      if (missing.length + idle.length === 0) return {ok: true, value: undefined};
      const wanting = [
        ...(missing.length > 0 ? [`not online: ${missing.join(', ')}`] : []),
        ...(idle.length > 0 ? [`not in service: ${idle.join(', ')}`] : []),
      ];
      return {ok: false, error: wanting.join('; ')};
    },
    {intervalMs: 500, signal},
  );
  if (seen.ok) say('the cluster is quorate and fencing is in service');
  return seen;
}
