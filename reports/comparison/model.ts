/** What a comparison takes and what it says. */
import type {Estimate, Sample, Unit} from '../../harness/types.ts';
import type {Metric} from '../metrics.ts';
import type {Attribution} from './attribution.ts';
import type {Contrast} from './contrast.ts';
import type {SettingDifference, Setup} from './settings.ts';

/** One trial as it comes in: a file, or a trial of a run. */
export interface ComparedTrial extends Setup {
  /** The file, or the run it belongs to. */
  source: string;
  /**
   * Where it stands in the order in which all ran: when it began, or its slot. Where that is known of all trials, a
   * drift is told from a difference.
   */
  place?: number;
  /**
   * In pairs, trials of both sides with the same `pair` are held against each other; those of one side are one value.
   */
  pair: string;
  samples: readonly Sample[];
  /** Sentences. */
  warnings: readonly string[];
  /** Why its numbers must not count. It is listed and left out. */
  unfit?: string;
}

export interface SeriesNoise {
  metric: string;
  labels: Readonly<Record<string, string>>;
  noise?: number;
}

export interface SideBySideOptions {
  paired: boolean;
  /** 0…1, default 0.95. */
  confidence?: number;
  /** Smallest relative change worth a word, default 0.03. */
  threshold?: number;
  /** Relative A/A noise: one number, or as an A/A comparison measured it, by series. A change must be twice that. */
  noise?: number | readonly SeriesNoise[];
  /** Only these metrics; all without. */
  metrics?: readonly string[];
  /** What is known of the sides as a whole. */
  warnings?: readonly string[];
  /** Reasons, known beforehand, why "none is worse" must not be said. */
  reservations?: readonly string[];
}

export interface SideValues {
  /** One value a trial, in the order given. In pairs, values of the same index belong together. */
  values: readonly {trial: string; value: number}[];
  median: number;
  /** Order-statistic interval of the median; absent below 6 trials (at 95 %). */
  estimate?: Estimate;
  /** Indices of values that stand far out. They count all the same. */
  outliers: readonly number[];
}

export type ContrastVerdict = 'better' | 'worse' | 'no-difference-shown' | 'too-noisy';

export interface Row {
  metric: string;
  labels: Readonly<Record<string, string>>;
  unit: Unit;
  better: Metric['better'];
  before: SideValues;
  after: SideValues;
  scale: Contrast['scale'];
  effect: Estimate;
  p?: number;
  pHolm?: number;
  ranks?: Contrast['ranks'];
  verdict: ContrastVerdict;
  /** Trials a side that would show the smallest change worth a word. */
  trialsNeeded?: number;
  /** The smallest relative change worth a word, for this series. */
  threshold: number;
  /** What it is worth as an A/A control: the larger of the change it saw and half the half-width of its interval. */
  noise?: number;
  notes: readonly string[];
}

/** What was measured and cannot be compared. */
export interface Aside {
  metric: string;
  labels: Readonly<Record<string, string>>;
  before: number;
  after: number;
  reason: string;
}

export interface ListedTrial {
  name: string;
  source: string;
  /** Why it was left out. */
  unfit?: string;
}

export interface SideBySide {
  schema: 'seatrial-comparison/1';
  verdict: 'none-worse' | 'worse' | 'undecided';
  exitCode: 0 | 1 | 2;
  /** Why it is undecided, or what is unsure beside a `worse`. */
  reasons: readonly string[];
  paired: boolean;
  confidence: number;
  threshold: number;
  /** How many p values Holm corrects for. */
  tests: number;
  noise: 'not given' | 'given' | 'measured';
  before: readonly ListedTrial[];
  after: readonly ListedTrial[];
  settings: {between: readonly SettingDifference[]; within: readonly SettingDifference[]};
  /** Where what is worse comes from. */
  attribution?: Attribution;
  warnings: readonly string[];
  rows: readonly Row[];
  aside: readonly Aside[];
}
