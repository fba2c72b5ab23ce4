/**
 * What one file of fio, iperf3 or ping holds, in one shape for all three: what `inspect` prints, and what `judge` and
 * `compare` take their samples from.
 */

import type {Bins} from '../../harness/parse/bins.ts';
import type {ParseError} from '../../harness/types.ts';

export type Tool = 'fio' | 'iperf3' | 'ping';

/**
 * One direction of one job, stream sum or echo series, as the tool itself reports it. What it does not report is
 * absent, never 0. fio without group_reporting gives one record a job entry, so several may carry the same name.
 */
export interface FileRecord {
  /** fio: the job; iperf3: the protocol (`tcp`, `udp`); ping: the host. */
  name: string;
  /**
   * fio: `read`, `write`, `trim`, `mixed`, or `sync` (fsync and the like, which has latencies only); iperf3: `forward`,
   * `reverse`; ping: `echo`.
   */
  direction: string;
  /** fio in client mode: `hostname:port` of the server that ran it. */
  client?: string;
  /** fio: jobs of one group ran at the same time; the next group started when it had ended. Not printed. */
  group?: number;
  /**
   * fio: when it started, by the clock of its host or counted from the start of fio; tells who ran together. Not
   * printed.
   */
  startSeconds?: number;
  /** fio: why the directions of its job have no total: they ran one after the other. */
  apart?: string;
  /** fio's `rw` option, e.g. `randread`. */
  pattern?: string;
  protocol?: 'tcp' | 'udp' | 'sctp';
  /** fio: what the rates are taken from. */
  operations?: number;
  bytes?: number;
  opsPerSecond?: number;
  bytesPerSecond?: number;
  /** Received, not sent. */
  bitsPerSecond?: number;
  runtimeSeconds?: number;
  /** When it ran, where the tool says so. Not printed. */
  span?: Span;
  /**
   * fio: what its latencies are of; `total` from the intended issue on, where the job asked for it. Two kinds do not
   * add up.
   */
  latencyKind?: 'completion' | 'total' | 'sync';
  /** `min`, `mean`, `max`, `stddev`, and percentiles as `p50`, `p99`, `p99.9`; seconds. */
  latencySeconds?: Readonly<Record<string, number>>;
  /** Operations or answers behind the latencies. Not printed. */
  latencyCount?: number;
  /**
   * ping: each of `latencySeconds` but `stddev` is right to ± this, as it prints fewer digits the longer an answer
   * took.
   */
  latencyHalfWidthSeconds?: Readonly<Record<string, number>>;
  /**
   * ping: those of `latencySeconds` that are lower bounds only: requests that nobody answered would have made them
   * longer.
   */
  latencyAtLeast?: readonly string[];
  /** 0…1. */
  lostRatio?: number;
  jitterSeconds?: number;
  retransmits?: number;
  /** fio json+ only: merge these over records, then take percentiles. Not printed. */
  bins?: Bins;
  /** JSON pointer or line it was read at. */
  path: string;
}

/** Unix time by the clock of the machine that ran the tool. */
export interface Span {
  startMs: number;
  endMs: number;
}

export interface FileContents {
  file: string;
  tool?: Tool;
  version?: string;
  /** By the clock of the machine that ran the tool, Unix time; tells a second trial from a copy of the first. */
  startedAtMs?: number;
  /**
   * Stands for all that the tool printed, white space aside, where its figures are too few and too round to tell two
   * runs apart. Not printed.
   */
  measured?: string;
  records: readonly FileRecord[];
  /**
   * What was asked of the tool (fio's job and global options, iperf3's test parameters), for telling two sides apart.
   */
  settings: Readonly<Record<string, string>>;
  /** Sentences. */
  warnings: readonly string[];
  /** Why its numbers must not be judged, where that is so: it ended early, lost a client, or contradicts itself. */
  unfit?: string;
  /** Nothing could be read. */
  error?: Omit<ParseError, 'artefact'>;
}
