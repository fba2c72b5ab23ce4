import test from 'ava';
import type {Sample, Unit} from '../../harness/types.ts';
import {random} from '../stats/random.ts';
import {compareProfiles} from './profiles.ts';

const profiles = ['stock', 'tuned'] as const;

function series(
  metric: string,
  unit: Unit,
  before: readonly number[],
  after: readonly number[],
  more: Partial<Sample> = {},
): Sample[] {
  // A B B A …, as runs are planned.
  const slotOf = (profile: string, i: number) => 2 * i + 1 + Number((profile === 'tuned') === (i % 2 === 0));
  const of = (profile: string, values: readonly number[]) =>
    values.map((value, i) => ({
      metric,
      unit,
      value,
      from: {artefact: 'a', path: '/'},
      ...more,
      labels: {scenario: 's/x', profile, trial: String(slotOf(profile, i)), repetition: String(i + 1), ...more.labels},
    }));
  return [...of('stock', before), ...of('tuned', after)];
}
const only = (samples: readonly Sample[]) => {
  const [first, ...others] = compareProfiles(samples, profiles);
  if (!first || others.length > 0) throw new Error(`${others.length + 1} comparisons`);
  return first;
};

const noise = [0.99, 1.01, 1, 1.02, 0.98, 1.005, 0.995, 1];
const base = [100, 104, 98, 101, 97, 103, 99, 102];

test('a clear gain is better, a clear loss worse, by what the metric wants', t => {
  const up = base.map((value, i) => value * 1.3 * (noise[i] ?? 1));
  const iops = only(series('storage.iops', 'op/s', base, up));
  t.is(iops.verdict, 'better');
  t.true(iops.effect !== undefined && iops.effect.low > 1.2 && iops.effect.high < 1.4 && iops.effect.n === 8);
  t.true(iops.pHolm !== undefined && iops.pHolm < 0.001);
  t.regex(iops.note, /Wilcoxon signed-rank p 0.00781/);
  t.is(only(series('failover.service', 's', base, up)).verdict, 'worse');
  t.is(only(series('failover.service', 's', up, base)).verdict, 'better');
});

test('a real difference below 3 % is not worth a word', t => {
  const slightly = base.map((value, i) => value * 1.02 * (1 + ((noise[i] ?? 1) - 1) / 10));
  const got = only(series('storage.iops', 'op/s', base, slightly));
  t.is(got.verdict, 'no-difference-shown');
  t.regex(got.note, /below 3 %/);
});

test('too noisy says how many more trials', t => {
  const wild = base.map((value, i) => value * (i % 2 ? 1.4 : 0.8));
  const got = only(series('storage.iops', 'op/s', base, wild));
  t.is(got.verdict, 'too-noisy');
  t.true(got.trialsNeeded !== undefined && got.trialsNeeded > 100);
  t.regex(got.note, /more trials a side would show 3 %/);
});

test('equal series show no difference', t => {
  t.is(only(series('storage.iops', 'op/s', base, base)).verdict, 'no-difference-shown');
});

test('one pair has no interval, a few pairs say so', t => {
  const one = only(series('storage.iops', 'op/s', [100], [900]));
  t.is(one.verdict, 'too-noisy');
  t.is(one.effect, undefined);
  t.regex(one.note, /1 pair: an interval needs 2/);
  const three = only(series('storage.iops', 'op/s', [100, 101, 99], [140, 142, 138]));
  t.is(three.verdict, 'better');
  t.regex(three.note, /^3 pairs only/);
});

test('pairs that all differ alike are not sure before ranks are', t => {
  const up = (n: number) => base.slice(0, n).map(value => value * 2);
  t.is(only(series('storage.iops', 'op/s', base.slice(0, 3), up(3))).verdict, 'too-noisy');
  t.is(only(series('storage.iops', 'op/s', base.slice(0, 6), up(6))).verdict, 'better');
});

test('trials without a partner, numbers that are none, and waits are no pairs', t => {
  const lone = only(series('storage.iops', 'op/s', base, base.slice(0, 6)));
  t.is(lone.effect?.n, 6);
  t.regex(lone.note, /2 trials without a partner/);
  t.is(only(series('storage.iops', 'op/s', base, [...base.slice(0, 7), Number.NaN])).effect?.n, 7);
  const lost = only([
    ...series(
      'failover.service',
      's',
      base,
      base.slice(0, 7).map(value => value / 2),
    ),
    ...series('failover.service', 's', [], [1, 1, 1, 1, 1, 1, 1, 60], {censored: true}).slice(-1),
  ]);
  t.is(lost.verdict, 'too-noisy');
  t.is(lost.effect, undefined);
  t.regex(lost.note, /^1 trial gave a lower bound only: what never ended/);
});

test('counts of 0 are judged by ranks, without a ratio', t => {
  const zeros = base.map(() => 0);
  const cured = only(series('network.retransmits', 'count', base, zeros));
  t.is(cured.verdict, 'better');
  t.is(cured.effect, undefined);
  t.is(only(series('network.retransmits', 'count', zeros, base)).verdict, 'worse');
  t.is(only(series('network.retransmits', 'count', zeros, zeros)).verdict, 'no-difference-shown');
  t.is(only(series('network.retransmits', 'count', [0, 3], [2, 1])).verdict, 'too-noisy');
});

test('several samples of one trial are one value, and series are told apart by their labels', t => {
  const there = series('migration.blackout', 's', base, base, {labels: {leg: 'there'}});
  const back = series('migration.blackout', 's', base, base, {labels: {leg: 'back'}});
  const both = compareProfiles([...there, ...back], profiles);
  t.deepEqual(
    both.map(({labels}) => labels.leg),
    ['back', 'there'],
  );
  const twice = only([...there, ...series('migration.blackout', 's', base, base, {labels: {leg: 'there'}})]);
  t.is(twice.effect?.n, 8);
});

test('only what both profiles measured, of known metrics, is compared', t => {
  t.deepEqual(compareProfiles(series('storage.iops', 'op/s', base, []), profiles), []);
  t.deepEqual(compareProfiles(series('storage.speed', 'op/s', base, base), profiles), []);
  t.deepEqual(compareProfiles([], profiles), []);
});

test('the order of samples does not matter', t => {
  const all = [...series('storage.iops', 'op/s', base, base), ...series('failover.service', 's', base, noise)];
  t.deepEqual(compareProfiles(all, profiles), compareProfiles(all.toReversed(), profiles));
});

test('A/A stays silent over a whole report, and a planted regression of 10 % is found', t => {
  const next = random(5);
  const noisy = (centre: number) => centre * (1 + 0.04 * (next() + next() + next() + next() - 2));
  const patterns = Array.from({length: 20}, (_, i) => String(i));
  let loud = 0;
  let found = 0;
  const rounds = 40;
  for (let round = 0; round < rounds; round++) {
    const report = compareProfiles(
      patterns.flatMap(pattern => {
        const trueEffect = pattern === '0' ? 0.9 : 1;
        const before = base.map(() => noisy(100));
        const after = base.map(() => noisy(100 * trueEffect));
        return series('storage.iops', 'op/s', before, after, {labels: {pattern}});
      }),
      profiles,
    );
    if (report.some(one => one.labels.pattern !== '0' && /better|worse/.test(one.verdict))) loud++;
    if (report.some(one => one.labels.pattern === '0' && one.verdict === 'worse')) found++;
  }
  t.true(loud / rounds <= 0.1, `false alarms in ${loud} of ${rounds} reports`);
  t.true(found / rounds >= 0.7, `found in ${found} of ${rounds}`);
});

test('all of one profile before all of the other: a drift is no gain, and the note says how to measure', t => {
  const rising = noise.map((value, i) => 100 * value * 1.02 ** i);
  const risen = noise.map((value, i) => 100 * value * 1.02 ** (i + 8));
  const blocked = (after: readonly number[]) =>
    series('storage.iops', 'op/s', rising, after).map(one => ({
      ...one,
      labels: {
        ...one.labels,
        trial: String(Number(one.labels.repetition) + (one.labels.profile === 'tuned' ? rising.length : 0)),
      },
    }));
  const drift = only(blocked(risen));
  t.is(drift.verdict, 'too-noisy');
  t.regex(drift.note, /^measured in blocks: interleave \(A B B A\)/);
  t.is(only(series('storage.iops', 'op/s', rising, risen)).verdict, 'better', 'the same numbers in turns are a gain');
  // What is far beyond the drift is seen in blocks too.
  t.is(only(blocked(risen.map(value => 1.5 * value))).verdict, 'better');
});

test('a percentile of too few operations is no gain; of enough, and where their number is not known, it is', t => {
  const half = base.map((value, i) => (value / 2) * (noise[i] ?? 1));
  const p99 = (operations: number | undefined) =>
    only(
      series('storage.latency', 's', base, half, {
        labels: {percentile: 'p99'},
        ...(operations === undefined ? {} : {operations}),
      }),
    );
  t.is(p99(298).verdict, 'too-noisy');
  t.regex(p99(298).note, /^trial 1 holds 298 operations, which cannot show p99: 299 are needed$/);
  t.is(p99(298).effect, undefined);
  t.is(p99(298).before.values.length, 8, 'the values are shown all the same');
  t.is(p99(299).verdict, 'better');
  t.is(p99(undefined).verdict, 'better');
});

test('a percentile of too few operations takes no part in Holm', t => {
  const half = base.map((value, i) => (value / 2) * (noise[i] ?? 1));
  const iops = series('storage.iops', 'op/s', half, base);
  const few = series('storage.latency', 's', base, half, {labels: {percentile: 'p99'}, operations: 5});
  const [alone] = compareProfiles(iops, profiles);
  t.is(compareProfiles([...iops, ...few], profiles).find(one => one.metric === 'storage.iops')?.pHolm, alone?.pHolm);
});

test('trials of one repetition under the same labels are one value: two halves of a pair are no two pairs', t => {
  const up = base.map((value, i) => value * 1.3 * (noise[i] ?? 1));
  const first = series('storage.iops', 'op/s', base, up);
  const second = first.map(sample => ({
    ...sample,
    labels: {...sample.labels, trial: String(100 + Number(sample.labels.trial))},
  }));
  const got = only([...first, ...second]);
  t.is(got.effect?.n, 8);
  t.is(got.before.values.length, 8);
  t.is(got.verdict, 'better');
});
