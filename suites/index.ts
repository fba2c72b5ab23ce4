import type {Scenario} from '../harness/types.ts';
import {sweep} from './capacity/sweep.ts';
import {conformance} from './conformance/scenario.ts';
import {hostCrashScenario} from './failover/host-crash.ts';
import {nicDownScenario} from './failover/nic-down.ts';
import {live} from './migration/live.ts';
import {iperf3} from './network/iperf3.ts';
import {fio} from './storage/fio.ts';
import {guideJob} from './storage/guide-job.ts';

/** Every scenario there is. One that is not listed here cannot be planned. */
export const scenarios: readonly Scenario[] = [
  fio,
  guideJob,
  iperf3,
  live,
  hostCrashScenario,
  nicDownScenario,
  sweep,
  conformance,
];
