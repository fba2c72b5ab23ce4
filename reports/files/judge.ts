/** Judges what was gathered of files (gather-files.ts) against targets. */
import type {Estimate, Sample, Target, Verdict} from '../../harness/types.ts';
import {type FileTarget, fileMetricNamed} from '../judge/targets.ts';
import {judgeTarget} from '../judge/verdict.ts';
import {operationsToSee, operationsToShow, tooFew} from '../percentile.ts';
import type {Overall} from '../run/report.ts';
import {byCount} from '../words/text.ts';
import {
  type FileProblem,
  fewValues,
  type Gathered,
  type GatheredFile,
  type GatheredTarget,
  samplesFor,
} from './gather.ts';
import {folderOf, notTogether, type Pool, widened} from './pools.ts';
import {keyOf, type Load} from './samples.ts';

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

/** The verdict on every target; nothing gathered, or nothing promised, is undecided. */
export function judgeGathered(state: Gathered, targets: readonly FileTarget[]): Judgement {
  const verdicts = targets.flatMap((target, index) => {
    const own = state.targets[index];
    return own === undefined ? [] : [judgeOne(target, own, state.files)];
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

interface Trials {
  /** Labelled with `trial`. */
  samples: readonly Sample[];
  /** In the order in which they began where that is known, else by name. */
  names: readonly string[];
  inOrder: boolean;
  files: number;
  holes: readonly FileProblem[];
}

function judgeOne(target: FileTarget, own: GatheredTarget, files: readonly GatheredFile[]): FileVerdict {
  const starts = startsOf(files, target.scope);
  const trials = shownIn(
    target,
    target.scope === 'file' ? trialsOfFiles(own.samples, starts) : trialsOfPools(target, own.pools, starts),
  );
  const copies = copied(target, files);
  const holes = [...own.holes, ...trials.holes, ...lost(target, files), ...copies].sort((a, b) =>
    byCount(a.file, b.file),
  );
  const {samples, names} = trials;
  const verdict = withHoles(
    verdictOf(target, own, trials),
    holes,
    names.length,
    maySum(target) && holes.length > copies.length,
  );
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
    warnings: [...differing(own.settings), ...atOnce(target, files, new Set(names))],
  };
}

/** When each file, or each folder's first file, began; without those of which that is not known. */
function startsOf(files: readonly GatheredFile[], scope: FileTarget['scope']): ReadonlyMap<string, number> {
  const starts = new Map<string, number>();
  const unknown = new Set<string>();
  for (const {file, span} of files) {
    const name = scope === 'file' ? file : folderOf(file);
    if (span === undefined) unknown.add(name);
    else starts.set(name, Math.min(span.startMs, starts.get(name) ?? span.startMs));
  }
  for (const name of unknown) starts.delete(name);
  return starts;
}

/** Each name once, by its start where all are known and none is shared, else by name. */
function inOrderOf(all: readonly string[], starts: ReadonlyMap<string, number>): Pick<Trials, 'names' | 'inOrder'> {
  const names = [...new Set(all)].sort(byCount);
  const known = new Set(names.flatMap(name => starts.get(name) ?? []));
  if (known.size < names.length) return {names, inOrder: false};
  return {names: names.sort((a, b) => (starts.get(a) ?? 0) - (starts.get(b) ?? 0)), inOrder: true};
}

function trialsOfFiles(own: readonly Sample[], starts: ReadonlyMap<string, number>): Trials {
  const {names, inOrder} = inOrderOf(
    own.map(sample => sample.from.artefact),
    starts,
  );
  const numbers = new Map(names.map((name, index) => [name, index + 1]));
  const samples = own.map(sample => labelled(sample, numbers.get(sample.from.artefact)));
  return {samples, names, inOrder, files: names.length, holes: []};
}

/**
 * Without percentiles that their operations are too few for: what was seen needs fewer than what is said of the next
 * trial.
 */
function shownIn({statistic, where, confidence}: FileTarget, trials: Trials): Trials {
  const needed = (percentile: number) =>
    statistic === 'observed' ? operationsToSee(percentile) : operationsToShow(percentile, confidence);
  const holes: FileProblem[] = [];
  const samples = trials.samples.filter(({operations, from: {artefact}}) => {
    const reason = tooFew(where.percentile, operations, needed);
    if (reason !== undefined) holes.push({file: artefact, reason});
    return reason === undefined;
  });
  return {...trials, samples, holes: [...trials.holes, ...holes]};
}

function labelled(sample: Sample, trial: number | undefined): Sample {
  return {...sample, labels: {...sample.labels, ...(trial === undefined ? {} : {trial: String(trial)})}};
}

/** Units of what adds up only over files that ran at once. */
const ratesPerSecond: ReadonlySet<FileTarget['unit']> = new Set(['op/s', 'B/s', 'bit/s']);

function trialsOfPools(
  target: FileTarget,
  pools: ReadonlyMap<string, Pool>,
  starts: ReadonlyMap<string, number>,
): Trials {
  const all = [...pools.values()].slice(0, mostPools);
  const nameOf = ({folder}: Pool) => (target.scope === 'all' ? 'all files' : folder);
  const {names, inOrder} = inOrderOf(all.map(nameOf), starts);
  const holes: FileProblem[] = [];
  if (pools.size > mostPools) {
    const reason = `are left out: at most ${mostPools} folders and series are judged together; name more in "where"`;
    holes.push({file: `${pools.size - mostPools} more`, reason});
  }
  const sumsRates = ratesPerSecond.has(target.unit);
  const samples = all.flatMap(pool => {
    const apart = sumsRates ? notTogether(pool) : undefined;
    if (apart !== undefined) {
      holes.push(apart);
      return [];
    }
    const bins = pool.bins && [...pool.bins].sort(([a], [b]) => a - b);
    const load: Load = bins === undefined ? pool.load : {...pool.load, histograms: [bins]};
    const name = nameOf(pool);
    const [sample] = samplesFor(target, load, name);
    if (sample !== undefined) return [labelled(sumsRates ? widened(sample, pool) : sample, names.indexOf(name) + 1)];
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
  return {samples, names, inOrder, files: all.reduce((sum, {files}) => sum + files, 0), holes};
}

/** Files that could not be read or must not be judged, where the target may be about them. */
function lost(target: FileTarget, files: readonly GatheredFile[]): readonly FileProblem[] {
  const tool = fileMetricNamed(target.metric)?.tool;
  return files.flatMap(one => {
    const about = (one.tool === undefined || one.tool === tool) && (target.where.file ?? one.file) === one.file;
    return about && one.unfit !== undefined ? [{file: one.file, reason: `is not judged: ${one.unfit}`}] : [];
  });
}

function copied(target: FileTarget, files: readonly GatheredFile[]): readonly FileProblem[] {
  const tool = fileMetricNamed(target.metric)?.tool;
  return files.flatMap(({file, tool: by, copyOf}) => {
    if (copyOf === undefined || by !== tool || (target.where.file ?? file) !== file) return [];
    return [{file, reason: `is a copy of ${copyOf}, not another trial`}];
  });
}

function verdictOf(target: FileTarget, own: GatheredTarget, {samples, inOrder}: Trials): Verdict {
  if (samples.length === 0) return {kind: 'undecided', reason: nothingFound(target, own)};
  if (target.statistic === 'observed') return judgeObserved(target, samples);
  const series = new Map(samples.map(({labels: {trial, file, percentile, ...rest}}) => [keyOf(rest), rest] as const));
  if (series.size > 1) {
    return {kind: 'undecided', reason: `it is about ${series.size} things at once: ${apart([...series.values()])}`};
  }
  const {written, statistic, scope, source, ...rest} = target;
  const judged: Target = {...rest, statistic, claim: target.id, source: source ?? ''};
  return judgeTarget(judged, samples, [], [], inOrder);
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
  const reason = samples.some(({censored}) => censored === true)
    ? 'of what was seen some is known from below only: it never ended, was never answered, or is beyond what the tool counts'
    : 'what was seen is within the resolution of the tool of the bound; more trials will not help';
  return {kind: 'undecided', estimate, reason};
}

function nothingFound(target: FileTarget, own: GatheredTarget): string {
  if (own.samples.length > 0 || own.pools.size > 0) return 'nothing that was measured can show it';
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

/** Whether files that give nothing could have added to what was seen: a sum from below is not missed without them. */
function maySum({scope, relation, unit}: FileTarget): boolean {
  return scope !== 'file' && relation === 'at-least' && ratesPerSecond.has(unit);
}

/** Missing trials never help: a target is not met over them. It can be missed, where they could not have mended it. */
function withHoles(verdict: Verdict, holes: readonly FileProblem[], trials: number, mended: boolean): Verdict {
  if (holes.length === 0) return verdict;
  if (verdict.kind === 'missed') {
    if (!mended) return verdict;
    const {estimate} = verdict;
    const reason = 'what was seen breaks the bound, but files are missing that would have added to it';
    return withHoles({kind: 'undecided', estimate, reason}, holes, trials, false);
  }
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

/** Files that ran at once are parts of one trial rather than trials: what disturbs one disturbs the other. */
function atOnce({scope, statistic}: FileTarget, files: readonly GatheredFile[], names: ReadonlySet<string>) {
  if (scope !== 'file' || statistic === 'observed') return [];
  const timed = files
    .flatMap(({file, span}) => (span !== undefined && names.has(file) ? [{file, ...span}] : []))
    .sort((a, b) => a.startMs - b.startMs || byCount(a.file, b.file));
  const first = timed.findIndex(({startMs}, index) => startMs < (timed[index - 1]?.endMs ?? Number.NEGATIVE_INFINITY));
  const [one, other] = [timed[first - 1], timed[first]];
  if (one === undefined || other === undefined) return [];
  return [
    `${one.file} and ${other.file} ran at once: are they parts of one trial? Then say "scope: folder", with a folder a trial`,
  ];
}

function differing(settings: ReadonlyMap<string, ReadonlySet<string>>): readonly string[] {
  return [...settings].flatMap(([key, values]) =>
    values.size > 1 ? [`Its files were made with different settings: ${key} ${listed([...values].sort(byCount))}`] : [],
  );
}
