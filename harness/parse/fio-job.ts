/** One entry of `jobs` or `client_stats`. */

import {percentilesAsked, readSync} from './fio-latency.ts';
import {bytesOf, countOption, hasRamp, isOn, type Options, secondsOf, valueIn} from './fio-options.ts';
import type {FioDirection, FioJob, FioWarning} from './fio-report.ts';
import {type FioVersion, fioVersions} from './fio-version.ts';
import {type Asked, type Blocks, readWork} from './fio-work.ts';
import {count, describe, member, object, type Place, text} from './json-place.ts';
import {Unexpected} from './unexpected.ts';

export interface FioDocument {
  root: Place;
  clientMode: boolean;
  version: FioVersion;
  warnings: FioWarning[];
  remarks: FioWarning[];
}

export function readJob(entry: Place, options: Options, document: FioDocument): FioJob {
  const {clientMode, warnings, remarks} = document;
  object(entry);
  const name = text(member(entry, 'jobname'));
  const error = count(member(entry, 'error'));
  const path = entry.path;
  if (error !== 0) warnings.push({kind: 'job-error', path: `${path}/error`, expected: '0', found: `errno ${error}`});
  if (!options.exist) {
    warnings.push({kind: 'inconsistent', path, expected: 'the options of the job', found: 'none'});
  }
  const asked = askedOf(options, document);
  const ofSeveral = isOfSeveral(entry, options);
  if (ofSeveral) {
    const expected = 'options of one section, for a pattern and settings';
    remarks.push({kind: 'several', path, expected, found: 'the sum of several under group_reporting'});
  }
  const blocks = error === 0 ? blocksOf(options, ofSeveral) : undefined;
  const work = readDirections(entry, blocks, asked, warnings);
  if (error === 0 && Object.keys(work).length === 0) {
    warnings.push({kind: 'idle', path, expected: 'some I/O', found: 'none'});
  }
  const read: FioJob = {name, group: count(member(entry, 'groupid')), error, work, path};
  if (clientMode) read.client = `${text(member(entry, 'hostname'))}:${count(member(entry, 'port'))}`;
  if (ofSeveral) read.ofSeveral = true;
  else describeRun(read, entry, options, document);
  const syncs = member(entry, 'sync');
  // Beside these fio prints it, but with unified_rw_reporting.
  const wantsSyncs = valueIn(entry.value, 'latency_ns') !== undefined && valueIn(entry.value, 'read') !== undefined;
  if (syncs.value === undefined && wantsSyncs && document.version >= fioVersions.syncs) object(syncs);
  const sync = readSync(syncs, {count: 0, ...asked}, hasRamp(options), warnings);
  if (sync !== undefined) read.sync = sync;
  readSteadyState(read, entry, options, document);
  return read;
}

function askedOf(options: Options, {version}: FioDocument): Asked {
  const percentiles = percentilesAsked(options.get('percentile_list'));
  const ofTotal = isOn(options, 'lat_percentiles');
  return {version, ofTotal, ...(percentiles === undefined ? {} : {percentiles})};
}

function readDirections(
  entry: Place,
  blocks: Blocks | undefined,
  asked: Asked,
  warnings: FioWarning[],
): FioJob['work'] {
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
  const work: FioJob['work'] = {};
  for (const direction of wanted) {
    const one = readWork(object(member(entry, direction)), blocks, asked, warnings);
    if (one !== undefined) work[direction] = one;
  }
  if (both) checkSum(mixed, work, warnings);
  return work;
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

/** Directions that each value of `rw` gives, whatever stands behind its colon. */
const directionsOf: Readonly<Record<string, readonly FioDirection[]>> = {
  read: ['read'],
  randread: ['read'],
  write: ['write'],
  randwrite: ['write'],
  trim: ['trim'],
  randtrim: ['trim'],
  rw: ['read', 'write'],
  readwrite: ['read', 'write'],
  randrw: ['read', 'write'],
  trimwrite: ['trim', 'write'],
  randtrimwrite: ['trim', 'write'],
};

interface Counted {
  direction: FioDirection;
  operations: number;
  bytes: number;
  runtimeMs: number;
}

/** What each direction of an entry counts, as far as that can be read; its figures are checked elsewhere. */
function counted(entry: Place): readonly Counted[] {
  const all: Counted[] = [];
  for (const direction of ['read', 'write', 'trim'] as const) {
    const block = valueIn(entry.value, direction);
    const number = (key: string): number => {
      const value = valueIn(block, key);
      return typeof value === 'number' ? value : 0;
    };
    const operations = number('total_ios');
    if (operations > 0) all.push({direction, operations, bytes: number('io_bytes'), runtimeMs: number('runtime')});
  }
  return all;
}

function verifies(options: Options): boolean {
  return isOn(options, 'verify') && options.get('do_verify')?.trim() !== '0';
}

function strangersTo(pattern: string | undefined, moved: readonly FioDirection[]): readonly FioDirection[] {
  const known = directionsOf[pattern?.split(/[:,]/, 1)[0]?.trim() ?? ''];
  return known === undefined ? [] : moved.filter(direction => !known.includes(direction));
}

/** Threads run for longer, all together, than the clones of one section can: by this factor. */
const moreThreads = 1.25;

/**
 * Whether several sections were added up (`group_reporting`): fio prints the name of the first and the options of the
 * last. Their sum gives itself away by directions or sizes that these options do not have, or by more time of threads
 * than `numjobs` have.
 */
function isOfSeveral(entry: Place, options: Options): boolean {
  const moved = counted(entry);
  const verify = verifies(options);
  const jobRuntime = valueIn(entry.value, 'job_runtime');
  const clones = countOption(options, 'numjobs');
  const longest = verify
    ? moved.reduce((sum, {runtimeMs}) => sum + runtimeMs, 0)
    : Math.max(0, ...moved.map(({runtimeMs}) => runtimeMs));
  // Milliseconds of very short jobs are rounded.
  if (typeof jobRuntime === 'number' && clones !== undefined && jobRuntime > moreThreads * clones * longest + 10) {
    return longest > 0;
  }
  if (!isOn(options, 'group_reporting')) return false;
  const odd = strangersTo(
    options.get('rw'),
    moved.map(one => one.direction),
  );
  if (odd.some(direction => !(verify && direction === 'read'))) return true;
  const {bytes, inFlight} = blocksOf(options, false);
  if (bytes === undefined) return false;
  return moved.some(one => Math.abs(one.bytes - one.operations * bytes) > inFlight * bytes);
}

/**
 * What is said of a job by its own options: its pattern, when it started, whether its directions ran one after the
 * other.
 */
function describeRun(job: FioJob, entry: Place, options: Options, document: FioDocument): void {
  const pattern = options.get('rw') ?? options.get('readwrite');
  const moved = counted(entry).map(one => one.direction);
  const odd = strangersTo(pattern, moved);
  const checks = verifies(options) && moved.includes('write') && odd.length > 0 && odd.every(one => one === 'read');
  const replays = options.get('read_iolog') !== undefined;
  if (pattern !== undefined && !replays && (odd.length === 0 || checks)) job.pattern = pattern;
  if (checks) job.apart = 'its reads verify what was written, after the writes';
  const startSeconds = startOf(entry, options, document);
  if (startSeconds !== undefined) job.startSeconds = startSeconds;
}

/** `elapsed` is in whole seconds. */
const wholeSecondMs = 1500;

/**
 * Clients have clocks of their own; and `job_start_clock_id` gives times that `timestamp_ms` cannot be held against.
 */
function startOf(entry: Place, options: Options, {root, clientMode, warnings}: FioDocument): number | undefined {
  const start = member(entry, 'job_start');
  if (typeof start.value === 'number' && start.value > 0 && !clientMode && !isOn(options, 'job_start_clock_id')) {
    const [now, elapsed] = [member(root, 'timestamp_ms').value, member(entry, 'elapsed').value];
    const age = typeof now === 'number' ? now - start.value : undefined;
    if (age !== undefined && typeof elapsed === 'number' && (age < -1 || age > elapsed * 1000 + wholeSecondMs)) {
      const expected = `at most ${elapsed} s before timestamp_ms`;
      warnings.push({kind: 'inconsistent', path: start.path, expected, found: `${start.value}`});
    }
    return start.value / 1000;
  }
  const delay = options.get('startdelay');
  if (delay === undefined) return undefined;
  // Of a range fio takes a moment at random.
  return secondsOf(delay) ?? secondsOf(/^\s*\d+\w*/.exec(delay)?.[0] ?? '') ?? 0;
}

function readSteadyState(job: FioJob, entry: Place, options: Options, {warnings}: FioDocument): void {
  const steady = member(entry, 'steadystate');
  if (steady.value !== undefined) {
    const attained = member(object(steady), 'attained');
    if (count(attained) > 1) throw new Unexpected(attained.path, '0 or 1', describe(attained.value));
    job.steadyState = {attained: attained.value === 1, criterion: text(member(steady, 'criterion'))};
  } else if (job.error === 0 && (options.get('steadystate') ?? options.get('ss')) !== undefined) {
    warnings.push({kind: 'inconsistent', path: steady.path, expected: 'what was asked for', found: 'nothing'});
  }
}

/** Options under which the I/Os of a job have several sizes, or not that of `bs`. */
const variedSizes = ['bssplit', 'bsrange', 'blocksize_range', 'kb_base', 'read_iolog', 'num_range'];

function blocksOf(options: Options, ofSeveral: boolean): Blocks {
  const [depth, jobs] = ['iodepth', 'numjobs'].map(key => countOption(options, key));
  // Submitted before and completed after the end of the ramp, and the other way round.
  const inFlight = !hasRamp(options) || depth === undefined || jobs === undefined ? 0 : 2 * depth * jobs;
  const varies = ofSeveral || variedSizes.some(key => options.get(key) !== undefined);
  const bytes = varies ? undefined : bytesOf(options.get('bs') ?? '');
  return bytes === undefined ? {inFlight} : {bytes, inFlight};
}
