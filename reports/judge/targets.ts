/** What may be promised of files of fio, iperf3 and ping that somebody has: the words of `seatrial judge`. */
import type {Target, Unit} from '../../harness/types.ts';
import type {Tool} from '../files/records.ts';
import {type Metric, metricNamed} from '../metrics.ts';

/**
 * What counts as one trial. `file`: each file. `folder`: the files of one folder together, say one of each host. `all`:
 * all files together. Within a trial rates are added up and histograms merged.
 */
export type Scope = 'file' | 'folder' | 'all';

/**
 * `observed` judges what was seen in these very files, which is certain to the resolution of the tool, and claims
 * nothing about the next trial; the others are those of a register's target.
 */
export type FileStatistic = 'median' | 'worst' | 'proportion' | 'observed';

export interface FileTarget
  extends Pick<
    Target,
    'id' | 'metric' | 'unit' | 'where' | 'relation' | 'bound' | 'confidence' | 'reliability' | 'limit'
  > {
  /**
   * As the user wrote it: `p99` is the median over trials of each trial's P99, whose `where` then holds that
   * percentile.
   */
  written: string;
  statistic: FileStatistic;
  scope: Scope;
  source?: string;
}

export interface FileMetric {
  name: string;
  title: string;
  unit: Unit;
  better: Metric['better'];
  share?: true;
  tool: Tool;
  /** Labels that its samples carry, in files. */
  labels: readonly string[];
  /** Whether it adds up over the files of a trial; shares, jitter and round trips do not. */
  adds: boolean;
}

const fioLabels = ['file', 'job', 'direction', 'pattern'];
const iperf3Labels = ['file', 'direction', 'protocol'];
const known: readonly (readonly [name: string, tool: Tool, labels: readonly string[], adds: boolean])[] = [
  ['storage.iops', 'fio', fioLabels, true],
  ['storage.bandwidth', 'fio', fioLabels, true],
  ['storage.latency', 'fio', [...fioLabels, 'percentile'], true],
  ['storage.runtime', 'fio', ['file', 'job', 'pattern'], true],
  ['network.throughput', 'iperf3', iperf3Labels, true],
  ['network.retransmits', 'iperf3', iperf3Labels, true],
  ['network.loss', 'iperf3', iperf3Labels, false],
  ['network.jitter', 'iperf3', iperf3Labels, false],
  ['network.latency', 'ping', ['file', 'host', 'percentile'], false],
  ['network.echo-loss', 'ping', ['file', 'host'], false],
];

/** The metrics that files can give. */
export const fileMetrics: readonly FileMetric[] = known.flatMap(([name, tool, labels, adds]) => {
  const metric = metricNamed(name);
  if (metric === undefined) return [];
  const {title, unit, better, share} = metric;
  return [{name, title, unit, better, ...(share === undefined ? {} : {share}), tool, labels, adds}];
});

export function fileMetricNamed(name: string): FileMetric | undefined {
  return fileMetrics.find(metric => metric.name === name);
}
