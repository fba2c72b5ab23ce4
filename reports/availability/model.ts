/** A topology and its recoveries as arrays that the simulation can walk. Plain data: it travels to workers as it is. */

import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import {lnChoose} from '../stats/distributions.ts';
import {meanOf, type Spread, yearSeconds} from './quantities.ts';
import {asMeasured, meanSilence, type Recovery} from './recovery.ts';
import type {FaultRate, Struck, Topology} from './topology.ts';

export const strikes = ['node', 'rack', 'feed', 'switch', 'storage', 'vm', 'cluster'] as const satisfies Struck[];

/** Index of each into `strikes`. */
export const kindOf = Object.fromEntries(strikes.map((name, index) => [name, index])) as Record<Struck, number>;

/** Less than that is no promise: anything keeps it. */
export const leastPromise = 0.5;

export interface ModelClass {
  name: string;
  /** Index into `strikes`. */
  kind: number;
  units: number;
  rate: FaultRate;
  repair: Spread | undefined;
  /** Index into `recoveries`, −1 for none. */
  recovery: number;
}

export interface Model {
  nodes: number;
  vms: number;
  racks: number;
  feeds: number;
  /** Nodes of rack r: rackStart[r] up to rackStart[r + 1]. */
  rackStart: Int32Array;
  rackOf: Int32Array;
  /** Feeds of rack r: feedOf[feedStart[r]…feedStart[r + 1]]. */
  feedStart: Int32Array;
  feedOf: Int32Array;
  switchesPerRack: number;
  standby: number;
  /** 1 for a node with a vote. */
  voter: Uint8Array;
  /** So many votes may be lost. */
  votesSpare: number;
  stopsWithoutQuorum: boolean;
  bmcUnavailable: number;
  bmcSharesPower: boolean;
  /** BMCs hang on the switches of their rack. */
  bmcSharesNetwork: boolean;
  storage:
    | {
        onNodes: boolean;
        rackOf: Int32Array;
        domainOf: Int32Array;
        domains: number;
        membersPerDomain: number;
        /** So many domains at once make data unavailable. */
        threshold: number;
        rebuild: Spread | undefined;
        /**
         * Placement groups that k whole domains would take with them; infinite from `threshold` on where their number
         * is not given.
         */
        hit: Float64Array;
      }
    | undefined;
  maintenance: {everySeconds: number; lasts: Spread; recovery: number} | undefined;
  operator: Spread;
  classes: readonly ModelClass[];
  recoveries: readonly Recovery[];
  /** Recovery of VMs that start again once what they waited for is back: quorum, data, the cluster, or room. */
  restart: number;
  /**
   * Simulated before each year and not counted, so that units that depend on each other meet as they usually do;
   * seconds.
   */
  warmUp: number;
  /** Seconds a year that the promise leaves. */
  budget: number;
}

/** Tables for the simulation. `recoveries` in the order of the topology's. `promise` is a share such as 0.9999. */
export function modelOf(topology: Topology, recoveries: readonly Recovery[], promise: number): Stat<Model> {
  const nodes = topology.racks.reduce((sum, rack) => sum + rack.nodes, 0);
  const index = (name: string | undefined) => recoveries.findIndex(one => one.name === name);
  const refused = unfit(topology, nodes, promise, name => index(name) >= 0);
  if (refused !== undefined) return refused;
  const {quorum, fencing, maintenance} = topology;
  const layout = layoutOf(topology);
  const classes = classesOf(topology, nodes, index);
  const votes = quorum.members + (quorum.witness ? 1 : 0);
  return answer({
    nodes,
    vms: topology.vms,
    racks: topology.racks.length,
    feeds: topology.feeds.length,
    ...layout,
    switchesPerRack: topology.switchesPerRack,
    standby: topology.standby,
    voter: votersOf(topology, nodes, layout.rackStart),
    votesSpare: votes - (Math.floor(votes / 2) + 1),
    stopsWithoutQuorum: quorum.onLoss === 'stop',
    bmcUnavailable: fencing.bmcUnavailable,
    bmcSharesPower: fencing.power === 'shared',
    bmcSharesNetwork: fencing.network === 'shared' && topology.switchesPerRack > 0,
    storage: storageOf(topology, nodes, layout.rackOf),
    maintenance: maintenance && {...maintenance, recovery: index(maintenance.recovery)},
    operator: topology.operator,
    classes,
    recoveries,
    restart: restartOf(classes, recoveries, topology.operator),
    warmUp: warmUpOf(topology, recoveries),
    budget: (1 - promise) * yearSeconds,
  });
}

/** Why there can be no model of it. */
function unfit(
  {standby, quorum, faults, maintenance}: Topology,
  nodes: number,
  promise: number,
  known: (recovery: string) => boolean,
): Stat<never> | undefined {
  const what = 'availability model';
  if (!(promise >= leastPromise && promise < 1)) {
    return refuse(what, `a promise from ${leastPromise} to below 1, e.g. 0.9999`, String(promise));
  }
  if (standby >= nodes) return refuse(what, `fewer standby nodes than the ${nodes} there are`, String(standby));
  if (quorum.members > nodes) return refuse(what, `at most ${nodes} voting nodes`, String(quorum.members));
  const lost = [...faults, ...(maintenance ? [maintenance] : [])].find(
    ({recovery}) => recovery !== undefined && !known(recovery),
  );
  return lost && refuse(what, `the recovery "${lost.recovery}"`, 'none of that name');
}

/** Which nodes and feeds belong to which rack. */
function layoutOf({racks}: Topology): Pick<Model, 'rackStart' | 'rackOf' | 'feedStart' | 'feedOf'> {
  const rackStart = new Int32Array(racks.length + 1);
  const feedStart = new Int32Array(racks.length + 1);
  for (const [r, rack] of racks.entries()) {
    rackStart[r + 1] = (rackStart[r] ?? 0) + rack.nodes;
    feedStart[r + 1] = (feedStart[r] ?? 0) + rack.feeds.length;
  }
  return {
    rackStart,
    rackOf: new Int32Array(racks.flatMap((rack, r) => Array.from({length: rack.nodes}, () => r))),
    feedStart,
    feedOf: new Int32Array(racks.flatMap(rack => [...rack.feeds])),
  };
}

function classesOf(
  {racks, feeds, switchesPerRack, storage, vms, faults}: Topology,
  nodes: number,
  recoveryNamed: (name: string | undefined) => number,
): ModelClass[] {
  const units: Record<Struck, number> = {
    node: nodes,
    rack: racks.length,
    feed: feeds.length,
    switch: racks.length * switchesPerRack,
    storage: storage?.servers ?? nodes,
    vm: vms,
    cluster: 1,
  };
  return faults.map(fault => ({
    name: fault.name,
    kind: strikes.indexOf(fault.strikes),
    units: units[fault.strikes],
    rate: fault.rate,
    repair: fault.repair,
    recovery: recoveryNamed(fault.recovery),
  }));
}

/**
 * Whether what took the nodes down took their BMCs with it: the power of the rack, or the switches that its BMCs hang
 * on.
 */
export function bmcUnreachable(model: Model, kind: number): boolean {
  const power = kind === kindOf.rack || kind === kindOf.feed;
  return (
    (power && (model.bmcSharesPower || model.bmcSharesNetwork)) || (kind === kindOf.switch && model.bmcSharesNetwork)
  );
}

/**
 * Starting again is taken to last as after a fault of a node; where none is stated, as the slowest recovery there is.
 * −1 without any.
 */
function restartOf(classes: readonly ModelClass[], recoveries: readonly Recovery[], operator: Spread): number {
  const ofNodes = classes.filter(one => one.kind === kindOf.node).map(one => one.recovery);
  const mean = (index: number) => {
    const one = recoveries[index];
    return one ? meanSilence(asMeasured(one), meanOf(operator)) : -1;
  };
  const slowest = (some: readonly number[]) => some.toSorted((a, b) => mean(b) - mean(a))[0] ?? -1;
  return slowest(ofNodes.length > 0 ? ofNodes : recoveries.map((_, index) => index));
}

/**
 * Repairs begin in equilibrium; what is left to settle is what units do to each other, and VMs that are down when the
 * year begins: eight times the longest mean, of which e⁻⁸ is left. Repairs beyond a month need no more than three
 * months, since they are drawn as they would be met.
 */
function warmUpOf(topology: Topology, recoveries: readonly Recovery[]): number {
  const repairs = [
    ...topology.faults.flatMap(fault => (fault.repair ? [meanOf(fault.repair)] : [])),
    ...(topology.storage?.rebuild ? [meanOf(topology.storage.rebuild)] : []),
    ...(topology.maintenance ? [meanOf(topology.maintenance.lasts)] : []),
  ];
  const silent =
    2 * meanOf(topology.operator) + Math.max(0, ...recoveries.flatMap(({waits}) => waits.map(({time}) => time)));
  const settled = Math.max(3600, 8 * silent, Math.min(yearSeconds / 4, 8 * Math.max(0, ...repairs)));
  return Math.min(settled, 8 * yearSeconds);
}

/** The voting nodes, dealt over the racks in turn. */
function votersOf(topology: Topology, nodes: number, rackStart: Int32Array): Uint8Array {
  const voter = new Uint8Array(nodes);
  let left = topology.quorum.members;
  for (let turn = 0; left > 0 && turn < nodes; turn++) {
    for (const [r, rack] of topology.racks.entries()) {
      if (turn >= rack.nodes || left === 0) continue;
      voter[(rackStart[r] ?? 0) + turn] = 1;
      left--;
    }
  }
  return voter;
}

function storageOf(topology: Topology, nodes: number, rackOf: Int32Array): Model['storage'] {
  const {storage} = topology;
  if (storage === undefined) return undefined;
  const members = storage.servers ?? nodes;
  const memberRack =
    storage.servers === undefined
      ? rackOf
      : Int32Array.from({length: members}, (_, member) => member % topology.racks.length);
  const byRack = storage.domain === 'rack';
  const domains = byRack ? topology.racks.length : members;
  const threshold = storage.replicas - storage.minimum + 1;
  const hit = new Float64Array(domains + 1);
  for (let k = threshold; k <= domains; k++) {
    if (storage.placementGroups === undefined) hit[k] = Number.POSITIVE_INFINITY;
    else {
      // Hypergeometric: a group has its replicas in `replicas` of the domains; at least `threshold` of them are among
      // k.
      let share = 0;
      for (let lost = threshold; lost <= Math.min(k, storage.replicas); lost++) {
        if (storage.replicas - lost > domains - k) continue;
        share += Math.exp(
          lnChoose(k, lost) + lnChoose(domains - k, storage.replicas - lost) - lnChoose(domains, storage.replicas),
        );
      }
      hit[k] = share * storage.placementGroups;
    }
  }
  return {
    onNodes: storage.servers === undefined,
    rackOf: memberRack,
    domainOf: byRack ? memberRack : Int32Array.from({length: members}, (_, member) => member),
    domains,
    membersPerDomain: members / domains,
    threshold,
    rebuild: storage.rebuild,
    hit,
  };
}
