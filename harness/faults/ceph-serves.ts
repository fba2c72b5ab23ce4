/** When Ceph's own services are whole again after one of them was taken away. */
import {cephHealth} from '../cluster/storage.ts';
import {onCephHost} from '../storage/ceph-host.ts';
import type {Cluster, Result} from '../types.ts';
import {waitFor} from '../wait.ts';

/** An election, and a manager that loads its modules. */
const deadlineMs = 120_000;

/** Waits until every monitor is in quorum and a manager is active. */
export async function untilCephServes(cluster: Cluster): Promise<Result<void, string>> {
  let last = 'nothing was asked';
  const whole = await waitFor(
    'every monitor to be in quorum, with an active manager',
    deadlineMs,
    async () => {
      const health = await onCephHost(cluster, target => cephHealth(target, {timeoutMs: 10_000}));
      if (!health.ok) {
        last = health.error;
        return undefined;
      }
      const {quorum, monitors, managerAvailable} = health.value;
      last = `${quorum.length} of ${monitors} monitors in quorum, ${managerAvailable ? 'a' : 'no'} manager active`;
      return quorum.length === monitors && managerAvailable ? true : undefined;
    },
    {intervalMs: 500},
  );
  return whole.ok ? {ok: true, value: undefined} : {ok: false, error: `${whole.error}; last: ${last}`};
}
