/**
 * Whether the cluster has done its part of a fault: a node that is to be fenced must not be powered on before, and what
 * it puts back in its place when a node returns is none of what the trial leaves behind.
 */
import {clusterView, waitForIdle} from '../../harness/cluster/pacemaker.ts';
import type {Cluster, Trial} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';

/** How often each node was fenced, as far as the cluster remembers. */
export async function fencesSoFar(cluster: Cluster): Promise<ReadonlyMap<string, number>> {
  const view = await clusterView(cluster);
  if (!view.ok) throw new Error(view.error);
  const done = view.value.state.fencing.filter(({action, status}) => action !== 'on' && status === 'success');
  return new Map(cluster.nodes.map(({name}) => [name, done.filter(({target}) => target === name).length]));
}

/** Waits until the node was fenced once more than `before`; that it never was is found by what the trial expects. */
export async function untilFenced(
  {cluster, say, signal}: Trial,
  node: string,
  before: ReadonlyMap<string, number>,
  deadlineMs: number,
): Promise<void> {
  say('waiting for the fence', node);
  await waitFor(
    `${node} to be fenced`,
    deadlineMs,
    async () => {
      const now = await fencesSoFar(cluster).catch(() => undefined);
      return (now?.get(node) ?? 0) > (before.get(node) ?? 0) ? true : undefined;
    },
    {intervalMs: 500, signal},
  );
}

const idleMs = 60_000;

/** That it never is, the audit after the trial finds. */
export async function untilIdle({cluster, signal}: Trial): Promise<void> {
  await waitForIdle(cluster, idleMs, signal);
}
