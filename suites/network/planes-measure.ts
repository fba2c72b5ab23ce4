/** One test of a plane by iperf3: what arrived, what was lost or came late, and what it cost. Pure. */

import type {Iperf3Flow} from '../../harness/parse/iperf3.ts';
import {type Iperf3Cost, parseIperf3Cost} from '../../harness/parse/iperf3-cost.ts';
import type {Artefacts, Finding, Measured, Sample} from '../../harness/types.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {type Further, lossAndJitter, reportOf, retransmits, type SampleOf} from './measure-iperf3.ts';
import type {PlaneTest} from './planes-plan.ts';

/** Of what was asked for: a sender that sends less was itself the limit. */
const sentEnough = 0.95;

export function measurePlane(raw: Artefacts, test: PlaneTest): Measured {
  const {artefact, protocol, direction} = test;
  const report = reportOf(raw, artefact);
  if (!report.ok) return onlyProblems(...report.error);
  const text = raw.text(artefact);
  const cost = text.ok ? parseIperf3Cost(text.value, artefact) : text;
  if (!cost.ok) return onlyProblems(cost.error);
  const {flows, ...said} = report.value;
  const wanted = direction === 'both' ? 'bidirectional' : direction;
  if (said.protocol !== protocol || said.direction !== wanted || flows.length !== (direction === 'both' ? 2 : 1)) {
    const found = `${said.protocol} ${said.direction}, ${flows.length} of its flows`;
    return onlyProblems({artefact, path: '/start/test_start', expected: `${protocol} ${wanted}`, found});
  }
  return together(flows.map(flow => measureFlow(test, flow, cost.value)));
}

function measureFlow(test: PlaneTest, flow: Iperf3Flow, cost: Iperf3Cost): Measured {
  const {artefact, path, protocol, load} = test;
  const {direction, bitsPerSecond} = flow;
  if (bitsPerSecond === undefined) {
    const expected = 'bits that were received: iperf3 before 3.11 does not print them for UDP';
    return onlyProblems({artefact, path: flow.path, expected, found: 'none'});
  }
  const weak = tooLittleSent(test, flow);
  if (weak !== undefined) return {samples: [], problems: [], findings: [weak]};
  const sample: SampleOf = (metric, unit, value, place) => ({
    metric,
    unit,
    value,
    labels: {path, direction, protocol, load},
    from: {artefact, path: place},
  });
  const rest = protocol === 'tcp' ? retransmits(flow, sample) : lossAndJitter(flow, sample);
  if (!rest.ok) return onlyProblems({artefact, ...rest.error});
  const rate = sample('network.throughput', 'bit/s', bitsPerSecond, `${flow.path}/bits_per_second`);
  const late = protocol === 'udp' ? reordered(flow, cost, sample) : {ok: true as const, value: []};
  if (!late.ok) return onlyProblems({artefact, ...late.error});
  // Both ways at once, who spent it on what is not told.
  const spent = test.direction === 'both' ? [] : processorTime(direction, bitsPerSecond, cost, sample);
  return {samples: [rate, ...rest.value, ...late.value, ...spent], problems: [], findings: []};
}

function tooLittleSent({artefact, path, load, bitsPerSecond, payloadBytes}: PlaneTest, flow: Iperf3Flow) {
  if (bitsPerSecond === undefined || payloadBytes === undefined || flow.udp === undefined) return undefined;
  const sent = (flow.udp.sent * payloadBytes * 8) / flow.seconds;
  if (sent >= sentEnough * bitsPerSecond) return undefined;
  const finding: Finding = {
    severity: 'warning',
    invariant: 'the sender is not the limit',
    detail: `${path}: ${load} was asked for, ${(sent / 1e6).toPrecision(3)} Mbit/s were sent: nothing is said of the network at that rate`,
    artefact,
  };
  return finding;
}

function reordered({udp}: Iperf3Flow, {outOfOrder}: Iperf3Cost, sample: SampleOf): Further {
  const path = '/end/streams/0/udp/out_of_order';
  if (udp === undefined || outOfOrder === undefined)
    return {ok: false, error: {path, expected: 'datagrams that came out of order', found: 'none told'}};
  return {ok: true, value: [sample('network.reordering', 'ratio', outOfOrder / udp.sent, path)]};
}

/** Seconds of a processor for each Gbit that arrived, of who sent it and who received it. */
function processorTime(
  direction: Iperf3Flow['direction'],
  bitsPerSecond: number,
  {clientProcessors, serverProcessors}: Iperf3Cost,
  sample: SampleOf,
): readonly Sample[] {
  const of = (side: 'sender' | 'receiver', client: boolean): Sample => {
    const key = client ? 'host_total' : 'remote_total';
    const value = (client ? clientProcessors : serverProcessors) / (bitsPerSecond / 1e9);
    const made = sample('network.processor-time', 's', value, `/end/cpu_utilization_percent/${key}`);
    return {...made, labels: {...made.labels, side}};
  };
  return [of('sender', direction === 'forward'), of('receiver', direction === 'reverse')];
}
