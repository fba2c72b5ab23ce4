/** Samples out of what fio measured. */

import type {FioReport} from '../../harness/parse/fio.ts';
import {type FioTotals, fioTotals, latencyWithin} from '../../harness/parse/fio-totals.ts';
import type {ParseError, Result, Sample} from '../../harness/types.ts';

export type Direction = 'read' | 'write';

/** As latencies of one kind of operation are told where there are many. */
export const tailPercentiles = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p99', 0.99],
  ['p99.9', 0.999],
] as const;

const percentiles: readonly (readonly [label: string, p: number])[] = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p95', 0.95],
  ['p99', 0.99],
  ['p99.9', 0.999],
];

/** Samples of one pattern: rates, latencies and runtime per direction, and for two directions in total. */
export function fioSamples(
  report: FioReport,
  artefact: string,
  pattern: string,
  directions: readonly Direction[],
): Result<readonly Sample[], ParseError> {
  const samples: Sample[] = [];
  const sides = directions.map(direction => ({label: direction as string, of: [direction]}));
  if (directions.length > 1) sides.push({label: 'total', of: [...directions]});
  let longest: Sample | undefined;
  for (const {label, of} of sides) {
    const totals = fioTotals(report, of, artefact);
    if (!totals.ok) return totals;
    const own = directionSamples(totals.value, artefact, {pattern, direction: label});
    if (!own.ok) return own;
    samples.push(...own.value);
    const {runtimeSeconds, path} = totals.value;
    if (longest === undefined || runtimeSeconds > longest.value) {
      const from = {artefact, path: `${path}/runtime`};
      longest = {metric: 'storage.runtime', unit: 's', value: runtimeSeconds, labels: {pattern}, from};
    }
  }
  if (longest !== undefined) samples.push(longest);
  return {ok: true, value: samples};
}

function directionSamples(
  totals: FioTotals,
  artefact: string,
  labels: Sample['labels'],
): Result<readonly Sample[], ParseError> {
  const {iops, bytesPerSecond, maxSeconds, path} = totals;
  const at = (key: string) => ({artefact, path: `${path}/${key}`});
  const samples: Sample[] = [
    {metric: 'storage.iops', unit: 'op/s', value: iops, labels, from: at('iops')},
    {metric: 'storage.bandwidth', unit: 'B/s', value: bytesPerSecond, labels, from: at('bw_bytes')},
  ];
  for (const [percentile, p] of percentiles) {
    const sample = latencySample(totals, artefact, 'storage.latency', p, {...labels, percentile});
    if (!sample.ok) return sample;
    samples.push(sample.value);
  }
  // The longest single I/O.
  const max = {...labels, percentile: 'max'};
  samples.push({metric: 'storage.latency', unit: 's', value: maxSeconds, labels: max, from: at('clat_ns/max')});
  return {ok: true, value: samples};
}

/** Within which time the share `p` of all operations was done, 0…1. */
export function latencySample(
  totals: FioTotals,
  artefact: string,
  metric: string,
  p: number,
  labels: Sample['labels'],
): Result<Sample, ParseError> {
  const share = latencyWithin(totals, p, artefact);
  if (!share.ok) return share;
  const {seconds, halfWidthSeconds, saturated} = share.value;
  const sample: Sample = {
    metric,
    unit: 's',
    value: seconds,
    labels,
    from: {artefact, path: `${totals.path}/clat_ns/bins`},
    halfWidth: halfWidthSeconds,
    ...(saturated ? {censored: true as const} : {}),
    operations: totals.operations,
  };
  return {ok: true, value: sample};
}
