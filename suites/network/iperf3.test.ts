import {readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {artefactsOf, type Recorded, recordedTransport, recordedTrial} from '../../fixtures/kit/replay-transport.ts';
import {twoGuests} from '../../fixtures/kit/two-guests.ts';
import type {Cluster, PlannedTrial, Transport} from '../../harness/types.ts';
import {iperf3} from './iperf3.ts';

/** What a lab on a busy machine gave. */
function stored(): Map<string, string> {
  const path = join(import.meta.dirname, '../../fixtures/network-iperf3');
  return new Map(readdirSync(path).map(name => [name, readFileSync(join(path, name), 'utf8')]));
}

const planned: PlannedTrial = {
  slot: 1,
  scenario: iperf3.name,
  profile: 'stock',
  repetition: 1,
  parameters: iperf3.parameters.quick,
  estimatedSeconds: 60,
};

function clusterWith(transport: Transport): Cluster {
  const at = (last: number) => ({cluster: `10.77.1.${last}`, service: `10.77.3.${last}`});
  return twoGuests(transport, '10.77.3', {n1: at(11), n2: at(12), n3: at(13)});
}

test('a recorded run gives throughput on every path, retransmits over TCP, loss and jitter over UDP', t => {
  const {samples, problems, findings} = iperf3.measure(artefactsOf(stored()), planned);
  t.deepEqual(problems, []);
  t.deepEqual(findings, []);
  // Five paths of iperf3: two TCP tests of two figures, one UDP test of three; from guest to guest both ways.
  t.is(samples.length, 5 * (2 * 2 + 3) + 2);
  // It was stored before counters of the cards were read.
  const provided = iperf3.provides.filter(metric => metric !== 'network.crc-errors');
  t.deepEqual([...new Set(samples.map(sample => sample.metric))].sort(), provided.sort());
  t.deepEqual(
    [...new Set(samples.map(sample => sample.labels.path))],
    ['management', 'cluster', 'storage', 'service', 'client-guest', 'guest-guest'],
  );
  t.deepEqual(samples[0], {
    metric: 'network.throughput',
    unit: 'bit/s',
    value: 3206886296.928311,
    labels: {path: 'management', direction: 'forward', protocol: 'tcp'},
    from: {artefact: 'iperf3-management-tcp-forward.json', path: '/end/sum_received/bits_per_second'},
  });
  const guests = samples.find(sample => sample.labels.path === 'guest-guest');
  // 31 blocks of 64 KiB, in the 2.489 s that the receiver took for them.
  t.is(guests?.value, (31 * 65536 * 8) / 2.489);
});

test('what went wrong is a problem and no sample, and the other tests stand', t => {
  const cases: readonly (readonly [string, (text: string) => string])[] = [
    ['iperf3-cluster-tcp-forward.json', text => text.slice(0, 2000)],
    ['iperf3-cluster-tcp-forward.json', () => ''],
    [
      'iperf3-cluster-tcp-forward.json',
      text => text.replace(/\}\s*$/, ',"error": "control socket has closed unexpectedly"}'),
    ],
    ['iperf3-cluster-tcp-forward.json', text => text.replaceAll('"reverse":\t0', '"reverse":\t1')],
    ['iperf3-cluster-tcp-forward.json.meta.json', text => text.replace('"code": 0', '"code": 1')],
    ['iperf3-cluster-tcp-forward.json.meta.json', text => text.replace('"exited"', '"timed-out"')],
    [
      'iperf3-cluster-udp-forward.json',
      text => text.replace(/"lost_percent":\t[0-9.]+(?=[^{}]*\},\s*"cpu)/, '"lost_percent":\t-nan'),
    ],
    ['fio-guest-guest-tcp-forward.json', text => text.replace('"total_ios" : 31', '"total_ios" : 34')],
    ['fio-guest-guest-tcp-forward.json', text => text.replace('"error" : 0', '"error" : 111')],
  ];
  for (const [name, damage] of cases) {
    const kept = stored();
    const before = kept.get(name) ?? '';
    kept.set(name, damage(before));
    t.not(kept.get(name), before, name);
    const {samples, problems} = iperf3.measure(artefactsOf(kept), planned);
    const artefact = name.replace('.meta.json', '');
    t.true(
      problems.length > 0 && problems.every(problem => problem.artefact === artefact),
      `${name} ${JSON.stringify(problems)}`,
    );
    t.is(samples.filter(sample => sample.from.artefact === artefact).length, 0, name);
    t.true(samples.length >= 5 * 7 + 2 - 3);
  }
  const shorter = iperf3.measure(artefactsOf(stored()), {...planned, parameters: {...planned.parameters, seconds: 30}});
  t.false(shorter.samples.some(sample => sample.labels.path === 'guest-guest'));
});

test('blocks that did not arrive are no throughput', t => {
  const kept = stored();
  const name = 'fio-guest-guest-tcp-forward.json';
  const parts = (kept.get(name) ?? '').split('"receive"');
  // As if the receiver had counted all its pieces but finished fewer blocks.
  const fewer = parts[1]?.replace('"short_ios" : 67', '"short_ios" : 68').replaceAll('"N" : 31', '"N" : 30') ?? '';
  kept.set(name, [parts[0], fewer].join('"receive"'));
  const {samples, problems} = iperf3.measure(artefactsOf(kept), planned);
  t.true(problems.length > 0);
  t.false(samples.some(sample => sample.from.artefact === name));
});

test('both guests on one host is said', t => {
  const kept = stored();
  kept.set('placement.json', '[{"guest": "vm1", "nodes": ["n2"]}, {"guest": "vm2", "nodes": ["n2"]}]');
  const {findings} = iperf3.measure(artefactsOf(kept), planned);
  t.regex(findings[0]?.detail ?? '', /both guests ran on n2/);
});

/** vm1 on n3, vm2 on n2. */
const crmMon = readFileSync(join(import.meta.dirname, '../../fixtures/pacemaker-2.1.5/crm_mon-healthy.xml'), 'utf8');

test('a run starts a server a plane, stops it, and goes nowhere but to hosts and guests', async t => {
  const listening: Recorded = {match: /^ss /, outcome: {stdout: 'LISTEN 0 4096 10.77.1.11:5299 *:*\n'}};
  const {transport, calls} = recordedTransport([
    {match: /iperf3 -s/, host: 'n1', outcome: {}, runs: true},
    listening,
    {match: /crm_mon/, outcome: {stdout: crmMon}},
    {match: /^iperf3 -c|fio/, outcome: {stdout: '{}'}},
  ]);
  const cluster = clusterWith(transport);
  const {trial, artefacts} = recordedTrial(cluster, planned, {name: 'stock', title: '', settings: []});
  await iperf3.run(trial);
  const started = calls.filter(call => call.kind === 'start');
  t.is(started.length, 2);
  t.deepEqual(
    calls.filter(call => call.kind === 'stop').map(call => call.argv),
    started.map(call => call.argv),
  );
  const loads = calls.filter(call => call.argv[0] === 'iperf3' || call.argv.includes('fio'));
  t.deepEqual(
    [...started, ...loads].map(call => call.argv.join(' ')).sort(),
    iperf3
      .preview(cluster, planned.parameters)
      .map(command => command.argv.join(' '))
      .sort(),
  );
  const addresses = [...started, ...loads].flatMap(call => call.argv.join(' ').match(/\d+\.\d+\.\d+\.\d+/g) ?? []);
  const known = ['10.77.1.11', '10.77.1.12', '10.77.3.11', '10.77.3.12', '10.77.3.101', '10.77.3.102'];
  t.deepEqual([...new Set(addresses)].sort(), known.sort());
  t.is(iperf3.measure(artefacts, planned).samples.length, 0);
});

test('a server that does not come up fails the trial, and is stopped', async t => {
  const {transport, calls} = recordedTransport([
    {match: /iperf3 -s/, outcome: {}, runs: true},
    {match: /^ss /, outcome: {exit: {kind: 'exited', code: 1}}},
    {match: /crm_mon/, outcome: {stdout: crmMon}},
  ]);
  const {trial} = recordedTrial(clusterWith(transport), planned, {name: 'stock', title: '', settings: []});
  const stopSoon = AbortSignal.timeout(300);
  await t.throwsAsync(iperf3.run({...trial, signal: stopSoon}), {message: /iperf3 to listen on n1/});
  t.is(calls.filter(call => call.kind === 'stop').length, 1);
});
