import type {ParseError, Result} from '../types.ts';
import {type Bins, mergeBins, quantileFromBins} from './bins.ts';
import type {FioDirection, FioReport, FioWork} from './fio-report.ts';

/** What all jobs of all clients did together. */
export interface FioTotals {
  operations: number;
  bytes: number;
  /** All operations over the longest runtime, as fio's own sums (`group_reporting`, "All clients"). */
  iops: number;
  bytesPerSecond: number;
  /** Of the job that ran longest. */
  runtimeSeconds: number;
  /** Histograms added up; take percentiles from these. */
  bins: Bins;
  maxSeconds: number;
  /** Pointer to the direction of the only job; over several, a pattern with a star for their number. */
  path: string;
}

/**
 * Adds up the given directions over jobs and clients. Refused: jobs that ran one after the other (their rates do not
 * add up), a job without such work, a latency without histogram (not json+, or switched off), latencies of two kinds.
 */
export function fioTotals(
  report: FioReport,
  directions: readonly FioDirection[],
  artefact: string,
): Result<FioTotals, ParseError> {
  const refuse = (path: string, expected: string, found: string): Result<FioTotals, ParseError> => ({
    ok: false,
    error: {artefact, path, expected, found},
  });
  const works: FioWork[] = [];
  const bins: Bins[] = [];
  let maxSeconds = 0;
  for (const job of report.jobs) {
    if (directions.length > 1 && job.apart !== undefined) {
      return refuse(job.path, 'directions that ran at the same time', job.apart);
    }
    if (job.group !== 0) return refuse(`${job.path}/groupid`, 'jobs that ran at the same time', `group ${job.group}`);
    for (const direction of directions) {
      const work = job.work[direction];
      if (work === undefined) return refuse(`${job.path}/${direction}`, 'operations', 'none');
      const {latency} = work;
      if (latency?.bins === undefined) return refuse(`${work.path}/clat_ns/bins`, 'a histogram (json+)', 'none');
      const kind = works[0]?.latency?.kind ?? latency.kind;
      if (latency.kind !== kind) return refuse(latency.path, `a ${kind} latency, as of the other jobs`, latency.kind);
      works.push(work);
      bins.push(latency.bins);
      maxSeconds = Math.max(maxSeconds, latency.maxSeconds);
    }
  }
  const [first] = works;
  if (first === undefined) return refuse('', 'at least one job', 'none');
  const sum = (of: (work: FioWork) => number): number => works.reduce((all, work) => all + of(work), 0);
  const runtimeSeconds = Math.max(...works.map(work => work.runtimeSeconds));
  const [operations, bytes] = [sum(work => work.operations), sum(work => work.bytes)];
  const sides = directions.length === 1 ? directions[0] : `{${directions.join(',')}}`;
  return {
    ok: true,
    value: {
      operations,
      bytes,
      iops: works.length === 1 ? first.iops : operations / runtimeSeconds,
      bytesPerSecond: works.length === 1 ? first.bytesPerSecond : bytes / runtimeSeconds,
      runtimeSeconds,
      bins: mergeBins(bins),
      maxSeconds,
      path: works.length === 1 ? first.path : `${first.path.split('/').slice(0, 2).join('/')}/*/${sides}`,
    },
  };
}

/** A latency that a share of all I/Os stayed within. The true one lies in `seconds ± halfWidthSeconds`. */
export interface LatencyShare {
  seconds: number;
  halfWidthSeconds: number;
  /** It fell in fio's last bin: a lower bound. */
  saturated: boolean;
}

/** The percentile `p` (0…1) of all jobs together. Refused: no I/O, or histograms that do not add up. */
export function latencyWithin(totals: FioTotals, p: number, artefact: string): Result<LatencyShare, ParseError> {
  const quantile = quantileFromBins(totals.bins, p);
  if (!quantile.ok) {
    const {need, got} = quantile.error;
    return {ok: false, error: {artefact, path: totals.path, expected: need, found: got}};
  }
  const {value, halfWidth, saturated} = quantile.value;
  return {ok: true, value: {seconds: value / 1e9, halfWidthSeconds: halfWidth / 1e9, saturated: saturated === true}};
}
