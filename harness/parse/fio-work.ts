import {type Measured, measuredIn, readLatency} from './fio-latency.ts';
import type {FioWarning, FioWork} from './fio-report.ts';
import {fioVersions} from './fio-version.ts';
import {count, member, type Place, quantity} from './json-place.ts';

/** How operations, latencies and bytes of a job that went well hang together. */
export interface Blocks {
  /** Bytes of every I/O, where the job has one size for all. */
  bytes?: number;
  /** I/Os that may be counted on one side only: those in flight when the ramp ended. */
  inFlight: number;
}

/** What is known of all directions of a job. */
export type Asked = Pick<Measured, 'version' | 'ofTotal' | 'percentiles'>;

type Disagree = (key: string, expected: string, found: string) => void;

interface Figures {
  operations: number;
  bytes: number;
  runtimeMs: number;
  iops: number;
  bytesPerSecond: number;
  /** I/Os whose rest was an operation of its own. */
  short: number;
}

/** One direction of a job; nothing where it moved nothing. */
export function readWork(
  place: Place,
  blocks: Blocks | undefined,
  job: Asked,
  warnings: FioWarning[],
): FioWork | undefined {
  const {path} = place;
  const disagree: Disagree = (key, expected, found) => {
    warnings.push({kind: 'inconsistent', path: `${path}/${key}`, expected, found});
  };
  const figures = readFigures(place, job, disagree);
  const {operations, bytes, runtimeMs, iops, bytesPerSecond, short} = figures;
  // Too short for fio's millisecond clock: work without a rate.
  if (runtimeMs === 0) {
    checkNothing(place, figures, job, disagree);
    return undefined;
  }
  if (operations === 0) {
    disagree('total_ios', `operations in ${runtimeMs} ms`, '0');
    return undefined;
  }
  checkRates(figures, blocks, disagree);
  const work: FioWork = {operations, bytes, iops, bytesPerSecond, runtimeSeconds: runtimeMs / 1000, path};
  // The rest of a short I/O is an operation of its own, without a latency of its own.
  const measured = {count: operations - short, ...job};
  const latency = readLatency(place, blocks ? {...measured, inFlight: blocks.inFlight} : measured, warnings);
  if (latency !== undefined) work.latency = latency;
  return work;
}

function readFigures(place: Place, job: Asked, disagree: Disagree): Figures {
  const operations = count(member(place, 'total_ios'));
  const bytes = count(member(place, 'io_bytes'));
  const runtimeMs = count(member(place, 'runtime'));
  const iops = quantity(member(place, 'iops'));
  const printed = member(place, 'bw_bytes');
  // Before 3.2 fio prints only the KiB/s that follow from these.
  const bytesPerSecond =
    printed.value === undefined && job.version < fioVersions.bytesPerSecond ? flowOf(bytes, runtimeMs) : count(printed);
  const kib = count(member(place, 'io_kbytes'));
  if (kib !== Math.floor(bytes / 1024)) disagree('io_kbytes', `${Math.floor(bytes / 1024)}, from io_bytes`, `${kib}`);
  const kibPerSecond = count(member(place, 'bw'));
  if (kibPerSecond !== Math.floor(bytesPerSecond / 1024)) {
    disagree('bw', `${Math.floor(bytesPerSecond / 1024)}, from bw_bytes`, `${kibPerSecond}`);
  }
  const short = runtimeMs === 0 || operations === 0 ? 0 : count(member(place, 'short_ios'));
  return {operations, bytes, runtimeMs, iops, bytesPerSecond, short};
}

/** Bytes per second as fio rounds them. */
function flowOf(bytes: number, runtimeMs: number): number {
  return runtimeMs === 0 ? 0 : Number((BigInt(bytes) * 1000n) / BigInt(runtimeMs));
}

function checkNothing(place: Place, figures: Figures, {version}: Asked, disagree: Disagree): void {
  const {operations: total_ios, bytes: io_bytes, iops, bytesPerSecond: bw_bytes} = figures;
  for (const [key, value] of Object.entries({total_ios, io_bytes, iops, bw_bytes})) {
    if (value !== 0) disagree(key, '0 in a direction of runtime 0', `${value}`);
  }
  for (const key of ['clat_ns', 'lat_ns']) {
    const measured = measuredIn(member(place, key), version);
    if (measured !== 0) disagree(`${key}/N`, '0 in a direction of runtime 0', `${measured}`);
  }
}

function checkRates(figures: Figures, blocks: Blocks | undefined, disagree: Disagree): void {
  const {operations, bytes, runtimeMs, iops, bytesPerSecond, short} = figures;
  const rate = (operations * 1000) / runtimeMs;
  // Printed with six decimals.
  if (Math.abs(iops - rate) > 6e-7 + rate * 1e-12) disagree('iops', `${rate}, from total_ios and runtime`, `${iops}`);
  const flow = flowOf(bytes, runtimeMs);
  if (bytesPerSecond !== flow) disagree('bw_bytes', `${flow}, from io_bytes and runtime`, `${bytesPerSecond}`);
  if (blocks?.bytes === undefined || short !== 0) return;
  const expected = operations * blocks.bytes;
  if (Math.abs(bytes - expected) > blocks.inFlight * blocks.bytes) {
    disagree('io_bytes', `${expected}, of ${operations} blocks`, `${bytes}`);
  }
}
