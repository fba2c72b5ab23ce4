/**
 * The report as data: everything a renderer needs, in the order a reader wants it. Built by `build.ts`, drawn by
 * `render/`.
 */
import type {
  Claim,
  Estimate,
  Finding,
  Fingerprint,
  Improvement,
  ParseError,
  Plan,
  ReadBack,
  Reference,
  Resumption,
  RuleResult,
  RunHeader,
  Sample,
  Spent,
  Target,
  TrialStatus,
  Unit,
  Verdict,
  WindowForecast,
} from '../../harness/types.ts';

import type {Pool} from '../pool/pooled.ts';

export type Overall = 'met' | 'missed' | 'undecided' | 'aborted' | 'unhealed';

export interface TargetVerdict {
  target: Target;
  verdict: Verdict;
  /** The samples behind it, as indices into `Report.samples`. */
  samples: readonly number[];
}

/** One promise: the worst of its targets speaks for it. */
export interface ClaimVerdict {
  claim: Claim;
  kind: 'met' | 'missed' | 'undecided' | 'not-testable';
  reason: string;
  targets: readonly TargetVerdict[];
}

/** Before against after, one metric under one set of labels, paired by repetition. */
export interface Comparison {
  metric: string;
  labels: Readonly<Record<string, string>>;
  before: {profile: string; values: readonly number[]; median: number; estimate?: Estimate};
  after: {profile: string; values: readonly number[]; median: number; estimate?: Estimate};
  /** after ÷ before; absent where it cannot be computed (fewer than 2 pairs have no interval, and say so). */
  effect?: Estimate;
  /** Two-sided paired p value, and the same after Holm over all comparisons of this report. */
  p?: number;
  pHolm?: number;
  verdict: 'better' | 'worse' | 'no-difference-shown' | 'too-noisy';
  /** Trials a side that would show the smallest difference worth a word. */
  trialsNeeded?: number;
  note: string;
}

export interface TrialRow {
  slot: number;
  folder: string;
  scenario: string;
  profile: string;
  repetition: number;
  status: TrialStatus;
  reason: string;
  durationSeconds: number;
  /** What they went into, in order; absent in runs of before. */
  phases?: readonly Spent[];
  startedAt: string;
  readBack: readonly ReadBack[];
  findings: readonly Finding[];
  artefacts: readonly {name: string; bytes: number; sha256: string}[];
}

/** A published figure beside this run's own. */
export interface Published {
  reference: Reference;
  /** Of the last profile that measured it: the median over trials. */
  own: {profile: string; median: number; n: number; unit: Unit};
}

/** The rules of conformance as one trial found them. */
export interface Conformance {
  profile: string;
  trial: number;
  results: readonly RuleResult[];
}

/** What tuning is said to give, beside what it gave in this run. */
export interface Improved {
  documented: Improvement;
  measured: Comparison;
}

export interface Warning {
  subject: string;
  text: string;
  /** What would mend it. */
  todo: string;
}

export interface Report {
  schema: 'seatrial-report/1';
  overall: Overall;
  exitCode: 0 | 1 | 2 | 4;
  header: RunHeader;
  ended: {status: 'complete' | 'aborted' | 'unhealed'; at?: string; reason: string};
  plan: Pick<Plan, 'seed' | 'notApplicable'> & {planned: number};
  verdicts: readonly ClaimVerdict[];
  comparisons: readonly Comparison[];
  trials: readonly TrialRow[];
  /** How the run was gone on with, and what was interrupted and tried anew; absent where it went through. */
  resumed?: {times: readonly Resumption[]; interrupted: readonly TrialRow[]};
  /** Of a run that was told time: what was foreseen when it began. */
  foreseen?: WindowForecast;
  /** Of evidence of several runs: which, and which are not in it. */
  pool?: Pool;
  samples: readonly Sample[];
  findings: readonly (Finding & {trial: number})[];
  /** How the cluster is configured, by the last trial under each profile that judged it; empty where none did. */
  conformance: readonly Conformance[];
  /** What in the run is not as it was stored, or is there twice. Any of it forbids `met`. */
  damage: readonly ParseError[];
  warnings: readonly Warning[];
  /** Those of which this run has a figure of its own. */
  published: readonly Published[];
  /** Those of which this run has a before and after. */
  improvements: readonly Improved[];
  fingerprints: readonly Fingerprint[];
  /** Commands that changed something, and on how many hosts; absent where no audit file was kept. */
  audited?: {commands: number; hosts: number};
}
