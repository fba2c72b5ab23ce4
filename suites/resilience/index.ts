/** The resilience scenarios: each is a timeline of faults out of the registry, and what its trials are to yield. */

import type {FaultKind} from '../../harness/faults/fault.ts';
import {expectsOfFaults, faults} from '../../harness/faults/index.ts';
import type {ClaimId, Needs, Parameters, Scenario} from '../../harness/types.ts';
import {measureResilience, providedWhenMoved, providedWhenStalled} from './measure.ts';
import {
  bindStep,
  type Drill,
  driveResilience,
  previewResilience,
  resilienceOptions,
  resilienceSeconds,
  type Step,
} from './scenario.ts';

interface ResilienceScenario {
  name: string;
  purpose: string;
  needs: Needs;
  claims: readonly ClaimId[];
  timeline: readonly Step[];
  parameters: {full: Parameters; quick: Parameters};
}

const target = 'node-of-first-guest';

const hostCrash: ResilienceScenario = {
  name: 'failover/host-crash',
  purpose:
    'The node under a guest loses its power; the guest must serve and write again elsewhere, with nothing acknowledged lost and never two lives.',
  needs: {nodes: 3, guests: 1, bmc: true, planes: ['cluster', 'service']},
  claims: ['ha.switch', 'ha.detect', 'ha.recover', 'ha.redundancy.one-node'],
  timeline: [{at: 0, action: 'inject', fault: 'host-crash', target, parameters: {}}],
  parameters: {
    full: {intervalMs: 10, recoverySeconds: 180, holdSeconds: 0},
    quick: {intervalMs: 10, recoverySeconds: 120, holdSeconds: 0},
  },
};

const nicDown: ResilienceScenario = {
  name: 'failover/nic-down',
  purpose:
    "The guide's drill: the cluster interface of the node under a guest goes down for 30 s, then comes back; the guest must be served elsewhere meanwhile.",
  needs: {nodes: 3, guests: 1, bmc: true, planes: ['cluster', 'service']},
  claims: ['ha.switch', 'ha.drill', 'ha.detect', 'ha.recover'],
  timeline: [{at: 0, action: 'inject', fault: 'nic-down', target, parameters: {plane: 'cluster'}}],
  parameters: {
    full: {intervalMs: 10, recoverySeconds: 180, holdSeconds: 30},
    quick: {intervalMs: 10, recoverySeconds: 120, holdSeconds: 30},
  },
};

const osdKilled: ResilienceScenario = {
  name: 'failover/osd-killed',
  purpose:
    'An OSD on the node under a guest is killed and started again after 15 s; guests may wait for their disks, stay where they are, and lose nothing; the store must be whole again.',
  needs: {nodes: 3, guests: 1, storage: ['ceph'], planes: ['service']},
  claims: ['ha.redundancy.one-node'],
  timeline: [
    {at: 0, action: 'inject', fault: 'osd-killed', target, parameters: {nth: 0}},
    {at: 15, action: 'heal', fault: 'osd-killed', target, parameters: {nth: 0}},
  ],
  parameters: {
    full: {intervalMs: 10, recoverySeconds: 180, holdSeconds: 0},
    quick: {intervalMs: 10, recoverySeconds: 120, holdSeconds: 0},
  },
};

export const [hostCrashScenario, nicDownScenario, osdKilledScenario] = [
  scenarioOf(hostCrash),
  scenarioOf(nicDown),
  scenarioOf(osdKilled),
];

export const resilience: readonly Scenario[] = [hostCrashScenario, nicDownScenario, osdKilledScenario];

function scenarioOf({timeline, ...words}: ResilienceScenario): Scenario {
  const drill: Drill = {timeline, guests: fateOf(timeline), bind: bindStep};
  const lastSeconds = Math.max(...timeline.map(({at}) => at));
  return {
    ...words,
    family: 'failover',
    provides: drill.guests === 'moved' ? providedWhenMoved : providedWhenStalled,
    expects: expectsOfFaults,
    estimateSeconds: parameters => lastSeconds + resilienceSeconds(parameters),
    preview: cluster => previewResilience(cluster, drill),
    run: trial => driveResilience(trial, drill, resilienceOptions(trial.planned.parameters)),
    measure: measureResilience,
  };
}

/** What becomes of the guests: what the first fault says, which the driver waits for. */
function fateOf(timeline: readonly Step[]): FaultKind['guests'] {
  const kind = faults.find(({name}) => name === timeline[0]?.fault);
  if (kind === undefined) throw new Error(`no fault is named ${timeline[0]?.fault}`);
  return kind.guests;
}
