import {expectsOfFaults, nicDown} from '../../harness/faults/index.ts';
import type {Host, Scenario} from '../../harness/types.ts';
import {driveFailover, failoverOptions, failoverSeconds, previewFailover} from './drive.ts';
import {measureFailover, provided} from './measure.ts';

const clusterNicDown = (node: Host) => nicDown.at([node], {plane: 'cluster'});

export const nicDownScenario: Scenario = {
  name: 'failover/nic-down',
  family: 'failover',
  purpose:
    "The guide's drill: the cluster interface of the node under a guest goes down for 30 s, then comes back; the guest must be served elsewhere meanwhile.",
  needs: {nodes: 3, guests: 1, bmc: true, planes: ['cluster', 'service']},
  claims: ['ha.switch', 'ha.drill', 'ha.detect', 'ha.recover'],
  provides: provided,
  expects: expectsOfFaults,
  parameters: {
    full: {intervalMs: 10, recoverySeconds: 180, holdSeconds: 30},
    quick: {intervalMs: 10, recoverySeconds: 120, holdSeconds: 30},
  },
  estimateSeconds: failoverSeconds,
  preview: cluster => previewFailover(cluster, clusterNicDown),
  run: trial => driveFailover(trial, clusterNicDown, failoverOptions(trial.planned.parameters)),
  measure: measureFailover,
};
