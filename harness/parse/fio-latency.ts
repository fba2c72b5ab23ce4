import {type Bins, binHalfWidth, lastBinNs, quantileFromBins, totalOfBins} from './bins.ts';
import type {FioLatency, FioWarning} from './fio-report.ts';
import {type FioVersion, fioVersions} from './fio-version.ts';
import {count, member, object, type Place, quantity} from './json-place.ts';
import {CountTable} from './json-scan.ts';
import {Unexpected} from './unexpected.ts';

const nanosecondsPerSecond = 1e9;

/** What the rest of a direction says about its latencies. */
export interface Measured {
  /** Completions that have a latency. */
  count: number;
  /** May be uncounted on one side only; absent where the count is not held against the latencies. */
  inFlight?: number;
  version: FioVersion;
  /** The job asked for percentiles of the total latency. */
  ofTotal: boolean;
  /** The percentiles it must print, if any, where they are known. */
  percentiles?: ReadonlySet<number>;
}

const usualPercentiles: ReadonlySet<number> = new Set([
  1, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 99, 99.5, 99.9, 99.95, 99.99,
]);

/** Of the job's `percentile_list`, else fio's own; `undefined` where the list is in no form that is known here. */
export function percentilesAsked(list: string | undefined): ReadonlySet<number> | undefined {
  if (list === undefined) return usualPercentiles;
  const percentiles = list.split(':').map(Number);
  return percentiles.every(one => one > 0 && one <= 100)
    ? new Set(percentiles.map(one => Number(labelOf(one))))
    : undefined;
}

/** As fio prints a percentile. */
function labelOf(percentile: number): string {
  return percentile.toFixed(6);
}

/**
 * Of the two distributions the total, where fio prints percentiles of it: only a job that asked for them
 * (`lat_percentiles`) has them, from 3.19 on beside those of the completion. Else the one that carries bins or
 * percentiles; else completion; else total.
 */
export function readLatency(place: Place, measured: Measured, warnings: FioWarning[]): FioLatency | undefined {
  const completion = object(member(place, 'clat_ns'));
  const total = object(member(place, 'lat_ns'));
  // Before e5eb6fbf (3.13) the percentiles of the total latency, and first the bins as well, stood under the
  // completion's.
  const split = total.value.has('bins') && completion.value.has('percentile') && !completion.value.has('bins');
  const strayed =
    (measured.ofTotal || split) && measured.version < fioVersions.percentilesInPlace && !total.value.has('percentile');
  const none: Histogram = {};
  const own = (from: Place): Histogram => ({percentile: member(from, 'percentile'), bins: member(from, 'bins')});
  const moved = {
    percentile: member(completion, 'percentile'),
    bins: member(total.value.has('bins') ? total : completion, 'bins'),
  };
  const both = [
    readDistribution(completion, 'completion', strayed ? none : own(completion), measured, warnings),
    readDistribution(total, 'total', strayed ? moved : own(total), measured, warnings),
  ].filter(one => one !== undefined);
  for (const one of both) {
    if (measured.inFlight === undefined || Math.abs(one.count - measured.count) <= measured.inFlight) continue;
    const expected = `${measured.count}, as total_ios`;
    warnings.push({kind: 'inconsistent', path: `${one.path}/N`, expected, found: `${one.count}`});
  }
  if (both.every(one => one.bins === undefined)) checkParts(place, both, measured, warnings);
  const shown = both.filter(one => one.bins !== undefined || one.percentiles.length > 0);
  return shown.at(-1) ?? both[0];
}

/** fio rounds its means to six decimals, and adds up whole ns. */
const meanSlackNs = 2;
/**
 * Between submission and completion fio reads its clock twice, and a thread may be interrupted between the two: 0.08 to
 * 1.8 µs on average, 0.24 % at most, in public files of 3.12 and 3.28 with libaio.
 */
const mostBetween = {seconds: 5e-6, share: 0.005};

/**
 * Of each I/O the total latency is that of its submission and of its completion together; so are their means. Engines
 * that submit and complete in one call have no submission latency, and a little more in total. Only where no bins say
 * more.
 */
function checkParts(place: Place, both: readonly FioLatency[], measured: Measured, warnings: FioWarning[]): void {
  const [completion, total] = both;
  if (completion === undefined || total === undefined) return;
  if (measured.inFlight !== 0 || completion.count !== total.count) return;
  const submission = object(member(place, 'slat_ns'));
  const submitted = member(submission, 'N').value;
  if (submitted !== undefined && submitted !== 0 && submitted !== total.count) return;
  const submissionMean = quantity(member(submission, 'mean'));
  const disagree = (key: string, expected: string, found: number): void => {
    warnings.push({
      kind: 'inconsistent',
      path: `${total.path}/${key}`,
      expected: `${expected}, as its parts`,
      found: `${found} s`,
    });
  };
  const least = completion.meanSeconds + submissionMean / nanosecondsPerSecond;
  const slack = meanSlackNs / nanosecondsPerSecond + least * 1e-9;
  const off = total.meanSeconds - least;
  const between = Math.min(mostBetween.seconds, least * mostBetween.share);
  if (off < -slack || (submissionMean > 0 && off > slack + between))
    disagree('mean', `near ${least} s`, total.meanSeconds);
  for (const key of ['min', 'max'] as const) {
    const [part, whole] = [completion, total].map(one => (key === 'min' ? one.minSeconds : one.maxSeconds));
    if (part !== undefined && whole !== undefined && whole < part) disagree(key, `at least ${part} s`, whole);
  }
}

/**
 * Latencies of fsync and the like (from 3.4 on); nothing where there were none. fio counts them in `total_ios` only
 * after 3.36. `afterRamp`: that count is not set back when a ramp ends, and goes beyond those that have a latency.
 */
export function readSync(
  place: Place,
  asked: Measured,
  afterRamp: boolean,
  warnings: FioWarning[],
): FioLatency | undefined {
  if (place.value === undefined) return undefined;
  const distribution = member(object(place), 'lat_ns');
  const counted = count(member(place, 'total_ios'));
  const histogram = {percentile: member(distribution, 'percentile'), bins: member(distribution, 'bins')};
  const latency = readDistribution(distribution, 'sync', histogram, {...asked, count: counted}, warnings);
  if (latency?.maxSeconds === 0) {
    const found = `${latency.count} that took no time`;
    warnings.push({kind: 'inconsistent', path: `${distribution.path}/N`, expected: '0 where all is 0', found});
  }
  const timed = latency?.count ?? 0;
  if (counted !== 0 && (afterRamp ? timed > counted : timed !== counted)) {
    const expected = `${afterRamp ? 'at most ' : ''}${counted}, as total_ios`;
    warnings.push({kind: 'inconsistent', path: `${distribution.path}/N`, expected, found: `${timed}`});
  }
  return latency;
}

/** How many latencies a distribution holds, in a direction that took no time: must be none. */
export function measuredIn(place: Place, version: FioVersion): number {
  const distribution = object(place);
  return lacksCount(distribution, version) ? quantity(member(distribution, 'max')) : count(member(distribution, 'N'));
}

function lacksCount(distribution: Place, version: FioVersion): boolean {
  return version < fioVersions.sampleCounts && member(distribution, 'N').value === undefined;
}

interface Histogram {
  percentile?: Place;
  bins?: Place;
}

const distributionKeys = new Set(['min', 'max', 'mean', 'stddev', 'N', 'percentile', 'bins']);

function readDistribution(
  place: Place,
  kind: FioLatency['kind'],
  histogram: Histogram,
  measured: Measured,
  warnings: FioWarning[],
): FioLatency | undefined {
  const {path} = place;
  for (const key of object(place).value.keys()) {
    if (distributionKeys.has(key)) continue;
    warnings.push({kind: 'inconsistent', path, expected: [...distributionKeys].join(', '), found: key});
  }
  const disagree = (key: string, expected: string, found: string): void => {
    warnings.push({kind: 'inconsistent', path: `${path}/${key}`, expected, found});
  };
  const min = count(member(place, 'min'));
  const max = count(member(place, 'max'));
  const mean = quantity(member(place, 'mean'));
  const stddev = quantity(member(place, 'stddev'));
  const zeros = min + max + mean + stddev === 0;
  const printed = histogram.bins && readBins(histogram.bins, disagree);
  const uncounted = lacksCount(place, measured.version);
  // Before 24cab44e (3.2) bins that were switched off are printed, and empty.
  const bins = uncounted && printed?.length === 0 ? undefined : printed;
  // Before 56440e63 (3.18) there is no N: the bins know it, else the direction. All zeros is a latency that was
  // switched off.
  const known = bins === undefined ? measured.count : totalOfBins(bins);
  const operations = uncounted ? (zeros ? 0 : known) : count(member(place, 'N'));
  if (operations === 0) {
    // Before 3.18 nothing says how many syncs there were, but for the bins.
    if (!zeros && !(uncounted && kind === 'sync')) {
      warnings.push({kind: 'inconsistent', path, expected: 'zeros where N is 0', found: `${min}, ${max}, ${mean}`});
    }
    return undefined;
  }
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
  const table = readTable(histogram.percentile, disagree);
  checkTable(table, min, max, disagree);
  if (table.length > 0 && measured.percentiles !== undefined) checkAsked(table, measured.percentiles, disagree);
  latency.percentiles = table.map(([percentile, ns]) => ({percentile, seconds: ns / nanosecondsPerSecond}));
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

function readTable(place: Place | undefined, disagree: Disagree): Table {
  if (place?.value === undefined) return [];
  const table = [...object(place).value.keys()].flatMap(key => {
    // Before 702bd977 (3.4) fio filled the table up to 20 entries with these.
    if (key === '0.00' && member(place, key).value === 0) return [];
    const percentile = Number(key);
    if (!/^\d+\.\d{6}$/.test(key) || percentile > 100) {
      throw new Unexpected(place.path, 'percentiles from 0.000000 to 100.000000', key);
    }
    return [[percentile, count(member(place, key))] as const];
  });
  return ascending(
    table,
    () => [...object(place).value.keys()],
    key => disagree('percentile', 'keys in order', key),
  );
}

/**
 * By value. Other tools (jq -S, Python, Go) write keys in the order of their characters; in neither order, they are
 * damaged.
 */
function ascending<T extends readonly [number, number]>(
  pairs: readonly T[],
  keys: () => readonly string[],
  complain: (key: string) => void,
): readonly T[] {
  const isBehind = (pair: T, index: number): boolean => index > 0 && pair[0] <= (pairs[index - 1]?.[0] ?? 0);
  const first = pairs.findIndex(isBehind);
  if (first === -1) return pairs;
  const written = keys();
  const odd = written.findIndex((key, index) => index > 0 && key <= (written[index - 1] ?? ''));
  if (odd !== -1) complain(`${pairs[first]?.[0]} after ${pairs[first - 1]?.[0]}`);
  return pairs.toSorted((a, b) => a[0] - b[0]);
}

function checkAsked(table: Table, asked: ReadonlySet<number>, disagree: Disagree): void {
  for (const [percentile] of table) {
    if (asked.has(percentile)) continue;
    const label = labelOf(percentile);
    disagree(`percentile/${label}`, 'a percentile that was asked for', label);
  }
  if (table.length !== asked.size) disagree('percentile', `${asked.size} percentiles`, `${table.length}`);
}

function checkTable(table: Table, min: number, max: number, disagree: Disagree): void {
  table.forEach(([percentile, ns], index) => {
    const before = table[index - 1];
    if (before !== undefined && before[1] > ns) {
      disagree(`percentile/${labelOf(percentile)}`, 'percentiles that ascend', `${ns} after ${before[1]}`);
    }
    // Values are midpoints of bins: the extremes lie in the same bin or beyond.
    const slack = binHalfWidth(ns);
    if (ns + slack < min || (ns - slack > max && ns < lastBinNs)) {
      disagree(`percentile/${labelOf(percentile)}`, `from ${min} to ${max}`, `${ns}`);
    }
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

/** From an object that is no table: empty, in another order, or with members that are no counts. */
function binsOf(place: Place, disagree: Disagree): Bins {
  const keys = [...object(place).value.keys()];
  const bins = keys.map(key => {
    if (!/^\d+$/.test(key)) throw new Unexpected(place.path, 'keys that are midpoints of fio bins', key);
    return [Number(key), count(member(place, key))] as const;
  });
  return ascending(
    bins,
    () => keys,
    found => disagree('bins', 'keys in order', found),
  );
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

/**
 * A percentile that falls exactly between two bins may be either: that depends on the precision of the machine fio ran
 * on.
 */
const epsilon = 2e-12;

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
    if (bins[index]?.[0] === ns && cumulative < wanted * (1 + epsilon) && reached >= wanted * (1 - epsilon)) continue;
    const own = quantileFromBins(bins, percentile / 100);
    const expected = own.ok ? `${own.value.value}` : 'none';
    disagree(`percentile/${labelOf(percentile)}`, `${expected}, from the bins`, `${ns}`);
  }
}
