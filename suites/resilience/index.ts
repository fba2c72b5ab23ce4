/** The resilience scenarios: each is a timeline of faults out of the registry, and what its trials are to yield. */

import {type FaultKind, impactOfFault} from '../../harness/faults/fault.ts';
import {expectsOfFaults, faults} from '../../harness/faults/index.ts';
import {worstImpact} from '../../harness/run/impact.ts';
import type {ClaimId, Parameters, Plane, Scenario} from '../../harness/types.ts';
import {measureResilience, provided} from './measure.ts';
import {driveResilience, previewResilience, resilienceOptions, resilienceSeconds} from './scenario.ts';
import {bindStep, type Drill, type Step} from './timeline.ts';

export interface ResilienceScenario {
  name: string;
  purpose: string;
  /** Over what the faults themselves need. */
  planes: readonly Plane[];
  interfaces?: readonly Plane[];
  claims: readonly ClaimId[];
  timeline: readonly Step[];
  parameters: {full: Parameters; quick: Parameters};
}

const target = 'node-of-first-guest';

const hostCrash: ResilienceScenario = {
  name: 'failover/host-crash',
  purpose:
    'The node under a guest loses its power; the guest must serve and write again elsewhere, with nothing acknowledged lost and never two lives.',
  planes: ['cluster', 'service'],
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
  planes: ['cluster', 'service'],
  interfaces: ['cluster'],
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
  planes: ['service'],
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

/** `own`: kinds of fault that are not in the registry yet, because they come with the scenario. */
export function scenarioOf(
  {timeline, planes, interfaces = [], ...words}: ResilienceScenario,
  own: readonly FaultKind[] = [],
): Scenario {
  const kinds = timeline.map(({fault}) => kindNamed(fault, own));
  const [first] = kinds;
  if (first === undefined) throw new Error(`${words.name} has an empty timeline`);
  const drill: Drill = {timeline, first, bind: bindStep};
  const lastSeconds = Math.max(...timeline.map(({at}) => at));
  return {
    ...words,
    family: 'failover',
    needs: Object.assign({guests: 1, planes, interfaces}, ...kinds.map(({needs}) => needs)),
    impact: () => worstImpact(kinds.map(impactOfFault)),
    provides: provided[first.guests],
    expects: expectsOfFaults,
    estimateSeconds: parameters => lastSeconds + resilienceSeconds(parameters),
    preview: cluster => previewResilience(cluster, drill),
    run: trial => driveResilience(trial, drill, resilienceOptions(trial.planned.parameters)),
    measure: measureResilience,
  };
}

function kindNamed(name: string, own: readonly FaultKind[]): FaultKind {
  const kind = [...own, ...faults].find(each => each.name === name);
  if (kind === undefined) throw new Error(`no fault is named ${name}`);
  return kind;
}
