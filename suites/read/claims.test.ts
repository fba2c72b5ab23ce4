import {readFileSync} from 'node:fs';
import test from 'ava';
import {formatConfigError} from '../../harness/config/yaml.ts';
import {metrics} from '../../reports/metrics.ts';
import {loadClaims} from './claims.ts';

const register = readFileSync(new URL('../claims.yaml', import.meta.url), 'utf8');

function errorsOf(text: string): string[] {
  const read = loadClaims(text, 'c.yaml', metrics);
  return read.ok ? [] : read.error.map(formatConfigError);
}

/** One claim with one good target; `lines` replaces or adds keys of the target. */
function withTarget(lines: Record<string, string>): string {
  const keys: Record<string, string> = {
    id: 't.one',
    metric: 'failover.service',
    statistic: 'worst',
    bound: '"< 15 s"',
    reliability: '0.95',
    ...lines,
  };
  const target = Object.entries(keys)
    .filter(([, value]) => value !== '')
    .map(([key, value]) => `        ${key}: ${value}`)
    .join('\n')
    .trimStart();
  return `claims:\n  - id: c\n    title: A\n    figure: B\n    source: C\n    targets:\n      - ${target}\n`;
}

test('the register holds every claim of the guide, each judged or with its reason', t => {
  const read = loadClaims(register, 'claims.yaml', metrics);
  if (!read.ok) {
    t.fail(read.error.map(formatConfigError).join('\n'));
    return;
  }
  const ids = read.value.map(claim => claim.id);
  const wanted =
    'avail.annual ha.switch ha.redundancy ha.drill ha.detect ha.recover ha.vip mig.live mig.trigger sto.iops sto.p99 sto.fiojob sto.backend sto.capacity ' +
    'sto.fabric net.throughput net.crc net.planes net.l2 net.dpdk cpu.use cpu.overhead cpu.cgroup mem.alloc mem.ksm mem.numa sec.isolation mon.alerts ' +
    'mon.rules ops.deploy load.tps cost.licence green.pue future.prediction future.gpu future.outlook context.history';
  for (const id of wanted.split(' ')) t.true(ids.includes(id), `${id} is missing`);
  for (const claim of read.value) {
    const ways = [claim.targets.length > 0, claim.saidBy, claim.notTestable];
    t.is(ways.filter(Boolean).length, 1, `${claim.id}: every promise is judged, or says why no trial can`);
  }
});

test('the load that a promise is made for is read', t => {
  const read = loadClaims(withTarget({under: '{iodepth: ">= 16", blockBytes: "<=4096"}'}), 'c.yaml', metrics);
  t.deepEqual(read.ok ? read.value[0]?.targets[0]?.under : undefined, [
    {parameter: 'iodepth', relation: 'at-least', value: 16},
    {parameter: 'blockBytes', relation: 'at-most', value: 4096},
  ]);
});

test("the register's bounds are the guide's figures in base units", t => {
  const read = loadClaims(register, 'claims.yaml', metrics);
  const targets = read.ok ? read.value.flatMap(claim => claim.targets) : [];
  const figure = (id: string) => {
    const target = targets.find(one => one.id === id);
    return `${target?.statistic} ${target?.relation} ${target?.bound} ${target?.unit}`;
  };
  t.is(figure('ha.switch.host-crash'), 'worst at-most 15 s');
  t.is(figure('ha.drill.served'), 'worst at-most 30 s');
  t.is(figure('sto.iops.absolute'), 'median at-least 500000 op/s');
  t.is(figure('sto.iops.effect'), 'ratio at-least 1.378 op/s');
  t.is(figure('sto.p99.read'), 'p99 at-most 0.005 s');
  t.is(figure('sto.fiojob.iops'), 'median at-least 52000 op/s');
  t.is(figure('sto.fabric.throughput'), 'median at-least 8000000000 bit/s');
  t.is(figure('net.throughput.hosts'), 'median at-least 24000000000 bit/s');
  t.is(figure('net.throughput.hosts.effect'), 'ratio at-least 1.333 bit/s');
});

test('a good target is read; confidence and source come from above', t => {
  const read = loadClaims(withTarget({where: '{fault: host-crash, repetition: 1}'}), 'c.yaml', metrics);
  t.deepEqual(read.ok ? read.value[0]?.targets : read.error, [
    {
      id: 't.one',
      claim: 'c',
      metric: 'failover.service',
      unit: 's',
      where: {fault: 'host-crash', repetition: '1'},
      statistic: 'worst',
      relation: 'at-most',
      bound: 15,
      confidence: 0.95,
      reliability: 0.95,
      source: 'C',
    },
  ]);
});

test('a share of trials needs its limit, and gets both in base units', t => {
  const text = withTarget({statistic: 'proportion', bound: '">= 95 %"', limit: '500 ms', reliability: ''});
  const read = loadClaims(text, 'c.yaml', metrics);
  const target = read.ok ? read.value[0]?.targets[0] : undefined;
  t.is(target?.bound, 0.95);
  t.is(target?.limit, 0.5);
});

const bad: {title: string; text: string; expected: RegExp}[] = [
  {
    title: 'an unknown metric',
    text: withTarget({metric: 'failover.servise'}),
    expected:
      /^c\.yaml:8:17: found "failover\.servise" for claims\[1\]\.targets\[1\]\.metric.*did you mean "failover\.service"\?$/m,
  },
  {
    title: 'a label that the metric does not carry',
    text: withTarget({where: '{path: storage}'}),
    expected:
      /^c\.yaml:12:23: found "storage" for .*where\.path, expected a label of failover\.service: fault, scenario/,
  },
  {
    title: 'a load that is no relation and number',
    text: withTarget({under: '{iodepth: "sixteen"}'}),
    expected: /^c\.yaml:12:26: found "sixteen" for .*under\.iodepth, expected a relation and a number, such as ">= 16"/,
  },
  {
    title: 'a bound of another unit',
    text: withTarget({bound: '"< 15 Gbit/s"'}),
    expected: /^c\.yaml:10:16: found "< 15 Gbit\/s".*expected a bound such as "< 5 ms".*units here are s, ms/,
  },
  {
    title: 'an unquoted bound',
    text: withTarget({bound: '> 15 s'}),
    expected: /^c\.yaml:10:18: .*put text that begins with > or \| in quotes/,
  },
  {
    title: 'a confidence that proves nothing',
    text: withTarget({confidence: '1e-9'}),
    expected: /confidence, expected at least 0\.8/,
  },
  {
    title: 'a reliability that promises nothing',
    text: withTarget({reliability: '1e-300'}),
    expected: /reliability, expected at least 0\.5/,
  },
  {
    title: 'a bound that is kept by what is worse',
    text: withTarget({bound: '"> 15 s"'}),
    expected: /expected a bound with < or <=/,
  },
  {
    title: 'a share for a percentile',
    text: withTarget({metric: 'storage.latency', where: '{percentile: 0.99}'}),
    expected: /written in per cent: p99, not p0\.99/,
  },
  {
    title: 'a latency of which no percentile is named',
    text: withTarget({metric: 'storage.latency', statistic: 'median', bound: '"< 5 ms"', reliability: ''}),
    expected: /^c\.yaml:7:9: found no .*where\.percentile, expected a percentile such as p99.*say "statistic: p99"/,
  },
  {
    title: 'a change in per cent for a share',
    text: withTarget({metric: 'network.loss', bound: '"-5 %"'}),
    expected: /^c\.yaml:10:16: found "-5 %".*needs "statistic: ratio"; a share is written "<= 5 %"/,
  },
  ...['network.loss', 'compute.steal', 'failover.unexplained', 'network.reordering', 'storage.cpu'].map(metric => ({
    title: `5 for 5 % of ${metric}`,
    text: withTarget({metric, bound: '"<= 5"'}),
    expected: /found "<= 5".*never above 100 %: 5 % is written "<= 5 %" or "<= 0\.05"/,
  })),
  {
    title: 'a gain in per cent that would be a third',
    text: withTarget({
      metric: 'storage.iops',
      statistic: 'ratio',
      bound: '">= 33.3 %"',
      reliability: '',
      against: '[stock, tuned]',
    }),
    expected: /found ">= 33\.3 %".*expected a ratio of at least 0\.5; a gain of 33\.3 % is written "\+33\.3 %"/,
  },
  {
    title: 'a cut in per cent that would be thirty times as much',
    text: withTarget({statistic: 'ratio', bound: '"<= 30"', reliability: '', against: '[stock, tuned]'}),
    expected: /found "<= 30".*expected a ratio of at most 2; .*a cut of 30 % "-30 %"/,
  },
  {
    title: 'the worst of trials without reliability',
    text: withTarget({reliability: ''}),
    expected: /^c\.yaml:7:9: found no claims\[1\]\.targets\[1\]\.reliability, .*one clean trial proves little/,
  },
  {
    title: 'reliability of a median',
    text: withTarget({statistic: 'median'}),
    expected: /^c\.yaml:11:22: .*only "statistic: worst" has one/,
  },
  {
    title: 'a ratio without its two profiles',
    text: withTarget({statistic: 'ratio', bound: '"<= 0.7"', reliability: ''}),
    expected: /against: \[stock, tuned\]/,
  },
  {
    title: 'a ratio of a profile with itself',
    text: withTarget({statistic: 'ratio', bound: '"<= 0.7"', reliability: '', against: '[tuned, tuned]'}),
    expected: /two different profiles/,
  },
  {
    title: 'a ratio within one profile',
    text: withTarget({
      statistic: 'ratio',
      bound: '"<= 0.7"',
      reliability: '',
      against: '[stock, tuned]',
      where: '{profile: tuned}',
    }),
    expected: /takes both profiles from "against"/,
  },
  {
    title: 'a change in per cent that is no ratio',
    text: withTarget({bound: '"+33 %"'}),
    expected: /needs "statistic: ratio"/,
  },
  {
    title: 'a proportion without limit',
    text: withTarget({statistic: 'proportion', bound: '">= 95 %"', reliability: ''}),
    expected: /no claims\[1\]\.targets\[1\]\.limit/,
  },
  {
    title: 'no way to judge a claim',
    text: 'claims:\n  - {id: c, title: A, figure: B, source: C}\n',
    expected:
      /^c\.yaml:2:5: found a mapping for claims\[1\], expected exactly one of targets, saidBy, notTestable and noScenarioYet; say how/,
  },
  {
    title: 'two ways to judge a claim',
    text: 'claims:\n  - {id: c, title: A, figure: B, source: C, notTestable: x, noScenarioYet: y}\n',
    expected: /expected exactly one of targets/,
  },
  {
    title: 'a claim that a command says, and a scenario judges too',
    text: withTarget({}).replace(/^( *)targets:/m, '$1saidBy: {command: seatrial capacity, why: x}\n$1targets:'),
    expected: /expected exactly one of targets/,
  },
  {
    title: 'a claim that stands twice',
    text: 'claims:\n  - {id: c, title: A, figure: B, source: C, notTestable: x}\n  - {id: c, title: A, figure: B, source: C, notTestable: x}\n',
    expected: /^c\.yaml:3:10: found "c" for claims\[2\]\.id, expected an id that no other claim has/,
  },
  {
    title: 'a misspelt key',
    text: 'claims:\n  - {id: c, title: A, figure: B, source: C, notTestible: x}\n',
    expected: /unknown key "notTestible".*did you mean "notTestable"\?/,
  },
  {title: 'no claims at all', text: 'claims: []\n', expected: /expected at least 1 entries/},
];
for (const {title, text, expected} of bad) {
  test(`refused: ${title}`, t => {
    t.regex(errorsOf(text).join('\n'), expected);
  });
}

test('p99 names its percentile by itself, and a ratio above 1 is no share', t => {
  const latency = {metric: 'storage.latency', bound: '"< 5 ms"', reliability: ''};
  t.deepEqual(errorsOf(withTarget({...latency, statistic: 'p99'})), []);
  t.deepEqual(errorsOf(withTarget({...latency, statistic: 'median', where: '{percentile: mean}'})), []);
  t.deepEqual(errorsOf(withTarget({...latency, statistic: 'p99', where: '{percentile: "99"}'})), []);
  t.regex(errorsOf(withTarget({statistic: 'p99', reliability: ''})).join(), /has no percentiles; latencies have/);
  for (const percentile of ['p50', 'mean', 'p99.9']) {
    const [error = ''] = errorsOf(withTarget({...latency, statistic: 'p99', where: `{percentile: ${percentile}}`}));
    t.regex(error, /"statistic: p99" names it already/, percentile);
  }
  t.deepEqual(errorsOf(withTarget({metric: 'network.loss', bound: '"<= 5 %"'})), []);
  t.deepEqual(errorsOf(withTarget({metric: 'compute.ratio', bound: '">= 98 %"'})), []);
});

test('observed is for what is configured: what is measured needs a statistic of its trials', t => {
  const [error = ''] = errorsOf(withTarget({statistic: 'observed', reliability: ''}));
  t.regex(error, /statistic/);
  t.regex(error, /varies from trial to trial/);
  t.deepEqual(
    errorsOf(withTarget({metric: 'conformance.broken', statistic: 'observed', bound: '"<= 0"', reliability: ''})),
    [],
  );
});
