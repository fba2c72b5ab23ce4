import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {artefactsOf} from '../../fixtures/kit/replay-transport.ts';
import type {DataPath} from './data-paths.ts';
import {fastpath} from './fastpath.ts';
import {type FastpathPlan, fastpathTests} from './fastpath-plan.ts';

/** What iperf3 3.12 printed. */
const iperf3Output = (name: string) =>
  readFileSync(join(import.meta.dirname, `../../fixtures/iperf3-3.12/${name}.out`), 'utf8');
const ended = JSON.stringify({exit: {kind: 'exited', code: 0}, stderr: ''});
const parameters = {seconds: 1, streams: 1, rounds: 2};
const planned = {slot: 1, scenario: fastpath.name, profile: 'tuned', repetition: 1, parameters, estimatedSeconds: 60};

const to = {client: 'client', port: 5201};
const fast: DataPath = {
  ...to,
  path: 'vhost-user',
  ends: 'guest',
  fast: true,
  address: '10.0.3.102',
  node: 'n1',
  guest: 'vm2',
};
const plain: DataPath = {
  ...to,
  path: 'tap',
  ends: 'guest',
  fast: false,
  address: '10.0.3.101',
  node: 'n1',
  guest: 'vm1',
};
const real = {emulated: false, shared: false};

interface Outputs {
  ways?: readonly DataPath[];
  hardware?: Pick<FastpathPlan, 'emulated' | 'shared'>;
  /** Of the fast way's streams from the client. */
  text?: string;
  cost?(ticks: number, path: string): string;
}

function measured({ways = [plain, fast], hardware = real, text, cost = costText}: Outputs) {
  const tests = fastpathTests(ways, parameters);
  const files = tests.flatMap(({artefact, before, after, direction, way}) => {
    const output = iperf3Output(direction === 'forward' ? 'tcp' : 'tcp-reverse');
    return [
      [artefact, way.fast && direction === 'forward' && text !== undefined ? text : output] as const,
      [before, cost(0, way.path)] as const,
      [after, cost(way.fast ? 300 : 150, way.path)] as const,
    ].flatMap(([name, content]) => [[name, content] as const, [`${name}.meta.json`, ended] as const]);
  });
  const plan = JSON.stringify({...hardware, tests});
  return fastpath.measure(artefactsOf(new Map([['paths.json', plan], ...files])), planned);
}

const costText = (ticks: number, path: string) =>
  `ticks 100\nnode ${1000 + 2 * ticks} 0 0 9000 0 0 0 0 0 0\nguest 7 ${ticks}\n${path === 'tap' ? '' : `switch 9 ${ticks}\n`}end\n`;
const told = ({samples}: ReturnType<typeof measured>) =>
  samples.map(({metric, labels: {path, direction, load, side = ''}}) =>
    [metric, path, direction, load, side].join(' ').trim(),
  );

test('ways are tried in turns, the first of a round being the last of the next', t => {
  const order = fastpathTests([plain, fast], parameters).map(
    ({way, round, direction}) => `${round} ${way.path} ${direction}`,
  );
  t.deepEqual(order, [
    '1 tap forward',
    '1 tap reverse',
    '1 vhost-user forward',
    '1 vhost-user reverse',
    '2 vhost-user forward',
    '2 vhost-user reverse',
    '2 tap forward',
    '2 tap reverse',
  ]);
});

test('each way has its throughput and its cost, and the fast one its ratio', t => {
  const result = measured({});
  t.deepEqual([result.problems, result.findings], [[], []]);
  t.deepEqual(
    told(result).filter(each => / forward /.test(each)),
    [
      'network.throughput tap forward plain',
      'network.processor-time tap forward plain node',
      'network.processor-time tap forward plain guest',
      'network.throughput vhost-user forward fast',
      'network.processor-time vhost-user forward fast node',
      'network.processor-time vhost-user forward fast guest',
      'network.processor-time vhost-user forward fast switch',
      'network.path-ratio vhost-user forward fast',
    ],
  );
  const {samples} = result;
  t.is(samples.find(({metric}) => metric === 'network.path-ratio')?.value, 1);
  const cost = samples.find(({labels}) => labels.side === 'switch');
  const bits = JSON.parse(iperf3Output('tcp')).end.sum_received.bytes * 8;
  t.is(cost?.value, 3 / (bits / 1e9));
});

test('a fast way that carries half as much is told so', t => {
  const halved = (key: string, value: unknown) =>
    typeof value === 'number' && ['bytes', 'bits_per_second'].includes(key) ? value / 2 : value;
  const report = JSON.parse(iperf3Output('tcp'), halved);
  const {samples, problems} = measured({text: JSON.stringify(report)});
  t.deepEqual(problems, []);
  t.is(
    samples.find(({metric, labels}) => metric === 'network.path-ratio' && labels.direction === 'forward')?.value,
    0.5,
  );
});

test('figures of emulated guests and shared hosts bear another name, and are no verdict', t => {
  const {samples, problems} = measured({hardware: {emulated: true, shared: true}});
  t.true(samples.length > 0);
  t.true(samples.every(({labels}) => /^(fast|plain), emulated guests, hosts on one machine$/.test(labels.load ?? '')));
  t.is(problems[0]?.found, 'emulated guests, hosts that share one machine');
  t.is(measured({hardware: {emulated: false, shared: true}}).problems[0]?.found, 'hosts that share one machine');
});

test('a fast way alone has no ratio, and guests on two nodes are compared with their nodes', t => {
  const alone = measured({ways: [fast]});
  t.false(alone.samples.some(({metric}) => metric === 'network.path-ratio'));
  t.regex(alone.findings[0]?.detail ?? '', /no way through the kernel/);
  const apart = measured({ways: [{...plain, node: 'n2'}, fast]});
  t.regex(apart.findings[0]?.detail ?? '', /tap is that of vm1 on n2, vhost-user is that of vm2 on n1: their nodes/);
});

test('an output that is cut off, a switch that was started anew and a guest that is not seen give no figure', t => {
  const cut = measured({text: iperf3Output('tcp').slice(0, 2000)});
  t.is(cut.samples.length, 0);
  t.is(cut.problems[0]?.artefact, 'iperf3-vhost-user-forward-1.json');
  const anew = measured({cost: (ticks, path) => costText(ticks, path).replace('switch 9', `switch ${9 + ticks}`)});
  t.is(anew.samples.length, 0);
  t.regex(anew.problems[0]?.found ?? '', /processes 9 before, 309 after/);
  const unseen = measured({cost: (ticks, path) => costText(ticks, path).replace(/guest.*\n/, '')});
  t.regex(unseen.problems[0]?.expected ?? '', /processes of vm/);
  const blind = measured({cost: (ticks, path) => costText(ticks, path).replace(/switch.*\n/, '')});
  t.regex(blind.findings[0]?.detail ?? '', /no ovs-vswitchd is seen on n1/);
});
