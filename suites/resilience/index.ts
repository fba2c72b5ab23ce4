/** The resilience scenarios: each is a timeline of faults out of the registry, and what its trials are to yield. */

import {type FaultKind, impactOfFault} from '../../harness/faults/fault.ts';
import {expectsOfFaults, faults} from '../../harness/faults/index.ts';
import {worstImpact} from '../../harness/run/impact.ts';
import type {ClaimId, Parameters, Plane, Scenario} from '../../harness/types.ts';
import {measureResilience, provided} from './measure.ts';
import {driveResilience, previewResilience, resilienceOptions, resilienceSeconds} from './scenario.ts';
import type {Choice} from './soak/draw.ts';
import {mayOverlap, timelineOf} from './soak/scenario.ts';
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

/** Long enough for a cluster that would act on it to have acted. */
const heldSeconds = 20;
const seconds = {
  full: {intervalMs: 10, recoverySeconds: 180, holdSeconds: 0},
  quick: {intervalMs: 10, recoverySeconds: 120, holdSeconds: 0},
};
const held = {full: {...seconds.full, holdSeconds: heldSeconds}, quick: {...seconds.quick, holdSeconds: heldSeconds}};

/** One fault at the start, on the node of the first guest, healed when all is measured. */
function single(
  name: string,
  purpose: string,
  {
    claims = [],
    fault = name,
    parameters = {},
    length = seconds,
  }: {
    claims?: readonly ClaimId[];
    fault?: string;
    parameters?: Parameters;
    length?: ResilienceScenario['parameters'];
  } = {},
): ResilienceScenario {
  return {
    name: `failover/${name}`,
    purpose,
    planes: ['service'],
    claims,
    timeline: [{at: 0, action: 'inject', fault, target, parameters}],
    parameters: length,
  };
}

const switched: readonly ClaimId[] = ['ha.switch', 'ha.detect', 'ha.recover'];

const further: readonly ResilienceScenario[] = [
  single(
    'node-hung',
    'Every process of the node under a guest stops where it stands; the node must be fenced, and the guest serve elsewhere.',
    {claims: switched},
  ),
  single(
    'corosync-killed',
    'Corosync of the node under a guest is killed and stays away; the node must be fenced, and the guest serve elsewhere.',
    {claims: switched},
  ),
  single(
    'corosync-hung',
    'Corosync of the node under a guest stops where it stands; the node must be fenced, and the guest serve elsewhere.',
    {claims: switched},
  ),
  single(
    'partition',
    'The node under a guest and the others stop hearing each other on the cluster plane; it must be fenced, and the guest serve elsewhere.',
    {claims: switched, parameters: {plane: 'cluster', shape: 'apart'}},
  ),
  single(
    'partition-all',
    'The node under a guest and the others stop hearing each other on every plane; it must be fenced, and the guest serve elsewhere.',
    {claims: switched, fault: 'partition', parameters: {plane: 'all', shape: 'apart'}},
  ),
  {
    ...single(
      'fencing-cut-off',
      'The node under a guest loses its power, and its controller cannot be reached for 30 s: the guest must not start before the fence, and must serve elsewhere after it.',
    ),
    timeline: [
      {at: 0, action: 'inject', fault: 'host-crash', target, parameters: {}},
      {at: 0, action: 'inject', fault: 'fence-path-cut', target, parameters: {}},
      {at: 30, action: 'heal', fault: 'fence-path-cut', target, parameters: {}},
    ],
  },
  single('guest-killed', 'The QEMU of a guest is killed; it must be started anew, and no node is fenced for it.'),
  single('pacemakerd-killed', "Pacemaker's parent process on the node under a guest is killed; no guest may notice.", {
    length: held,
  }),
  single('libvirtd-killed', 'libvirtd on the node under a guest is killed; no guest may notice.', {length: held}),
  single('monitor-killed', 'The Ceph monitor on the node under a guest is killed; no guest may notice.', {
    length: held,
  }),
  single('manager-killed', 'The Ceph manager on the node under a guest is killed; no guest may notice.', {
    length: held,
  }),
];

/** What `failover/timeline` puts together. */
const drills: readonly ResilienceScenario[] = [hostCrash, nicDown, osdKilled, ...further];

export const [hostCrashScenario, nicDownScenario, osdKilledScenario] = [
  scenarioOf(hostCrash),
  scenarioOf(nicDown),
  scenarioOf(osdKilled),
];

export const resilience: readonly Scenario[] = [
  hostCrashScenario,
  nicDownScenario,
  osdKilledScenario,
  ...further.map(each => scenarioOf(each)),
  timelineOf(drills),
];

/** Those that a soak may draw. */
export const choices: readonly Choice[] = drills.map(drill => ({scenario: drill.name, overlaps: mayOverlap(drill)}));

/** `own`: kinds of fault that are not in the registry yet, because they come with the scenario. */
export function scenarioOf(
  {timeline, planes, interfaces = [], ...words}: ResilienceScenario,
  own: readonly FaultKind[] = [],
): Scenario {
  const steps = timeline.map(({fault, parameters}) => {
    const kind = kindNamed(fault, own);
    return {kind, effect: kind.effect(parameters)};
  });
  const [first] = steps;
  if (first === undefined) throw new Error(`${words.name} has an empty timeline`);
  const {kind, effect} = first;
  const drill: Drill = {timeline, first: {strikes: kind.strikes, guests: effect.guests}, bind: bindStep};
  const lastSeconds = Math.max(...timeline.map(({at}) => at));
  return {
    ...words,
    family: 'failover',
    needs: Object.assign({guests: 1, planes, interfaces}, ...steps.map(each => each.kind.needs)),
    impact: () => worstImpact(steps.map(each => impactOfFault(each.effect))),
    provides: provided[effect.guests],
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
