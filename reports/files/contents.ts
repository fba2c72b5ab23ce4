/**
 * What `inspect` prints of files: a table for people, CSV, and JSON. What a tool does not report is absent, never 0.
 */
import type {Unit} from '../../harness/types.ts';
import {renderSheet} from '../document/csv.ts';
import {aligned} from '../document/text.ts';
import {oneLine} from '../words/text.ts';
import {formatQuantity} from '../words/units.ts';
import type {FileContents, FileRecord} from './records.ts';
import {loadsOf} from './samples.ts';

/** Why the figures of a file must not be judged, where that is so; nothing where there are none. */
function whyNotJudged(contents: FileContents): string | undefined {
  if (contents.records.length === 0) return undefined;
  const loads = loadsOf(contents);
  return loads.ok ? undefined : loads.error;
}

/** Whether every file gave figures, and all of them may be judged. */
export function allMayBeJudged(files: readonly FileContents[]): boolean {
  return files.every(contents => contents.error === undefined && whyNotJudged(contents) === undefined);
}

/** An array, one entry a file, in the order given. */
export function contentsJson(files: readonly FileContents[]): string {
  const entries = files.map(contents => {
    const {file, tool, version, records, warnings, error} = contents;
    const reason = whyNotJudged(contents);
    return {
      file,
      tool,
      version,
      records: records.map(({bins, path, group, startSeconds, latencyCount, span, ...record}) => ({
        ...record,
        judgeable: reason === undefined,
        ...(reason === undefined ? {} : {reason}),
      })),
      warnings,
      error,
    };
  });
  return `${JSON.stringify(entries, null, 1)}\n`;
}

/** Figures of a record beside its latencies, in the order of the columns. */
const figures: readonly (readonly [key: FigureKey, head: string, csv: string, unit: Unit])[] = [
  ['opsPerSecond', 'operations', 'ops_per_second', 'op/s'],
  ['bytesPerSecond', 'bandwidth', 'bytes_per_second', 'B/s'],
  ['bitsPerSecond', 'throughput', 'bits_per_second', 'bit/s'],
  ['runtimeSeconds', 'runtime', 'runtime_seconds', 's'],
  ['lostRatio', 'lost', 'lost_ratio', 'ratio'],
  ['jitterSeconds', 'jitter', 'jitter_seconds', 's'],
  ['retransmits', 'retransmits', 'retransmits', 'count'],
];
type FigureKey =
  | 'opsPerSecond'
  | 'bytesPerSecond'
  | 'bitsPerSecond'
  | 'runtimeSeconds'
  | 'lostRatio'
  | 'jitterSeconds'
  | 'retransmits';

/** Latencies that the table shows; JSON and CSV have all. */
const shown = ['mean', 'p50', 'p99', 'p99.9', 'max'];

/** The first columns of the table, which are flush left. */
const wordColumns = 5;

/** A line a record; a file without any has a line that says so. */
export function contentsTable(files: readonly FileContents[]): string {
  const head = ['file', 'written by', 'name', 'client', 'direction', ...figures.map(([, title]) => title), ...shown];
  const rows = files.flatMap(({file, tool, version, records}) => {
    const by = version ?? tool ?? 'unknown';
    if (records.length === 0) return [[file, by, 'nothing']];
    return records.map(record => [
      file,
      by,
      record.name,
      record.client ?? '',
      record.direction,
      ...figures.map(([key, , , unit]) => scaled(record[key], unit)),
      ...shown.map(key => scaled(record.latencySeconds?.[key], 's')),
    ]);
  });
  return aligned(
    head,
    rows.map(row => row.map(oneLine)),
    head.map((_, column) => column >= wordColumns),
  );
}

function scaled(value: number | undefined, unit: Unit): string {
  return value === undefined ? '' : formatQuantity(value, unit);
}

/**
 * A line a record, in base units and full precision; a file without records has none, and its error is on standard
 * error. `…_half_width_seconds`:
 * the latency is right to ± this. `latency_at_least`: names of those that are lower bounds. `judgeable`: yes or no,
 * with the reason.
 */
export function contentsCsv(files: readonly FileContents[]): string {
  const latencies = [
    ...new Set(files.flatMap(({records}) => records.flatMap(one => Object.keys(one.latencySeconds ?? {})))),
  ];
  const names: readonly (readonly [keyof FileRecord & ('client' | 'pattern' | 'protocol'), string])[] = [
    ['client', 'client'],
    ['pattern', 'pattern'],
    ['protocol', 'protocol'],
  ];
  const ordered = latencies.sort((a, b) => rank(a) - rank(b));
  const known = new Set(
    files.flatMap(({records}) => records.flatMap(one => Object.keys(one.latencyHalfWidthSeconds ?? {}))),
  );
  const widths = ordered.filter(key => known.has(key));
  const head = [
    ...['file', 'tool', 'version', 'name', 'direction'],
    ...names.map(([, column]) => column),
    ...figures.map(([, , column]) => column),
    ...ordered.map(key => `latency_${key}_seconds`),
    ...widths.map(key => `latency_${key}_half_width_seconds`),
    ...['latency_at_least', 'judgeable', 'reason'],
  ];
  const rows = files.flatMap(contents => {
    const {file, tool, version, records} = contents;
    const reason = whyNotJudged(contents);
    return records.map(record => [
      ...[file, tool, version, record.name, record.direction],
      ...names.map(([key]) => record[key]),
      ...figures.map(([key]) => record[key]),
      ...ordered.map(key => record.latencySeconds?.[key]),
      ...widths.map(key => record.latencyHalfWidthSeconds?.[key]),
      ...[(record.latencyAtLeast ?? []).join(' '), reason === undefined ? 'yes' : 'no', reason],
    ]);
  });
  return renderSheet({head, rows});
}

/** `min`, `mean`, `max`, `stddev`, then percentiles ascending. */
function rank(key: string): number {
  const fixed = ['min', 'mean', 'max', 'stddev'].indexOf(key);
  return fixed === -1 ? 10 + Number(key.slice(1)) : fixed;
}

/** What must be said beside the figures: why a file gives none, and what is wrong with those it gives. */
export function remarksOn(files: readonly FileContents[]): readonly string[] {
  return files.flatMap(contents => {
    const {file, warnings, error, unfit} = contents;
    const reason = whyNotJudged(contents);
    const why = reason === unfit ? '' : `: ${reason}`;
    return [
      ...warnings.map(text => `${file}: ${text}`),
      ...(reason === undefined ? [] : [`${file}: its figures must not be judged${why}`]),
      ...lostOf(contents).map(text => `${file}: ${text}`),
      ...(error === undefined
        ? []
        : [`${file}${error.path === '' ? '' : `, ${error.path}`}: expected ${error.expected}; found ${error.found}`]),
    ];
  });
}

function lostOf({records}: FileContents): readonly string[] {
  return records.flatMap(({name, latencyAtLeast = []}) =>
    latencyAtLeast.length === 0
      ? []
      : [`${name}: ${latencyAtLeast.join(', ')} are lower bounds, as requests were lost`],
  );
}
