import type {ParseError, Result} from '../../harness/types.ts';
import {type Bins, binHalfWidth, lastBinNs, quantileFromBins} from '../stats/bins.ts';
import {
  count,
  describe,
  isObject,
  items,
  member,
  object,
  type Place,
  quantity,
  reading,
  text,
  Unexpected,
} from './json-place.ts';
import {CountTable, type JsonScan, scanJson} from './json-scan.ts';

export type FioDirection = 'read' | 'write' | 'trim' | 'mixed';
export const fioDirections: readonly FioDirection[] = ['read', 'write', 'trim', 'mixed'];

export interface FioPercentile {
  /** 0…100. */
  percentile: number;
  seconds: number;
}

/**
 * A latency distribution. `completion`: from submission to completion (fio's clat); `total`: from the intended issue (lat),
 * used where the job asked for it (`lat_percentiles`) or switched clat off.
 */
export interface FioLatency {
  kind: 'completion' | 'total';
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
  /** Jobs of one group ran at the same time; the next group started when it had ended. */
  group: number;
  /** errno; 0 is none. */
  error: number;
  work: Partial<Record<FioDirection, FioWork>>;
  /** Whether fio's steady-state criterion was met, where one was asked for. */
  steadyState?: {attained: boolean; criterion: string};
  path: string;
}

/**
 * `job-error`: a job ended with an errno. `exit`: the exit code says otherwise than the JSON. `short`: it ran shorter than asked.
 * `interrupted`: by a signal. `vanished`: a client is missing. `idle`: a job without error moved nothing. `saturated`: a latency
 * beyond fio's last bin (17.1 s), a lower bound. `inconsistent`: two figures that must agree do not. `damaged`: not all of the text
 * is whole.
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
  | 'damaged';

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
}

export interface FioContext {
  exitCode?: number;
  /** What each job was asked for; without it, the job's own `runtime` option counts. */
  requestedRuntimeSeconds?: number;
  /** How many servers the load was sent to. */
  clients?: number;
}

/** A job that ran for less than this share of what was asked is short. */
const longEnough = 0.99;
const nanosecondsPerSecond = 1e9;

/**
 * Reads what `fio --output-format=json` or `json+` printed (3.33 to 3.42 seen), also in client mode, between other lines, or several
 * cumulative documents (`--status-interval`: the last one counts). Paths are JSON pointers into that last document.
 * An error where there is no whole document, or it lacks what every fio prints. A value may carry warnings: with any but `saturated`
 * its numbers must not be judged. Every figure is held against another that must agree with it; damage that stays within the resolution
 * of that check (minimum, maximum, mean and deviation within one histogram bin; without json+ only their order) goes unseen.
 */
export function parseFio(output: string, artefact: string, context: FioContext = {}): Result<FioReport, ParseError> {
  return readFio(scanJson(output), artefact, context);
}

/** The same of a text that was scanned already. */
export function readFio(scan: JsonScan, artefact: string, context: FioContext = {}): Result<FioReport, ParseError> {
  const last = scan.documents.at(-1);
  if (last === undefined) {
    const broken = scan.damage[0];
    if (broken !== undefined) {
      const {line, expected, found} = broken;
      return {ok: false, error: {artefact, path: `line ${line}`, expected, found}};
    }
    const said = scan.outside.at(-1);
    const found = said === undefined ? 'no text' : JSON.stringify(said.slice(0, 200));
    return {ok: false, error: {artefact, path: 'line 1', expected: 'a JSON document of fio', found}};
  }
  return reading(artefact, () => {
    const warnings: FioWarning[] = scan.damage.map(({line, expected, found}) => ({
      kind: 'damaged',
      path: `line ${line}`,
      expected,
      found,
    }));
    // fio repeats its global options once a client; a repeated key anywhere else hides a value.
    for (const path of last.repeated) {
      if (path.startsWith('/global options/')) continue;
      warnings.push({kind: 'inconsistent', path, expected: 'each key once', found: 'the key again'});
    }
    const root: Place = {value: last.value, path: ''};
    const clientMode = last.value.has('client_stats');
    const entries = items(member(root, clientMode ? 'client_stats' : 'jobs'));
    const own = entries.filter(entry => member(entry, 'jobname').value !== 'All clients');
    const jobs = own.map(entry => readJob(entry, root, clientMode, warnings));
    if (jobs.length === 0) {
      throw new Unexpected(clientMode ? '/client_stats' : '/jobs', 'at least one job', 'none');
    }
    const clients = [...new Set(jobs.flatMap(job => job.client ?? []))].sort();
    if (clientMode) {
      const sums = entries.filter(entry => !own.includes(entry));
      warnings.push(...checkClients(jobs, clients, sums, root, context));
    }
    warnings.push(...checkGroups(jobs));
    warnings.push(...checkRuntime(jobs, own, root, context));
    warnings.push(...checkEnd(jobs, scan.outside, context));
    return {
      version: text(member(root, 'fio version')),
      jobs,
      clients,
      notes: scan.outside.filter(line => /^(?:note|fio|warning|<)/i.test(line)).slice(0, 50),
      warnings,
    };
  });
}

function readJob(entry: Place, root: Place, clientMode: boolean, warnings: FioWarning[]): FioJob {
  object(entry);
  const name = text(member(entry, 'jobname'));
  const error = count(member(entry, 'error'));
  const path = entry.path;
  if (error !== 0) warnings.push({kind: 'job-error', path: `${path}/error`, expected: '0', found: `errno ${error}`});
  if (!isObject(member(entry, 'job options').value)) {
    warnings.push({kind: 'inconsistent', path, expected: 'the options of the job', found: 'none'});
  }
  const mixed = member(entry, 'mixed').value !== undefined;
  const wanted: readonly FioDirection[] = mixed ? ['mixed'] : ['read', 'write', 'trim'];
  const work: Partial<Record<FioDirection, FioWork>> = {};
  const blocks = error === 0 ? blocksOf(entry, root) : undefined;
  for (const direction of wanted) {
    const one = readWork(object(member(entry, direction)), blocks, warnings);
    if (one !== undefined) work[direction] = one;
  }
  if (error === 0 && Object.keys(work).length === 0) {
    warnings.push({kind: 'idle', path, expected: 'some I/O', found: 'none'});
  }
  const steady = member(entry, 'steadystate');
  const job: FioJob = {name, group: count(member(entry, 'groupid')), error, work, path};
  if (clientMode) job.client = `${text(member(entry, 'hostname'))}:${count(member(entry, 'port'))}`;
  if (steady.value !== undefined) {
    const attained = count(member(object(steady), 'attained')) === 1;
    job.steadyState = {attained, criterion: text(member(steady, 'criterion'))};
  }
  return job;
}

/** How operations, latencies and bytes of a job that went well hang together. */
interface Blocks {
  /** Bytes of every I/O, where the job has one size for all. */
  bytes?: number;
  /** I/Os that may be counted on one side only: those in flight when the ramp ended. */
  inFlight: number;
}

function readWork(place: Place, blocks: Blocks | undefined, warnings: FioWarning[]): FioWork | undefined {
  const {path} = place;
  const operations = count(member(place, 'total_ios'));
  const bytes = count(member(place, 'io_bytes'));
  const runtimeMs = count(member(place, 'runtime'));
  const iops = quantity(member(place, 'iops'));
  const bytesPerSecond = count(member(place, 'bw_bytes'));
  const disagree = (key: string, expected: string, found: string): void => {
    warnings.push({kind: 'inconsistent', path: `${path}/${key}`, expected, found});
  };
  const kib = count(member(place, 'io_kbytes'));
  if (kib !== Math.floor(bytes / 1024)) disagree('io_kbytes', `${Math.floor(bytes / 1024)}, from io_bytes`, `${kib}`);
  const kibPerSecond = count(member(place, 'bw'));
  if (kibPerSecond !== Math.floor(bytesPerSecond / 1024)) {
    disagree('bw', `${Math.floor(bytesPerSecond / 1024)}, from bw_bytes`, `${kibPerSecond}`);
  }
  // Too short for fio's millisecond clock: work without a rate.
  if (runtimeMs === 0) {
    for (const [key, value] of Object.entries({
      total_ios: operations,
      io_bytes: bytes,
      iops,
      bw_bytes: bytesPerSecond,
    })) {
      if (value !== 0) disagree(key, '0 in a direction of runtime 0', `${value}`);
    }
    for (const key of ['clat_ns', 'lat_ns']) {
      const measured = count(member(object(member(place, key)), 'N'));
      if (measured !== 0) disagree(`${key}/N`, '0 in a direction of runtime 0', `${measured}`);
    }
    return undefined;
  }
  if (operations === 0) {
    disagree('total_ios', `operations in ${runtimeMs} ms`, '0');
    return undefined;
  }
  const rate = (operations * 1000) / runtimeMs;
  // Printed with six decimals.
  if (Math.abs(iops - rate) > 6e-7 + rate * 1e-12) disagree('iops', `${rate}, from total_ios and runtime`, `${iops}`);
  const flow = Number((BigInt(bytes) * 1000n) / BigInt(runtimeMs));
  if (bytesPerSecond !== flow) disagree('bw_bytes', `${flow}, from io_bytes and runtime`, `${bytesPerSecond}`);
  const short = count(member(place, 'short_ios'));
  if (blocks?.bytes !== undefined && short === 0) {
    const expected = operations * blocks.bytes;
    if (Math.abs(bytes - expected) > blocks.inFlight * blocks.bytes) {
      disagree('io_bytes', `${expected}, of ${operations} blocks`, `${bytes}`);
    }
  }
  const work: FioWork = {operations, bytes, iops, bytesPerSecond, runtimeSeconds: runtimeMs / 1000, path};
  // The rest of a short I/O is an operation of its own, without a latency of its own.
  const measured = blocks === undefined ? undefined : {count: operations - short, inFlight: blocks.inFlight};
  const latency = readLatency(place, measured, warnings);
  if (latency !== undefined) work.latency = latency;
  return work;
}

/** The distribution that carries bins or percentiles; else completion; else total. */
function readLatency(
  place: Place,
  measured: {count: number; inFlight: number} | undefined,
  warnings: FioWarning[],
): FioLatency | undefined {
  const both = (['completion', 'total'] as const).flatMap(kind => {
    const one = readDistribution(object(member(place, kind === 'completion' ? 'clat_ns' : 'lat_ns')), kind, warnings);
    return one === undefined ? [] : [one];
  });
  for (const one of both) {
    if (measured === undefined || Math.abs(one.count - measured.count) <= measured.inFlight) continue;
    const expected = `${measured.count}, as total_ios`;
    warnings.push({kind: 'inconsistent', path: `${one.path}/N`, expected, found: `${one.count}`});
  }
  return both.find(one => one.bins !== undefined || one.percentiles.length > 0) ?? both[0];
}

const distributionKeys = new Set(['min', 'max', 'mean', 'stddev', 'N', 'percentile', 'bins']);

function readDistribution(place: Place, kind: FioLatency['kind'], warnings: FioWarning[]): FioLatency | undefined {
  const {path} = place;
  for (const key of object(place).value.keys()) {
    if (distributionKeys.has(key)) continue;
    warnings.push({kind: 'inconsistent', path, expected: [...distributionKeys].join(', '), found: key});
  }
  const operations = count(member(place, 'N'));
  const min = count(member(place, 'min'));
  const max = count(member(place, 'max'));
  const mean = quantity(member(place, 'mean'));
  const stddev = quantity(member(place, 'stddev'));
  if (operations === 0) {
    if (min + max + mean + stddev > 0) {
      warnings.push({kind: 'inconsistent', path, expected: 'zeros where N is 0', found: `${min}, ${max}, ${mean}`});
    }
    return undefined;
  }
  const disagree = (key: string, expected: string, found: string): void => {
    warnings.push({kind: 'inconsistent', path: `${path}/${key}`, expected, found});
  };
  if (!(min <= mean && mean <= max)) disagree('mean', `from ${min} to ${max}`, `${mean}`);
  if (stddev > max - min) disagree('stddev', `at most ${max - min}`, `${stddev}`);
  const latency: FioLatency = {
    kind,
    count: operations,
    minSeconds: min / nanosecondsPerSecond,
    meanSeconds: mean / nanosecondsPerSecond,
    maxSeconds: max / nanosecondsPerSecond,
    stddevSeconds: stddev / nanosecondsPerSecond,
    percentiles: [],
    path,
  };
  const table = readTable(member(place, 'percentile'));
  checkTable(table, min, max, disagree);
  latency.percentiles = table.map(([percentile, ns]) => ({percentile, seconds: ns / nanosecondsPerSecond}));
  const bins = readBins(member(place, 'bins'), disagree);
  if (bins !== undefined) {
    latency.bins = bins;
    checkBins(bins, {operations, min, max, mean, stddev}, disagree);
    checkPercentiles(table, bins, operations, disagree);
  }
  if (max >= lastBinNs) {
    warnings.push({kind: 'saturated', path: `${path}/max`, expected: 'at most 17.1 s', found: `${max} ns`});
  }
  return latency;
}

type Table = readonly (readonly [percentile: number, ns: number])[];
type Disagree = (key: string, expected: string, found: string) => void;

function readTable(place: Place): Table {
  if (place.value === undefined) return [];
  return [...object(place).value.keys()].map(key => {
    const percentile = Number(key);
    if (!/^\d+\.\d{6}$/.test(key) || percentile > 100) {
      throw new Unexpected(place.path, 'percentiles from 0.000000 to 100.000000', key);
    }
    return [percentile, count(member(place, key))] as const;
  });
}

function checkTable(table: Table, min: number, max: number, disagree: Disagree): void {
  table.forEach(([percentile, ns], index) => {
    const key = `percentile/${percentile.toFixed(6)}`;
    const before = table[index - 1];
    if (before !== undefined && !(before[0] < percentile && before[1] <= ns)) {
      disagree(key, 'percentiles that ascend', `${ns} after ${before[1]}`);
    }
    // Values are midpoints of bins: the extremes lie in the same bin or beyond.
    const slack = binHalfWidth(ns);
    if (ns + slack < min || (ns - slack > max && ns < lastBinNs)) disagree(key, `from ${min} to ${max}`, `${ns}`);
  });
}

function readBins(place: Place, disagree: Disagree): Bins | undefined {
  if (place.value === undefined) return undefined;
  const bins = place.value instanceof CountTable ? place.value.entries : binsOf(place, disagree);
  for (const bin of bins) {
    if (isMidpoint(bin[0])) continue;
    throw new Unexpected(place.path, 'keys that are midpoints of fio bins', `${bin[0]}`);
  }
  return bins;
}

/** From an object that is no table: empty, out of order, or with members that are no counts. */
function binsOf(place: Place, disagree: Disagree): Bins {
  let before = -1;
  return [...object(place).value.keys()].map(key => {
    const ns = Number(key);
    if (!/^\d+$/.test(key)) throw new Unexpected(place.path, 'keys that are midpoints of fio bins', key);
    if (ns <= before) disagree('bins', 'keys that ascend', `${ns} after ${before}`);
    before = ns;
    return [ns, count(member(place, key))] as const;
  });
}

/** Whether fio has a bin with this midpoint: exact below 128 ns, then 64 bins an octave. */
function isMidpoint(ns: number): boolean {
  if (ns < 128) return true;
  const half = binHalfWidth(ns);
  // The width is a power of two: the last bits of a midpoint are half of it.
  return ns <= lastBinNs && (ns & (2 * half - 1)) === half;
}

interface Moments {
  operations: number;
  min: number;
  max: number;
  mean: number;
  stddev: number;
}

/** The bins know the total exactly and the other moments to half a bin. */
function checkBins(bins: Bins, {operations, min, max, mean, stddev}: Moments, disagree: Disagree): void {
  let first = -1;
  let last = -1;
  let total = 0;
  let sum = 0;
  let slack = 0;
  let slackSquares = 0;
  for (const bin of bins) {
    const ns = bin[0];
    const inBin = bin[1];
    if (inBin === 0) continue;
    if (first === -1) first = ns;
    last = ns;
    const half = binHalfWidth(ns);
    total += inBin;
    sum += ns * inBin;
    slack += half * inBin;
    slackSquares += half * half * inBin;
  }
  if (total !== operations) {
    disagree('bins', `${operations} I/Os`, `${total}`);
    return;
  }
  if (Math.abs(first - min) > binHalfWidth(first)) disagree('min', `near ${first}, the first bin`, `${min}`);
  if (last >= lastBinNs) return;
  if (Math.abs(last - max) > binHalfWidth(last)) disagree('max', `near ${last}, the last bin`, `${max}`);
  const binMean = sum / total;
  if (Math.abs(binMean - mean) > slack / total + 1) disagree('mean', `near ${binMean}, from the bins`, `${mean}`);
  let binSquares = 0;
  for (const bin of bins) binSquares += (bin[0] - binMean) ** 2 * bin[1];
  const binStddev = Math.sqrt(binSquares / Math.max(1, total - 1));
  const allowed = 1.01 * Math.sqrt(slackSquares / Math.max(1, total - 1)) + 1;
  if (Math.abs(binStddev - stddev) > allowed) disagree('stddev', `near ${binStddev}, from the bins`, `${stddev}`);
}

/** A percentile that falls exactly between two bins may be either: that depends on the precision of the machine fio ran on. */
const hair = 2e-12;

function checkPercentiles(table: Table, bins: Bins, total: number, disagree: Disagree): void {
  let index = -1;
  let cumulative = 0;
  let reached = 0;
  for (const [percentile, ns] of table) {
    for (; index + 1 < bins.length; index += 1) {
      const next = bins[index + 1];
      if (next === undefined || next[0] > ns) break;
      cumulative = reached;
      reached += next[1];
    }
    const wanted = (percentile / 100) * total;
    if (bins[index]?.[0] === ns && cumulative < wanted * (1 + hair) && reached >= wanted * (1 - hair)) continue;
    const own = quantileFromBins(bins, percentile / 100);
    const expected = own.ok ? `${own.value.value}` : 'none';
    disagree(`percentile/${percentile.toFixed(6)}`, `${expected}, from the bins`, `${ns}`);
  }
}

/** An option of the job, else of the document's global options (3.42 prints a list of them, one a client). */
function option(entry: Place, root: Place, key: string): string | undefined {
  const own = member(member(entry, 'job options'), key).value;
  if (typeof own === 'string') return own;
  const globals = member(root, 'global options');
  const global = Array.isArray(globals.value) ? items(globals)[0] : globals;
  const value = global === undefined ? undefined : member(global, key).value;
  return typeof value === 'string' ? value : undefined;
}

function blocksOf(entry: Place, root: Place): Blocks {
  const ramp = secondsOf(option(entry, root, 'ramp_time') ?? '0');
  const [depth, jobs] = ['iodepth', 'numjobs'].map(key => Number(option(entry, root, key) ?? '1'));
  // Submitted before and completed after the end of the ramp, and the other way round.
  const inFlight = ramp === 0 || depth === undefined || jobs === undefined ? 0 : 2 * depth * jobs;
  const varies = ['bssplit', 'bsrange', 'kb_base', 'blocksize_range'].some(
    key => option(entry, root, key) !== undefined,
  );
  const bytes = varies ? undefined : bytesOf(option(entry, root, 'bs') ?? '');
  return bytes === undefined ? {inFlight} : {bytes, inFlight};
}

function bytesOf(size: string): number | undefined {
  const parts = /^(\d+)([kmgt]?)(?:i?b)?$/i.exec(size);
  const digits = parts?.[1];
  if (parts === null || digits === undefined) return undefined;
  return Number(digits) * 1024 ** ' kmgt'.indexOf((parts[2] ?? '').toLowerCase() || ' ');
}

function secondsOf(time: string): number | undefined {
  const parts = /^(\d+)(us|ms|s|m|h|d)?$/.exec(time);
  const scale = {us: 1e-6, ms: 1e-3, s: 1, m: 60, h: 3600, d: 86400}[parts?.[2] ?? 's'];
  return parts?.[1] === undefined || scale === undefined ? undefined : Number(parts[1]) * scale;
}

function checkRuntime(
  jobs: readonly FioJob[],
  entries: readonly Place[],
  root: Place,
  context: FioContext,
): FioWarning[] {
  return jobs.flatMap((job, index) => {
    const entry = entries[index];
    const work = Object.values(job.work);
    if (entry === undefined || work.length === 0 || job.steadyState?.attained === true) return [];
    const runtime = Math.max(...work.map(one => one.runtimeSeconds));
    const asked = context.requestedRuntimeSeconds ?? ownRuntime(entry, root, work);
    if (asked === undefined || runtime >= asked * longEnough) return [];
    return [{kind: 'short' as const, path: job.path, expected: `${asked} s of runtime`, found: `${runtime} s`}];
  });
}

/** The runtime that the job's options ask for, unless it ended because all of its size was done. */
function ownRuntime(entry: Place, root: Place, work: readonly FioWork[]): number | undefined {
  const size = bytesOf(option(entry, root, 'size') ?? '');
  const bytes = work.reduce((sum, one) => sum + one.bytes, 0);
  if (option(entry, root, 'time_based') === undefined && size !== undefined && bytes >= size) return undefined;
  return secondsOf(option(entry, root, 'runtime') ?? '');
}

/** fio counts groups from 0, in the order of the jobs. */
function checkGroups(jobs: readonly FioJob[]): FioWarning[] {
  const reached = new Map<string, number>();
  return jobs.flatMap(job => {
    const before = reached.get(job.client ?? '') ?? -1;
    reached.set(job.client ?? '', job.group);
    if (job.group === before + 1 || (job.group === before && before >= 0)) return [];
    const expected = before < 0 ? '0' : `${before} or ${before + 1}`;
    return [{kind: 'inconsistent' as const, path: `${job.path}/groupid`, expected, found: `${job.group}`}];
  });
}

function checkEnd(jobs: readonly FioJob[], outside: readonly string[], context: FioContext): FioWarning[] {
  const found: FioWarning[] = [];
  const signal = outside.find(line => line.includes('terminating on signal'));
  if (signal !== undefined)
    found.push({kind: 'interrupted', path: 'line 1', expected: 'no signal', found: signal.trim()});
  const failed = jobs.some(job => job.error !== 0);
  const {exitCode} = context;
  if (exitCode !== undefined && (exitCode !== 0) !== failed) {
    const expected = failed ? 'a failure, as a job reports an error' : '0, as no job reports an error';
    found.push({kind: 'exit', path: 'exit code', expected, found: `${exitCode}`});
  }
  return found;
}

function checkClients(
  jobs: readonly FioJob[],
  clients: readonly string[],
  sums: readonly Place[],
  root: Place,
  context: FioContext,
): FioWarning[] {
  const found: FioWarning[] = [];
  const wanted = context.clients;
  if (wanted !== undefined && clients.length !== wanted) {
    const answer = `${clients.length}: ${clients.join(', ')}`;
    found.push({kind: 'vanished', path: '/client_stats', expected: `${wanted} clients`, found: answer});
  }
  // fio adds one "All clients" entry from two clients on: it counts what we read.
  if (clients.length > 1 && sums.length !== 1) {
    found.push({
      kind: 'inconsistent',
      path: '/client_stats',
      expected: 'one sum of all clients',
      found: `${sums.length}`,
    });
  }
  for (const sum of sums) {
    for (const direction of fioDirections) {
      const place = member(member(sum, direction), 'total_ios');
      if (place.value === undefined) continue;
      const operations = jobs.reduce((all, job) => all + (job.work[direction]?.operations ?? 0), 0);
      if (place.value === operations) continue;
      const expected = `${operations}, the sum over ${clients.length} clients`;
      found.push({kind: 'vanished', path: place.path, expected, found: describe(place.value)});
    }
  }
  const disks = member(root, 'disk_util');
  if (Array.isArray(disks.value)) {
    for (const disk of items(disks)) {
      const host = member(disk, 'hostname').value;
      if (host === undefined) continue;
      const client = `${describe(host).replaceAll('"', '')}:${describe(member(disk, 'port').value)}`;
      if (clients.includes(client)) continue;
      found.push({kind: 'vanished', path: disk.path, expected: `a job of ${client}`, found: 'none'});
    }
  }
  return found;
}
