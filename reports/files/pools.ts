/** Files of one trial added up: rates only of what ran at once, histograms of all. */

import type {Bins} from '../../harness/parse/bins.ts';
import type {Sample} from '../../harness/types.ts';
import type {Span} from './records.ts';
import {keyOf, type Load, sumOf} from './samples.ts';

/** What one file gives to a pool. */
export interface Part {
  file: string;
  /** Without its histograms. */
  load: Load;
  /** Its histograms, where the target wants them and the file has them; packed, midpoints and counts in turns. */
  bins?: readonly Bins[] | Float64Array;
}

/** The files of one trial added up under one set of labels. */
export interface Pool {
  folder: string;
  files: number;
  /** Without its histograms, which are in `bins`. */
  load: Load;
  bins?: Map<number, number>;
  ran: Ran;
}

/** When the parts of a pool ran. */
interface Ran {
  /** A file that does not say when. */
  unknown?: string;
  first: {startMs: number; file: string};
  /** The last to start, and the first to end. */
  last: {startMs: number; file: string};
  endMs: {first: number; last: number};
  runtimeMs: {shortest: number; longest: number};
}

/** Parts must have run at once for this share of the longest of them before their rates add up. */
const leastTogether = 0.9;

export function partOf(file: string, {histograms, ...load}: Load, wanted: boolean): Part {
  return {file, load, ...(wanted && histograms !== undefined ? {bins: histograms} : {})};
}

/** The same, small and quick to send to another thread. */
export function packed(part: Part): Part {
  const {bins} = part;
  if (bins === undefined || bins instanceof Float64Array) return part;
  const flat = new Float64Array(bins.reduce((sum, one) => sum + 2 * one.length, 0));
  let at = 0;
  for (const one of bins) {
    for (const bin of one) {
      flat[at] = bin[0];
      flat[at + 1] = bin[1];
      at += 2;
    }
  }
  return {...part, bins: flat};
}

export function folderOf(file: string): string {
  const end = file.lastIndexOf('/');
  return end === -1 ? '.' : file.slice(0, end);
}

/** Changes `pools`. A pool in which one part lacks a histogram has none. */
export function addPart(pools: Map<string, Pool>, folder: string, part: Part): void {
  const key = `${folder}\n${keyOf(part.load.labels)}`;
  const known = pools.get(key);
  if (known === undefined) {
    const bins = part.bins && addBins(new Map(), part.bins);
    pools.set(key, {folder, files: 1, load: part.load, ...(bins === undefined ? {} : {bins}), ran: ranOf(part)});
    return;
  }
  known.files += 1;
  known.load = sumOf([known.load, part.load], known.load.labels);
  known.ran = both(known.ran, ranOf(part));
  if (part.bins === undefined || known.bins === undefined) delete known.bins;
  else addBins(known.bins, part.bins);
}

function addBins(sum: Map<number, number>, bins: readonly Bins[] | Float64Array): Map<number, number> {
  const add = (midpoint: number, count: number) => sum.set(midpoint, (sum.get(midpoint) ?? 0) + count);
  if (bins instanceof Float64Array) {
    for (let at = 0; at < bins.length; at += 2) add(bins[at] ?? Number.NaN, bins[at + 1] ?? Number.NaN);
    return sum;
  }
  // By index: taking pairs apart is several times as slow.
  for (const one of bins) for (const bin of one) add(bin[0], bin[1]);
  return sum;
}

function ranOf({file, load: {span, runtimeSeconds}}: Part): Ran {
  const {startMs, endMs} = span ?? {startMs: Number.NaN, endMs: Number.NaN};
  const ms = runtimeSeconds === undefined ? endMs - startMs : runtimeSeconds * 1000;
  return {
    ...(span === undefined ? {unknown: file} : {}),
    first: {startMs, file},
    last: {startMs, file},
    endMs: {first: endMs, last: endMs},
    runtimeMs: {shortest: ms, longest: ms},
  };
}

function both(a: Ran, b: Ran): Ran {
  const unknown = a.unknown ?? b.unknown;
  return {
    ...(unknown === undefined ? {} : {unknown}),
    first: b.first.startMs < a.first.startMs ? b.first : a.first,
    last: b.last.startMs > a.last.startMs ? b.last : a.last,
    endMs: {first: Math.min(a.endMs.first, b.endMs.first), last: Math.max(a.endMs.last, b.endMs.last)},
    runtimeMs: {
      shortest: Math.min(a.runtimeMs.shortest, b.runtimeMs.shortest),
      longest: Math.max(a.runtimeMs.longest, b.runtimeMs.longest),
    },
  };
}

/** Why the rates of a pool do not add up; nothing where they do. */
export function notTogether({files, ran}: Pool): {file: string; reason: string} | undefined {
  if (files < 2) return undefined;
  const {unknown, first, last, endMs, runtimeMs} = ran;
  if (unknown !== undefined) {
    return {file: unknown, reason: 'does not say when it ran: rates of files add up only where they ran at once'};
  }
  const shared = Math.max(0, endMs.first - last.startMs);
  if (shared >= leastTogether * runtimeMs.longest) return undefined;
  const seconds = (ms: number) => `${Number((ms / 1000).toPrecision(3))} s`;
  const later = `began ${seconds(last.startMs - first.startMs)} after ${first.file}`;
  const reason = `${later}: all ran at once for ${seconds(shared)} of ${seconds(runtimeMs.longest)}, and rates add up only where ${100 * leastTogether} % are shared`;
  return {file: last.file, reason};
}

/**
 * The sum of rates, known from below by what was carried from the first start to the last end: parts that ran alone for
 * a while may have been quicker then.
 */
export function widened(sample: Sample, {files, ran}: Pool): Sample {
  const span: Span = {startMs: ran.first.startMs, endMs: ran.endMs.last};
  const share = Math.min(1, ran.runtimeMs.shortest / (span.endMs - span.startMs));
  return files < 2 || !(share < 1) ? sample : {...sample, halfWidth: sample.value * (1 - share)};
}
