import type {Scenario} from '../harness/types.ts';
import {sweep} from './capacity/sweep.ts';
import {compute} from './compute/index.ts';
import {conformance} from './conformance/scenario.ts';
import {deployGuest} from './deploy/guest.ts';
import {evacuation} from './migration/evacuation.ts';
import {live} from './migration/live.ts';
import {matrix, together} from './migration/matrix.ts';
import {struckMigrations} from './migration/struck.ts';
import {monitoring} from './monitoring/index.ts';
import {bondScenarios} from './network/bond.ts';
import {fastpath} from './network/fastpath.ts';
import {iperf3} from './network/iperf3.ts';
import {isolation} from './network/isolation.ts';
import {planes} from './network/planes.ts';
import {resilience} from './resilience/index.ts';
import {addressScenarios} from './services/address.ts';
import {etcdScenarios} from './services/etcd.ts';
import {backends} from './storage/backends.ts';
import {fio} from './storage/fio.ts';
import {guideJob} from './storage/guide-job.ts';
import {hostGuest} from './storage/host-guest.ts';
import {matrix as storageMatrix} from './storage/matrix.ts';
import {snapshot} from './storage/snapshot.ts';
import {storeParts} from './storage/store-part.ts';
import {storeServerLost} from './storage/store-server.ts';
import {uniformity} from './storage/uniformity.ts';

const all: Scenario[] = [
  fio,
  guideJob,
  uniformity,
  storageMatrix,
  snapshot,
  hostGuest,
  backends,
  iperf3,
  isolation,
  planes,
  ...bondScenarios,
  fastpath,
  ...compute,
  live,
  ...resilience,
  ...addressScenarios,
  ...etcdScenarios,
  storeServerLost,
  ...storeParts,
  matrix,
  together,
  evacuation,
  ...struckMigrations,
  sweep,
  conformance,
  deployGuest,
  ...monitoring,
];

/** Every scenario there is. One that is not listed here cannot be planned. */
export const scenarios: readonly Scenario[] = all;

/** Those of a plug-in join them, before a command begins. */
export function addScenarios(more: readonly Scenario[]): void {
  all.push(...more);
}
