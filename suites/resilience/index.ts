/** The resilience scenarios: each is a timeline of faults out of the registry, and what its trials are to yield. */

import {type FaultKind, impactOfFault} from '../../harness/faults/fault.ts';
import {expectsOfFaults, faults} from '../../harness/faults/index.ts';
import {worstImpact} from '../../harness/run/impact.ts';
import type {ClaimId, Needs, Parameters, Plane, Scenario} from '../../harness/types.ts';
import {cutLink, withRings} from './link-cut.ts';
import {measureResilience, provided} from './measure.ts';
import {driveResilience, nothingBesides, previewResilience, resilienceOptions, resilienceSeconds} from './scenario.ts';
import type {Choice} from './soak/draw.ts';
import {timelineOf} from './soak/scenario.ts';
import type {TargetName} from './targets.ts';
import {bindStep, type Drill, type Step} from './timeline.ts';

export interface ResilienceScenario {
  name: string;
  purpose: string;
  /** Over what the faults themselves need. */
  planes: readonly Plane[];
  interfaces?: readonly Plane[];
  needs?: Needs;
  claims: readonly ClaimId[];
  /** In place of what follows from the main fault. */
  provides?: readonly string[];
  timeline: readonly Step[];
  /** Another such fault may come on top: what each of them takes away does not add up to more. */
  overlaps?: boolean;
  /** As of a `Drill`. */
  struckTells?: boolean;
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
  overlaps: true,
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

/** Long enough for a node that is left out to be fenced and its guests to serve again. */
const long = {full: {...seconds.full, holdSeconds: 40}, quick: {...seconds.quick, holdSeconds: 40}};

interface SingleFault {
  claims: readonly ClaimId[];
  fault: string;
  parameters: Parameters;
  length: ResilienceScenario['parameters'];
  /** Whom it strikes, in place of the node of the first guest. */
  on: TargetName;
  /** It is healed then, before all is measured. */
  untilSeconds: number;
  needs: Needs;
  overlaps: boolean;
}

/** One fault at the start, healed when all is measured. */
function single(
  name: string,
  purpose: string,
  {
    claims = [],
    fault = name,
    parameters = {},
    length = seconds,
    on = target,
    untilSeconds,
    needs = {},
    overlaps = false,
  }: Partial<SingleFault> = {},
): ResilienceScenario {
  const step = {fault, target: on, parameters};
  return {
    name: `failover/${name}`,
    purpose,
    planes: ['service'],
    needs,
    claims,
    overlaps,
    timeline: [
      {at: 0, action: 'inject', ...step},
      ...(untilSeconds === undefined ? [] : [{at: untilSeconds, action: 'heal' as const, ...step}]),
    ],
    parameters: length,
  };
}

const switched: readonly ClaimId[] = ['ha.switch', 'ha.detect', 'ha.recover'];

const inject = (fault: string, parameters: Parameters = {}, at = 0, on: TargetName = target): Step => ({
  at,
  action: 'inject',
  fault,
  target: on,
  parameters,
});

const ofNodes: readonly ResilienceScenario[] = [
  single(
    'node-shutdown',
    'The node under a guest is shut down in order; its guests are handed over, and nobody is fenced.',
  ),
  single(
    'node-reboot',
    'The node under a guest is rebooted in order; its guests are handed over, and nobody is fenced.',
  ),
  {
    ...single(
      'coordinator-lost',
      "The cluster's coordinator loses its power; another takes over, the node is fenced, and its guests serve elsewhere.",
      {fault: 'host-crash', on: 'coordinator', length: long},
    ),
    // Whether a guest runs there is chance.
    provides: ['failover.membership', 'failover.fenced'],
  },
  single(
    'node-lost',
    'The node under a guest is given up for good, fenced by order and its disks with it; the guest must serve elsewhere, and the node be taken back.',
  ),
  {
    ...single(
      'second-node-lost',
      'The node under a guest loses its power, and six seconds later the next one: both must be fenced, and all guests serve on the three that are left.',
      {needs: {nodes: 5}},
    ),
    timeline: [inject('host-crash'), inject('host-crash', {}, 6, 'next-node')],
  },
];

/** Of the node itself: it lives, and is short of something. */
const ofResources: readonly ResilienceScenario[] = [
  single(
    'cpu-hog',
    'Busy loops take the processors of the node under a guest; nobody is fenced, and guests are served all the while, slower.',
    {parameters: {seconds: 300}, length: held},
  ),
  single(
    'memory-hog',
    'A process takes most of the free memory of the node under a guest; nobody is fenced, and guests are served all the while, slower.',
    {parameters: {seconds: 300}, length: held},
  ),
  single(
    'disk-full',
    'The disk of the node under a guest is full, to the last block; nobody is fenced, and no guest may notice.',
    {length: held},
  ),
  single(
    'clock-step',
    'The clock of the node under a guest jumps a minute ahead; nobody is fenced, and no guest may notice.',
    {parameters: {seconds: 60}, length: held},
  ),
];

const ofFencing: readonly ResilienceScenario[] = [
  single(
    'power-and-bmc-lost',
    'The node under a guest loses its power together with its controller: no guest of it may start as long as nobody can know that it is off.',
    {parameters: {recoveredBy: 'nobody'}, length: long},
  ),
  {
    ...single(
      'power-and-bmc-lost-confirmed',
      'The node under a guest loses its power together with its controller; after 20 s a person confirms that it is off, and the guest must serve elsewhere.',
    ),
    timeline: [inject('power-and-bmc-lost', {recoveredBy: 'person'}), inject('fence-confirmed', {}, 20)],
  },
  {
    ...single(
      'fence-refusing',
      'The node under a guest loses its power, and its fence device has a wrong password for 30 s: the guest must not start before the fence, and must serve elsewhere after it.',
    ),
    timeline: [inject('fence-refusing'), inject('host-crash'), {...inject('fence-refusing', {}, 30), action: 'heal'}],
  },
  {
    ...single(
      'second-fence-level',
      'The node under a guest loses its power, and its first fence device has a wrong password: the second level must fence it, and the guest serve elsewhere.',
      {needs: {tools: ['two-fence-levels']}},
    ),
    timeline: [inject('fence-refusing'), inject('host-crash')],
  },
  {
    ...single(
      'fence-slow',
      'The node under a guest loses its power, and its fence device takes 15 s: the guest must not start before the fence, and must serve elsewhere after it.',
    ),
    timeline: [inject('fence-slow', {seconds: 15}), inject('host-crash')],
  },
  {
    ...single(
      'fence-lying',
      'Planted, and in no suite: the fence device of a node that hangs says that it is done and has done nothing. The guest lives twice, and the trial must be found critical.',
    ),
    timeline: [inject('fence-lying'), inject('corosync-hung')],
  },
];

/** Longer than a monitor's interval and time-out together. */
const noticed = {full: {...seconds.full, recoverySeconds: 60}, quick: {...seconds.quick, recoverySeconds: 45}};

const ofGuests: readonly ResilienceScenario[] = [
  single('guest-panic', 'The kernel of a guest panics and starts anew after a second; no node is fenced for it.', {
    parameters: {restartSeconds: 1},
  }),
  single(
    'guest-panic-stays',
    'The kernel of a guest panics and stays so: told is whether anybody notices. No node is fenced for it.',
    {fault: 'guest-panic', parameters: {restartSeconds: 0}, length: noticed},
  ),
  single(
    'guest-hung',
    'The virtual processors of a guest are stopped: told is whether anybody notices. No node is fenced for it.',
    {parameters: {stops: 'processors'}, length: noticed},
  ),
  single(
    'guest-hung-process',
    'The QEMU of a guest stops where it stands: told is whether anybody notices. No node is fenced for it.',
    {fault: 'guest-hung', parameters: {stops: 'process'}, length: noticed},
  ),
];

const further: readonly ResilienceScenario[] = [
  single(
    'two-nodes-lost',
    'The node under a guest and the next one lose their power in the same moment, of five: the three that are left keep the quorum, fence both, and serve the guests.',
    {
      claims: ['ha.redundancy.two-nodes'],
      fault: 'host-crash',
      on: 'two-nodes',
      // Both are fenced by then, whoever's guests serve first.
      length: held,
      needs: {nodes: 5},
    },
  ),
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
  ...(['mute', 'deaf'] as const).map(shape =>
    single(
      `partition-${shape}`,
      shape === 'mute'
        ? 'The others do not hear the node under a guest on the cluster plane, and it hears them; it must be fenced, and the guest serve elsewhere.'
        : 'The node under a guest does not hear the others on the cluster plane, and they hear it; it must be fenced, and the guest serve elsewhere.',
      {claims: switched, fault: 'partition', parameters: {plane: 'cluster', shape}},
    ),
  ),
  single(
    'partition-minority',
    'Two of five nodes and the others stop hearing each other on the cluster plane; both must be fenced, and their guests serve elsewhere.',
    {
      claims: switched,
      fault: 'partition',
      on: 'two-nodes',
      parameters: {plane: 'cluster', shape: 'apart'},
      needs: {nodes: 5},
    },
  ),
  single(
    'partition-halves',
    'Two halves of the cluster stop hearing each other for 30 s: nobody has a quorum, nobody may be fenced, every guest stops and serves again afterwards.',
    {
      fault: 'partition',
      on: 'half',
      parameters: {plane: 'cluster', shape: 'halves'},
      untilSeconds: 30,
      needs: {nodes: 4, evenNodes: true},
    },
  ),
  single(
    'partition-bridge',
    'Two nodes do not hear each other on the cluster plane, and every other node hears both; at most one of them may be fenced, and no guest may live twice.',
    {fault: 'partition', on: 'two-nodes', parameters: {plane: 'cluster', shape: 'bridge'}, length: long},
  ),
  single(
    'partition-ring',
    'Every node hears its two neighbours on the cluster plane only, a majority each of its own; no guest may live twice.',
    {
      fault: 'partition',
      on: 'all',
      parameters: {plane: 'cluster', shape: 'ring'},
      length: long,
      needs: {nodes: 5},
    },
  ),
  {
    ...single(
      'fencing-cut-off',
      'The node under a guest loses its power, and its controller cannot be reached for 30 s: the guest must not start before the fence, and must serve elsewhere after it.',
    ),
    timeline: [
      {at: 0, action: 'inject', fault: 'fence-path-cut', target, parameters: {}},
      {at: 0, action: 'inject', fault: 'host-crash', target, parameters: {}},
      {at: 30, action: 'heal', fault: 'fence-path-cut', target, parameters: {}},
    ],
  },
  ...ofNodes,
  ...ofResources,
  ...ofFencing,
  ...ofGuests,
  single('guest-killed', 'The QEMU of a guest is killed; it must be started anew, and no node is fenced for it.'),
  single('pacemakerd-killed', "Pacemaker's parent process on the node under a guest is killed; no guest may notice.", {
    overlaps: true,
    length: held,
  }),
  single('libvirtd-killed', 'libvirtd on the node under a guest is killed; no guest may notice.', {
    overlaps: true,
    length: held,
  }),
  single('monitor-killed', 'The Ceph monitor that leads the quorum is killed; no guest may notice.', {
    on: 'node-of-leading-monitor',
    overlaps: true,
    length: held,
  }),
  single('monitor-hung', 'The Ceph monitor that leads the quorum stops where it stands; no guest may notice.', {
    on: 'node-of-leading-monitor',
    length: held,
  }),
  single('manager-killed', 'The active Ceph manager is killed; no guest may notice.', {
    on: 'node-of-active-manager',
    overlaps: true,
    length: held,
  }),
  single(
    'osd-hung',
    'An OSD on the node under a guest stops where it stands, and goes on after 40 s; guests may wait for their disks, stay where they are, and lose nothing.',
    {parameters: {nth: 0}, untilSeconds: 40},
  ),
  single(
    'two-osds-killed',
    'An OSD on each of two nodes is killed and started again after 15 s; guests wait for their disks until one is back, stay where they are, and lose nothing.',
    {fault: 'osd-killed', on: 'two-nodes', parameters: {nth: 0}, untilSeconds: 15},
  ),
  single(
    'storage-cut',
    'The node under a guest and the others stop hearing each other on the storage plane for 30 s; its guests wait for their disks, nobody is fenced, and nothing is lost.',
    {
      fault: 'partition',
      parameters: {plane: 'storage', shape: 'apart'},
      untilSeconds: 30,
      needs: {planes: ['service', 'storage'], alone: ['storage'], storage: ['ceph']},
    },
  ),
  single(
    'disk-slow',
    'An OSD on the node under a guest stands still for half a second of every second; guests are served all the while, slower, and nothing is lost.',
    {parameters: {nth: 0, stoppedMs: 500, goingMs: 500, times: 40}, length: held},
  ),
  single(
    'disk-errors',
    "The OSD that is asked for the beginning of a guest's disk cannot read it; guests are served all the while from other copies, and nothing is lost.",
    {on: 'node-of-first-disk', length: held},
  ),
  single('libvirtd-hung', 'libvirtd on the node under a guest stops where it stands; no guest may notice.', {
    length: held,
  }),
  single('virtqemud-killed', 'virtqemud on the node under a guest is killed; no guest may notice.', {length: held}),
  single(
    'service-nic-down',
    'The service interface of the node under a guest goes down for 20 s: nobody is fenced, no guest moves, and those on the node are not to be reached meanwhile.',
    {
      fault: 'nic-down',
      parameters: {plane: 'service'},
      length: held,
      needs: {interfaces: ['service'], alone: ['service']},
    },
  ),
  single(
    'link-flapping',
    'The cluster interface of the node under a guest goes down for 0.2 s of every 2 s; nobody is fenced, and no guest may notice.',
    {
      parameters: {plane: 'cluster', downMs: 200, upMs: 1800, times: 10},
      length: held,
      needs: {planes: ['cluster', 'service'], interfaces: ['cluster']},
    },
  ),
  single(
    'packet-loss',
    'The node under a guest loses 5 % of its packets on the cluster plane; nobody is fenced, and no guest may notice.',
    {
      parameters: {plane: 'cluster', percent: 5},
      length: held,
      needs: {planes: ['cluster', 'service'], interfaces: ['cluster']},
    },
  ),
  single(
    'packet-duplicates',
    'The node under a guest sends 10 % of its frames twice on the cluster plane; nobody is fenced, and no guest may notice.',
    {
      parameters: {plane: 'cluster', percent: 10},
      length: held,
      needs: {planes: ['cluster', 'service'], interfaces: ['cluster']},
    },
  ),
  single(
    'packet-delay',
    'What the node under a guest sends on the cluster plane comes 10 to 30 ms late, and 5 % of it out of order; nobody is fenced, and no guest may notice.',
    {
      parameters: {plane: 'cluster', delayMs: 20, jitterMs: 10, reorderPercent: 5},
      length: held,
      needs: {planes: ['cluster', 'service'], interfaces: ['cluster']},
    },
  ),
  single(
    'packet-loss-storage',
    'The node under a guest loses 5 % of its packets on the storage plane; guests are served all the while, slower, and nothing is lost.',
    {
      fault: 'packet-loss',
      parameters: {plane: 'storage', percent: 5},
      length: held,
      needs: {planes: ['service', 'storage'], interfaces: ['storage']},
    },
  ),
  single(
    'rate-limit',
    'The node under a guest sends at 1 Mbit/s on the storage plane; guests are served all the while, slower, and nothing is lost.',
    {
      parameters: {plane: 'storage', megabits: 1},
      length: held,
      needs: {planes: ['service', 'storage'], interfaces: ['storage']},
    },
  ),
];

const linkCut: ResilienceScenario = {
  ...single(
    'link-cut',
    "One of Corosync's two links is cut on the node under a guest: the membership goes on by the other, nobody is fenced, and no guest may notice.",
    {claims: ['net.planes'], fault: 'corosync-link-cut', parameters: {link: cutLink}, length: held},
  ),
  struckTells: true,
};

/** What `failover/timeline` puts together. */
const drills: readonly ResilienceScenario[] = [hostCrash, nicDown, osdKilled, ...further, linkCut];

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
  withRings(scenarioOf(linkCut)),
  timelineOf(drills),
];

/** Those that a soak may draw. */
export const choices: readonly Choice[] = drills.map(drill => ({
  scenario: drill.name,
  overlaps: drill.overlaps === true,
}));

/** `own`: kinds of fault that are not in the registry yet, because they come with the scenario. */
export function scenarioOf(
  {
    timeline,
    planes,
    interfaces = [],
    needs = {},
    provides,
    overlaps: _,
    struckTells = false,
    parameters: {full, quick},
    ...words
  }: ResilienceScenario,
  own: readonly FaultKind[] = [],
): Scenario {
  const steps = timeline.map(({fault, parameters}) => {
    const kind = kindNamed(fault, own);
    return {kind, effect: kind.effect(parameters)};
  });
  const harms = timeline.findIndex(
    ({action}, index) => action === 'inject' && steps[index]?.effect.guests !== 'unharmed',
  );
  const main = Math.max(0, harms);
  const first = steps[main];
  if (first === undefined) throw new Error(`${words.name} has an empty timeline`);
  const {kind, effect} = first;
  const drill: Drill = {timeline, main, first: {...effect, strikes: kind.strikes}, struckTells, bind: bindStep};
  const lastSeconds = Math.max(...timeline.map(({at}) => at));
  return {
    ...words,
    parameters: {full: {...nothingBesides, ...full}, quick: {...nothingBesides, ...quick}},
    family: 'failover',
    needs: allNeeds({guests: 1, planes, interfaces}, ...steps.map(each => each.kind.needs), needs),
    impact: () => worstImpact(steps.map(each => impactOfFault(each.effect))),
    provides: provides ?? provided[effect.guests],
    expects: expectsOfFaults,
    estimateSeconds: parameters => lastSeconds + resilienceSeconds(parameters),
    preview: cluster => previewResilience(cluster, drill),
    run: trial => driveResilience(trial, drill, resilienceOptions(trial.planned.parameters)),
    measure: measureResilience,
  };
}

/** What is said last counts, and tools add up: every step has its own. */
function allNeeds(...each: readonly Needs[]): Needs {
  const tools = [...new Set(each.flatMap(needs => needs.tools ?? []))];
  return Object.assign({}, ...each, tools.length === 0 ? {} : {tools});
}

function kindNamed(name: string, own: readonly FaultKind[]): FaultKind {
  const kind = [...own, ...faults].find(each => each.name === name);
  if (kind === undefined) throw new Error(`no fault is named ${name}`);
  return kind;
}
