import type {ParseError, Result} from '../../harness/types.ts';
import type {Bins} from '../stats/bins.ts';
import {type Measured, measuredIn, percentilesAsked, readLatency} from './fio-latency.ts';
import {type FioVersion, fioVersionOf, fioVersions} from './fio-version.ts';
import {
  count,
  describe,
  isArray,
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
import {type JsonScan, scanJson} from './json-scan.ts';

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

/** What fio also prints, and is not read. */
const strangers: readonly {shape: RegExp; name: string}[] = [
  {shape: /^\d+;fio-\d/, name: "fio's terse output"},
  {shape: /: \(groupid=\d+, jobs=\d+\): err=/, name: "fio's output for people"},
  {shape: /^\d+, +\d+, +\d+, +\d+/, name: 'a log of fio (write_lat_log and the like)'},
];

/** A job that ran for less than this share of what was asked is short. */
const longEnough = 0.99;

/**
 * Reads what `fio --output-format=json` or `json+` printed (3.1 to 3.42), also in client mode, between other lines, or several
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
    const stranger = strangers.find(({shape}) => scan.outside.some(line => shape.test(line)));
    const error =
      stranger === undefined
        ? {expected: 'a JSON document of fio', found}
        : {
            expected: 'a JSON document of fio: run it with --output-format=json+',
            found: `${stranger.name}: ${JSON.stringify((scan.outside[0] ?? '').slice(0, 200))}`,
          };
    return {ok: false, error: {artefact, path: 'line 1', ...error}};
  }
  return reading(artefact, () => {
    const warnings: FioWarning[] = scan.damage.map(({line, expected, found}) => ({
      kind: 'damaged',
      path: `line ${line}`,
      expected,
      found,
    }));
    // fio repeats its global options once a client, and before 3.4 the empty places of its percentiles; a repeated key anywhere else hides a value.
    for (const path of last.repeated) {
      if (path.startsWith('/global options/') || path.endsWith('/percentile/0.00')) continue;
      warnings.push({kind: 'inconsistent', path, expected: 'each key once', found: 'the key again'});
    }
    const root: Place = {value: last.value, path: ''};
    const version = text(member(root, 'fio version'));
    const clientMode = last.value.has('client_stats');
    const entries = items(member(root, clientMode ? 'client_stats' : 'jobs'));
    const own = entries.filter(entry => !(clientMode && isSum(entry)));
    const document = {root, clientMode, version: fioVersionOf(version), warnings};
    const jobs = own.map(entry => readJob(entry, document));
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
      version,
      jobs,
      clients,
      notes: scan.outside.filter(line => /^(?:note|fio|warning|<)/i.test(line)).slice(0, 50),
      warnings,
    };
  });
}

/** The sum over all clients has no options; a job of that name has. */
function isSum(entry: Place): boolean {
  return member(entry, 'jobname').value === 'All clients' && member(entry, 'job options').value === undefined;
}

interface FioDocument {
  root: Place;
  clientMode: boolean;
  version: FioVersion;
  warnings: FioWarning[];
}

function readJob(entry: Place, {root, clientMode, version, warnings}: FioDocument): FioJob {
  object(entry);
  const name = text(member(entry, 'jobname'));
  const error = count(member(entry, 'error'));
  const path = entry.path;
  if (error !== 0) warnings.push({kind: 'job-error', path: `${path}/error`, expected: '0', found: `errno ${error}`});
  if (!isObject(member(entry, 'job options').value)) {
    warnings.push({kind: 'inconsistent', path, expected: 'the options of the job', found: 'none'});
  }
  const mixed = member(entry, 'mixed');
  // unified_rw_reporting=both (from 3.27) adds the sum of the directions to them.
  const both = mixed.value !== undefined && member(entry, 'read').value !== undefined;
  if (mixed.value !== undefined && !both) {
    for (const other of ['write', 'trim'] as const) {
      if (member(entry, other).value === undefined) continue;
      throw new Unexpected(member(entry, 'read').path, `a read block, as there is one of ${other}`, 'nothing');
    }
  }
  const wanted: readonly FioDirection[] = mixed.value !== undefined && !both ? ['mixed'] : ['read', 'write', 'trim'];
  const work: Partial<Record<FioDirection, FioWork>> = {};
  const percentiles = percentilesAsked(option(entry, root, 'percentile_list'));
  const job: Asked = {
    version,
    ofTotal: !['0', undefined].includes(option(entry, root, 'lat_percentiles')),
    ...(percentiles === undefined ? {} : {percentiles}),
  };
  const blocks = error === 0 ? blocksOf(entry, root) : undefined;
  for (const direction of wanted) {
    const one = readWork(object(member(entry, direction)), blocks, job, warnings);
    if (one !== undefined) work[direction] = one;
  }
  if (both) checkSum(mixed, work, warnings);
  if (error === 0 && Object.keys(work).length === 0) {
    warnings.push({kind: 'idle', path, expected: 'some I/O', found: 'none'});
  }
  const steady = member(entry, 'steadystate');
  const read: FioJob = {name, group: count(member(entry, 'groupid')), error, work, path};
  if (clientMode) read.client = `${text(member(entry, 'hostname'))}:${count(member(entry, 'port'))}`;
  if (steady.value !== undefined) {
    const attained = member(object(steady), 'attained');
    if (count(attained) > 1) throw new Unexpected(attained.path, '0 or 1', describe(attained.value));
    read.steadyState = {attained: attained.value === 1, criterion: text(member(steady, 'criterion'))};
  } else if (error === 0 && (option(entry, root, 'steadystate') ?? option(entry, root, 'ss')) !== undefined) {
    warnings.push({kind: 'inconsistent', path: steady.path, expected: 'what was asked for', found: 'nothing'});
  }
  return read;
}

/** What stands beside the directions as their sum repeats them; it is not counted again. */
function checkSum(mixed: Place, work: FioJob['work'], warnings: FioWarning[]): void {
  const parts = Object.values(work);
  const sums: Readonly<Record<string, number>> = {
    total_ios: parts.reduce((sum, one) => sum + one.operations, 0),
    io_bytes: parts.reduce((sum, one) => sum + one.bytes, 0),
  };
  for (const [key, sum] of Object.entries(sums)) {
    const {value, path} = member(mixed, key);
    if (value === sum) continue;
    warnings.push({kind: 'inconsistent', path, expected: `${sum}, the sum of the directions`, found: describe(value)});
  }
}

/** How operations, latencies and bytes of a job that went well hang together. */
interface Blocks {
  /** Bytes of every I/O, where the job has one size for all. */
  bytes?: number;
  /** I/Os that may be counted on one side only: those in flight when the ramp ended. */
  inFlight: number;
}

/** What is known of all directions of a job. */
type Asked = Pick<Measured, 'version' | 'ofTotal' | 'percentiles'>;

function readWork(place: Place, blocks: Blocks | undefined, job: Asked, warnings: FioWarning[]): FioWork | undefined {
  const {path} = place;
  const operations = count(member(place, 'total_ios'));
  const bytes = count(member(place, 'io_bytes'));
  const runtimeMs = count(member(place, 'runtime'));
  const iops = quantity(member(place, 'iops'));
  const flow = runtimeMs === 0 ? 0 : Number((BigInt(bytes) * 1000n) / BigInt(runtimeMs));
  const printed = member(place, 'bw_bytes');
  // Before 3.2 fio prints only the KiB/s that follow from these.
  const bytesPerSecond =
    printed.value === undefined && job.version < fioVersions.bytesPerSecond ? flow : count(printed);
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
      const measured = measuredIn(member(place, key), job.version);
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
  const measured = {count: operations - short, ...job};
  const latency = readLatency(place, blocks ? {...measured, inFlight: blocks.inFlight} : measured, warnings);
  if (latency !== undefined) work.latency = latency;
  return work;
}

/** An option of the job, else of the document's global options (3.39 and later print a list of them, one a client). */
function option(entry: Place, root: Place, key: string): string | undefined {
  const own = member(member(entry, 'job options'), key).value;
  if (typeof own === 'string') return own;
  const globals = member(root, 'global options');
  const each = isArray(globals.value) ? items(globals) : [globals];
  const same = (one: Place, of: string) => member(one, of).value === member(entry, of).value;
  const global = each.find(one => same(one, 'hostname') && same(one, 'port')) ?? each[0];
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
    const both = member(sum, 'read').value !== undefined;
    for (const direction of fioDirections) {
      const place = member(member(sum, direction), 'total_ios');
      if (place.value === undefined || (both && direction === 'mixed')) continue;
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
