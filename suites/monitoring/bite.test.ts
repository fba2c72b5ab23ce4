/** Whether a cause bit, by what the alert watches: both ways for every alarm, with the lab's rules and with others'. */
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {rulesText} from '../../harness/lab/monitoring/rules.ts';
import {parseAlarmFacts} from '../../harness/parse/alarm-probe.ts';
import {parseTimedNumbers, type TimedNumbers} from '../../harness/parse/timed-numbers.ts';
import type {AlarmKind} from '../../harness/types.ts';
import {backAt, bluntness, contradiction, lingering, type Watching, watchingOf} from './bite.ts';

const lab = new Map(
  [...rulesText('1s', true).matchAll(/^ {2}- (.*)$/gm)].map(([, line = '']) => {
    const {alert, expr, for: held} = JSON.parse(line) as {alert: string; expr: string; for: string};
    return [alert, {query: expr, forSeconds: Number.parseInt(held, 10), evaluationSeconds: 1, scrapeSeconds: 1}];
  }),
);
const ruleOf = (alert: string, changes: Partial<Watching> = {}): Watching => {
  const rule = lab.get(alert);
  if (rule === undefined) throw new Error(`the lab has no rule ${alert}`);
  return {...rule, ...changes};
};
const span = {from: 0, to: 1000};

/** A look every half second, from 1 s on: of the nth, what it found. */
const looks = (count: number, numbers: (seconds: number) => readonly number[]): TimedNumbers[] =>
  Array.from({length: count}, (_, index) => ({at: 1 + index / 2, numbers: numbers(index / 2)}));
/** QEMU with one virtual CPU has this share of it; the host's ticks: 40 % idle, 25 % stolen. */
const qemu = (share: (seconds: number) => number) => (seconds: number) => [
  Array.from({length: seconds * 2}, (_, index) => share(index / 2) / 2).reduce((sum, each) => sum + each, 0),
  1,
  ...[30, 0, 5, 40, 0, 0, 0, 25, 0, 0].map(each => each * seconds),
];

const cases: readonly [
  kind: AlarmKind,
  rule: string,
  bites: (seconds: number) => readonly number[],
  blunt: (seconds: number) => readonly number[],
  why: RegExp,
][] = [
  ['node-down', 'NodeDown', () => [0], seconds => [seconds > 3 ? 1 : 0], /did not answer in 17 % of .* for 3\.0 s/],
  [
    'storage-low',
    'StorageLow',
    () => [15, 100],
    () => [21, 100],
    /^21 % of it were free at the least; beyond .* 0\.0 s/,
  ],
  ['disk-used', 'DiskUsedHigh', () => [5, 100], () => [12, 100], /^12 % of it were free/],
  [
    'guest-cpu',
    'GuestCpuHigh',
    qemu(() => 0.6),
    qemu(() => 0.31),
    /^its QEMU had 31 % of its virtual CPUs at the most; of the processors of its host 40 % were idle and 25 % stolen; beyond the bound of its rule for 0\.0 s, of the 19\.5 s/,
  ],
  ['logs-large', 'LogsLarge', () => [11e6], () => [9e6], /^its files had 9000000 bytes at the most/],
  [
    'guest-state',
    'GuestStateChanges',
    seconds => [Math.floor(seconds / 1.5) % 2 === 0 || seconds > 6 ? 1 : 3],
    seconds => [seconds % 1 === 0 ? 1 : 3],
    /^its state changed 0 times/,
  ],
  ['overload', 'NodeOverloaded', () => [6, 12, 100], () => [3.9, 12, 100], /^its load was 3\.9 at the most/],
  ['exporter-silent', 'ExporterSilent', () => [0], seconds => [seconds < 5 ? 0 : 1], /^the daemon was gone in 24 %/],
  ['ceph-health', 'CephUnhealthy', () => [1], () => [0], /^Ceph itself was not well in 0 %/],
];

for (const [kind, rule, bites, blunt, why] of cases) {
  test(`${kind}: a cause that bit long enough, and one that did not`, t => {
    t.is(bluntness(kind, looks(80, bites), ruleOf(rule), span), undefined);
    t.regex(bluntness(kind, looks(42, blunt), ruleOf(rule), span) ?? '', why);
    t.regex(bluntness(kind, looks(4, bites), ruleOf(rule), span) ?? 'nothing', /takes to be seen$|was not seen/);
    t.regex(bluntness(kind, [], ruleOf(rule), span) ?? '', /was not seen on the cluster itself$/);
    t.regex(bluntness(kind, looks(80, bites), ruleOf(rule), {from: 2000, to: 3000}) ?? '', /was not seen/);
  });
}

test('recorded on an overloaded machine: a guest that thinks it was busy, and whose QEMU had a quarter of a processor', t => {
  const recorded = (name: string) =>
    readFileSync(join(import.meta.dirname, '../../fixtures/alarms', `guest-cpu-overloaded.${name}`), 'utf8');
  const log = parseTimedNumbers(recorded('quantity.log'), 'log');
  const facts = parseAlarmFacts(recorded('alarm-rule.json'), 'rule');
  const rule = facts.ok ? watchingOf(facts.value) : undefined;
  if (!log.ok || rule === undefined) return t.fail('the recording cannot be read');
  const always = {from: 0, to: Number.POSITIVE_INFINITY};
  t.regex(
    bluntness('guest-cpu', log.value, rule, always) ?? '',
    /^its QEMU had 25 % of its virtual CPUs at the most; of the processors of its host 0 % were idle and 0 % stolen;/,
  );
  // The same guest by a rule whose bound it passed: then it bit.
  const lower = {...rule, query: rule.query.replace('> 0.3', '> 0.03'), forSeconds: 0};
  t.is(bluntness('guest-cpu', log.value, lower, always), undefined);
});

test('a guest that is busy only now and then is not busy for as long as the rule asks for', t => {
  const now = looks(
    160,
    qemu(seconds => (seconds % 20 < 10 ? 0.9 : 0)),
  );
  t.regex(bluntness('guest-cpu', now, ruleOf('GuestCpuHigh'), span) ?? '', /^its QEMU had 90 % .* of the 19\.5 s/);
});

test('a load that is high counts only while the disk is as full as the rule asks for', t => {
  const roomy = looks(80, () => [9, 40, 100]);
  t.regex(bluntness('overload', roomy, ruleOf('NodeOverloaded'), span) ?? '', /^its load was 0\.0 .* full enough/);
});

test("others' rules: in percent, of what is used, in another order; a load by processor is not known", t => {
  const room = looks(80, () => [15, 100]);
  const used = {query: '100 * (1 - free_bytes / size_bytes) > 80'};
  t.is(bluntness('storage-low', room, ruleOf('StorageLow', used), span), undefined);
  t.regex(
    bluntness(
      'storage-low',
      looks(80, () => [22, 100]),
      ruleOf('StorageLow', used),
      span,
    ) ?? '',
    /^22 %/,
  );
  const turned = {query: 'node_load1 > 4 and 1 - free / size > 0.85'};
  t.is(
    bluntness(
      'overload',
      looks(80, () => [6, 12, 100]),
      ruleOf('NodeOverloaded', turned),
      span,
    ),
    undefined,
  );
  const each = {query: 'node_load1 / cpus > 0.8 and 1 - free / size > 0.85'};
  const known = bluntness(
    'overload',
    looks(80, () => [6, 12, 100]),
    ruleOf('NodeOverloaded', each),
    span,
  );
  t.regex(known ?? '', /compares with what is not known$/);
});

test('looks that are far apart prove nothing of the time between them', t => {
  const sparse = [0, 11, 22, 33].map(at => ({at, numbers: [15, 100]}));
  t.regex(bluntness('storage-low', sparse, ruleOf('StorageLow'), span) ?? '', /for 0\.0 s/);
});

test('what a fence has powered on again is back before anybody heals it', t => {
  const gone = looks(80, seconds => [seconds >= 2 && seconds < 15 ? 0 : 1]);
  t.is(backAt('node-down', gone, ruleOf('NodeDown'), span), 16);
  t.is(
    backAt(
      'node-down',
      looks(80, seconds => [seconds < 2 ? 1 : 0]),
      ruleOf('NodeDown'),
      span,
    ),
    undefined,
  );
  t.is(
    backAt(
      'node-down',
      looks(80, () => [1]),
      ruleOf('NodeDown'),
      span,
    ),
    undefined,
  );
});

test('what still fires is accused only where what it watches was well for long enough at the end', t => {
  const rule = ruleOf('NodeOverloaded');
  const sinks = (until: number) => looks(80, seconds => [seconds < until ? 8 : 1, 12, 100]);
  t.is(lingering('overload', sinks(10), rule, span), undefined);
  t.regex(lingering('overload', sinks(38), rule, span) ?? '', /within its bound for 1\.5 s, of the 4\.5 s/);
  t.regex(lingering('overload', sinks(100), rule, span) ?? '', /within its bound for 0\.0 s/);
  t.regex(lingering('overload', [], rule, span) ?? '', /was not seen/);
});

for (const [kind, rule, bites, blunt] of cases) {
  test(`${kind}: what fired is contradicted only where what it watches was never beyond its bound`, t => {
    const within: Partial<Record<AlarmKind, (seconds: number) => readonly number[]>> = {
      'node-down': () => [1],
      'guest-cpu': qemu(() => 0.1),
      'guest-state': () => [1],
      'exporter-silent': () => [1],
    };
    t.is(contradiction(kind, looks(80, bites), ruleOf(rule), span), undefined);
    t.regex(contradiction(kind, looks(42, within[kind] ?? blunt), ruleOf(rule), span) ?? '', /^it fired, and /);
    t.is(contradiction(kind, looks(3, within[kind] ?? blunt), ruleOf(rule), span), undefined, 'too few looks');
    t.is(contradiction(kind, [], ruleOf(rule), span), undefined);
  });
}

test('what exporters may have reckoned otherwise contradicts nothing', t => {
  const hardly = looks(
    80,
    qemu(() => 0.28),
  );
  t.is(contradiction('guest-cpu', hardly, ruleOf('GuestCpuHigh'), span), undefined);
  t.not(bluntness('guest-cpu', hardly, ruleOf('GuestCpuHigh'), span), undefined);
});

test('planted: state changes of before the cause make the alert fire with fewer of ours', t => {
  const once = looks(20, seconds => [seconds < 2 ? 1 : 3]);
  t.regex(
    contradiction('guest-state', once, ruleOf('GuestStateChanges'), span) ?? '',
    /^it fired, and its state changed 1 times/,
  );
});

test('planted: a guest that was paused before the first look after the cause has changed its state all the same', t => {
  // As in a lab whose exporters are asked each minute: a look every 5 s, from 2 s before the cause on.
  const state = (seconds: number) => [[1, 3, 1, 3, 1][Math.ceil(seconds / 90)] ?? 1];
  const slow = Array.from({length: 45}, (_, index) => ({at: 5 * index - 2, numbers: state(5 * index - 2)}));
  const rule = ruleOf('GuestStateChanges', {scrapeSeconds: 60, evaluationSeconds: 60});
  const until = {from: 0, to: 222};
  t.is(contradiction('guest-state', slow, rule, until), undefined, 'paused, resumed and paused again is three');
  t.regex(contradiction('guest-state', slow.slice(1), rule, until) ?? '', /its state changed 2 times/);
  const long = slow.concat(
    Array.from({length: 45}, (_, index) => ({at: 223 + 5 * index, numbers: state(223 + 5 * index)})),
  );
  t.is(bluntness('guest-state', long, rule, {from: 0, to: 450}), undefined);
});

test("rules of Ceph's own: a warning is no error, a check that is raised is, and what else they ask for is not known", t => {
  const of = (query: string, health: number) =>
    bluntness(
      'ceph-health',
      looks(80, () => [health]),
      ruleOf('CephUnhealthy', {query}),
      span,
    );
  t.is(of('ceph_health_status == 1', 1), undefined);
  t.is(of('ceph_health_status == 2', 2), undefined);
  t.regex(of('ceph_health_status == 2', 1) ?? '', /beyond the bound of its rule for 0\.0 s/);
  t.regex(of('ceph_health_status == 1', 2) ?? '', /for 0\.0 s/);
  t.is(of('ceph_health_detail{name="OSD_DOWN"} == 1', 1), undefined);
  t.regex(of('ceph_health_detail{name="OSD_DOWN"} == 1', 0) ?? '', /for 0\.0 s/);
  t.regex(of('count(ceph_osd_up == 0) > 0', 1) ?? '', /compares with what is not known$/);
  const quiet = looks(80, () => [0]);
  const osds = ruleOf('CephUnhealthy', {query: 'count(ceph_osd_up == 0) > 0'});
  t.is(contradiction('ceph-health', quiet, osds, span), undefined);
});
