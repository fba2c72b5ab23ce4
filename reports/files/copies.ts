/**
 * Evidence is counted once: which file holds a run that another file holds already. `judge` and `compare` both ask
 * here.
 */

import {commonMs} from '../span.ts';
import {fingerprint} from './fingerprint.ts';
import type {FileContents, FileRecord, Span} from './records.ts';

/** What a file measured and when: all that is kept of it to tell its copies. */
export interface Identity {
  /** Stands for its rates and latencies. */
  figures: string;
  /** Stands for the start and the main figures: the same run, of which one file keeps less than the other. */
  moment?: string;
  span?: Span;
}

/** Files that were met so far, by what they measured. Clonable. */
export interface KnownFiles {
  byFigures: Map<string, {file: string; span?: Span}[]>;
  byMoment: Map<string, string>;
}

export function noFiles(): KnownFiles {
  return {byFigures: new Map(), byMoment: new Map()};
}

/** Absent where nothing was measured. */
export function identityOf({tool, startedAtMs, records, settings, measured}: FileContents): Identity | undefined {
  if (tool === undefined || records.length === 0) return undefined;
  if (measured !== undefined) return {figures: `${tool} ${measured}`};
  const whole = fingerprint();
  for (const key of Object.keys(settings).sort()) {
    whole.text(key);
    whole.text(settings[key] ?? '');
  }
  for (const record of records) addFigures(whole, record);
  const span = spanOf(records) ?? (startedAtMs === undefined ? undefined : {startMs: startedAtMs, endMs: startedAtMs});
  return {
    figures: `${tool} ${whole.digits()}`,
    ...(startedAtMs === undefined ? {} : {moment: `${tool} ${startedAtMs} ${mainFigures(records)}`}),
    ...(span === undefined ? {} : {span}),
  };
}

/**
 * The file that this one is a copy of, if any; else it is known from now on. The same figures to the last digit are a
 * copy unless the clock says that one run had ended before the other began: without a start, or where both would have
 * run at once, nothing speaks for two runs. The same start with the same main figures is a copy too, whatever else
 * one of them lacks.
 */
export function originalOf(known: KnownFiles, file: string, identity: Identity | undefined): string | undefined {
  if (identity === undefined) return undefined;
  const {figures, moment, span} = identity;
  const alike = known.byFigures.get(figures) ?? [];
  const twin = alike.find(one => one.span === undefined || span === undefined || commonMs(one.span, span) >= 0);
  const original = twin?.file ?? (moment === undefined ? undefined : known.byMoment.get(moment));
  if (original !== undefined) return original;
  known.byFigures.set(figures, [...alike, {file, ...(span === undefined ? {} : {span})}]);
  if (moment !== undefined) known.byMoment.set(moment, file);
  return undefined;
}

/**
 * Entries of one file that hold the same latencies to the last digit: one was copied. Two jobs may well have the same
 * rate, but never the same mean and deviation of their latencies.
 */
export function copiedRecords(records: readonly FileRecord[]): readonly [FileRecord, FileRecord] | undefined {
  const byMean = new Map<number, FileRecord>();
  for (const record of records) {
    const {mean, stddev} = record.latencySeconds ?? {};
    if (mean === undefined || !stddev) continue;
    const twin = byMean.get(mean);
    if (twin === undefined) byMean.set(mean, record);
    else if (
      twin.direction === record.direction &&
      figuresOf({...twin, client: ''}) === figuresOf({...record, client: ''})
    )
      return [twin, record];
  }
  return undefined;
}

function figuresOf(record: FileRecord): string {
  const print = fingerprint();
  addFigures(print, record);
  return print.digits();
}

/** From the first start to the last end; absent where one of them does not say. */
function spanOf(records: readonly FileRecord[]): Span | undefined {
  const spans = records.flatMap(({span}) => span ?? []);
  if (spans.length < records.length) return undefined;
  return {
    startMs: Math.min(...spans.map(({startMs}) => startMs)),
    endMs: Math.max(...spans.map(({endMs}) => endMs)),
  };
}

/**
 * A run's rates and the shape of its latencies: no two runs share all of these, and a file that was written anew
 * still has them.
 */
function addFigures(print: ReturnType<typeof fingerprint>, record: FileRecord): void {
  const {direction, client = '', latencyKind = '', latencySeconds} = record;
  print.text(direction);
  print.text(latencyKind);
  print.text(client);
  for (const key of figures) print.number(record[key] ?? Number.NaN);
  if (latencySeconds === undefined) return;
  for (const key of latencies) print.number(latencySeconds[key] ?? Number.NaN);
}

const latencies = ['min', 'mean', 'max', 'stddev', 'p50', 'p99'] as const;
const figures = [
  'opsPerSecond',
  'bytesPerSecond',
  'bitsPerSecond',
  'runtimeSeconds',
  'lostRatio',
  'jitterSeconds',
  'retransmits',
] as const;

const mains = ['opsPerSecond', 'bitsPerSecond', 'runtimeSeconds', 'jitterSeconds'] as const;

function mainFigures(records: readonly FileRecord[]): string {
  const print = fingerprint();
  for (const record of records) {
    for (const key of mains) print.number(record[key] ?? Number.NaN);
    print.number(record.latencySeconds?.mean ?? Number.NaN);
  }
  return print.digits();
}
