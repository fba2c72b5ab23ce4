/** The two profiles of the example held against each other. */
import type {Sample} from '../../harness/types.ts';
import type {Comparison} from '../report.ts';
import {samplesOf} from './example-trials.ts';

type Compare = (
  metric: string,
  labels: Record<string, string>,
  verdict: Comparison['verdict'],
  note: string,
  more?: Partial<Comparison>,
) => Comparison;

export function exampleComparisons(samples: readonly Sample[]): Comparison[] {
  const compare = compareIn(samples);
  return [
    ...['host-crash', 'nic-down'].flatMap(fault => failoverComparisons(compare, fault)),
    ...storageComparisons(compare),
    ...networkComparisons(compare),
    ...migrationComparisons(compare),
  ];
}

function compareIn(samples: readonly Sample[]): Compare {
  return (metric, labels, verdict, note, more = {}) => {
    const valuesUnder = (profile: string) =>
      samplesOf(samples, metric, {...labels, profile}).flatMap(index => samples[index]?.value ?? []);
    const before = valuesUnder('stock');
    const after = valuesUnder('tuned');
    const ratio = middle(after) / middle(before);
    return {
      metric,
      labels,
      before: side('stock', before),
      after: side('tuned', after),
      ...(Number.isFinite(ratio)
        ? {
            effect: {
              value: ratio,
              low: ratio * 0.93,
              high: ratio * 1.08,
              n: Math.min(before.length, after.length),
              confidence: 0.95,
              method: 't interval on logs of pairs',
            },
          }
        : {}),
      verdict,
      note,
      ...more,
    };
  };
}

function side(profile: string, values: readonly number[]): Comparison['before'] {
  const median = middle(values);
  if (values.length < 2) return {profile, values, median};
  const estimate = {
    value: median,
    low: Math.min(...values),
    high: Math.max(...values),
    n: values.length,
    confidence: 0.75,
    method: 'smallest to largest',
  };
  return {profile, values, median, estimate};
}

function middle(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function failoverComparisons(compare: Compare, fault: string): Comparison[] {
  const where = {scenario: `failover/${fault}`, fault};
  return [
    compare('failover.membership', where, 'better', '3 pairs lean on the t distribution alone', {
      p: 0.0021,
      pHolm: 0.031,
    }),
    compare(
      'failover.service',
      where,
      fault === 'nic-down' ? 'too-noisy' : 'better',
      fault === 'nic-down' ? '1 trial never ended and has no ratio' : '',
      {p: 0.0004, pHolm: 0.0068, ...(fault === 'nic-down' ? {trialsNeeded: 5} : {})},
    ),
    compare('failover.durable', where, 'better', '', {p: 0.0001, pHolm: 0.002}),
  ];
}

function storageComparisons(compare: Compare): Comparison[] {
  return [
    compare('storage.iops', {scenario: 'storage/fio', pattern: 'randread-4k', direction: 'read'}, 'better', '', {
      p: 0.004,
      pHolm: 0.048,
    }),
    compare('storage.iops', {scenario: 'storage/fio', pattern: 'randwrite-4k', direction: 'write'}, 'better', '', {
      p: 0.003,
      pHolm: 0.042,
    }),
    compare(
      'storage.latency',
      {scenario: 'storage/fio', pattern: 'randread-4k', direction: 'read', percentile: '99'},
      'better',
      '',
      {p: 0.012, pHolm: 0.09},
    ),
    compare(
      'storage.latency',
      {scenario: 'storage/fio', pattern: 'randwrite-4k', direction: 'write', percentile: '99.9'},
      'no-difference-shown',
      'the interval holds 1',
      {p: 0.21, pHolm: 0.63, trialsNeeded: 14},
    ),
  ];
}

function networkComparisons(compare: Compare): Comparison[] {
  return [
    compare(
      'network.throughput',
      {scenario: 'network/iperf3', path: 'storage', direction: 'forward', protocol: 'tcp'},
      'better',
      '',
      {p: 0.009, pHolm: 0.08},
    ),
    compare(
      'network.throughput',
      {scenario: 'network/iperf3', path: 'guest', direction: 'forward', protocol: 'tcp'},
      'no-difference-shown',
      'smaller than 3 %, not worth a word',
      {p: 0.44, pHolm: 0.88, trialsNeeded: 31},
    ),
  ];
}

function migrationComparisons(compare: Compare): Comparison[] {
  return [
    compare('migration.downtime', {scenario: 'migration/live', leg: 'away'}, 'better', '1 trial has no partner', {
      p: 0.03,
      pHolm: 0.15,
    }),
    compare('migration.total', {scenario: 'migration/live', leg: 'away'}, 'better', '1 trial has no partner'),
    {
      metric: 'migration.blackout',
      labels: {scenario: 'migration/live', leg: 'third'},
      before: {profile: 'stock', values: [], median: Number.NaN},
      after: {profile: 'tuned', values: [0.14], median: 0.14},
      verdict: 'too-noisy',
      note: 'no trial before: nothing to pair with',
    },
  ];
}
