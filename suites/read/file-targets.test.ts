import test from 'ava';
import {type FileTarget, fileMetrics} from '../../reports/judge/targets.ts';
import {loadFileTargets} from './file-targets.ts';

function load(...lines: readonly string[]) {
  return loadFileTargets(['targets:', ...lines.map(line => `  ${line}`)].join('\n'), 't.yaml', fileMetrics);
}

test('a good target is read into base units; a percentile is the median over trials of each', t => {
  const read = load(
    '- id: reads.p99',
    '  metric: storage.latency',
    '  where: { job: oltp, direction: read }',
    '  statistic: p99',
    '  bound: "< 5 ms"',
  );
  const expected: readonly FileTarget[] = [
    {
      id: 'reads.p99',
      metric: 'storage.latency',
      unit: 's',
      where: {job: 'oltp', direction: 'read', percentile: 'p99'},
      written: 'p99',
      statistic: 'median',
      relation: 'at-most',
      bound: 0.005,
      confidence: 0.95,
      scope: 'file',
    },
  ];
  t.deepEqual(read, {ok: true, value: expected});
});

test('a run may be asked to last, or to be done', t => {
  for (const bound of ['>= 60 s', '<= 60 s']) {
    t.true(load(`- {id: a, metric: storage.runtime, statistic: observed, bound: "${bound}"}`).ok);
  }
});

test('a percentile may be written as a number', t => {
  const read = load(
    '- {id: a, metric: storage.latency, where: {percentile: 99.90}, statistic: observed, scope: all, bound: "< 1 s"}',
  );
  t.is(read.ok ? read.value[0]?.where.percentile : '', 'p99.9');
});

const refused: readonly (readonly [name: string, target: string, expected: RegExp])[] = [
  ['an unknown metric', 'metric: storage.latncy, statistic: p99, bound: "< 5 ms"', /did you mean "storage\.latency"/],
  ['a metric that only a run has', 'metric: failover.service, statistic: worst, bound: "< 5 s"', /storage\.iops/],
  [
    'an unknown label',
    'metric: storage.iops, where: {jobb: x}, statistic: median, bound: "> 1 op/s"',
    /did you mean "job"/,
  ],
  [
    'a label of another metric',
    'metric: network.loss, where: {job: x}, statistic: observed, bound: "< 1 %"',
    /file, direction or protocol/,
  ],
  ['an unknown statistic', 'metric: storage.iops, statistic: medain, bound: "> 1 op/s"', /did you mean "median"/],
  ['an unknown unit', 'metric: storage.latency, statistic: p99, bound: "< 5 mss"', /did you mean "ms"/],
  ['operations for a latency', 'metric: storage.latency, statistic: p99, bound: "< 5k op/s"', /units here are s, ms/],
  [
    'bytes for bits',
    'metric: network.throughput, statistic: median, bound: "> 3 GB/s"',
    /did you mean|units here are bit\/s/,
  ],
  ['no relation', 'metric: storage.latency, statistic: p99, bound: 5 ms', /begin with </],
  ['a misspelt key', 'metric: storage.iops, statistic: median, bound: "> 1 op/s", scpe: all', /did you mean "scope"/],
  [
    'an unknown scope',
    'metric: storage.iops, statistic: median, bound: "> 1 op/s", scope: folders',
    /did you mean "folder"/,
  ],
  [
    'a latency without its percentile',
    'metric: storage.latency, statistic: worst, reliability: 0.9, bound: "< 5 ms"',
    /say "statistic: p99"/,
  ],
  [
    'a percentile twice',
    'metric: storage.latency, where: {percentile: p50}, statistic: p99, bound: "< 5 ms"',
    /names it already/,
  ],
  ['a percentile of a rate', 'metric: storage.iops, statistic: p99, bound: "> 1 op/s"', /has no percentiles/],
  ['P101', 'metric: storage.latency, statistic: p101, bound: "< 5 ms"', /a percentile of latency such as p99/],
  [
    'a median over one trial',
    'metric: storage.latency, statistic: p99, scope: all, bound: "< 5 ms"',
    /all files together are one trial/,
  ],
  ['jitter added up', 'metric: network.jitter, statistic: observed, scope: all, bound: "< 5 ms"', /does not add up/],
  [
    'the worst without reliability',
    'metric: storage.iops, statistic: worst, bound: "> 1 op/s"',
    /one clean trial proves little/,
  ],
  ['a share without limit', 'metric: storage.iops, statistic: proportion, bound: ">= 95 %"', /limit/],
  [
    'confidence of what was seen',
    'metric: storage.iops, statistic: observed, confidence: 0.9, bound: "> 1 op/s"',
    /what was observed is certain/,
  ],
  [
    'a confidence that proves nothing',
    'metric: storage.iops, statistic: median, confidence: 0.0001, bound: "> 1 op/s"',
    /^at least 0\.8; with less, a target that is not kept/,
  ],
  [
    'a reliability that promises nothing',
    'metric: storage.iops, statistic: worst, reliability: 1e-300, bound: "> 1 op/s"',
    /^at least 0\.5; with less, it is met although/,
  ],
  ['a bound that cannot fail', 'metric: storage.iops, statistic: median, bound: ">= 0 op/s"', /is never below 0/],
  ['more than all', 'metric: network.loss, statistic: observed, bound: "<= 120 %"', /a share is never above 100 %/],
  ['5 for 5 %', 'metric: network.loss, statistic: observed, bound: "<= 5"', /5 % is written "<= 5 %" or "<= 0\.05"/],
  [
    'a change in per cent for a share',
    'metric: network.echo-loss, statistic: observed, bound: "-1 %"',
    /needs "statistic: ratio"; a share is written "<= 1 %"/,
  ],
  [
    'a limit that cannot fail',
    'metric: storage.iops, statistic: proportion, limit: 0 op/s, bound: ">= 90 %"',
    /^a bound that can be broken; storage\.iops is never below 0/,
  ],
  [
    'a latency from below',
    'metric: storage.latency, statistic: p99, bound: "> 5 ms"',
    /a bound with < or <=; the less of storage\.latency the better/,
  ],
  [
    'a share of trials from above',
    'metric: storage.iops, statistic: proportion, limit: 5 op/s, bound: "<= 90 %"',
    /the more of trials that keep the limit the better/,
  ],
  [
    'a share for a percentile',
    'metric: storage.latency, where: {percentile: 0.99}, statistic: median, bound: "< 5 ms"',
    /written in per cent: p99, not p0\.99/,
  ],
  [
    'a share for a percentile, with its letter',
    'metric: storage.latency, where: {percentile: p0.999}, statistic: median, bound: "< 5 ms"',
    /written in per cent: p99\.9, not p0\.999/,
  ],
  ['a share for a statistic', 'metric: storage.latency, statistic: p0.99, bound: "< 5 ms"', /p99, not p0\.99/],
  ['P100', 'metric: storage.latency, statistic: p100, bound: "< 5 ms"', /say "percentile: max"/],
  ['confidence 1', 'metric: storage.iops, statistic: median, confidence: 1, bound: "> 1 op/s"', /less than 1/],
];
for (const [name, fields, expected] of refused) {
  test(`refused: ${name}`, t => {
    const read = load(`- {id: a, ${fields}}`);
    t.false(read.ok);
    const said = read.ok ? '' : read.error.map(error => `${error.expected}; ${error.hint}`).join('\n');
    t.regex(said, expected);
    for (const {line, column} of read.ok ? [] : read.error) t.deepEqual([line, column > 3], [2, true]);
  });
}

test('everything that is wrong is told at once, in the order of the file', t => {
  const read = load(
    '- id: a',
    '  metric: storage.latncy',
    '  statistic: p99',
    '  bound: "< 5 ms"',
    '- id: b',
    '  metric: storage.latency',
    '  where: { jobb: x }',
    '  statistic: p99',
    '  bound: "< 5 op/s"',
    '  scpe: all',
  );
  t.deepEqual(read.ok ? [] : read.error.map(({line, column}) => [line, column]), [
    [3, 13],
    [8, 20],
    [10, 12],
    [11, 5],
  ]);
});

test('refused: two targets of one id, and none at all', t => {
  const twin = '- {id: a, metric: storage.iops, statistic: median, bound: "> 1 op/s"}';
  const twice = load(twin, twin);
  t.regex(twice.ok ? '' : (twice.error[0]?.expected ?? ''), /no other target/);
  t.false(loadFileTargets('targets: []', 't.yaml', fileMetrics).ok);
  t.false(loadFileTargets('', 't.yaml', fileMetrics).ok);
});
