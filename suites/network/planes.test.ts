import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {artefactsOf, recordedTransport, recordedTrial} from '../../fixtures/kit/replay-transport.ts';
import {twoGuests} from '../../fixtures/kit/two-guests.ts';
import type {Cluster, PlannedTrial, Transport} from '../../harness/types.ts';
import {planes} from './planes.ts';
import type {MtuPlan, PlaneTest} from './planes-plan.ts';

/** What iperf3 3.12 printed. */
const iperf3Output = (name: string) =>
  readFileSync(join(import.meta.dirname, `../../fixtures/iperf3-3.12/${name}.out`), 'utf8');
const crmMon = readFileSync(join(import.meta.dirname, '../../fixtures/pacemaker-2.1.5/crm_mon-healthy.xml'), 'utf8');
const ended = (code = 0, stderr = '') => JSON.stringify({exit: {kind: 'exited', code}, stderr});
const planned: PlannedTrial = {
  slot: 1,
  scenario: planes.name,
  profile: 'stock',
  repetition: 1,
  parameters: planes.parameters.quick,
  estimatedSeconds: 60,
};

function measured(mtu: readonly MtuPlan[], tests: readonly PlaneTest[], outputs: Readonly<Record<string, string>>) {
  const files = Object.entries(outputs).flatMap(([name, text]) => [
    [name, text] as const,
    [`${name}.meta.json`, ended()] as const,
  ]);
  return planes.measure(artefactsOf(new Map([['planes.json', JSON.stringify({mtu, tests})], ...files])), planned);
}

const hosts = [
  {name: 'n1', address: '10.0.0.1'},
  {name: 'n2', address: '10.0.0.2'},
] as const;
const mtuOf = (from: 0 | 1): MtuPlan => ({
  artefact: `mtu-${hosts[from].name}`,
  path: 'storage',
  from: hosts[from],
  to: [hosts[from === 0 ? 1 : 0]],
});
const bothWays = [mtuOf(0), mtuOf(1)];
const mtuMeasured = (there: string, back: string) => measured(bothWays, [], {'mtu-n1': there, 'mtu-n2': back});

test('a plane that carries what its interfaces send has one figure and no finding', t => {
  const {samples, problems, findings} = mtuMeasured('mtu 10.0.0.2 9000 9000\n', 'mtu 10.0.0.1 9000 9000\n');
  t.deepEqual([problems, findings], [[], []]);
  t.deepEqual(samples, [
    {
      metric: 'network.mtu',
      unit: 'B',
      value: 9000,
      labels: {path: 'storage'},
      from: {artefact: 'mtu-n1', path: 'n1 to n2'},
    },
  ]);
});

test('large packets that vanish, and pairs that differ, are found', t => {
  const vanish = mtuMeasured('mtu 10.0.0.2 9000 1500\n', 'mtu 10.0.0.1 9000 1500\n');
  t.is(vanish.samples[0]?.value, 1500);
  t.deepEqual(
    vanish.findings.map(({detail}) => detail),
    [
      'storage: large packets from n1 to n2 vanish: 1500 B pass, its interface sends up to 9000 B',
      'storage: large packets from n2 to n1 vanish: 1500 B pass, its interface sends up to 9000 B',
    ],
  );
  const differ = mtuMeasured('mtu 10.0.0.2 9000 9000\n', 'mtu 10.0.0.1 1500 1500\n');
  t.is(differ.samples[0]?.value, 1500);
  t.deepEqual(
    differ.findings.map(({detail}) => detail),
    ['storage: not the same packets pass everywhere: 1500 B from n2 to n1, 9000 B from n1 to n2'],
  );
});

test('a pair that was not tried, or does not answer, leaves the plane without a figure', t => {
  for (const back of ['mtu 10.0.0.1 9000 0\n', 'mtu 10.0.0.9 9000 9000\n', '', 'mtu 10.0']) {
    const {samples, problems} = mtuMeasured('mtu 10.0.0.2 9000 9000\n', back);
    t.is(samples.length, 0, back);
    t.is(problems[0]?.artefact, 'mtu-n2', back);
  }
});

const datagrams: PlaneTest = {
  artefact: 'udp.json',
  path: 'storage',
  protocol: 'udp',
  direction: 'reverse',
  load: '32768 B at 200 Mbit/s',
  bitsPerSecond: 200e6,
  payloadBytes: 32768,
};
const stream: PlaneTest = {
  artefact: 'tcp.json',
  path: 'storage',
  protocol: 'tcp',
  direction: 'forward',
  load: '1 stream',
};

test('datagrams give loss, jitter, order and processor time, of the sender and the receiver', t => {
  const udp = iperf3Output('udp-reverse');
  const values = (text: string) => {
    const {samples, problems, findings} = measured([], [datagrams], {'udp.json': text});
    t.deepEqual([problems, findings], [[], []]);
    return new Map(samples.map(({metric, labels, value}) => [[metric, labels.side].join(' ').trim(), value]));
  };
  const whole = values(udp);
  t.deepEqual([...whole.keys()].sort(), [
    'network.jitter',
    'network.loss',
    'network.processor-time receiver',
    'network.processor-time sender',
    'network.reordering',
    'network.throughput',
  ]);
  t.is(whole.get('network.reordering'), 0);
  // The server sent: 4.19 % of a processor for 0.2 Gbit/s.
  t.is(whole.get('network.processor-time sender')?.toFixed(4), '0.2095');
  t.is(whole.get('network.processor-time receiver')?.toFixed(4), '0.0435');
  const late = values(udp.replace(/"out_of_order":\t0/g, '"out_of_order":\t763'));
  t.is(late.get('network.reordering'), 0.5);
});

test('a sender that does not reach its rate says nothing of the network', t => {
  const asked = {...datagrams, bitsPerSecond: 1e9, load: '32768 B at 1000 Mbit/s'};
  const {samples, findings} = measured([], [asked], {'udp.json': iperf3Output('udp-reverse')});
  t.is(samples.length, 0);
  t.regex(findings[0]?.detail ?? '', /32768 B at 1000 Mbit\/s was asked for, 200 Mbit\/s were sent/);
});

test('streams one way and both ways at once', t => {
  const both: PlaneTest = {...stream, artefact: 'both.json', direction: 'both', load: 'both ways'};
  const outputs = {'tcp.json': iperf3Output('tcp'), 'both.json': iperf3Output('tcp-bidir')};
  const {samples, problems} = measured([], [stream, both], outputs);
  t.deepEqual(problems, []);
  const told = (load: string) =>
    samples.filter(({labels}) => labels.load === load).map(({metric, labels}) => `${metric} ${labels.direction}`);
  t.deepEqual(told('1 stream'), [
    'network.throughput forward',
    'network.retransmits forward',
    'network.processor-time forward',
    'network.processor-time forward',
  ]);
  t.deepEqual(told('both ways'), [
    'network.throughput forward',
    'network.retransmits forward',
    'network.throughput reverse',
    'network.retransmits reverse',
  ]);
  t.is(samples.at(-1)?.from.path, '/end/sum_sent_bidir_reverse/retransmits');
  t.is(samples.find(({labels}) => labels.side === 'sender')?.value.toFixed(4), (0.9811 / 17.2743).toFixed(4));
});

test('both guests on one host is said, and where they ran must be known', t => {
  const guests = {...stream, path: 'guest-guest'};
  const ran = (nodes: readonly string[]) => JSON.stringify(nodes.map((node, i) => ({guest: `vm${i}`, nodes: [node]})));
  const outputs = {'tcp.json': iperf3Output('tcp')};
  const apart = measured([], [guests], {...outputs, 'placement.json': ran(['n1', 'n2'])});
  t.deepEqual([apart.problems, apart.findings], [[], []]);
  const together = measured([], [guests], {...outputs, 'placement.json': ran(['n2', 'n2'])});
  t.regex(together.findings[0]?.detail ?? '', /both guests ran on n2/);
  t.is(measured([], [guests], outputs).problems[0]?.artefact, 'placement.json');
});

test('another test than was asked for, and one that broke off, are problems and no samples', t => {
  const cases: readonly (readonly [PlaneTest, string])[] = [
    [stream, iperf3Output('tcp-reverse')],
    [datagrams, iperf3Output('udp-lossy')],
    [stream, iperf3Output('refused')],
    [stream, iperf3Output('tcp').slice(0, 2000)],
    [stream, iperf3Output('tcp').replace('"cpu_utilization_percent"', '"cpu"')],
    [datagrams, iperf3Output('udp-reverse').replaceAll('"out_of_order"', '"order"')],
  ];
  for (const [asked, text] of cases) {
    const {samples, problems} = measured([], [asked], {[asked.artefact]: text});
    t.is(samples.length, 0);
    t.true(problems.length > 0 && problems.every(({artefact}) => artefact === asked.artefact));
  }
});

function clusterWith(transport: Transport): Cluster {
  const at = (last: number) => ({storage: `10.0.2.${last}`, service: `10.0.3.${last}`});
  return twoGuests(transport, '10.0.3', {n1: at(11), n2: at(12)});
}

test('a run does on hosts what the preview says, and stops every server that it started', async t => {
  const {transport, calls} = recordedTransport([
    {match: /iperf3 -s/, host: 'n1', outcome: {}, runs: true},
    {match: /^ss /, outcome: {stdout: 'LISTEN 0 4096 10.0.2.11:5299 *:*\n'}},
    {match: /crm_mon/, outcome: {stdout: crmMon}},
    {match: /^iperf3 -c|^sh -c/, outcome: {stdout: '{}'}},
  ]);
  const cluster = clusterWith(transport);
  const {trial, artefacts} = recordedTrial(cluster, planned, {name: 'stock', title: '', settings: []});
  await planes.run(trial);
  const started = calls.filter(({kind}) => kind === 'start');
  t.is(started.length, 2);
  t.deepEqual(
    calls.filter(({kind}) => kind === 'stop').map(({argv}) => argv),
    started.map(({argv}) => argv),
  );
  const words = (all: readonly {host: string; argv: readonly string[]}[]) =>
    all.map(({host, argv}) => `${host} ${argv.join(' ')}`).sort();
  const onHosts = planes.preview(cluster, planned.parameters).filter(({host}) => !host.startsWith('vm'));
  const loads = calls.filter(({kind, argv}) => kind === 'exec' && ['iperf3', 'sh'].includes(argv[0] ?? ''));
  t.deepEqual(words([...started, ...loads]), words(onHosts));
  t.is(planes.measure(artefacts, planned).samples.length, 0);
});
