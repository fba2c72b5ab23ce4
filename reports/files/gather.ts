/**
 * Takes of files, as they stream by, what targets want. `gather` adds one file at a time to a batch, which may be made
 * elsewhere (it is structured-clonable); `combine` adds a batch to what is there, each piece of evidence once;
 * `judgeGathered` in judge-files.ts says what became of the targets.
 */
import type {Sample} from '../../harness/types.ts';
import {matches} from '../judge/evidence.ts';
import {type FileTarget, fileMetricNamed} from '../judge/targets.ts';
import {type Identity, identityOf, type KnownFiles, noFiles, originalOf} from './copies.ts';
import {addPart, folderOf, type Part, type Pool, partOf} from './pools.ts';
import type {FileContents, Span, Tool} from './records.ts';
import {
  type Load,
  latencyFigures,
  latencySamples,
  loadsOf,
  rateSamples,
  runtimeSamples,
  runtimesOf,
} from './samples.ts';

/** A few files, in the order given. */
export interface Batch {
  files: BatchFile[];
  /** One for each target, in their order. */
  targets: BatchTarget[];
}

export interface GatheredFile {
  file: string;
  tool?: Tool;
  /** Why none of its numbers may be judged. */
  unfit?: string;
  /** The file whose run it holds once more. Nothing of it counts. */
  copyOf?: string;
  /** When it ran, where it says so. */
  span?: Span;
}

interface BatchFile extends GatheredFile {
  identity?: Identity;
}

interface Found {
  /** A value for each file and series; with the scope `file`. */
  samples: Sample[];
  /** Files that should speak and don't. */
  holes: FileProblem[];
  /** Files of the right tool that hold nothing the target is about. */
  passedOver: number;
  /** Labels that there are, for a target that finds nothing; the first few values of each. */
  offered: Map<string, Set<string>>;
  /** Settings of the files behind it; the first few values of each. */
  settings: Map<string, Set<string>>;
}

interface BatchTarget extends Found {
  /** With the other scopes: added up only once it is known which files are copies. */
  parts: Part[];
}

export interface GatheredTarget extends Found {
  /** By folder and series; with the other scopes. */
  pools: Map<string, Pool>;
}

/** All files so far. */
export interface Gathered {
  files: GatheredFile[];
  known: KnownFiles;
  /** One for each target, in their order. */
  targets: GatheredTarget[];
}

export interface FileProblem {
  file: string;
  reason: string;
}

/** Values kept of a label or setting: enough for a sentence. */
export const fewValues = 6;
/** Settings in which files of one trial, or trials of one kind, differ without meaning it. */
const ownSettings = new Set([
  'filename',
  'directory',
  'description',
  'write_lat_log',
  'write_bw_log',
  'write_iops_log',
]);

export function startBatch(targets: readonly FileTarget[]): Batch {
  return {files: [], targets: targets.map(() => ({...nothingFound(), parts: []}))};
}

export function startGathering(targets: readonly FileTarget[]): Gathered {
  return {files: [], known: noFiles(), targets: targets.map(() => ({...nothingFound(), pools: new Map()}))};
}

function nothingFound(): Found {
  return {samples: [], holes: [], passedOver: 0, offered: new Map(), settings: new Map()};
}

/** Takes what the targets want of one file. Changes `batch`, and keeps nothing else of `contents`. */
export function gather(batch: Batch, targets: readonly FileTarget[], contents: FileContents): void {
  const {file, tool} = contents;
  const loads = loadsOf(contents);
  const identity = identityOf(contents);
  batch.files.push({
    file,
    ...(tool === undefined ? {} : {tool}),
    ...(loads.ok ? {} : {unfit: loads.error}),
    ...(identity === undefined ? {} : {identity}),
  });
  if (!loads.ok) return;
  for (const [index, target] of targets.entries()) {
    const own = batch.targets[index];
    if (own === undefined || fileMetricNamed(target.metric)?.tool !== tool) continue;
    gatherFor(own, target, contents, target.metric === 'storage.runtime' ? runtimesOf(loads.value) : loads.value);
  }
}

function gatherFor(own: BatchTarget, target: FileTarget, contents: FileContents, loads: readonly Load[]): void {
  const {file, settings} = contents;
  const {percentile, ...where} = target.where;
  const wanted = Object.entries(where);
  const fits = (load: Load, but?: string) =>
    wanted.every(([label, value]) => label === but || (label === 'file' ? file : load.labels[label]) === value);
  const fitting = loads.filter(load => fits(load));
  if (fitting.length === 0) {
    for (const load of loads) for (const [label, value] of Object.entries(load.labels)) note(own.offered, label, value);
    const {direction} = where;
    if (direction !== undefined && loads.some(load => fits(load, 'direction'))) {
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
    } else if (target.scope !== 'file') own.parts.push(partOf(file, load, wantsHistogram(target)));
    else if (sample !== undefined) own.samples.push(sample);
  }
}

function wantsHistogram({metric, where}: FileTarget): boolean {
  return metric === 'storage.latency' && where.percentile?.startsWith('p') === true;
}

/** The only sample of a load that the target is about. */
export function samplesFor(target: FileTarget, load: Load, file: string): readonly Sample[] {
  if (target.metric === 'storage.runtime') return runtimeSamples(load, file);
  const {percentile} = target.where;
  const names = percentile?.startsWith('p') ? [percentile] : latencyFigures;
  const samples = target.metric.endsWith('.latency') ? latencySamples(load, file, names) : rateSamples(load, file);
  return samples.filter(
    sample => sample.metric === target.metric && (percentile === undefined || matches({percentile}, sample)),
  );
}

function note(values: Map<string, Set<string>>, key: string, value: string): void {
  const known = values.get(key);
  if (known === undefined) values.set(key, new Set([value]));
  else if (known.size < fewValues) known.add(value);
}

/** Adds a batch to what is there, its copies left out. Changes `all` and gives it back; the batch is spent. */
export function combine(all: Gathered, targets: readonly FileTarget[], batch: Batch): Gathered {
  const copies = new Set<string>();
  for (const {identity, ...file} of batch.files) {
    const copyOf = originalOf(all.known, file.file, identity);
    if (copyOf !== undefined) copies.add(file.file);
    const span = identity?.span;
    all.files.push({
      ...file,
      ...(copyOf === undefined ? {} : {copyOf}),
      ...(span === undefined ? {} : {span}),
    });
  }
  for (const [index, target] of targets.entries()) {
    const [into, from] = [all.targets[index], batch.targets[index]];
    if (into === undefined || from === undefined) continue;
    for (const sample of from.samples) if (!copies.has(sample.from.artefact)) into.samples.push(sample);
    for (const part of from.parts) {
      if (!copies.has(part.file)) addPart(into.pools, target.scope === 'all' ? '' : folderOf(part.file), part);
    }
    for (const hole of from.holes) into.holes.push(hole);
    into.passedOver += from.passedOver;
    for (const kind of ['offered', 'settings'] as const) {
      for (const [key, values] of from[kind]) for (const value of values) note(into[kind], key, value);
    }
  }
  return all;
}
