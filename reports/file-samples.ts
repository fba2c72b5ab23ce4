/** From what a file holds to samples: one series a job and direction, however many entries the tool wrote for it. */
import type {Result, Sample, Unit} from '../harness/types.ts';
import type {FileContents, FileRecord, Tool} from './records.ts';
import {type Bins, binHalfWidth, lastBinNs, mergeBins, quantileFromBins, totalOfBins} from './stats/bins.ts';

/** What a sample of latency says where no others are asked for. */
export const usualPercentiles: readonly string[] = ['p50', 'p90', 'p95', 'p99', 'p99.9', 'p99.99'];
/** Values of the label `percentile` that are no percentiles. */
export const latencyFigures: readonly string[] = ['min', 'mean', 'max'];

/**
 * What was carried under one set of labels: records of one name and direction added up. Rates and retransmits are sums, the runtime is the
 * longest, histograms are merged. What one of the parts lacks, the whole lacks.
 */
export interface Load {
  tool: Tool;
  /** fio: `job`, `direction`, `pattern`; iperf3: `direction`, `protocol`; ping: `host`. */
  labels: Readonly<Record<string, string>>;
  opsPerSecond?: number;
  bytesPerSecond?: number;
  bitsPerSecond?: number;
  runtimeSeconds?: number;
  retransmits?: number;
  /** Only of a single record: shares and percentiles do not add up. */
  lostRatio?: number;
  jitterSeconds?: number;
  /** Of several records `min`, `max` and, where histograms give the weights, `mean`. */
  latencySeconds?: Readonly<Record<string, number>>;
  /** Each latency is right to ± this, where the tool rounds. */
  latencyHalfWidthSeconds?: Readonly<Record<string, number>>;
  /** Latencies that are lower bounds only, as requests were lost. */
  latencyAtLeast?: readonly string[];
  /** Of each part; merged when a percentile is wanted. */
  histograms?: readonly Bins[];
  /** Latencies in the histograms: the weight of a mean. */
  latencies?: number;
  /** Of the only record, or with a star for what differs between several. */
  path: string;
}

/**
 * All samples of a file, labelled with `file` and the labels of its loads; `percentiles` are names such as `p99.9`. Refused with a
 * sentence: a file that could not be read, or whose numbers must not be judged.
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
export function unfitness({error, unfit}: FileContents): string | undefined {
  if (error !== undefined) {
    const place = error.path === '' ? '' : ` at ${error.path}`;
    return `it cannot be read${place}: expected ${error.expected}, found ${error.found}`;
  }
  return unfit;
}

/** The loads of a file, in its order; a fio job with several directions has a further one, `total`. */
export function loadsOf(contents: FileContents): Result<readonly Load[], string> {
  const unfit = unfitness(contents);
  const {tool, records} = contents;
  if (unfit !== undefined) return {ok: false, error: unfit};
  if (tool === undefined || records.length === 0) return {ok: false, error: 'it holds no figures'};
  const series = grouped(records, record => keyOf(labelsOf(tool, record)));
  for (const one of series) {
    const [first] = one;
    if (first === undefined || one.every(record => record.group === first.group)) continue;
    const error = `jobs named ${first.name} ran one after the other: give them names of their own, as their figures do not add up`;
    return {ok: false, error};
  }
  const loads = series.flatMap(one => {
    const each = one.map(record => loadOf(tool, record));
    const [first] = each;
    return first === undefined ? [] : [sumOf(each, first.labels)];
  });
  const totals = grouped(loads, ({labels: {direction, ...rest}}) => keyOf(rest)).flatMap(one => {
    const [first] = one;
    return tool !== 'fio' || first === undefined || one.length < 2
      ? []
      : [sumOf(one, {...first.labels, direction: 'total'})];
  });
  return {ok: true, value: [...loads, ...totals]};
}

/** One load a job, without direction: the longest of its runtimes. */
export function runtimesOf(loads: readonly Load[]): readonly Load[] {
  return grouped(
    loads.filter(({tool, labels}) => tool === 'fio' && labels.direction !== 'total'),
    ({labels: {direction, ...rest}}) => keyOf(rest),
  ).flatMap(one => {
    const longest = one.toSorted((a, b) => (b.runtimeSeconds ?? 0) - (a.runtimeSeconds ?? 0))[0];
    if (longest === undefined || one.some(load => load.runtimeSeconds === undefined)) return [];
    const {direction, ...labels} = longest.labels;
    return [{...longest, labels}];
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

/** Equal for equal labels, whatever their order. */
export function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
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
  const sum: Load = {tool: first.tool, labels, path: starred(loads.map(load => load.path))};
  for (const key of ['opsPerSecond', 'bytesPerSecond', 'bitsPerSecond', 'retransmits', 'latencies'] as const) {
    const values = all(loads, load => load[key]);
    if (values !== undefined) sum[key] = values.reduce((a, b) => a + b, 0);
  }
  const runtimes = all(loads, load => load.runtimeSeconds);
  if (runtimes !== undefined) sum.runtimeSeconds = Math.max(...runtimes);
  const histograms = all(loads, load => load.histograms);
  if (histograms !== undefined) sum.histograms = histograms.flat();
  const latencies = all(loads, load => load.latencySeconds);
  if (latencies !== undefined) {
    const mins = all(latencies, latency => latency.min);
    const maxs = all(latencies, latency => latency.max);
    const means = all(latencies, latency => latency.mean);
    const weights = all(loads, load => load.latencies);
    const total = sum.latencies;
    sum.latencySeconds = {
      ...(mins === undefined ? {} : {min: Math.min(...mins)}),
      ...(maxs === undefined ? {} : {max: Math.max(...maxs)}),
      ...(means === undefined || weights === undefined || !total
        ? {}
        : {mean: means.reduce((sum, mean, index) => sum + (mean * (weights[index] ?? Number.NaN)) / total, 0)}),
    };
  }
  addRanges(sum, loads);
  return sum;
}

/** The widest of the parts is the whole's; what is a lower bound in one part is one in the whole. */
function addRanges(sum: Load, loads: readonly Load[]): void {
  if (loads.every(load => load.latencyHalfWidthSeconds === undefined && load.latencyAtLeast === undefined)) return;
  const widest: Record<string, number> = {};
  for (const [name, width] of loads.flatMap(load => Object.entries(load.latencyHalfWidthSeconds ?? {})))
    widest[name] = Math.max(widest[name] ?? 0, width);
  sum.latencyHalfWidthSeconds = widest;
  const atLeast = [...new Set(loads.flatMap(load => load.latencyAtLeast ?? []))];
  if (atLeast.length > 0) sum.latencyAtLeast = atLeast;
}

/** A figure of every one, or nothing where one lacks it. */
function all<T, V>(ones: readonly T[], figure: (one: T) => V | undefined): readonly V[] | undefined {
  const values = ones.map(figure).filter(value => value !== undefined);
  return values.length === ones.length ? values : undefined;
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

/** The samples of one load, but for its latencies, and for its runtime, which belongs to a job and not to a direction. */
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
    return [
      {
        metric,
        unit: 's' as const,
        value: seconds,
        labels: {...load.labels, file, percentile},
        from: {artefact: file, path: load.path},
        ...(halfWidthSeconds > 0 ? {halfWidth: halfWidthSeconds} : {}),
        ...(saturated ? {censored: true as const} : {}),
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
