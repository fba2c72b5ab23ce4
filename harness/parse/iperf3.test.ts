import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {parseIperf3} from './iperf3.ts';

const recorded = (name: string, version = '3.12'): string =>
  readFileSync(join(import.meta.dirname, `../../fixtures/iperf3-${version}`, `${name}.out`), 'utf8');

function read(text: string, context = {}) {
  const report = parseIperf3(text, 'iperf3.json', context);
  if (!report.ok) throw new Error(`${report.error.path}: ${report.error.expected}`);
  return report.value;
}

test('throughput is what was received, in the direction it went', t => {
  const forward = read(recorded('tcp')).flows;
  t.like(forward[0], {direction: 'forward', bitsPerSecond: 17274279054.6753, retransmits: 14});
  t.like(read(recorded('tcp-reverse')).flows[0], {
    direction: 'reverse',
    bitsPerSecond: 23461175598.59521,
    retransmits: 12,
  });
  t.deepEqual(
    read(recorded('tcp-bidir')).flows.map(flow => [flow.direction, flow.retransmits]),
    [
      ['forward', 11],
      ['reverse', 7],
    ],
  );
});

test('loss is what was lost of what was sent', t => {
  const [flow] = read(recorded('udp-lossy')).flows;
  t.like(flow?.udp, {sent: 596740, lost: 8044, lossRatio: 8044 / 596740});
  t.is(flow?.bitsPerSecond, 37673887.990896642);
});

test('a named error leaves no flow, but the intervals until then', t => {
  for (const version of ['3.12', '3.21']) {
    for (const name of ['interrupted', 'server-killed', 'busy', 'refused']) {
      const report = read(recorded(name, version));
      t.truthy(report.error, `${version} ${name}`);
      t.deepEqual(report.flows, []);
    }
  }
  t.is(read(recorded('interrupted')).intervals.length, 3);
});

test('an end without totals and without an error is said', t => {
  const text = recorded('server-killed').replace(/,\s*"error":[^\n]*\n/, '\n');
  t.deepEqual(
    read(text).warnings.map(warning => warning.kind),
    ['no-end'],
  );
  const lines = recorded('json-stream', '3.21').trimEnd().split('\n');
  const report = read(lines.slice(0, -1).join('\n'));
  t.deepEqual(report.flows, []);
  t.deepEqual(
    report.warnings.map(warning => warning.kind),
    ['no-end'],
  );
});

test('a stream of events reads like the document', t => {
  const report = read(recorded('json-stream', '3.21'));
  t.is(report.flows[0]?.path, '/end/sum_received');
  t.is(report.intervals.length, 2);
  t.deepEqual(report.warnings, []);
});

test('omitted intervals are left out', t => {
  t.is(read(recorded('tcp-parallel')).intervals.length, 2);
});

test('a value that is no number leaves no flow', t => {
  const percent = read(recorded('udp').replaceAll(/"lost_percent":\t0,/g, '"lost_percent":\t-nan,'));
  t.deepEqual(percent.flows, []);
  t.true(percent.warnings.some(warning => warning.kind === 'not-a-number'));
  const beyond = read(recorded('udp').replaceAll(/"lost_packets":\t0,/g, '"lost_packets":\t1600,'));
  t.deepEqual(beyond.flows, []);
});

test('an exit code without an error is said, and a text without JSON is an error', t => {
  t.deepEqual(
    read(recorded('tcp'), {exitCode: 1}).warnings.map(warning => warning.kind),
    ['exit'],
  );
  t.false(parseIperf3('', 'x').ok);
  t.false(parseIperf3('iperf3: error\n', 'x').ok);
  t.false(parseIperf3(recorded('tcp').slice(0, 900), 'x').ok);
});
