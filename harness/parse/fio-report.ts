/** What `parseFio` gives. */
import type {Bins} from './bins.ts';

export type FioDirection = 'read' | 'write' | 'trim' | 'mixed';
export const fioDirections: readonly FioDirection[] = ['read', 'write', 'trim', 'mixed'];

export interface FioPercentile {
  /** 0…100. */
  percentile: number;
  seconds: number;
}

/**
 * A latency distribution. `completion`: from submission to completion (fio's clat); `total`: from the intended issue
 * (lat), used where the job asked for it (`lat_percentiles`) or switched clat off; `sync`: of an fsync, fdatasync or
 * the like.
 */
export interface FioLatency {
  kind: 'completion' | 'total' | 'sync';
  /** I/Os measured; never 0. */
  count: number;
  minSeconds: number;
  meanSeconds: number;
  maxSeconds: number;
  stddevSeconds: number;
  /** Only from json+. Merge these over jobs, then take percentiles; never average percentiles. */
  bins?: Bins;
  /** fio's own table, ascending; empty where the job switched it off. */
  percentiles: readonly FioPercentile[];
  path: string;
}

/** One direction of one job that moved something; a direction without I/O is absent. */
export interface FioWork {
  operations: number;
  bytes: number;
  iops: number;
  bytesPerSecond: number;
  /** fio's own clock for this direction, not the sum over threads. */
  runtimeSeconds: number;
  latency?: FioLatency;
  path: string;
}

export interface FioJob {
  name: string;
  /** `hostname:port` of the server, in client mode. */
  client?: string;
  /**
   * Jobs of one group ran at the same time; the next group started when it had ended, unless it was made by
   * `new_group`.
   */
  group: number;
  /** errno; 0 is none. */
  error: number;
  /** The `rw` option, such as `randread`; absent where the figures show that it is not of this job, or not used. */
  pattern?: string;
  /**
   * The entry sums up several sections under `group_reporting`: its options are of the last, and say nothing about the
   * others.
   */
  ofSeveral?: true;
  /** Why its directions ran one after the other, where they did: then they have no total. */
  apart?: string;
  /**
   * When it started, to tell jobs that ran together from others: by the host's clock (Unix time, from 3.36 on; not in
   * client mode), else counted from the start of fio (`startdelay`).
   */
  startSeconds?: number;
  work: Partial<Record<FioDirection, FioWork>>;
  /** fsync and the like, from 3.4 on: fio says how long each took and how many there were, not over which time. */
  sync?: FioLatency;
  /** Whether fio's steady-state criterion was met, where one was asked for. */
  steadyState?: {attained: boolean; criterion: string};
  path: string;
}

/**
 * `job-error`: a job ended with an errno. `exit`: the exit code says otherwise than the JSON. `short`: it ran shorter
 * than asked. `interrupted`: by a signal. `vanished`: a client is missing. `idle`: a job without error moved nothing.
 * `saturated`: a latency beyond fio's last bin (17.1 s), a lower bound. `inconsistent`: two figures that must agree do
 * not. `damaged`: not all of the text is whole. Of remarks: `limit`: a job ended before its time limit, its amount
 * done. `several`: an entry sums up several sections. `unequal`: jobs of one name ran for unlike times.
 */
export type FioWarningKind =
  | 'job-error'
  | 'exit'
  | 'short'
  | 'interrupted'
  | 'vanished'
  | 'idle'
  | 'saturated'
  | 'inconsistent'
  | 'damaged'
  | 'limit'
  | 'several'
  | 'unequal';

export interface FioWarning {
  kind: FioWarningKind;
  path: string;
  expected: string;
  found: string;
}

export interface FioReport {
  version: string;
  /** Every job of every client; the "All clients" entry, which repeats them, is left out. */
  jobs: readonly FioJob[];
  /** The distinct `hostname:port`, sorted; empty outside client mode. */
  clients: readonly string[];
  /** What fio said around its JSON. */
  notes: readonly string[];
  warnings: readonly FioWarning[];
  /** Worth a word, but they forbid nothing. */
  remarks: readonly FioWarning[];
}

export interface FioContext {
  exitCode?: number;
  /** What each job was asked for; without it, the job's own `runtime` option counts. */
  requestedRuntimeSeconds?: number;
  /** How many servers the load was sent to. */
  clients?: number;
}
