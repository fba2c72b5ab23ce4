/** What `seatrial availability` says, as data: the formats draw it, JSON prints it. */
import type {Estimate, RunHeader, Unit, Verdict} from '../../harness/types.ts';
import type {Needed} from './needed.ts';
import type {Assumption} from './topology.ts';

/** One run whose recoveries were used. */
export interface Source {
  run: string;
  cluster: string;
  startedAt: string;
  hardware: RunHeader['hardware'];
}

export interface Contribution {
  cause: string;
  way: string;
  /** Per VM and year. */
  seconds: number;
  share: number;
}

export interface Sensitivity {
  subject: string;
  /** Downtime per VM and year with this one halved and doubled, the others left; seconds. */
  halved: number;
  doubled: number;
}

/**
 * Share of years that keep the promise. `asMeasured` takes the measured recoveries as the whole truth; `possible`
 * everything they leave possible.
 */
export interface Chance {
  of: string;
  asMeasured: Estimate;
  possible: Estimate;
}

export interface RecoveryFact {
  name: string;
  source: string;
  /** False for stated times. */
  measured: boolean;
  trials: number;
  waits: number;
  never: number;
  shortest: number;
  longest: number;
  /** Mean silence when the measured ones are all there is; the operator included. */
  mean: number;
}

export interface Assessment {
  schema: 'seatrial-availability/1';
  cluster: string;
  promise: number;
  confidence: number;
  /** Seconds a year that the promise leaves. */
  budget: number;
  verdict: Verdict;
  exitCode: 0 | 1 | 2;
  sources: readonly Source[];
  emulated: boolean;
  shared: boolean;
  availability: Estimate;
  /** Seconds a year, mean over VMs. */
  downtime: Estimate;
  states: readonly {name: string; downtime: Estimate; perYear?: number; unit: Unit}[];
  chances: readonly Chance[];
  contributions: readonly Contribution[];
  sensitivities: readonly Sensitivity[];
  needed: Needed;
  recoveries: readonly RecoveryFact[];
  assumptions: readonly Assumption[];
  notes: readonly string[];
  /** Why the verdict may not be `met`. */
  blockers: readonly string[];
  /** Years by a VM-weighted downtime of at most `upTo` seconds, as shares; cumulative. */
  distribution: readonly {
    upTo: number;
    asMeasured: number;
    possible: number;
    vmAsMeasured: number;
    vmPossible: number;
  }[];
  size: {nodes: number; vms: number; racks: number};
  simulation: {years: number; seed: number; blocks: number; faultEvents: number; effectiveYears: number};
}
