/** From what a file holds to samples: one series a job and direction, however many entries the tool wrote for it. */

import {
  type Bins,
  binHalfWidth,
  lastBinNs,
  mergeBins,
  quantileFromBins,
  totalOfBins,
} from '../../harness/parse/bins.ts';
import type {Result, Sample, Unit} from '../../harness/types.ts';
import {copiedRecords} from './copies.ts';
import type {FileContents, FileRecord, Span, Tool} from './records.ts';

/** What a sample of latency says where no others are asked for. */
const usualPercentiles: readonly string[] = ['p50', 'p90', 'p95', 'p99', 'p99.9', 'p99.99'];
/** Values of the label `percentile` that are no percentiles. */
export const latencyFigures: readonly string[] = ['min', 'mean', 'max'];

/**
 * What was carried under one set of labels: records of one name and direction added up. fio's rates are all operations
 * over the time that the parts took together, as fio's own sums; iperf3's rates and retransmits are sums; histograms
 * are merged. What one of the parts lacks, the whole lacks.
 */
export interface Load {
  tool: Tool;
  /** fio: `job`, `direction`, `pattern`; iperf3: `direction`, `protocol`; ping: `host`. */
  labels: Readonly<Record<string, string>>;
  operations?: number;
  bytes?: number;
  opsPerSecond?: number;
  bytesPerSecond?: number;
  bitsPerSecond?: number;
  /** From the first start to the last end, where starts are known and far apart; else the longest runtime. */
  runtimeSeconds?: number;
  /** Only until all of a file is added up: clocks of two hosts differ. */
  startSeconds?: number;
  /** Why its directions have no total. */
  apart?: string;
  /** Why there are no figures: those of its parts do not add up. */
  refused?: string;
  retransmits?: number;
  /** Only of a single record: shares and percentiles do not add up. */
  lostRatio?: number;
  jitterSeconds?: number;
  /** Of several records `min`, `max` and, where histograms give the weights, `mean`. */
  latencySeconds?: Readonly<Record<string, number>>;
  latencyKind?: FileRecord['latencyKind'];
  /** Each latency is right to ± this, where the tool rounds. */
  latencyHalfWidthSeconds?: Readonly<Record<string, number>>;
  /** Latencies that are lower bounds only, as requests were lost. */
  latencyAtLeast?: readonly string[];
  /** Of each part; merged when a percentile is wanted. */
  histograms?: readonly Bins[];
  /** Latencies in the histograms: the weight of a mean. */
  latencies?: number;
  /** Operations or answers behind the latencies. */
  latencyCount?: number;
  /** From the first start to the last end of its parts. */
  span?: Span;
  /** Of the only record, or with a star for what differs between several. */
  path: string;
}

/**
 * All samples of a file, labelled with `file` and the labels of its loads; `percentiles` are names such as `p99.9`.
 * Refused with a sentence: a file that could not be read, or whose numbers must not be judged.
 */
export function samplesOfFile(
  contents: FileContents,
  percentiles: readonly string[] = usualPercentiles,
): Result<readonly Sample[], string> {
  const loads = loadsOf(contents);
  if (!loads.ok) return loads;
  return {
    ok: true,
    value: [
      ...loads.value.flatMap(load => [
        ...rateSamples(load, contents.file),
        ...latencySamples(load, contents.file, [...percentiles, ...latencyFigures]),
      ]),
      ...runtimesOf(loads.value).flatMap(load => runtimeSamples(load, contents.file)),
    ],
  };
}

/** Why nothing in a file may be judged. */
function unfitness({error, unfit}: FileContents): string | undefined {
  if (error !== undefined) {
    const place = error.path === '' ? '' : ` at ${error.path}`;
    return `it cannot be read${place}: expected ${error.expected}, found ${error.found}`;
  }
  return unfit;
}

/**
 * The loads of a file, in its order; a fio job with several directions has a further one, `total`, which is refused
 * where they did not run together.
 */
export function loadsOf(contents: FileContents): Result<readonly Load[], string> {
  const unfit = unfitness(contents);
  const {tool, records} = contents;
  if (unfit !== undefined) return {ok: false, error: unfit};
  if (tool === undefined || records.length === 0) return {ok: false, error: 'it holds no figures'};
  const parts = records.map(record => ({record, load: loadOf(tool, record)}));
  const series = grouped(parts, ({load}) => keyOf(load.labels));
  for (const one of series) {
    const same = one.map(({record}) => record);
    const [first] = same;
    if (first === undefined || ranTogether(same)) continue;
    const error = `jobs named ${first.name} ran one after the other: give them names of their own, as their figures do not add up`;
    return {ok: false, error};
  }
  const [one, copy] = copiedRecords(records) ?? [];
  if (one !== undefined && copy !== undefined) {
    const error = `${copy.path} holds the figures of ${one.path} to the last digit: an entry was copied, and counts once`;
    return {ok: false, error};
  }
  const loads = series.flatMap(one => {
    const each = one.map(({load}) => load);
    const [first] = each;
    return first === undefined ? [] : [sumOf(each, first.labels)];
  });
  const totals = tool === 'fio' ? totalsOf(loads) : [];
  return {ok: true, value: [...loads, ...totals].map(({startSeconds, ...load}) => load)};
}

/** Runs that have less than this share of the shorter one in common were one after the other. */
const leastCommon = 0.01;
/** Runtimes and starts that differ by less are those of parts that ran together. */
const clockSeconds = 0.002;
const alike = 0.99;

/** By their groups, and where it is known when they started, by their times. */
function ranTogether(records: readonly FileRecord[]): boolean {
  const [first] = records;
  if (first === undefined || records.some(record => record.group !== first.group)) return false;
  if (records.length < 2 || records.every(record => record.startSeconds === undefined)) return true;
  const latest = Math.max(...records.map(({startSeconds = 0}) => startSeconds));
  const earliest = Math.min(...records.map(({startSeconds = 0, runtimeSeconds = 0}) => startSeconds + runtimeSeconds));
  const shortest = Math.min(...records.map(({runtimeSeconds = 0}) => runtimeSeconds));
  return latest <= earliest - leastCommon * shortest || (latest - earliest < clockSeconds && shortest < clockSeconds);
}

/** What the directions of each job did together. */
function totalsOf(loads: readonly Load[]): readonly Load[] {
  const moving = loads.filter(({labels}) => labels.direction !== 'sync');
  return grouped(moving, ({labels}) => keyOf(labels, 'direction')).flatMap(one => {
    const [first] = one;
    if (first === undefined || one.length < 2) return [];
    const labels = {...first.labels, direction: 'total'};
    const refused = apartness(one);
    if (refused === undefined) return [sumOf(one, labels)];
    return [{tool: first.tool, labels, path: starred(one.map(load => load.path)), refused}];
  });
}

/** Why directions of a job do not add up, if so. */
function apartness(loads: readonly Load[]): string | undefined {
  const apart = loads.find(load => load.apart !== undefined)?.apart;
  if (apart !== undefined) return `gives no total: ${apart}`;
  const runtimes = loads.map(load => load.runtimeSeconds ?? Number.NaN);
  const [shortest, longest] = [Math.min(...runtimes), Math.max(...runtimes)];
  if (shortest >= longest * alike || longest - shortest <= clockSeconds) return undefined;
  const each = loads.map(({labels, runtimeSeconds}) => `${labels.direction} ${runtimeSeconds} s`).join(', ');
  return `gives no total: its directions ran for unlike times (${each})`;
}

/**
 * One load a job, without direction: the longest of its runtimes, or all of them where one direction waited for the
 * other.
 */
export function runtimesOf(loads: readonly Load[]): readonly Load[] {
  return grouped(
    loads.filter(({tool, labels: {direction}}) => tool === 'fio' && direction !== 'total' && direction !== 'sync'),
    ({labels}) => keyOf(labels, 'direction'),
  ).flatMap(one => {
    const longest = one.toSorted((a, b) => (b.runtimeSeconds ?? 0) - (a.runtimeSeconds ?? 0))[0];
    if (longest === undefined || one.some(load => load.runtimeSeconds === undefined)) return [];
    const {direction, ...labels} = longest.labels;
    if (longest.apart === undefined) return [{...longest, labels}];
    return [
      {...longest, labels, runtimeSeconds: one.reduce((sum, load) => sum + (load.runtimeSeconds ?? Number.NaN), 0)},
    ];
  });
}

function labelsOf(tool: Tool, record: FileRecord): Readonly<Record<string, string>> {
  if (tool === 'ping') return {host: record.name};
  if (tool === 'iperf3') {
    return {direction: record.direction, ...(record.protocol === undefined ? {} : {protocol: record.protocol})};
  }
  return {
    job: record.name,
    direction: record.direction,
    ...(record.pattern === undefined ? {} : {pattern: record.pattern}),
  };
}

/** Equal for equal labels, whatever their order, one of them left out if asked. Lengths part what no character can. */
export function keyOf(labels: Readonly<Record<string, string>>, but?: string): string {
  let key = '';
  for (const name of Object.keys(labels).sort()) {
    if (name === but) continue;
    const value = labels[name] ?? '';
    key += `${name.length}:${name}${value.length}:${value}`;
  }
  return key;
}

function grouped<T>(all: readonly T[], key: (one: T) => string): readonly (readonly T[])[] {
  return [...Map.groupBy(all, key).values()];
}

function loadOf(tool: Tool, record: FileRecord): Load {
  const {name, direction, client, group, pattern, protocol, bins, ...figures} = record;
  const latencies = bins === undefined ? 0 : totalOfBins(bins);
  return {
    tool,
    labels: labelsOf(tool, record),
    ...figures,
    // An empty histogram says nothing.
    ...(bins === undefined || latencies === 0 ? {} : {histograms: [bins], latencies}),
  };
}

/** Adds loads up under the given labels. */
export function sumOf(loads: readonly Load[], labels: Load['labels']): Load {
  const [first] = loads;
  if (first === undefined) throw new RangeError('a sum needs at least one load');
  if (loads.length === 1) return {...first, labels};
  const sum: Load = {tool: first.tool, labels, path: starred(loads.map(load => load.path)), ...spanOf(loads)};
  for (const key of ['operations', 'bytes', 'bitsPerSecond', 'retransmits', 'latencies', 'latencyCount'] as const) {
    const total = addedUp(loads, key);
    if (total !== undefined) sum[key] = total;
  }
  const {operations, bytes, runtimeSeconds} = sum;
  if (operations !== undefined && runtimeSeconds) sum.opsPerSecond = operations / runtimeSeconds;
  if (bytes !== undefined && runtimeSeconds) sum.bytesPerSecond = bytes / runtimeSeconds;
  // Records that were not made from a file of fio may know rates only.
  for (const [amount, rate] of [
    ['operations', 'opsPerSecond'],
    ['bytes', 'bytesPerSecond'],
  ] as const) {
    if (loads.some(load => load[amount] !== undefined)) continue;
    const total = addedUp(loads, rate);
    if (total !== undefined) sum[rate] = total;
  }
  const apart = loads.find(load => load.apart !== undefined)?.apart;
  if (apart !== undefined) sum.apart = apart;
  if (loads.some(load => load.latencyKind !== first.latencyKind)) return sum;
  if (first.latencyKind !== undefined) sum.latencyKind = first.latencyKind;
  return {...sum, ...latenciesOf(loads, sum.latencies), ...rangesOf(loads)};
}

/** When parts that ran together began, and how long all of them took. */
function spanOf(loads: readonly Load[]): Pick<Load, 'startSeconds' | 'runtimeSeconds' | 'span'> {
  const runtimes = all(loads, load => load.runtimeSeconds);
  const spans = all(loads, load => load.span);
  const span =
    spans === undefined
      ? {}
      : {span: {startMs: Math.min(...spans.map(one => one.startMs)), endMs: Math.max(...spans.map(one => one.endMs))}};
  if (runtimes === undefined) return span;
  const longest = Math.max(...runtimes);
  if (loads.every(load => load.startSeconds === undefined)) return {runtimeSeconds: longest, ...span};
  const starts = loads.map(({startSeconds = 0}) => startSeconds);
  const startSeconds = Math.min(...starts);
  const seconds = Math.max(...starts.map((start, index) => start + (runtimes[index] ?? Number.NaN))) - startSeconds;
  // Clones start within milliseconds of each other: fio's own sum is over the longest.
  return {startSeconds, runtimeSeconds: longest >= seconds * alike ? longest : seconds, ...span};
}

/** Histograms of all, and what can be said of all latencies together. */
function latenciesOf(loads: readonly Load[], total: number | undefined): Pick<Load, 'histograms' | 'latencySeconds'> {
  const histograms = all(loads, load => load.histograms);
  const merged = histograms === undefined ? {} : {histograms: histograms.flat()};
  const latencies = all(loads, load => load.latencySeconds);
  if (latencies === undefined) return merged;
  const mins = all(latencies, latency => latency.min);
  const maxs = all(latencies, latency => latency.max);
  const means = all(latencies, latency => latency.mean);
  const weights = all(loads, load => load.latencies);
  return {
    ...merged,
    latencySeconds: {
      ...(mins === undefined ? {} : {min: Math.min(...mins)}),
      ...(maxs === undefined ? {} : {max: Math.max(...maxs)}),
      ...(means === undefined || weights === undefined || !total
        ? {}
        : {mean: means.reduce((sum, mean, index) => sum + (mean * (weights[index] ?? Number.NaN)) / total, 0)}),
    },
  };
}

/** The widest of the parts is the whole's; what is a lower bound in one part is one in the whole. */
function rangesOf(loads: readonly Load[]): Pick<Load, 'latencyHalfWidthSeconds' | 'latencyAtLeast'> {
  if (loads.every(load => load.latencyHalfWidthSeconds === undefined && load.latencyAtLeast === undefined)) return {};
  const widest: Record<string, number> = {};
  for (const [name, width] of loads.flatMap(load => Object.entries(load.latencyHalfWidthSeconds ?? {})))
    widest[name] = Math.max(widest[name] ?? 0, width);
  const atLeast = [...new Set(loads.flatMap(load => load.latencyAtLeast ?? []))];
  return {latencyHalfWidthSeconds: widest, ...(atLeast.length > 0 ? {latencyAtLeast: atLeast} : {})};
}

/** A figure of every one, or nothing where one lacks it. */
function all<T, V>(ones: readonly T[], figure: (one: T) => V | undefined): readonly V[] | undefined {
  const values: V[] = [];
  for (const one of ones) {
    const value = figure(one);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values;
}

type Summed =
  | 'operations'
  | 'bytes'
  | 'opsPerSecond'
  | 'bytesPerSecond'
  | 'bitsPerSecond'
  | 'retransmits'
  | 'latencies'
  | 'latencyCount';

/** The sum of a figure, or nothing where one lacks it. */
function addedUp(loads: readonly Load[], key: Summed): number | undefined {
  let sum = 0;
  for (const load of loads) {
    const value = load[key];
    if (value === undefined) return undefined;
    sum += value;
  }
  return sum;
}

/** `/jobs/0/read` and `/jobs/1/read` → `/jobs/*\/read`. */
function starred(paths: readonly string[]): string {
  const [first = '', ...others] = [...new Set(paths)];
  if (others.length === 0) return first;
  const rest = others.map(path => path.split('/'));
  return first
    .split('/')
    .map((part, index) => (rest.every(other => other[index] === part) ? part : '*'))
    .join('/');
}

const keys: Readonly<Record<'opsPerSecond' | 'bytesPerSecond' | 'bitsPerSecond', [string, Unit, string]>> = {
  opsPerSecond: ['storage.iops', 'op/s', 'iops'],
  bytesPerSecond: ['storage.bandwidth', 'B/s', 'bw_bytes'],
  bitsPerSecond: ['network.throughput', 'bit/s', 'bits_per_second'],
};

/**
 * The samples of one load, but for its latencies, and for its runtime, which belongs to a job and not to a direction.
 */
export function rateSamples(load: Load, file: string): readonly Sample[] {
  const samples: Sample[] = [];
  const labels = {...load.labels, file};
  const add = (metric: string, unit: Unit, value: number | undefined, path: string): void => {
    if (value !== undefined) samples.push({metric, unit, value, labels, from: {artefact: file, path}});
  };
  for (const key of ['opsPerSecond', 'bytesPerSecond', 'bitsPerSecond'] as const) {
    const [metric, unit, member] = keys[key];
    add(metric, unit, load[key], `${load.path}/${member}`);
  }
  const sent = load.path.replace('/sum_received', '/sum_sent');
  add('network.retransmits', 'count', load.retransmits, `${sent}/retransmits`);
  if (load.tool === 'ping') add('network.echo-loss', 'ratio', load.lostRatio, load.path);
  else add('network.loss', 'ratio', load.lostRatio, `${load.path}/lost_packets`);
  add('network.jitter', 's', load.jitterSeconds, `${load.path}/jitter_ms`);
  return samples;
}

/** How long a load took: for the loads that `runtimesOf` gives. */
export function runtimeSamples({labels, runtimeSeconds, path}: Load, file: string): readonly Sample[] {
  if (runtimeSeconds === undefined) return [];
  const from = {artefact: file, path: `${path}/runtime`};
  return [{metric: 'storage.runtime', unit: 's', value: runtimeSeconds, labels: {...labels, file}, from}];
}

/** `names` are percentiles, such as `p99.9`, and `latencyFigures`. */
export function latencySamples(load: Load, file: string, names: readonly string[]): readonly Sample[] {
  const metric = load.tool === 'ping' ? 'network.latency' : 'storage.latency';
  return names.flatMap(percentile => {
    const share = latencyAt(load, percentile);
    if (share === undefined) return [];
    const {seconds, halfWidthSeconds, saturated} = share;
    const operations = percentile.startsWith('p') ? load.latencyCount : undefined;
    return [
      {
        metric,
        unit: 's' as const,
        value: seconds,
        labels: {...load.labels, file, percentile},
        from: {artefact: file, path: load.path},
        ...(halfWidthSeconds > 0 ? {halfWidth: halfWidthSeconds} : {}),
        ...(saturated ? {censored: true as const} : {}),
        ...(operations === undefined ? {} : {operations}),
      },
    ];
  });
}

interface LatencyAt {
  seconds: number;
  halfWidthSeconds: number;
  /** In fio's last bin, or beside requests that were lost: a lower bound. */
  saturated: boolean;
}

const nanosecondsPerSecond = 1e9;

/** `p99`, `max` … of a load: from its histogram, else from the tool's own table; nothing where neither has it. */
function latencyAt(load: Load, name: string): LatencyAt | undefined {
  const p = /^p\d/.test(name) ? Number(name.slice(1)) / 100 : undefined;
  const [first, ...others] = load.histograms ?? [];
  if (p !== undefined && first !== undefined) {
    const bins = others.length === 0 ? first : mergeBins([first, ...others]);
    // 99.9 / 100 is 0.9990000000000001 in binary; shares of a percent have few digits.
    const quantile = quantileFromBins(bins, Number(p.toPrecision(12)));
    if (!quantile.ok) return undefined;
    const {value, halfWidth, saturated} = quantile.value;
    return {
      seconds: value / nanosecondsPerSecond,
      halfWidthSeconds: halfWidth / nanosecondsPerSecond,
      saturated: saturated === true,
    };
  }
  const seconds = load.latencySeconds?.[name];
  if (seconds === undefined) return undefined;
  if (p === undefined || load.tool !== 'fio') {
    const halfWidthSeconds = load.latencyHalfWidthSeconds?.[name] ?? 0;
    return {seconds, halfWidthSeconds, saturated: load.latencyAtLeast?.includes(name) === true};
  }
  const ns = Math.round(seconds * nanosecondsPerSecond);
  return {seconds, halfWidthSeconds: binHalfWidth(ns) / nanosecondsPerSecond, saturated: ns >= lastBinNs};
}
