import test from 'ava';
import {XMLParser, XMLValidator} from 'fast-xml-parser';
import {wholeNight} from '../../fixtures/kit/night.ts';
import {render} from '../document/index.ts';
import {random} from '../stats/random.ts';
import {
  alarmsOf,
  cutShort,
  type Decisions,
  type Night,
  type NightlyInput,
  nightlyDocument,
  nightlyReport,
  type Point,
  renderOpenMetrics,
  type SeriesKey,
  seriesId,
  seriesName,
  standingNow,
  type Trend,
  trendOf,
} from './index.ts';

const none: Decisions = {baselines: [], acks: []};
const base: SeriesKey = {
  cluster: 'prod-a',
  metric: 'storage.latency',
  unit: 's',
  scenario: 'storage/fio',
  profile: 'tuned',
  quick: false,
  labels: {pattern: 'randread', direction: 'read', percentile: 'p99'},
  parameters: {seconds: 60},
};
const idOf = (n: number) => `2025-11-${String(n + 1).padStart(2, '0')}T02-00-00-prod-a`;

function pointsOf(values: readonly number[], fingerprint: (n: number) => string = () => 'one'): Point[] {
  return values.map((value, n) => ({
    night: idOf(n),
    at: `2025-11-${String(n + 1).padStart(2, '0')}T02:00:00.000Z`,
    folder: `runs/${idOf(n)}`,
    value,
    trials: 3,
    fingerprint: fingerprint(n),
  }));
}

function trend(
  values: readonly number[],
  more: Partial<Parameters<typeof trendOf>[0]> & {key?: Partial<SeriesKey>} = {},
): Trend {
  const {key, ...rest} = more;
  const made = trendOf({
    series: {...base, ...key},
    points: pointsOf(values),
    facts: {},
    decisions: none,
    threshold: 0.05,
    ...rest,
  });
  if (made === undefined) throw new Error('no trend');
  return made;
}

function night(n: number, more: Partial<Night> = {}): Night {
  const startedAt = `2025-11-${String(n + 1).padStart(2, '0')}T02:00:00.000Z`;
  return wholeNight({id: idOf(n), folder: `runs/${idOf(n)}`, startedAt, ...more});
}

const input = (trends: readonly Trend[], last: number, more: Partial<NightlyInput> = {}): NightlyInput => ({
  night: night(last),
  trends,
  nights: Array.from({length: last + 1}, (_, n) => night(n)),
  baseline: undefined,
  suspectedFirst: [],
  notRemeasured: '',
  ...more,
});

const calm = [10, 10.1, 9.9, 10, 10.05, 9.95, 10, 10.1, 9.9, 10];
const slower = [...calm, 12, 12.1, 11.9, 12, 12.05, 12.1];

test('a calm history: 0, and the report says so', t => {
  const report = nightlyReport(input([trend(calm)], 9));
  t.is(report.exitCode, 0);
  t.is(report.verdict, 'nothing-found');
  t.deepEqual(report.holes, []);
});

test('a step that stands: 1, with a sentence that names series, levels and night', t => {
  const report = nightlyReport(input([trend(slower)], 15));
  t.is(report.exitCode, 1);
  t.regex(
    report.alarms[0]?.sentence ?? '',
    /^storage\/fio randread \(tuned\): Storage latency read p99 is worse since 2025-11-11T02-00-00-prod-a: 10\.0 s → 12\.0 s, \+20 % \(confirmed/,
  );
});

test('the newest night alone: 2, until it was measured again', t => {
  const values = [...calm, 12];
  t.is(nightlyReport(input([trend(values)], 10)).exitCode, 2);
  const points = pointsOf(values).map((point, n) => (n === 10 ? {...point, again: [12, 12.1, 11.9]} : point));
  const report = nightlyReport(input([trend([], {points})], 10, {suspectedFirst: [seriesName(base)]}));
  t.is(report.exitCode, 1);
  t.deepEqual(report.remeasured, [{name: seriesName(base), outcome: 'confirmed'}]);
  const back = pointsOf([...calm, 10.3]).map((point, n) => (n === 10 ? {...point, again: [10, 10, 10]} : point));
  const dropped = nightlyReport(input([trend([], {points: back})], 10, {suspectedFirst: [seriesName(base)]}));
  t.is(dropped.exitCode, 0);
  t.is(dropped.remeasured[0]?.outcome, 'dropped');
});

test('a change from nothing has no bound, and JSON says so', async t => {
  const none = trend([...calm.map(() => 0), ...calm]);
  t.true(none.changes.some(({change}) => change === Number.POSITIVE_INFINITY));
  const text = await render(nightlyDocument(nightlyReport(input([none], 2 * calm.length - 1))), 'json');
  const json = JSON.parse(text);
  t.is(json.series[0].changes[0].change, 'Infinity');
});

test('what is better fails nothing', t => {
  const report = nightlyReport(input([trend(slower, {key: {metric: 'storage.iops', unit: 'op/s'}})], 15));
  t.is(report.exitCode, 0);
  t.regex(report.notes.join(' '), /1 series last changed for the better/);
});

test('a series that recovered is no alarm', t => {
  const values = [...calm, ...calm.map(value => value * 1.2), ...calm];
  const one = trend(values);
  t.deepEqual(
    one.changes.map(({standing}) => standing),
    ['recovered', 'better'],
  );
  t.is(nightlyReport(input([one], values.length - 1)).exitCode, 0);
});

test('an acknowledged change is shown and does not fail, until it gets worse still', t => {
  const ack = {
    cluster: 'prod-a',
    series: seriesName(base),
    night: idOf(10),
    level: 12,
    reason: 'encryption',
    setAt: '',
  };
  const decisions = {baselines: [], acks: [ack]};
  const report = nightlyReport(input([trend(slower, {decisions})], 15));
  t.is(report.exitCode, 0);
  t.is(report.alarms[0]?.state, 'acknowledged');
  t.regex(report.alarms[0]?.sentence ?? '', /acknowledged: encryption/);
  const worse = [...slower, 15, 15.1, 14.9, 15, 15.05, 15.1];
  t.is(nightlyReport(input([trend(worse, {decisions})], 21)).exitCode, 1);
  const other = {baselines: [], acks: [{...ack, series: 'storage.latency:x=y'}]};
  t.is(nightlyReport(input([trend(slower, {decisions: other})], 15)).exitCode, 1, 'of another series');
  const early = {baselines: [], acks: [{...ack, night: idOf(3)}]};
  t.is(nightlyReport(input([trend(slower, {decisions: early})], 15)).exitCode, 1, 'of another night');
});

/** Nights of one level, with a little noise that is always the same. */
const around = (level: number, nights: number) =>
  Array.from({length: nights}, (_, n) => level * (1 + 0.005 * Math.sin(n * 2.3)));

const answeredAt = (place: number, level: number) => ({
  cluster: 'prod-a',
  series: seriesName(base),
  night: idOf(place),
  level,
  reason: 'known',
  setAt: '',
});

test('planted: an acknowledged step of before the baseline does not reach a later drift', t => {
  const nights = Array.from({length: 14}, (_, n) => idOf(28 + n));
  const baseline = {cluster: 'prod-a', nights, setAt: '', note: ''};
  const slow = Array.from({length: 25}, (_, n) => 10 * (1 + 0.012 * (n + 1)) + 0.03 * Math.sin(n * 2));
  const values = [...around(10, 14), ...around(20, 11), ...around(10, 20), ...slow];
  const upTo = (count: number, acks: Decisions['acks']) =>
    standingNow(trend(values.slice(0, count), {decisions: {baselines: [baseline], acks}}));
  for (let count = 52; count <= values.length; count++)
    t.is(upTo(count, [answeredAt(14, 20)]), upTo(count, []), `${count} nights`);
  t.is(upTo(values.length, []), 'confirmed');
});

test('a drift is acknowledged by a night after the baseline', t => {
  const drift = Array.from({length: 28}, (_, n) => 10 * (1 + (n < 8 ? 0 : (n - 7) * 0.004)) + (n % 2) * 0.02);
  const baseline = {cluster: 'prod-a', nights: Array.from({length: 8}, (_, n) => idOf(n)), setAt: '', note: ''};
  const on = (values: readonly number[], acks: Decisions['acks']) =>
    trend(values, {decisions: {baselines: [baseline], acks}});
  const [only, ...more] = on(drift, []).changes.filter(({standing}) => standing === 'open');
  t.is(more.length, 0);
  const ack = {...answeredAt(0, 11), night: only?.night ?? ''};
  t.is(standingNow(on(drift, [ack])), 'acknowledged');
  t.is(standingNow(on(drift, [{...ack, night: idOf(7)}])), 'confirmed', 'of the baseline itself');
});

test('planted: a regression that is over hides no later drift, nor does what was said of it answer for one', t => {
  const uniform = random(172);
  const noisy = (level: number, nights: number) =>
    Array.from({length: nights}, () => level * (1 + (uniform() - 0.5) * 0.12));
  const values = [...noisy(10, 14), ...noisy(15, 10), ...noisy(10, 12), ...noisy(10.7, 8)];
  const baseline = {cluster: 'prod-a', nights: Array.from({length: 14}, (_, n) => idOf(n)), setAt: '', note: ''};
  const on = (acks: Decisions['acks']) => trend(values, {decisions: {baselines: [baseline], acks}});
  const open = on([]);
  t.deepEqual(
    open.changes.map(({kind, standing}) => [kind, standing]),
    [
      ['step', 'recovered'],
      ['step', 'better'],
      ['drift', 'open'],
    ],
  );
  t.is(standingNow(on([answeredAt(14, 15)])), 'confirmed');
  t.is(standingNow(on([answeredAt(40, 15)])), 'acknowledged', 'said of the drift');
});

test('planted: an acknowledgement of quick nights or of other parameters answers for those alone', t => {
  const values = [...around(5, 14), ...around(10, 8)];
  const said = {...answeredAt(13, 20), quick: false, parameters: base.parameters};
  const on = (ack: Decisions['acks'][number], key: Partial<SeriesKey> = {}) =>
    standingNow(trend(values, {key, decisions: {baselines: [], acks: [ack]}}));
  t.is(on(said), 'acknowledged');
  t.is(on({...said, quick: true}), 'confirmed', 'said of quick nights');
  t.is(on({...said, parameters: {seconds: 60, iodepth: 64}}), 'confirmed', 'said of other parameters');
  t.is(on({...said, quick: true}, {quick: true}), 'acknowledged');
  // Those of before name neither: they were said of full nights.
  t.is(on(answeredAt(13, 20)), 'acknowledged');
  t.is(on(answeredAt(13, 20), {quick: true}), 'confirmed');
});

test('planted: an acknowledgement of a later step leaves the earlier one open', t => {
  const values = [...around(10, 14), ...around(15, 10), ...around(17, 8)];
  const standings = (acks: Decisions['acks']) =>
    trend(values, {decisions: {baselines: [], acks}}).changes.map(({standing}) => standing);
  t.deepEqual(standings([answeredAt(24, 17)]), ['open', 'acknowledged']);
  t.deepEqual(standings([answeredAt(14, 15)]), ['open', 'open'], 'worse than what was accepted');
  t.deepEqual(standings([{...answeredAt(24, 17), night: '99999'}]), ['open', 'open'], 'of a night that is not there');
  t.deepEqual(standings([answeredAt(14, 15), answeredAt(24, 17)]), ['acknowledged', 'acknowledged']);
});

test('planted: one lucky night ends no regression, six do', t => {
  const bad = [...around(10, 14), ...around(15, 20)];
  const after = (more: readonly number[]) =>
    nightlyReport(input([trend([...bad, ...more])], bad.length + more.length - 1)).exitCode;
  t.is(after([]), 1);
  t.is(after([10]), 1);
  t.is(after([10, ...around(15, 1)]), 1);
  t.is(after(around(10, 6)), 0);
  t.is(trend([...bad, 10]).level, 15, 'what an acknowledgement of tonight would accept');
});

test('planted: a lower bound is never better, and one of tonight is a hole', t => {
  const bounded = (values: readonly number[], from: number) =>
    pointsOf(values).map((point, n) => (n >= from ? {...point, censored: true as const} : point));
  const on = (points: readonly Point[]) => {
    const one = trend([], {points, key: {metric: 'failover.blackout'}});
    return {one, report: nightlyReport(input([one], points.length - 1))};
  };
  const low = on(bounded([...around(30, 14), 8], 14));
  t.deepEqual(low.one.changes, []);
  t.is(low.report.exitCode, 2);
  t.regex(low.report.holes[0]?.detail ?? '', /something never ended: .* is known from below only/);
  t.is(on(bounded([...around(30, 14), ...around(8, 6)], 14)).report.exitCode, 2);
  t.is(on(bounded(around(180, 15), 0)).report.exitCode, 2, 'a series of nothing else');
  const worse = on(bounded([...around(30, 14), ...around(60, 8)], 14)).report;
  t.is(worse.exitCode, 1, 'what is worse by its bound is worse');
  t.deepEqual(worse.holes, []);
  // More is better: a lower bound is the cautious word already.
  const iops = trend([], {points: bounded(around(30, 15), 14), key: {metric: 'storage.iops', unit: 'op/s'}});
  t.is(nightlyReport(input([iops], 14)).exitCode, 0);
});

test('a baseline that is pinned later accepts the level, one that is pinned before sees slow drift', t => {
  const pin = (from: number, to: number): Decisions => ({
    baselines: [
      {cluster: 'prod-a', nights: Array.from({length: to - from}, (_, n) => idOf(from + n)), setAt: '', note: ''},
    ],
    acks: [],
  });
  t.is(trend(slower, {decisions: pin(12, 16)}).changes[0]?.standing, 'rebased');
  const drift = Array.from({length: 28}, (_, n) => 10 * (1 + (n < 8 ? 0 : (n - 7) * 0.004)) + (n % 2) * 0.02);
  const drifted = trend(drift, {decisions: pin(0, 8)});
  t.is(standingNow(drifted), 'confirmed');
  t.is(drifted.baseline?.comparison?.verdict, 'worse');
  const pinned = trend(calm, {decisions: pin(0, 2)});
  t.is(standingNow(pinned), 'steady');
});

test('drift that no change point tells is told by the baseline', t => {
  const values = [...calm, ...calm.map(value => value * 1.062)];
  const nights = calm.map((_, n) => idOf(n));
  // A threshold that only the medians pass; the steps' threshold is the same, so the two agree on which alarm it is.
  const one = trend(values, {decisions: {baselines: [{cluster: 'prod-a', nights, setAt: '', note: ''}], acks: []}});
  t.is(standingNow(one), 'confirmed');
  t.is(one.changes.filter(({worse}) => worse).length, 1, 'told once, not twice');
});

test('another kernel starts a new series: no alarm, and the report says what changed', t => {
  const facts = {one: {kernel: '6.1'}, two: {kernel: '6.2'}};
  const points = pointsOf(slower, n => (n < 10 ? 'one' : 'two'));
  const one = trend([], {points, facts});
  t.deepEqual(one.changes, []);
  t.deepEqual(
    one.eras.map(({start, end, changed}) => [start, end, changed]),
    [
      [0, 10, []],
      [10, 16, ['kernel: 6.1 → 6.2']],
    ],
  );
  t.is(nightlyReport(input([one], 15)).exitCode, 0);
  const young = trend([], {points: points.slice(0, 12), facts});
  const report = nightlyReport(input([young], 11));
  t.is(report.exitCode, 2);
  t.regex(report.holes[0]?.detail ?? '', /2 nights; a new series began, since kernel: 6\.1 → 6\.2/);
});

test('a baseline on other ground is told, not passed over', t => {
  const facts = {one: {kernel: '6.1'}, two: {kernel: '6.2'}};
  const points = pointsOf([...calm, ...calm], n => (n < 10 ? 'one' : 'two'));
  const baseline = {cluster: 'prod-a', nights: [idOf(0), idOf(1)], setAt: '', note: ''};
  const one = trend([], {points, facts, decisions: {baselines: [baseline], acks: []}});
  const report = nightlyReport(input([one], 19, {baseline}));
  t.is(report.exitCode, 2);
  t.regex(report.holes[0]?.detail ?? '', /ran on other hardware, tools or settings/);
});

test('planted: a baseline of which most nights are gone is told', t => {
  const gone = Array.from({length: 13}, (_, n) => `2024-01-${10 + n}`);
  const holesOf = (nights: readonly string[]) => {
    const baseline = {cluster: 'prod-a', nights, setAt: '', note: ''};
    const one = trend(calm, {decisions: {baselines: [baseline], acks: []}});
    return nightlyReport(input([one], 9, {baseline})).holes.map(({detail}) => detail);
  };
  t.regex(holesOf([...gone, idOf(0)])[0] ?? '', /^the history has 1 of its 14 nights/);
  t.deepEqual(holesOf([idOf(0), idOf(1), ...gone.slice(0, 2)]), [], 'half of it');
  t.regex(holesOf(gone)[0] ?? '', /none of its nights/);
});

test('planted: a far night on a level that is young, or after a lucky one, is undecided and not steady', t => {
  const on = (values: readonly number[]) => nightlyReport(input([trend(values)], values.length - 1));
  for (const young of [1, 2, 3])
    for (const bad of [14, 30]) {
      const report = on([...around(20, 20), ...around(10, young), bad]);
      t.is(report.exitCode, 2, `${young} nights of 10 s, then ${bad}`);
      t.regex(report.holes[0]?.detail ?? '', /tonight is worse by more than the noise: storage\.latency/);
    }
  for (const young of [1, 2, 3, 4, 5]) t.is(on([...around(20, 20), ...around(10, young)]).exitCode, 0);
  const uniform = random(7);
  for (let seed = 0; seed < 300; seed++)
    t.deepEqual(on(Array.from({length: 12}, () => 10 * (1 + (uniform() - 0.5) * 0.2))).holes, []);
});

test('a level that is young is told: nothing can be held against it yet', t => {
  const note = (values: readonly number[]) =>
    nightlyReport(input([trend(values)], values.length - 1)).notes.filter(text => text.includes('less than 4 nights'));
  t.is(note([...around(20, 14), ...around(10, 3)]).length, 1);
  t.is(note([...around(20, 14), ...around(10, 6)]).length, 0);
  t.is(note(calm).length, 0);
});

test('a figure that is missing tonight is a hole', t => {
  const gone = trend(calm.slice(0, 9), {key: {labels: {pattern: 'randwrite', direction: 'write', percentile: 'p99'}}});
  const report = nightlyReport(input([trend(calm), gone], 9));
  t.is(report.exitCode, 2);
  t.regex(report.holes[0]?.detail ?? '', /no value of storage\.latency:.*randwrite.*last seen 2025-11-09/);
});

test('a scenario left out with --only is none, one left out of the suite is', t => {
  const other = trend(calm.slice(0, 9), {
    key: {scenario: 'network/iperf3', metric: 'network.throughput', unit: 'bit/s', labels: {path: 'service'}},
  });
  t.is(nightlyReport(input([trend(calm), other], 9, {night: night(9, {only: ['storage']})})).exitCode, 0);
  const report = nightlyReport(input([trend(calm), other], 9));
  t.is(report.exitCode, 2);
  t.regex(report.holes[0]?.detail ?? '', /not tried tonight/);
});

test('planted: nights of other scenarios only do not make a figure forgotten, nights without it do', t => {
  const key = {scenario: 'network/iperf3', metric: 'network.throughput', unit: 'bit/s'} as const;
  const gone = trend(calm.slice(0, 9));
  const here = trend(
    Array.from({length: 16}, (_, n) => calm[n % calm.length] ?? 10),
    {key},
  );
  const holes = (between: Partial<Night>) => {
    const nights = here.points.map((_, n) => night(n, n < 9 || n === 15 ? {} : between));
    return nightlyReport(input([gone, here], 15, {nights})).holes.map(({detail}) => detail);
  };
  t.regex(holes({only: ['network']})[0] ?? '', /no value of storage\.latency.*last seen 2025-11-09/);
  t.regex(holes({quick: true})[0] ?? '', /no value of storage\.latency/);
  t.deepEqual(holes({}), [], 'six nights went without it');
});

test('other parameters are another series, and no hole', t => {
  const old = trend(calm.slice(0, 9));
  const fresh = trend([], {points: pointsOf(calm).slice(9), key: {parameters: {seconds: 30}}});
  t.not(seriesId(old.series), seriesId(fresh.series));
  t.is(old.name, fresh.name);
  const report = nightlyReport(input([old, fresh], 9));
  t.deepEqual(
    report.holes.map(({subject}) => subject),
    ['too few nights'],
  );
});

for (const [what, more, exitCode, hole] of [
  ['an aborted night', {status: 'aborted', counts: false, reason: 'interrupted'}, 4, /gives no points: interrupted/],
  ['an unhealed night', {status: 'unhealed', counts: false, reason: 'n2 is off'}, 4, /unhealed/],
  ['a failed trial', {incomplete: [{trial: 2, scenario: 'storage/fio', reason: 'fio died'}]}, 2, /fio died/],
  ['a broken invariant', {critical: ['trial 3: no VM runs twice: vm1']}, 2, /no VM runs twice/],
  [
    'a scenario that cannot run',
    {notApplicable: [{scenario: 'failover/host-crash', reason: 'needs a BMC'}]},
    2,
    /needs a BMC/,
  ],
] as const) {
  test(`${what} is ${exitCode}`, t => {
    const report = nightlyReport(input([trend(calm)], 9, {night: night(9, more)}));
    t.is(report.exitCode, exitCode);
    t.regex(report.holes.map(({detail}) => detail).join(' '), hole);
  });
}

test('planted: a night that was cut short is 4 in every format, whatever was found', async t => {
  const report = cutShort(nightlyReport(input([trend(calm)], 9)), 'interrupted');
  t.is(report.exitCode, 4);
  t.regex(await render(nightlyDocument(report), 'md'), /: aborted\n\nthe night was cut short: interrupted\./);
  t.regex(await render(nightlyDocument(report), 'junit'), /errors="1".*aborted: the night was cut short: interrupted/s);
  t.regex(renderOpenMetrics(report), /^seatrial_nightly_exit_code\{.*\} 4$/m);
});

test('a night without any figure is never nothing found', t => {
  t.is(nightlyReport(input([], 0)).exitCode, 2);
  t.is(nightlyReport(input([trend(calm.slice(0, 3))], 2)).exitCode, 2, 'too few nights');
});

test('related figures are one alarm, other jobs another', t => {
  const faster = slower.map(value => 120 / value);
  const trends = [
    trend(slower),
    trend(faster, {key: {metric: 'storage.iops', unit: 'op/s', labels: {pattern: 'randread', direction: 'read'}}}),
    trend(faster, {key: {metric: 'storage.bandwidth', unit: 'B/s', labels: {pattern: 'randread', direction: 'read'}}}),
    trend(
      slower.map(value => (value > 11 ? value * 2 : value)),
      {key: {labels: {pattern: 'randwrite', direction: 'write', percentile: 'p99'}}},
    ),
  ];
  const alarms = alarmsOf(trends);
  t.deepEqual(
    alarms.map(({job, members}) => [job, members.length]),
    [
      ['storage/fio randwrite (tuned)', 1],
      ['storage/fio randread (tuned)', 3],
    ],
  );
  t.regex(alarms[1]?.sentence ?? '', /and 2 related figures with it/);
});

test('the formats: every alarm and every hole is in each, and untrusted text stays text', async t => {
  const key = {labels: {pattern: 'a|b<script>"\'&', direction: 'read', percentile: 'p99'}};
  const report = nightlyReport(
    input([trend(slower, {key}), trend(calm.slice(0, 9))], 15, {
      night: night(15, {incomplete: [{trial: 1, scenario: 'storage/fio', reason: '<b>&'}]}),
    }),
  );
  const markdown = await render(nightlyDocument(report), 'md');
  t.regex(markdown, /\*\*confirmed\*\*/);
  t.false(markdown.replace(/`[^`\n]*`/g, '').includes('<script>'), 'only as code');
  const junit = await render(nightlyDocument(report), 'junit');
  t.true(XMLValidator.validate(junit) === true);
  const parsed = new XMLParser({ignoreAttributes: false}).parse(junit);
  t.is(parsed.testsuites['@_failures'], '1');
  t.is(parsed.testsuites['@_errors'], String(report.holes.length));
  const json = JSON.parse(await render(nightlyDocument(report), 'json'));
  t.is(json.exitCode, 1);
  t.is(json.alarms[0].members[0].name, report.trends[0]?.trend.name);
  t.is(json.series.length, 1);
});
