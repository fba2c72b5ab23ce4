import {hostCrash} from '../../harness/faults/host-crash.ts';
import type {Scenario} from '../../harness/types.ts';
import {driveFailover, failoverOptions, failoverSeconds, previewFailover} from './drive.ts';
import {measureFailover, provided} from './measure.ts';

export const hostCrashScenario: Scenario = {
  name: 'failover/host-crash',
  family: 'failover',
  purpose:
    'The node under a guest loses its power; the guest must serve and write again elsewhere, with nothing acknowledged lost and never two lives.',
  needs: {nodes: 3, guests: 1, bmc: true, planes: ['cluster', 'service']},
  claims: ['ha.switch', 'ha.detect', 'ha.recover', 'ha.redundancy.one-node'],
  provides: provided,
  expects: ['node offline', 'fencing', 'storage degraded'],
  parameters: {
    full: {intervalMs: 10, recoverySeconds: 180, holdSeconds: 0},
    quick: {intervalMs: 10, recoverySeconds: 120, holdSeconds: 0},
  },
  estimateSeconds: failoverSeconds,
  preview: cluster => previewFailover(cluster, hostCrash),
  run: trial => driveFailover(trial, hostCrash, failoverOptions(trial.planned.parameters)),
  measure: measureFailover,
};
