import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {formatConfigError} from '../../../harness/config/yaml.ts';
import {metricNamed} from '../../../reports/metrics.ts';
import {loadTopology} from './topology.ts';
import {downtimes} from './topology-file.ts';

const top = join(import.meta.dirname, '../../..');
const example = readFileSync(join(top, 'docs/topology.yaml'), 'utf8');

/** The example with one text replaced by another. */
function changed(from: string | RegExp, to: string): string {
  const text = example.replace(from, to);
  if (text === example) throw new Error(`the example has no ${from}`);
  return text;
}

test('the example is read', t => {
  const read = loadTopology(example, 'topology.yaml');
  if (!read.ok) return t.fail(read.error.map(formatConfigError).join('\n'));
  t.is(
    read.value.racks.reduce((sum, rack) => sum + rack.nodes, 0),
    5,
  );
  t.deepEqual(read.value.racks[0]?.feeds, [0, 1]);
  t.is(read.value.faults[0]?.rate.perYear, 1 / 3);
  t.true(Math.abs(read.value.fencing.bmcUnavailable - 24 / 100_024) < 1e-9);
  // Every rate and repair, the BMC, storage, maintenance, the operator, and the stated recovery are labelled.
  t.is(read.value.assumptions.length, 9 + 8 + 5);
  t.true(read.value.assumptions.every(({source, text}) => source !== '' && text !== ''));
  t.deepEqual(
    read.value.recoveries.map(({name, kind}) => [name, kind]),
    [
      ['crash', 'measured'],
      ['cut-off', 'measured'],
      ['moved', 'measured'],
      ['guest-restart', 'literal'],
    ],
  );
});

test('a thousand racks need no list; counted faults are a rate with its evidence; ">" never came back', t => {
  const text = changed(/racks:\n(?: {2}- .*\n)+/, 'racks: {count: 4, nodes: 25, feeds: [a]}\n')
    .replace('rate: 1 per 3 years', 'observed: {faults: 0, in: 40 years}')
    .replace('["20 s"', '["> 90 s"');
  const read = loadTopology(text, 'topology.yaml');
  if (!read.ok) return t.fail(read.error.map(formatConfigError).join('\n'));
  t.is(read.value.racks.length, 4);
  t.is(read.value.racks[3]?.name, 'r4');
  t.deepEqual(read.value.faults[0]?.rate, {perYear: 0.5 / 40, observed: {faults: 0, unitYears: 40}});
  const stated = read.value.recoveries[3];
  t.true(stated?.kind === 'literal' && stated.waits[0]?.ended === false && stated.waits[0]?.time === 90);
});

test('what counts as downtime of a VM is a known metric in seconds, and is taken', t => {
  for (const metric of downtimes) {
    t.is(metricNamed(metric)?.unit, 's', metric);
    const text = example.replace('failover.service, fault: host', `${metric}, fault: host`);
    const read = loadTopology(text, 'topology.yaml');
    t.true(read.ok, metric);
  }
});

const wrong: readonly [string, string | RegExp, string, RegExp][] = [
  ['unknown key', 'standby: 2', 'standbye: 2', /:\d+:\d+: .*standby/],
  [
    'unknown recovery',
    'recovery: cut-off',
    'recovery: cutoff',
    /"cutoff" for faults\[3\]\.recovery.*did you mean "cut-off"/,
  ],
  ['unknown feed', 'nodes: 1, feeds: [a, b]', 'nodes: 1, feeds: [a, c]', /"c" for racks\[3\]\.feeds\[2\]/],
  ['unknown target', 'strikes: rack', 'strikes: rock', /"rock".*did you mean "rack"/],
  [
    'unknown metric',
    'failover.service, fault: host',
    'failover.servise, fault: host',
    /did you mean "failover\.service"/,
  ],
  [
    'a stall of the store as downtime of a VM',
    'failover.service, fault: host',
    'failover.store-stall, fault: host',
    /"failover\.store-stall".*expected failover\.service, /,
  ],
  [
    'one phase as downtime of a VM',
    'failover.service, fault: host',
    'failover.phase, fault: host',
    /"failover\.phase"/,
  ],
  ['rate without a unit', '1 per 3 years', '"0.3"', /"0\.3" for faults\[1\]\.rate.*MTBF 50000 h/],
  ['rate as a number', 'rate: 1 per 3 years', 'rate: 3', /faults\[1\]\.rate/],
  ['no rate', /\n {4}rate: 1 per 3 years/, '', /exactly one of rate and observed/],
  ['no source', /\n {4}source: "assumption: both links or the card"/, '', /no faults\[3\]\.source/],
  ['no repair', /\n {4}repair: 20 min/, '', /a repair/],
  ['repair of a VM', /recovery: guest-restart/, 'recovery: guest-restart\n    repair: 1 h', /no repair/],
  ['percentile below the median', /p95: 2 days/, 'p95: 2 h', /more than the median/],
  ['minimum above replicas', 'minimum: 2', 'minimum: 4', /at most 3, the replicas/],
  ['too few domains', 'domain: host', 'domain: host\n  servers: 2', /at most 2, the failure domains/],
  ['all nodes standby', 'standby: 2', 'standby: 5', /fewer than the 5 nodes/],
  ['maintenance without standby', 'standby: 2', 'standby: 0', /a standby node/],
  ['more votes than nodes', 'members: 5', 'members: 7', /at most 5/],
  ['twice the same fault', 'name: node network', 'name: node hardware', /a name that no other fault has/],
  ['an operator who takes years', 'response: { median: 30 min, p95: 4 h }', 'response: 3 years', /at most a year/],
  ['a network that is neither', 'network: separate', 'network: seperate', /"seperate".*did you mean "separate"/],
  ['a sample without unit', '["20 s"', '["20"', /samples\[1\].*"> 60 s"/],
];
for (const [name, from, to, expected] of wrong) {
  test(`refused: ${name}`, t => {
    const read = loadTopology(changed(from, to), 'topology.yaml');
    t.false(read.ok);
    if (!read.ok) {
      const said = read.error.map(formatConfigError).join('\n');
      t.regex(said, expected);
      t.true(read.error.every(({line, column}) => line >= 1 && column >= 1));
    }
  });
}
