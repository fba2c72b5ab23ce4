/**
 * A cluster as its owner describes it, read and checked: what there is, what fails how often (all assumptions), how it
 * recovers.
 */
import type {Spread} from './quantities.ts';

export type Struck = 'node' | 'rack' | 'feed' | 'switch' | 'storage' | 'vm' | 'cluster';

/** Something that is stated, not measured. Every output lists them all. */
export interface Assumption {
  subject: string;
  /** As written. */
  text: string;
  source: string;
}

export interface FaultRate {
  /** Faults a year of one unit. */
  perYear: number;
  /** Where it was counted: `faults` in `unitYears`. Then the rate is uncertain, and the intervals say so. */
  observed?: {faults: number; unitYears: number};
}

export interface FaultClass {
  name: string;
  strikes: Struck;
  rate: FaultRate;
  /** Until the unit serves again. A VM has none: it is back when it has recovered. */
  repair?: Spread;
  /** Name of a recovery: how long the VMs that were hit are silent. None for storage and for the whole cluster. */
  recovery?: string;
}

export interface Rack {
  name: string;
  nodes: number;
  /** Indices of feeds; the rack is dark when all of them are. */
  feeds: readonly number[];
}

export interface Topology {
  cluster: string;
  vms: number;
  feeds: readonly string[];
  racks: readonly Rack[];
  switchesPerRack: number;
  /** Nodes that may be down before VMs wait for a repair. */
  standby: number;
  quorum: {members: number; witness: boolean; onLoss: 'stop' | 'freeze'};
  fencing: {
    /** Chance that a node's BMC does not answer when it is needed, 0…1. */
    bmcUnavailable: number;
    /** `shared`: the BMC dies with its rack's power, and the fence cannot be confirmed. */
    power: 'shared' | 'separate';
    /** `shared`: the BMC hangs on its rack's switches, and cannot be reached when they or their power fail. */
    network: 'shared' | 'separate';
  };
  storage?: {
    replicas: number;
    /** Replicas that must be there for data to be served. */
    minimum: number;
    /** Storage servers apart from the nodes; absent: the nodes hold the data. */
    servers?: number;
    domain: 'host' | 'rack';
    /** Until the lost replicas are made anew elsewhere; absent: only repair brings them back. */
    rebuild?: Spread;
    /** Absent: any so many domains at once are taken to hold all replicas of something. */
    placementGroups?: number;
  };
  maintenance?: {everySeconds: number; lasts: Spread; recovery: string};
  operator: Spread;
  faults: readonly FaultClass[];
  /** Names of the recoveries, in order; what is behind them is in `Recovered`. */
  recoveries: readonly RecoverySource[];
  assumptions: readonly Assumption[];
}

export type RecoverySource = {name: string} & (
  | {kind: 'measured'; metric: string; where: Readonly<Record<string, string>>}
  | {kind: 'literal'; waits: readonly {time: number; ended: boolean}[]; source: string}
);
