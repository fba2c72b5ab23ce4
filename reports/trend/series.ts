/**
 * A series: one metric under one set of labels, of one scenario with one set of parameters, in one profile, on one
 * cluster; one point a night.
 */
import type {Parameters, Unit} from '../../harness/types.ts';
import {byText} from '../words/text.ts';

export interface SeriesKey {
  cluster: string;
  metric: string;
  unit: Unit;
  scenario: string;
  profile: string;
  quick: boolean;
  /** Those of the metric: `pattern`, `direction`, `percentile`, `path`, `fault` … */
  labels: Readonly<Record<string, string>>;
  parameters: Parameters;
}

export interface Point {
  /** Id of the night's run. */
  night: string;
  /** When that run started, ISO 8601. */
  at: string;
  /** Folder of the run, to link to. */
  folder: string;
  /** Median over all trials of the night, re-measured ones too; in the series' unit. */
  value: number;
  trials: number;
  /** The trials that were measured again the same night, because a change was suspected. */
  again?: readonly number[];
  /** At least one trial never ended: the value is a lower bound. */
  censored?: true;
  /** Digest of what the night ran on. */
  fingerprint: string;
}

/** Everything that tells two series of one history apart, in one order: the same key, the same text. */
export function seriesId(key: SeriesKey): string {
  const {cluster, metric, scenario, profile, quick, labels, parameters} = key;
  return JSON.stringify([cluster, metric, scenario, profile, quick, inOrder(labels), inOrder(parameters)]);
}

/**
 * `storage.iops:direction=read,pattern=randread,profile=tuned,scenario=storage/fio`: as it is printed, and as a command
 * takes it.
 */
export function seriesName({
  metric,
  scenario,
  profile,
  labels,
}: Omit<SeriesKey, 'cluster' | 'unit' | 'quick' | 'parameters'>): string {
  const all = inOrder({...labels, scenario, profile});
  return `${metric}:${all.map(([name, value]) => `${name}=${value}`).join(',')}`;
}

function inOrder<T>(record: Readonly<Record<string, T>>): readonly (readonly [string, T])[] {
  return Object.entries(record).sort(([a], [b]) => byText(a, b));
}

/**
 * Labels that name a job within a scenario; the others tell figures of one job apart: rate and latency of one job
 * change together.
 */
const jobLabels: readonly string[] = ['pattern', 'path', 'fault', 'leg'];

/**
 * What a series was measured by: scenario, profile, and the job in it (`randread`, `storage`, `host-crash`). Series of
 * one job are related.
 */
export function jobOf({scenario, profile, quick, labels}: SeriesKey): string {
  const job = inOrder(labels).flatMap(([name, value]) => (jobLabels.includes(name) ? [value] : []));
  return [scenario, ...job, `(${profile}${quick ? ', quick' : ''})`].join(' ');
}

/** What tells a figure apart within its job: `read p99`. */
export function sideOf({labels}: SeriesKey): string {
  return inOrder(labels)
    .flatMap(([name, value]) => (jobLabels.includes(name) ? [] : [value]))
    .join(' ');
}
