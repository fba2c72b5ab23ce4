/** Guests are stopped and started once for everything that only a start makes real. */

import {releaseGuest} from '../cluster/audit/index.ts';
import {idempotent} from '../cluster/commands.ts';
import {onCluster, waitUntilRuns, waitUntilSeen} from '../cluster/pacemaker.ts';
import type {Cluster, Result} from '../types.ts';
import {all, fine} from './driver.ts';

const stopDeadlineMs = 120_000;
const startDeadlineMs = 180_000;
/** An order given while members come and go may be lost. */
const orderAgainMs = 10_000;

/**
 * Orders every guest to stop, does the work when none is active any more, and lets them run again whatever came of
 * it. Ends when all run. Cut short in between, the order to stay stopped is left in the cluster: `settle` of the
 * audit takes it back.
 */
export async function withGuestsStopped(
  cluster: Cluster,
  work: () => Promise<Result<void, string>>,
): Promise<Result<void, string>> {
  const resources = cluster.guests.map(guest => guest.resource);
  const ordered = all(await Promise.all(resources.map(resource => orderStop(cluster, resource))));
  const stopped = ordered.ok ? await waitUntilStopped(cluster, resources) : ordered;
  const worked = stopped.ok ? await work() : stopped;
  const released = all(await Promise.all(resources.map(resource => releaseGuest(cluster, resource))));
  if (!worked.ok) return worked;
  if (!released.ok) return released;
  const running = all(await Promise.all(resources.map(resource => waitUntilRuns(cluster, resource, startDeadlineMs))));
  return running.ok ? fine : running;
}

function orderStop(cluster: Cluster, resource: string): Promise<Result<string, string>> {
  const order = ['--meta', '--set-parameter', 'target-role', '--parameter-value', 'Stopped'];
  return onCluster(cluster, idempotent(['crm_resource', '--resource', resource, ...order]));
}

async function waitUntilStopped(cluster: Cluster, resources: readonly string[]): Promise<Result<void, string>> {
  let orderedAt = performance.now();
  return waitUntilSeen(
    cluster,
    `${resources.join(', ')} to stop`,
    stopDeadlineMs,
    async ({state}) => {
      const active = state.resources.filter(each => resources.includes(each.id) && each.active);
      if (active.length === 0) return fine;
      if (performance.now() - orderedAt > orderAgainMs) {
        orderedAt = performance.now();
        for (const each of active) await orderStop(cluster, each.id);
      }
      const where = active.map(each => `${each.id} is ${each.role} on ${each.nodes.join(' and ')}`);
      return {ok: false, error: where.join(', ')};
    },
    {intervalMs: 300},
  );
}
