/** When is the cluster a cluster: one quorate partition of all nodes, every fence device in service. */
import {clusterView} from '../cluster/pacemaker.ts';
import type {Cluster, Result} from '../types.ts';
import {waitFor} from '../wait.ts';
import {fenceResource} from './stack.ts';

export async function waitForQuorum(
  cluster: Cluster,
  deadlineMs: number,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<Result<void, string>> {
  let last = 'nothing was seen';
  const waited = await waitFor(
    'a quorate cluster with fencing',
    deadlineMs,
    async () => {
      const view = await clusterView(cluster);
      if (!view.ok) {
        last = view.error;
        return undefined;
      }
      const {nodes, resources} = view.value.state;
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
      last = [
        ...(missing.length > 0 ? [`not online: ${missing.join(', ')}`] : []),
        ...(idle.length > 0 ? [`not in service: ${idle.join(', ')}`] : []),
      ].join('; ');
      return missing.length + idle.length === 0 ? true : undefined;
    },
    {intervalMs: 500, signal},
  );
  if (!waited.ok) return {ok: false, error: `${waited.error}; last seen: ${last}`};
  say('the cluster is quorate and fencing is in service');
  return {ok: true, value: undefined};
}
