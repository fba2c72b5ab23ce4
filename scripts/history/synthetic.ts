/** Seeded nights of one cluster, as they are imported, with nothing measured: for tests and the bench. */
import {random} from '../../reports/stats/random.ts';
import type {Night, SeriesKey} from '../../reports/trend/index.ts';
import {fingerprintOf, type RunToImport} from './night.ts';

export interface SyntheticNight {
  /** Counts from 0. */
  night: number;
  series: number;
  trials: number;
  seed: number;
  /** What a value is multiplied with. */
  level?: (series: number) => number;
  facts?: Readonly<Record<string, string>>;
  more?: Partial<Night>;
  confirms?: string;
}

const metricsOfJob = ['storage.iops', 'storage.bandwidth', 'storage.latency'] as const;
const units = {'storage.iops': 'op/s', 'storage.bandwidth': 'B/s', 'storage.latency': 's'} as const;

export function syntheticId(night: number): string {
  return `${new Date(Date.UTC(2023, 0, 1 + night, 2)).toISOString().slice(0, 19).replaceAll(':', '-')}-synthetic`;
}

export function syntheticSeries(index: number): SeriesKey {
  const metric = metricsOfJob[index % metricsOfJob.length] ?? 'storage.iops';
  return {
    cluster: 'synthetic',
    metric,
    unit: units[metric],
    scenario: 'storage/fio',
    profile: 'tuned',
    quick: false,
    labels: {pattern: `job-${Math.floor(index / metricsOfJob.length)}`, direction: 'read'},
    parameters: {seconds: 60},
  };
}

export function syntheticNight(asked: SyntheticNight): RunToImport {
  const {night, series, trials, seed, level = () => 1, facts = {kernel: '6.1.0'}, more = {}, confirms} = asked;
  const uniform = random(seed + night * 1009);
  const id = confirms === undefined ? syntheticId(night) : `${syntheticId(night)}-again`;
  const samples = Array.from({length: series}, (_, index) => syntheticSeries(index)).flatMap((key, index) =>
    Array.from({length: trials}, (_, trial) => ({
      series: key,
      trial: trial + 1,
      value: (1 + index) * level(index) * (1 + (uniform() - 0.5) * 0.04),
    })),
  );
  const record: Night = {
    id,
    folder: `/runs/${id}`,
    startedAt: new Date(Date.UTC(2023, 0, 1 + night, confirms === undefined ? 2 : 3)).toISOString(),
    cluster: 'synthetic',
    quick: false,
    status: 'complete',
    reason: '',
    scenarios: ['storage/fio'],
    profiles: ['tuned'],
    notApplicable: [],
    incomplete: [],
    critical: [],
    fingerprint: fingerprintOf(facts),
    counts: true,
    ...more,
  };
  return {
    night: record,
    suite: 'nightly',
    ...(confirms === undefined ? {} : {confirms}),
    content: `${id} ${seed}`,
    whole: true,
    facts,
    piece: {
      name: `run ${id}`,
      place: record.cluster,
      startedMs: Date.parse(record.startedAt),
      endedMs: Date.parse(record.startedAt) + 1_800_000,
      contents: [],
    },
    samples: record.counts ? samples : [],
    verdicts: [{target: 'sto.iops.read', claim: 'sto.iops', verdict: 'undecided', reason: 'synthetic'}],
  };
}
