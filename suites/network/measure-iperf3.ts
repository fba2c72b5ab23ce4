/** One test by iperf3: throughput, retransmits over TCP, loss and jitter over UDP. */

import {type Iperf3Flow, type Iperf3Report, parseIperf3} from '../../harness/parse/iperf3.ts';
import type {Artefacts, Finding, Measured, ParseError, Result, Sample} from '../../harness/types.ts';
import {toolOutput, withLastWords} from '../steps/artefacts.ts';
import {onlyProblems} from '../steps/measured.ts';
import type {DescribedTest} from './tests.ts';

/** Before 3.16 all streams of iperf3 share one thread. */
const oneThreadBitsPerSecond = 10e9;

export function measureIperf3(raw: Artefacts, test: DescribedTest): Measured {
  const {artefact, path, protocol, direction} = test;
  const report = reportOf(raw, artefact);
  if (!report.ok) return onlyProblems(...report.error);
  const {version} = report.value;
  const flow = report.value.flows.find(one => one.direction === direction);
  if (flow === undefined || report.value.protocol !== protocol || report.value.direction !== direction) {
    const found = `${report.value.protocol} ${report.value.direction}`;
    return onlyProblems({artefact, path: '/start/test_start', expected: `${protocol} ${direction}`, found});
  }
  if (flow.bitsPerSecond === undefined) {
    const expected = 'bits that were received: iperf3 before 3.11 does not print them for UDP';
    return onlyProblems({artefact, path: flow.path, expected, found: version});
  }
  const sample: SampleOf = (metric, unit, value, place) => ({
    metric,
    unit,
    value,
    labels: {path, direction, protocol},
    from: {artefact, path: place},
  });
  const rest = protocol === 'tcp' ? retransmits(flow, sample) : lossAndJitter(flow, sample);
  if (!rest.ok) return onlyProblems({artefact, ...rest.error});
  const rate = sample('network.throughput', 'bit/s', flow.bitsPerSecond, `${flow.path}/bits_per_second`);
  const tooFast = protocol === 'tcp' && flow.bitsPerSecond > oneThreadBitsPerSecond && beforeThreads(version);
  return {samples: [rate, ...rest.value], problems: [], findings: tooFast ? [oneThread(artefact, version)] : []};
}

/** The report, where nothing in it forbids judging. */
export function reportOf(raw: Artefacts, artefact: string): Result<Iperf3Report, readonly ParseError[]> {
  const output = toolOutput(raw, artefact);
  if (!output.ok) return {ok: false, error: [output.error]};
  const {text, exitCode, stderr} = output.value;
  const parsed = parseIperf3(text, artefact, {exitCode});
  if (!parsed.ok) return {ok: false, error: [withLastWords(parsed.error, stderr)]};
  const {error, warnings} = parsed.value;
  if (error !== undefined) {
    return {ok: false, error: [{artefact, path: '/error', expected: 'a test without error', found: error}]};
  }
  if (warnings.length === 0) return parsed;
  return {ok: false, error: warnings.map(({path, expected, found}) => ({artefact, path, expected, found}))};
}

export type SampleOf = (metric: string, unit: Sample['unit'], value: number, path: string) => Sample;
export type Further = Result<readonly Sample[], Omit<ParseError, 'artefact'>>;

export function retransmits({retransmits: count, path: received}: Iperf3Flow, sample: SampleOf): Further {
  const path = `${received.replace('sum_received', 'sum_sent')}/retransmits`;
  if (count === undefined) return {ok: false, error: {path, expected: 'retransmits', found: 'none'}};
  return {ok: true, value: [sample('network.retransmits', 'count', count, path)]};
}

export function lossAndJitter({udp, path}: Iperf3Flow, sample: SampleOf): Further {
  if (udp === undefined) return {ok: false, error: {path, expected: 'loss and jitter', found: 'none'}};
  const loss = sample('network.loss', 'ratio', udp.lossRatio, `${path}/lost_packets`);
  return {ok: true, value: [loss, sample('network.jitter', 's', udp.jitterSeconds, `${path}/jitter_ms`)]};
}

function beforeThreads(version: string): boolean {
  const [major, minor] = (/(\d+)\.(\d+)/.exec(version) ?? []).slice(1).map(Number);
  return major === undefined || minor === undefined || major < 3 || (major === 3 && minor < 16);
}

function oneThread(artefact: string, version: string): Finding {
  return {
    severity: 'warning',
    invariant: 'iperf3 is not the bottleneck',
    detail: `${version} drives all streams from one thread: above 10 Gbit/s use 3.16 or newer`,
    artefact,
  };
}
