import {expectsOfFaults, hostCrash} from '../../harness/faults/index.ts';
import type {Host, Scenario} from '../../harness/types.ts';
import {driveFailover, failoverOptions, failoverSeconds, previewFailover} from './drive.ts';
import {measureFailover, provided} from './measure.ts';

const crashOf = (node: Host) => hostCrash.at([node], {});

export const hostCrashScenario: Scenario = {
  name: 'failover/host-crash',
  family: 'failover',
  purpose:
    'The node under a guest loses its power; the guest must serve and write again elsewhere, with nothing acknowledged lost and never two lives.',
  needs: {nodes: 3, guests: 1, bmc: true, planes: ['cluster', 'service']},
  claims: ['ha.switch', 'ha.detect', 'ha.recover', 'ha.redundancy.one-node'],
  provides: provided,
  expects: expectsOfFaults,
  parameters: {
    full: {intervalMs: 10, recoverySeconds: 180, holdSeconds: 0},
    quick: {intervalMs: 10, recoverySeconds: 120, holdSeconds: 0},
  },
  estimateSeconds: failoverSeconds,
  preview: cluster => previewFailover(cluster, crashOf),
  run: trial => driveFailover(trial, crashOf, failoverOptions(trial.planned.parameters)),
  measure: measureFailover,
};
