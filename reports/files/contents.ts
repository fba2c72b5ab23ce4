/** What `inspect` prints of files: a table for people, CSV, and JSON. What a tool does not report is absent, never 0. */
import type {Unit} from '../../harness/types.ts';
import {renderSheet} from '../document/csv.ts';
import {aligned} from '../document/text.ts';
import type {FileContents, FileRecord} from '../records.ts';
import {oneLine} from '../render/text.ts';
import {formatQuantity} from '../render/units.ts';

/** An array, one entry a file, in the order given. */
export function contentsJson(files: readonly FileContents[]): string {
  const entries = files.map(({file, tool, version, records, warnings, error}) => ({
    file,
    tool,
    version,
    records: records.map(({bins, path, group, latencyResolutionSeconds, ...record}) => record),
    warnings,
    error,
  }));
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

/** A line a record, in base units and full precision; a file without records has none, and its error is on standard error. */
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
  const head = [
    ...['file', 'tool', 'version', 'name', 'direction'],
    ...names.map(([, column]) => column),
    ...figures.map(([, , column]) => column),
    ...ordered.map(key => `latency_${key}_seconds`),
  ];
  const rows = files.flatMap(({file, tool, version, records}) =>
    records.map(record => [
      ...[file, tool, version, record.name, record.direction],
      ...names.map(([key]) => record[key]),
      ...figures.map(([key]) => record[key]),
      ...ordered.map(key => record.latencySeconds?.[key]),
    ]),
  );
  return renderSheet({head, rows});
}

/** `min`, `mean`, `max`, `stddev`, then percentiles ascending. */
function rank(key: string): number {
  const fixed = ['min', 'mean', 'max', 'stddev'].indexOf(key);
  return fixed === -1 ? 10 + Number(key.slice(1)) : fixed;
}

/** What must be said beside the figures: why a file gives none, and what is wrong with those it gives. */
export function remarksOn(files: readonly FileContents[]): readonly string[] {
  return files.flatMap(({file, warnings, error, unfit, records}) => [
    ...warnings.map(text => `${file}: ${text}`),
    ...(records.length > 0 && unfit !== undefined ? [`${file}: its figures must not be judged`] : []),
    ...(error === undefined
      ? []
      : [`${file}${error.path === '' ? '' : `, ${error.path}`}: expected ${error.expected}; found ${error.found}`]),
  ]);
}
