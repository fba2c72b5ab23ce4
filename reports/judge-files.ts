/**
 * Judges files against targets as they stream by: `gather` takes one file at a time and keeps no more of it than the targets want, `combine`
 * joins what was gathered elsewhere (a gathering is structured-clonable), `judgeGathered` says what became of the targets.
 */
import type {Estimate, Sample, Target, Verdict} from '../harness/types.ts';
import {matches} from './evidence.ts';
import {
  keyOf,
  type Load,
  latencyFigures,
  latencySamples,
  loadsOf,
  rateSamples,
  runtimeSamples,
  runtimesOf,
  sumOf,
} from './file-samples.ts';
import type {FileContents, Tool} from './records.ts';
import {byCount} from './render/text.ts';
import type {Overall} from './report.ts';
import {type FileTarget, fileMetricNamed} from './targets.ts';
import {judgeTarget} from './verdict.ts';

export interface Gathering {
  files: GatheredFile[];
  /** One for each target, in their order. */
  targets: GatheredTarget[];
}

interface GatheredFile {
  file: string;
  tool?: Tool;
  /** Why none of its numbers may be judged. */
  unfit?: string;
  /** The same only in a copy of the same trial. */
  fingerprint?: string;
}

interface GatheredTarget {
  /** A value for each file and series; with the scope `file`. */
  samples: Sample[];
  /** By folder and series; with the other scopes. */
  pools: Map<string, Pool>;
  /** Files that should speak and don't. */
  holes: FileProblem[];
  /** Files of the right tool that hold nothing the target is about. */
  passedOver: number;
  /** Labels that there are, for a target that finds nothing; the first few values of each. */
  offered: Map<string, Set<string>>;
  /** Settings of the files behind it; the first few values of each. */
  settings: Map<string, Set<string>>;
}

/** The files of one trial added up under one set of labels. */
interface Pool {
  folder: string;
  files: number;
  /** Without its histograms, which are in `bins`. */
  load: Load;
  bins?: Map<number, number>;
}

export interface FileProblem {
  file: string;
  reason: string;
}

export interface FileVerdict {
  target: FileTarget;
  verdict: Verdict;
  /** Files, or folders of them, that speak. */
  trials: number;
  /** Files behind it, and those of the same tool that hold nothing it is about. */
  files: number;
  passedOver: number;
  /** The value on which it hangs most: where to look first. */
  worst?: {from: string; path: string; value: number};
  /** What the trials are, by the numbers that the verdict's reason uses. */
  named: readonly {trial: number; name: string}[];
  holes: readonly FileProblem[];
  /** Sentences. */
  warnings: readonly string[];
}

export interface Judgement {
  overall: Exclude<Overall, 'aborted' | 'unhealed'>;
  files: number;
  verdicts: readonly FileVerdict[];
  /** Files that could not be read or must not be judged. */
  problems: readonly FileProblem[];
}

/** More series or folders than this and the target does not say what it is about. */
const mostPools = 1000;
/** Values kept of a label or setting: enough for a sentence. */
const fewValues = 6;
/** Settings in which files of one trial, or trials of one kind, differ without meaning it. */
const ownSettings = new Set([
  'filename',
  'directory',
  'description',
  'write_lat_log',
  'write_bw_log',
  'write_iops_log',
]);

export function startGathering(targets: readonly FileTarget[]): Gathering {
  return {
    files: [],
    targets: targets.map(() => ({
      samples: [],
      pools: new Map(),
      holes: [],
      passedOver: 0,
      offered: new Map(),
      settings: new Map(),
    })),
  };
}

/** Takes what the targets want of one file. Changes `state`, and keeps nothing else of `contents`. */
export function gather(state: Gathering, targets: readonly FileTarget[], contents: FileContents): void {
  const {file, tool} = contents;
  const loads = loadsOf(contents);
  const fingerprint = fingerprintOf(contents);
  state.files.push({
    file,
    ...(tool === undefined ? {} : {tool}),
    ...(loads.ok ? {} : {unfit: loads.error}),
    ...(fingerprint === undefined ? {} : {fingerprint}),
  });
  if (!loads.ok) return;
  for (const [index, target] of targets.entries()) {
    const own = state.targets[index];
    if (own === undefined || fileMetricNamed(target.metric)?.tool !== tool) continue;
    gatherFor(own, target, contents, target.metric === 'storage.runtime' ? runtimesOf(loads.value) : loads.value);
  }
}

function gatherFor(own: GatheredTarget, target: FileTarget, contents: FileContents, loads: readonly Load[]): void {
  const {file, settings} = contents;
  const {percentile, ...where} = target.where;
  const fits = (load: Load, wanted: FileTarget['where']) =>
    Object.entries(wanted).every(([label, value]) => (label === 'file' ? file : load.labels[label]) === value);
  const fitting = loads.filter(load => fits(load, where));
  if (fitting.length === 0) {
    for (const load of loads) for (const [label, value] of Object.entries(load.labels)) note(own.offered, label, value);
    const {direction, ...job} = where;
    const names = Object.keys(job).some(label => label !== 'file');
    if (direction !== undefined && names && loads.some(load => fits(load, job))) {
      own.holes.push({file, reason: `holds no ${direction} of it`});
    } else own.passedOver += 1;
    return;
  }
  for (const [key, value] of Object.entries(settings)) if (!ownSettings.has(key)) note(own.settings, key, value);
  for (const load of fitting) {
    // The percentile of a trial of several files is taken once all are there.
    const later = target.scope !== 'file' && wantsHistogram(target) && load.histograms !== undefined;
    const [sample] = later ? [] : samplesFor(target, load, file);
    if (sample === undefined && !later) {
      const advice = target.metric === 'storage.latency' ? ': run fio with --output-format=json+' : '';
      const what = percentile === undefined ? target.metric : `${percentile} of ${target.metric}`;
      own.holes.push({file, reason: load.refused ?? `gives no ${what}${advice}`});
    } else if (target.scope !== 'file') addToPool(own.pools, target, load, file);
    else if (sample !== undefined) own.samples.push(sample);
  }
}

function wantsHistogram({metric, where}: FileTarget): boolean {
  return metric === 'storage.latency' && where.percentile?.startsWith('p') === true;
}

/** The only sample of a load that the target is about. */
function samplesFor(target: FileTarget, load: Load, file: string): readonly Sample[] {
  if (target.metric === 'storage.runtime') return runtimeSamples(load, file);
  const {percentile} = target.where;
  const names = percentile?.startsWith('p') ? [percentile] : latencyFigures;
  const samples = target.metric.endsWith('.latency') ? latencySamples(load, file, names) : rateSamples(load, file);
  return samples.filter(
    sample => sample.metric === target.metric && (percentile === undefined || matches({percentile}, sample)),
  );
}

function addToPool(pools: Map<string, Pool>, target: FileTarget, load: Load, file: string): void {
  const folder = target.scope === 'all' ? '' : folderOf(file);
  const key = `${folder}\n${keyOf(load.labels)}`;
  const {histograms, ...figures} = load;
  const known = pools.get(key);
  // Its percentile, and so its histogram, is all that a target on latency wants; a load without one is a hole already.
  const wanted =
    target.metric === 'storage.latency' && target.where.percentile?.startsWith('p') ? histograms : undefined;
  if (known === undefined) {
    const bins = new Map<number, number>();
    for (const one of wanted ?? []) addBins(bins, one);
    pools.set(key, {folder, files: 1, load: figures, ...(wanted === undefined ? {} : {bins})});
    return;
  }
  known.files += 1;
  known.load = sumOf([known.load, figures], known.load.labels);
  if (wanted === undefined || known.bins === undefined) delete known.bins;
  else for (const one of wanted) addBins(known.bins, one);
}

function addBins(sum: Map<number, number>, bins: Iterable<readonly [number, number]>): void {
  // By index: taking pairs apart is several times as slow.
  for (const bin of bins) sum.set(bin[0], (sum.get(bin[0]) ?? 0) + bin[1]);
}

function folderOf(file: string): string {
  const end = file.lastIndexOf('/');
  return end === -1 ? '.' : file.slice(0, end);
}

function note(values: Map<string, Set<string>>, key: string, value: string): void {
  const known = values.get(key);
  if (known === undefined) values.set(key, new Set([value]));
  else if (known.size < fewValues) known.add(value);
}

/** Start and figures of a file. Round trips of ping are few and rounded: two trials may well agree. */
function fingerprintOf({tool, startedAtMs, records}: FileContents): string | undefined {
  if (tool === 'ping' || tool === undefined || startedAtMs === undefined || records.length === 0) return undefined;
  return JSON.stringify([
    startedAtMs,
    records.map(({opsPerSecond, bitsPerSecond, runtimeSeconds, jitterSeconds, latencySeconds}) => [
      opsPerSecond,
      bitsPerSecond,
      runtimeSeconds,
      jitterSeconds,
      latencySeconds?.mean,
    ]),
  ]);
}

/** What two gatherings over different files found, together. Both are spent: neither may be used again. */
export function combine(a: Gathering, b: Gathering): Gathering {
  for (const file of b.files) a.files.push(file);
  for (const [index, from] of b.targets.entries()) {
    const into = a.targets[index];
    if (into === undefined) continue;
    for (const sample of from.samples) into.samples.push(sample);
    for (const hole of from.holes) into.holes.push(hole);
    into.passedOver += from.passedOver;
    for (const kind of ['offered', 'settings'] as const) {
      for (const [key, values] of from[kind]) for (const value of values) note(into[kind], key, value);
    }
    for (const [key, pool] of from.pools) {
      const known = into.pools.get(key);
      if (known === undefined) into.pools.set(key, pool);
      else {
        known.files += pool.files;
        known.load = sumOf([known.load, pool.load], known.load.labels);
        if (known.bins === undefined || pool.bins === undefined) delete known.bins;
        else addBins(known.bins, pool.bins);
      }
    }
  }
  return a;
}

/** The verdict on every target; nothing gathered, or nothing promised, is undecided. */
export function judgeGathered(state: Gathering, targets: readonly FileTarget[]): Judgement {
  const copies = copiesIn(state.files);
  const verdicts = targets.flatMap((target, index) => {
    const own = state.targets[index];
    return own === undefined ? [] : [judgeOne(target, own, state.files, copies)];
  });
  const kinds = verdicts.map(({verdict}) => verdict.kind);
  const met = kinds.length > 0 && kinds.every(kind => kind === 'met');
  return {
    overall: kinds.includes('missed') ? 'missed' : met ? 'met' : 'undecided',
    files: state.files.length,
    verdicts,
    problems: state.files
      .flatMap(({file, unfit}) => (unfit === undefined ? [] : [{file, reason: unfit}]))
      .sort((a, b) => byCount(a.file, b.file)),
  };
}

/** Files whose figures another file has too, to the last digit and from the same moment: a copy is no further trial. */
function copiesIn(files: readonly GatheredFile[]): ReadonlyMap<string, string> {
  const first = new Map<string, string>();
  const copies = new Map<string, string>();
  for (const {file, fingerprint} of files.toSorted((a, b) => byCount(a.file, b.file))) {
    if (fingerprint === undefined) continue;
    const known = first.get(fingerprint);
    if (known === undefined) first.set(fingerprint, file);
    else copies.set(file, known);
  }
  return copies;
}

interface Trials {
  /** Labelled with `trial`. */
  samples: readonly Sample[];
  names: readonly string[];
  files: number;
  holes: readonly FileProblem[];
}

function judgeOne(
  target: FileTarget,
  own: GatheredTarget,
  files: readonly GatheredFile[],
  copies: ReadonlyMap<string, string>,
): FileVerdict {
  const trials = target.scope === 'file' ? trialsOfFiles(own.samples, copies) : trialsOfPools(target, own.pools);
  const holes = [...own.holes, ...trials.holes, ...lost(target, files), ...copied(target, files, copies)].sort((a, b) =>
    byCount(a.file, b.file),
  );
  const {samples, names} = trials;
  const verdict = withHoles(verdictOf(target, own, trials), holes, names.length);
  const worst = worstOf(target, samples);
  return {
    target,
    verdict,
    trials: names.length,
    files: trials.files,
    passedOver: own.passedOver,
    ...(worst === undefined ? {} : {worst}),
    named: verdict.kind === 'undecided' ? namedIn(verdict.reason, names) : [],
    holes,
    warnings: differing(own.settings),
  };
}

function trialsOfFiles(all: readonly Sample[], copies: ReadonlyMap<string, string>): Trials {
  const own = all.filter(sample => !copies.has(sample.from.artefact));
  const names = [...new Set(own.map(sample => sample.from.artefact))].sort(byCount);
  const numbers = new Map(names.map((name, index) => [name, index + 1]));
  const samples = own.map(sample => labelled(sample, numbers.get(sample.from.artefact)));
  return {samples, names, files: names.length, holes: []};
}

function labelled(sample: Sample, trial: number | undefined): Sample {
  return {...sample, labels: {...sample.labels, ...(trial === undefined ? {} : {trial: String(trial)})}};
}

function trialsOfPools(target: FileTarget, pools: ReadonlyMap<string, Pool>): Trials {
  const all = [...pools.values()].slice(0, mostPools);
  const nameOf = ({folder}: Pool) => (target.scope === 'all' ? 'all files' : folder);
  const names = [...new Set(all.map(nameOf))].sort(byCount);
  const holes: FileProblem[] = [];
  if (pools.size > mostPools) {
    const reason = `are left out: at most ${mostPools} folders and series are judged together; name more in "where"`;
    holes.push({file: `${pools.size - mostPools} more`, reason});
  }
  const samples = all.flatMap(pool => {
    const bins = pool.bins && [...pool.bins].sort(([a], [b]) => a - b);
    const load: Load = bins === undefined ? pool.load : {...pool.load, histograms: [bins]};
    const name = nameOf(pool);
    const [sample] = samplesFor(target, load, name);
    if (sample !== undefined) return [labelled(sample, names.indexOf(name) + 1)];
    const advice = target.metric === 'storage.latency' ? ', which adds up only over histograms (json+)' : '';
    holes.push({file: name, reason: `gives no ${target.where.percentile ?? ''} ${target.metric}${advice}`});
    return [];
  });
  for (const series of Map.groupBy(all, pool => keyOf(pool.load.labels)).values()) {
    const most = Math.max(...series.map(({files}) => files));
    for (const pool of series.filter(({files}) => files < most)) {
      holes.push({file: nameOf(pool), reason: `holds ${pool.files} of its files where others hold ${most}`});
    }
  }
  return {samples, names, files: all.reduce((sum, {files}) => sum + files, 0), holes};
}

/** Files that could not be read or must not be judged, where the target may be about them. */
function lost(target: FileTarget, files: readonly GatheredFile[]): readonly FileProblem[] {
  const tool = fileMetricNamed(target.metric)?.tool;
  return files.flatMap(one => {
    const about = (one.tool === undefined || one.tool === tool) && (target.where.file ?? one.file) === one.file;
    return about && one.unfit !== undefined ? [{file: one.file, reason: `is not judged: ${one.unfit}`}] : [];
  });
}

function copied(
  target: FileTarget,
  files: readonly GatheredFile[],
  copies: ReadonlyMap<string, string>,
): readonly FileProblem[] {
  const tool = fileMetricNamed(target.metric)?.tool;
  return files.flatMap(({file, tool: by}) => {
    const original = copies.get(file);
    if (original === undefined || by !== tool || (target.where.file ?? file) !== file) return [];
    return [{file, reason: `is a copy of ${original}, not another trial`}];
  });
}

function verdictOf(target: FileTarget, own: GatheredTarget, {samples}: Trials): Verdict {
  if (samples.length === 0) return {kind: 'undecided', reason: nothingFound(target, own)};
  if (target.statistic === 'observed') return judgeObserved(target, samples);
  const series = new Map(samples.map(({labels: {trial, file, percentile, ...rest}}) => [keyOf(rest), rest] as const));
  if (series.size > 1) {
    return {kind: 'undecided', reason: `it is about ${series.size} things at once: ${apart([...series.values()])}`};
  }
  const {written, statistic, scope, source, ...rest} = target;
  const judged: Target = {...rest, statistic, claim: target.id, source: source ?? ''};
  return judgeTarget(judged, samples, []);
}

/** What was seen, and nothing about the next trial: every value must keep the bound. */
function judgeObserved(target: FileTarget, samples: readonly Sample[]): Verdict {
  const most = target.relation === 'at-most';
  const ranges = samples.map(({value, halfWidth = 0, censored}) => ({
    value,
    low: censored && !most ? Number.NEGATIVE_INFINITY : value - halfWidth,
    high: censored ? Number.POSITIVE_INFINITY : value + halfWidth,
  }));
  const extreme = (values: readonly number[]) => (most ? Math.max(...values) : Math.min(...values));
  const seen = samples.length === 1 ? 'the one value seen' : `the worst of ${samples.length} values seen`;
  const estimate: Estimate = {
    value: extreme(ranges.map(each => each.value)),
    low: extreme(ranges.map(each => each.low)),
    high: extreme(ranges.map(each => each.high)),
    n: samples.length,
    confidence: 1,
    method: `${seen}; says nothing about the next trial`,
  };
  if (!samples.every(({value}) => Number.isFinite(value))) {
    return {kind: 'undecided', reason: 'a value is no number'};
  }
  const {bound} = target;
  if (ranges.some(({low, high}) => (most ? low > bound : high < bound))) return {kind: 'missed', estimate};
  if (ranges.every(({low, high}) => (most ? high <= bound : low >= bound))) return {kind: 'met', estimate};
  const reason = 'what was seen is within the resolution of the tool of the bound; more trials will not help';
  return {kind: 'undecided', estimate, reason};
}

function nothingFound(target: FileTarget, own: GatheredTarget): string {
  const where = Object.entries(target.where).map(([label, value]) => `${label} ${value}`);
  const wanted = where.length === 0 ? '' : ` where ${where.join(', ')}`;
  const offers = [...own.offered].map(([label, values]) => `${label} ${listed([...values])}`);
  const there = offers.length === 0 ? '' : `; there is ${offers.join('; ')}`;
  return `no file gives ${target.metric}${wanted}${there}`;
}

function listed(values: readonly string[]): string {
  const shown = values.slice(0, fewValues - 1).join(', ');
  return values.length < fewValues ? shown : `${shown} …`;
}

/** Which labels would tell the series apart. */
function apart(series: readonly Readonly<Record<string, string>>[]): string {
  const labels = [...new Set(series.flatMap(one => Object.keys(one)))];
  const telling = labels.flatMap(label => {
    const values = [...new Set(series.map(one => one[label] ?? 'none'))];
    return values.length > 1 ? [`${label} ${listed(values.sort(byCount))}`] : [];
  });
  return `${telling.join('; ')}: name one in "where"`;
}

/** Missing trials never help: a target is not met over them. */
function withHoles(verdict: Verdict, holes: readonly FileProblem[], trials: number): Verdict {
  if (holes.length === 0 || verdict.kind === 'missed') return verdict;
  const [first, second] = holes.map(({file, reason}) => `${file} ${reason}`);
  const more = holes.length > 2 ? `; and ${holes.length - 2} more` : '';
  const missing = `${[first, second].filter(one => one !== undefined).join('; ')}${more}`;
  if (verdict.kind === 'met') {
    const reason = `all values seen are good, but ${missing}`;
    return {kind: 'undecided', estimate: verdict.estimate, reason, trialsNeeded: trials + holes.length};
  }
  return {...verdict, reason: `${verdict.reason}; ${missing}`};
}

function worstOf(target: FileTarget, samples: readonly Sample[]): FileVerdict['worst'] {
  const [first, ...rest] = samples;
  if (first === undefined) return undefined;
  const most = target.relation === 'at-most';
  const {value, from} = rest.reduce((worst, one) => (one.value > worst.value === most ? one : worst), first);
  return {from: from.artefact, path: from.path, value};
}

/** A verdict's reason numbers trials; people know files and folders. */
function namedIn(reason: string, names: readonly string[]): readonly {trial: number; name: string}[] {
  const numbers = [...reason.matchAll(/\btrial (\d+(?:, \d+)*)/g)].flatMap(match => (match[1] ?? '').split(', '));
  return [...new Set(numbers)].flatMap(number => {
    const name = names[Number(number) - 1];
    return name === undefined ? [] : [{trial: Number(number), name}];
  });
}

function differing(settings: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  return [...settings].flatMap(([key, values]) =>
    values.size > 1 ? [`Its files were made with different settings: ${key} ${listed([...values].sort(byCount))}`] : [],
  );
}
