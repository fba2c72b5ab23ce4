/** Seeded nights of a cluster that does not exist, with everything in them that a page can show: for tests, for benches and to look at. */
import type {Unit} from '../../../harness/types.ts';
import {metricNamed} from '../../metrics.ts';
import {random} from '../../stats/random.ts';
import type {Night} from '../nightly.ts';
import {type Point, type SeriesKey, seriesName} from '../series.ts';
import {type Ack, type Decisions, type Trend, trendOf} from '../trend.ts';
import type {SiteInput} from './heatmap.ts';

const cluster = 'prod-a';

interface Kind {
  scenario: string;
  metric: string;
  level: number;
  /** Relative, from night to night. */
  noise: number;
  labels: Readonly<Record<string, string>>;
}

const patterns = ['randread', 'randwrite', 'read', 'write', 'mixed'] as const;
const paths = ['cluster', 'storage', 'service', 'management'] as const;

function kinds(): readonly Kind[] {
  const storage = patterns.flatMap((pattern, index): Kind[] => {
    const labels = {pattern, direction: pattern.includes('write') ? 'write' : 'read'};
    const of = (metric: string, level: number, noise: number, more = {}): Kind => ({
      scenario: 'storage/fio',
      metric,
      level: level * (1 + index / 4),
      noise,
      labels: {...labels, ...more},
    });
    return [
      of('storage.iops', 182_000, 0.012),
      of('storage.bandwidth', 745e6, 0.012),
      of('storage.latency', 0.00042, 0.02, {percentile: 'p50'}),
      of('storage.latency', 0.0019, 0.03, {percentile: 'p99'}),
      of('storage.latency', 0.0071, 0.05, {percentile: 'p99.9'}),
    ];
  });
  const network = paths.flatMap((path, index) =>
    ['forward', 'reverse'].flatMap((direction): Kind[] => {
      const of = (metric: string, level: number, noise: number, protocol: string): Kind => ({
        scenario: 'network/iperf3',
        metric,
        level,
        noise,
        labels: {path, direction, protocol},
      });
      return [
        of('network.throughput', 23.4e9 / (1 + index), 0.006, 'tcp'),
        of('network.retransmits', 40 + 10 * index, 0.15, 'tcp'),
        of('network.jitter', 0.00002 * (1 + index), 0.1, 'udp'),
      ];
    }),
  );
  const rest: readonly Kind[] = [
    {scenario: 'migration/live', metric: 'migration.downtime', level: 0.041, noise: 0.06, labels: {leg: 'there'}},
    {scenario: 'migration/live', metric: 'migration.blackout', level: 0.12, noise: 0.06, labels: {leg: 'there'}},
    {scenario: 'migration/live', metric: 'migration.total', level: 9.4, noise: 0.03, labels: {leg: 'there'}},
    {
      scenario: 'failover/host-crash',
      metric: 'failover.service',
      level: 11.8,
      noise: 0.03,
      labels: {fault: 'host-crash'},
    },
    {
      scenario: 'failover/host-crash',
      metric: 'failover.durable',
      level: 12.6,
      noise: 0.03,
      labels: {fault: 'host-crash'},
    },
    {
      scenario: 'failover/host-crash',
      metric: 'failover.lost-writes',
      level: 0,
      noise: 0,
      labels: {fault: 'host-crash'},
    },
  ];
  return [...storage, ...network, ...rest];
}

export interface ExampleAsked {
  nights: number;
  /** How many; beyond the 55 kinds there are, the same again for further guests. */
  series: number;
  seed: number;
}

/** What happens to a series, as a factor on its level; undefined: no value that night. */
function happening({metric, labels}: Kind, copy: number, night: number, nights: number): number | undefined {
  const at = (share: number) => Math.floor(nights * share);
  if (copy === 0) {
    if (labels.pattern === 'randread' && night >= nights - 6) return metric === 'storage.latency' ? 1.31 : 0.79;
    if (labels.path === 'storage' && labels.direction === 'forward' && metric === 'network.throughput')
      return night === nights - 1 ? 0.86 : 1;
    if (labels.pattern === 'randwrite' && night >= at(0.62)) return metric === 'storage.latency' ? 1.22 : 0.84;
    if (labels.pattern === 'write' && night >= at(0.45) && night < at(0.55))
      return metric === 'storage.latency' ? 1.5 : 0.7;
    if (metric === 'failover.service' || metric === 'failover.durable') return night >= at(0.7) ? 0.8 : 1;
    if (metric === 'migration.total') return 1 + 0.16 * Math.max(0, night / nights - 0.5) * 2;
    if (metric === 'migration.blackout' && night >= nights - 2) return undefined;
    if (labels.path === 'management' && night >= at(0.8)) return undefined;
    if (labels.path === 'service' && metric === 'network.jitter' && night < nights - 3) return undefined;
  }
  return 1;
}

/** Reports are said to lie beside the site's own folder. */
export function exampleSite({nights: count, series, seed}: ExampleAsked): SiteInput {
  const uniform = random(seed);
  const all = kinds();
  const newGround = Math.floor(count * 0.3);
  const grounds = ['a3f1c92e4b07', 'd80e6b1f55c2'] as const;
  const lost = Math.floor(count * 0.52);
  const nights = Array.from({length: count}, (_, night): Night => {
    const startedAt = new Date(Date.UTC(2025, 2, 1 + night, 2)).toISOString();
    const counts = night !== lost;
    return {
      id: `${startedAt.slice(0, 19).replaceAll(':', '-')}-${cluster}`,
      folder: `runs/${startedAt.slice(0, 19).replaceAll(':', '-')}-${cluster}`,
      startedAt,
      cluster,
      quick: false,
      status: counts ? 'complete' : 'aborted',
      reason: counts ? '' : 'n2 did not come back after the reboot',
      scenarios: ['storage/fio', 'network/iperf3', 'migration/live', 'failover/host-crash'],
      profiles: ['as-found'],
      notApplicable: [],
      incomplete: [],
      critical: [],
      fingerprint: grounds[night < newGround ? 0 : 1],
      counts,
    };
  });
  const facts = {
    [grounds[0]]: {kernel: '6.1.0-38-amd64', qemu: '7.2.15', fio: '3.33', nodes: '3', 'node model': 'R760, 28 cores'},
    [grounds[1]]: {kernel: '6.1.0-40-amd64', qemu: '7.2.17', fio: '3.33', nodes: '3', 'node model': 'R760, 28 cores'},
  };
  const keys = Array.from({length: series}, (_, index) => {
    const kind = all[index % all.length] ?? firstOf(all);
    const copy = Math.floor(index / all.length);
    return {kind, copy, key: keyOf(kind, copy)};
  });
  const normal = () => uniform() + uniform() + uniform() + uniform() - 2;
  const pointsOf = keys.map(({kind, copy}) =>
    nights.flatMap((night, index): readonly Point[] => {
      const noise = 1 + kind.noise * 1.73 * normal();
      return pointOf(kind, copy, night, {index, count, newGround, noise});
    }),
  );
  const pinned = nights.slice(newGround + 1, newGround + 15).map(({id}) => id);
  const baselines = [
    {
      cluster,
      nights: pinned,
      setAt: nights[Math.min(count - 1, newGround + 15)]?.startedAt ?? '',
      note: 'after the kernel update',
    },
  ];
  const trendsWith = (decisions: Decisions) =>
    keys.flatMap(({key}, index): Trend[] => {
      const points = pointsOf[index] ?? [];
      const threshold = thresholds[key.metric] ?? 0.05;
      const trend = points.length === 0 ? undefined : trendOf({series: key, points, facts, decisions, threshold});
      return trend === undefined ? [] : [trend];
    });
  const before = {baselines, acks: []};
  const acks = trendsWith(before).flatMap(trend => ackOf(trend, nights.at(-1)?.startedAt ?? ''));
  const decisions = {baselines, acks};
  // One night's folder was thrown away.
  const reports = new Map(
    nights.flatMap(({id}, index) => (index === 2 ? [] : [[id, `../../${id}/report/report.html`] as const])),
  );
  return {cluster, nights, trends: trendsWith(decisions), decisions, reports};
}

/** What one night gave of one series; nothing where it was not measured. */
function pointOf(
  kind: Kind,
  copy: number,
  night: Night,
  {index, count, newGround, noise}: {index: number; count: number; newGround: number; noise: number},
): readonly Point[] {
  const factor = happening(kind, copy, index, count);
  if (factor === undefined || !night.counts) return [];
  const ground = index < newGround ? 1 : 0.985;
  const exact = kind.level * (1 + copy / 10) * factor * ground * noise;
  const value = kind.metric === 'network.retransmits' ? Math.round(exact) : Number(exact.toPrecision(6));
  const never = kind.metric === 'failover.durable' && copy === 0 && index === Math.floor(count * 0.2);
  const again =
    kind.metric === 'storage.bandwidth' && kind.labels.pattern === 'randread' && copy === 0 && index === count - 6;
  return [
    {
      night: night.id,
      at: night.startedAt,
      folder: night.folder,
      value: never ? 60 : value,
      trials: 3,
      ...(never ? {censored: true} : {}),
      ...(again ? {again: [value * 0.995, value * 1.004, value * 1.011]} : {}),
      fingerprint: night.fingerprint,
    },
  ];
}

/** Somebody answers for random writes of the first guest. */
function ackOf(trend: Trend, setAt: string): readonly Ack[] {
  if (trend.series.labels.pattern !== 'randwrite' || trend.series.labels.guest !== undefined) return [];
  const change = trend.changes.find(({standing}) => standing === 'open');
  if (change === undefined) return [];
  return [
    {
      cluster,
      series: seriesName(trend.series),
      night: change.night,
      level: trend.segments.at(-1)?.level ?? change.after,
      reason: 'encryption switched on, change 4711',
      setAt,
    },
  ];
}

const thresholds: Readonly<Record<string, number>> = {
  'storage.latency': 0.1,
  'migration.downtime': 0.2,
  'migration.blackout': 0.2,
  'network.jitter': 0.5,
  'network.retransmits': 0.5,
};

function keyOf({scenario, metric, labels}: Kind, copy: number): SeriesKey {
  const unit: Unit = metricNamed(metric)?.unit ?? 'count';
  return {
    cluster,
    metric,
    unit,
    scenario,
    profile: 'as-found',
    quick: false,
    labels: copy === 0 ? labels : {...labels, guest: `vm${copy + 1}`},
    parameters: scenario === 'storage/fio' ? {seconds: 60, depth: 32} : {seconds: 30},
  };
}

function firstOf<T>(list: readonly T[]): T {
  const [first] = list;
  if (first === undefined) throw new Error('there is no kind');
  return first;
}
