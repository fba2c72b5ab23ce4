import test from 'ava';
import fc from 'fast-check';
import {switchTarget as target} from '../../fixtures/kit/switch-target.ts';
import type {Sample, Target, Verdict} from '../../harness/types.ts';
import {orderedMedianInterval} from '../stats/median.ts';
import {judgeTarget} from './verdict.ts';

const worst: Target = {...target, statistic: 'worst'};
const share: Target = {...target, statistic: 'proportion', relation: 'at-least', bound: 0.9, limit: 15};
const ratio: Target = {
  ...target,
  metric: 'storage.iops',
  unit: 'op/s',
  where: {},
  statistic: 'ratio',
  relation: 'at-least',
  bound: 1.1,
  against: ['stock', 'tuned'],
};

function sample(trial: number, value: number, more: Partial<Sample> = {}): Sample {
  return {
    metric: 'failover.service',
    unit: 's',
    value,
    from: {artefact: `trials/${trial}/beacon.jsonl`, path: 'line 1'},
    ...more,
    labels: {
      scenario: 'failover/host-crash',
      profile: 'tuned',
      trial: String(trial),
      repetition: String(trial),
      fault: 'host-crash',
      ...more.labels,
    },
  };
}
const samples = (values: readonly number[], more: Partial<Sample> = {}) =>
  values.map((value, i) => sample(i + 1, value, more));
const slots = (n: number) => Array.from({length: n}, (_, i) => i + 1);
const reasonOf = (verdict: Verdict) => (verdict.kind === 'undecided' ? verdict.reason : verdict.kind);
const judge = (values: readonly number[], one = target) => judgeTarget(one, samples(values), slots(values.length));
/** As if nobody knew in which order the trials ran. */
const judgeWithoutOrder = (values: readonly number[], one = target) =>
  judgeTarget(one, samples(values), slots(values.length), [], false);

test('median: met, missed, undecided, and the bound itself is good', t => {
  t.is(judge([12, 9, 13, 10, 14, 11]).kind, 'met');
  t.is(judge([13, 15, 9, 12, 10, 11]).kind, 'met');
  t.is(judge([19, 16, 20, 17, 21, 18]).kind, 'missed');
  t.is(judge([19, 15, 20, 17, 21, 18]).kind, 'undecided');
  const undecided = judge([12, 9, 13, 10, 16, 11]);
  t.is(reasonOf(undecided), 'the 95 % interval 9 … 16 s holds the bound 15');
  t.true(undecided.kind === 'undecided' && undecided.trialsNeeded !== undefined && undecided.trialsNeeded > 6);
});

test('median: too few trials are undecided, with the number needed', t => {
  const verdict = judge([1, 2, 3, 4, 5]);
  t.is(reasonOf(verdict), 'a 95 % interval of a median needs 6 trials, got 5');
  t.true(verdict.kind === 'undecided' && verdict.trialsNeeded === 6 && verdict.estimate?.value === 3);
  t.is(judge([100]).kind, 'undecided');
});

test('at-least is the mirror of at-most', t => {
  const mirrored: Target = {...target, relation: 'at-least'};
  t.is(judge([18, 15, 19, 16, 20, 17], mirrored).kind, 'met');
  t.is(judge([14, 12, 9, 13, 10, 11], mirrored).kind, 'missed');
  t.is(judge([18, 9, 19, 16, 20, 17], mirrored).kind, 'undecided');
});

test('nothing measured is undecided, and says which trials should have spoken', t => {
  for (const one of [target, worst, share, ratio]) {
    t.is(judgeTarget(one, [], []).kind, 'undecided');
    t.is(judgeTarget(one, [], [1, 2]).kind, 'undecided');
  }
  t.is(reasonOf(judgeTarget(target, [], [3, 4])), 'no value of failover.service (trial 3, 4 gave no failover.service)');
});

test('samples of other metrics, profiles and labels do not speak', t => {
  const others = samples([1, 1, 1, 1, 1, 1], {labels: {profile: 'stock'}});
  t.is(judgeTarget(target, others, []).kind, 'undecided');
  t.is(
    judgeTarget({...target, where: {profile: 'tuned', fault: 'nic-down'}}, samples([1, 1, 1, 1, 1, 1]), []).kind,
    'undecided',
  );
});

test('profiles are not mixed in a median or a share', t => {
  const both = [...samples([1, 1, 1]), ...[4, 5, 6].map(i => sample(i, 1, {labels: {profile: 'stock'}}))];
  for (const one of [target, share]) {
    t.regex(reasonOf(judgeTarget({...one, where: {}}, both, slots(6))), /profiles stock and tuned are mixed/);
  }
});

test('worst: trials of one profile, or of one scenario, show nothing of another', t => {
  const every: Target = {...worst, where: {}};
  const of = (trial: number, value: number, labels: Record<string, string>) => sample(trial, value, {labels});
  const profiles = (n: number) => slots(n).map(trial => of(trial, 9, {profile: trial % 2 ? 'stock' : 'tuned'}));
  const half = judgeTarget(every, profiles(60), slots(60));
  t.is(
    reasonOf(half),
    'by stock of failover/host-crash alone: 30 clean trials show 90.5 % reliability at 95 % confidence; 59 are needed for 95 %',
  );
  t.is(half.kind === 'undecided' && half.trialsNeeded, 118);
  t.is(judgeTarget(every, profiles(118), slots(118)).kind, 'met', 'shown for each');
  const scenarios = slots(60).map(trial => of(trial, 9, {scenario: trial % 2 ? 'failover/a' : 'failover/b'}));
  t.regex(reasonOf(judgeTarget(every, scenarios, slots(60))), /^by tuned of failover\/a alone: 30 clean trials/);
  t.is(judgeTarget(every, [...profiles(60), of(61, 16, {profile: 'stock'})], slots(61)).kind, 'missed');
});

test('a hole forbids met, names the trial, and leaves missed possible', t => {
  const verdict = judgeTarget(target, samples([12, 9, 13, 10, 14, 11]), [...slots(6), 7]);
  t.is(reasonOf(verdict), 'all values seen are good, but the data have holes; trial 7 gave no failover.service');
  t.true(verdict.kind === 'undecided' && verdict.trialsNeeded === 7);
  t.is(judgeTarget(target, samples([19, 16, 20, 17, 21, 18]), [...slots(6), 7]).kind, 'missed');
  t.is(judgeTarget(worst, samples(slots(59).map(() => 1)), slots(60)).kind, 'undecided');
});

test('a trial that did not end well can make it missed, never met', t => {
  t.is(judgeTarget(target, samples([12, 9, 13, 10, 14, 11]), slots(6), [2]).kind, 'undecided');
  t.is(judgeTarget(worst, [sample(1, 40)], [1], [1]).kind, 'missed');
});

test('NaN and infinity are holes; so are a foreign unit and a senseless error', t => {
  for (const bad of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    t.is(judge([bad, 1, 1, 1, 1, 1, 1]).kind, 'undecided');
    t.is(judge([bad, ...slots(59).map(() => 1)], worst).kind, 'undecided');
  }
  t.regex(reasonOf(judge([Number.NaN, 1, 1, 1, 1, 1, 1])), /trial 1 gave NaN, which is no number/);
  t.is(judgeTarget(target, samples([1, 1, 1, 1, 1, 1], {unit: 'count'}), slots(6)).kind, 'undecided');
  t.is(judgeTarget(target, samples([1, 1, 1, 1, 1, 1], {halfWidth: Number.NaN}), slots(6)).kind, 'undecided');
  t.is(judgeTarget(target, [...samples([1, 1, 1, 1, 1]), {...sample(6, 1), labels: {}}], slots(5)).kind, 'undecided');
});

test('a number below 0 is a hole, unless its error reaches 0', t => {
  t.regex(reasonOf(judge([-3, 1, 1, 1, 1, 1, 1])), /trial 1 gave -3, and nothing that is measured is below 0/);
  t.is(judge([-3, ...slots(59).map(() => 1)], worst).kind, 'undecided');
  t.is(judgeTarget(target, samples([1, 1, 1, 1, 1, 1, -0.01], {halfWidth: 0.05}), slots(7)).kind, 'met');
});

test('a sample without a trial cannot stand for one', t => {
  const {trial: _, ...labels} = sample(1, 1).labels;
  const nameless: Sample = {...sample(1, 1), labels};
  t.regex(reasonOf(judgeTarget(target, [...samples([1, 1, 1, 1, 1, 1]), nameless], slots(6))), /names no trial/);
});

test('the measuring error widens the interval', t => {
  const values = [14.5, 14.9, 14.2, 14.6, 14.3, 14.4];
  t.is(judge(values).kind, 'met');
  const coarse = judgeTarget(target, samples(values, {halfWidth: 0.2}), slots(6));
  t.regex(reasonOf(coarse), /too coarse for this bound/);
  t.true(coarse.kind === 'undecided' && coarse.trialsNeeded === undefined && coarse.estimate?.high === 15.1);
});

test('what never ended counts as a failure and never helps', t => {
  const five = samples([9, 10, 11, 12, 13]);
  t.is(judgeTarget(target, [...five, sample(6, 60, {censored: true})], slots(6)).kind, 'undecided');
  // Even a wait shorter than the bound is no success.
  t.is(judgeTarget(target, [...five, sample(6, 5, {censored: true})], slots(6)).kind, 'undecided');
  t.is(judgeTarget(target, samples([60, 60, 60, 60, 60, 60], {censored: true}), slots(6)).kind, 'missed');
  const lost = judgeTarget(worst, [sample(1, 5, {censored: true})], [1]);
  t.true(lost.kind === 'missed' && /1 never ended/.test(lost.estimate.method));
  const mirrored: Target = {...target, relation: 'at-least', bound: 1};
  t.is(judgeTarget(mirrored, samples([60, 60, 60, 60, 60, 60], {censored: true}), slots(6)).kind, 'undecided');
});

test('worst: missed at the first breach, met at 59 clean trials, else the number needed', t => {
  t.is(judge([1, 1, 15.1], worst).kind, 'missed');
  t.is(
    judge(
      slots(59).map(() => 14),
      worst,
    ).kind,
    'met',
  );
  const ten = judge(
    slots(10).map(() => 14),
    worst,
  );
  t.is(reasonOf(ten), '10 clean trials show 74.11 % reliability at 95 % confidence; 59 are needed for 95 %');
  t.true(ten.kind === 'undecided' && ten.trialsNeeded === 59);
  t.is(
    judge(
      slots(59).map(() => 14),
      {...worst, reliability: 0.99},
    ).kind,
    'undecided',
  );
  t.is(
    judge(
      slots(10).map(() => 14),
      {...worst, reliability: 0.7},
    ).kind,
    'met',
  );
  t.is(
    judge(
      slots(10).map(() => 14),
      {...worst, reliability: 1},
    ).kind,
    'undecided',
  );
});

test('worst: a breach within the measuring error is none, and no success', t => {
  t.is(judgeTarget(worst, [sample(1, 15.1, {halfWidth: 0.2})], [1]).kind, 'undecided');
  const many = [...samples(slots(58).map(() => 1)), sample(59, 14.9, {halfWidth: 0.2})];
  t.regex(reasonOf(judgeTarget(worst, many, slots(59))), /trial 59 the value is within measuring error/);
  t.is(judgeTarget(worst, [sample(1, 15.3, {halfWidth: 0.2})], [1]).kind, 'missed');
});

test('several samples of one trial: the worst leg for worst, their median for median, never two trials', t => {
  const legs = (trial: number, there: number, back: number) => [
    sample(trial, there, {metric: 'migration.blackout', labels: {leg: 'there'}}),
    sample(trial, back, {metric: 'migration.blackout', labels: {leg: 'back'}}),
  ];
  const blackout: Target = {...target, metric: 'migration.blackout'};
  t.is(judgeTarget({...blackout, statistic: 'worst'}, legs(1, 1, 20), [1]).kind, 'missed');
  const six = slots(6).flatMap(trial => legs(trial, 10, 18));
  const median = judgeTarget(blackout, six, slots(6));
  t.true(median.kind === 'met' && median.estimate.n === 6 && median.estimate.value === 14);
});

test('median and ratio: figures of several things in one trial are none of any', t => {
  const rate: Target = {...ratio, statistic: 'median', bound: 500_000, where: {profile: 'tuned'}};
  const of = (trial: number, value: number, labels: Record<string, string>) =>
    sample(trial, value, {metric: 'storage.iops', unit: 'op/s', labels: {direction: 'read', ...labels}});
  const patterns = slots(10).flatMap(trial => [
    of(trial, 2e6, {pattern: 'randread'}),
    of(trial, 1e6, {pattern: 'read'}),
    of(trial, 1e5, {pattern: 'randwrite'}),
  ]);
  t.is(
    reasonOf(judgeTarget(rate, patterns, slots(10))),
    "storage.iops of pattern randread, randwrite, read is mixed: name one in the target's where.pattern",
  );
  const named = (pattern: string) => judgeTarget({...rate, where: {pattern}}, patterns, slots(10)).kind;
  t.deepEqual(['randread', 'randwrite'].map(named), ['met', 'missed']);
  const both = ['randread', 'randwrite'].flatMap(pattern =>
    iops([100, 110, 90], [141, 154, 126]).map(one => ({...one, labels: {...one.labels, pattern}})),
  );
  t.regex(reasonOf(judgeTarget(ratio, both, slots(6))), /pattern randread, randwrite is mixed/);
  const half = [
    ...slots(9).map(trial => of(trial, 6e5, {pattern: 'read'})),
    ...slots(9).map(trial => of(trial, 6e5, {})),
  ];
  t.regex(reasonOf(judgeTarget(rate, half, slots(9))), /of pattern none, read is mixed/);
});

test('planted: median and ratio: figures of several things in different trials are none of any', t => {
  const rate: Target = {...ratio, statistic: 'median', bound: 500_000, where: {profile: 'tuned'}};
  const of = (trial: number, value: number, labels: Record<string, string>) =>
    sample(trial, value, {metric: 'storage.iops', unit: 'op/s', labels: {direction: 'read', ...labels}});
  const inTurns = (label: string, one: string, other: string) =>
    slots(14).map(trial => of(trial, 6e5, {pattern: 'read', [label]: trial % 2 === 0 ? one : other}));
  t.is(judgeTarget(rate, inTurns('scenario', 'storage/fio', 'storage/fio'), slots(14)).kind, 'met');
  t.regex(
    reasonOf(judgeTarget(rate, inTurns('scenario', 'storage/fio', 'storage/matrix'), slots(14))),
    /of scenario storage\/fio, storage\/matrix is mixed: name one in the target's where.scenario/,
  );
  t.regex(reasonOf(judgeTarget(rate, inTurns('pattern', 'randread', 'read'), slots(14))), /randread, read is mixed/);
  const p99 = slots(14).map(trial =>
    sample(trial, 0.001, {
      metric: 'storage.latency',
      labels: {percentile: '99', scenario: trial % 2 === 0 ? 'storage/fio' : 'storage/matrix'},
    }),
  );
  const latency: Target = {...target, metric: 'storage.latency', statistic: 'p99', bound: 0.005};
  t.regex(reasonOf(judgeTarget(latency, p99, slots(14))), /scenario storage\/fio, storage\/matrix is mixed/);
  t.is(judgeTarget(rate, inTurns('guest', 'vm1', 'vm2'), slots(14)).kind, 'met', 'who was asked may vary');
});

test('median: of all stores of a kind each must keep the bound, of hosts and legs the median', t => {
  const rate: Target = {...ratio, statistic: 'median', bound: 1000, where: {kind: 'cephfs'}};
  const of = (trial: number, value: number, store: string) =>
    sample(trial, value, {metric: 'storage.iops', unit: 'op/s', labels: {kind: 'cephfs', store}});
  const stores = (other: number) => slots(6).flatMap(trial => [of(trial, 5000, 'a'), of(trial, other, 'b')]);
  t.is(judgeTarget(rate, stores(1200), slots(6)).kind, 'met');
  t.is(judgeTarget(rate, stores(10), slots(6)).kind, 'missed', 'the median of both is 2505');
  t.is(judgeTarget({...rate, where: {kind: 'cephfs', store: 'a'}}, stores(10), slots(6)).kind, 'met');
  t.regex(reasonOf(judgeTarget({...rate, where: {}}, stores(1200), slots(6))), /store a, b is mixed/);
});

test('a trial that lacks a series its fellows have is a hole', t => {
  const legs = slots(6).flatMap(trial =>
    ['there', 'back'].map(leg => sample(trial, 1, {metric: 'migration.blackout', labels: {leg}})),
  );
  const blackout: Target = {...target, metric: 'migration.blackout'};
  t.is(judgeTarget(blackout, legs, slots(6)).kind, 'met');
  t.regex(reasonOf(judgeTarget(blackout, legs.slice(0, -1), slots(6))), /trial 6 gave only a part/);
  // Trials that measure something else altogether are no holes.
  const patterns = slots(6).map(trial =>
    sample(trial, 1, {metric: 'storage.iops', unit: 'op/s', labels: {pattern: trial % 2 ? 'read' : 'write'}}),
  );
  const iops: Target = {...target, metric: 'storage.iops', unit: 'op/s'};
  t.is(judgeTarget({...iops, statistic: 'worst', reliability: 0.5}, patterns, slots(6)).kind, 'met');
  t.regex(reasonOf(judgeTarget(iops, patterns, slots(6))), /pattern read, write is mixed/, 'nor are they one median');
});

test('p99: only samples labelled so, the median over trials, the worst within one', t => {
  const latency: Target = {...target, metric: 'storage.latency', statistic: 'p99', bound: 0.005};
  const of = (trial: number, value: number, percentile: string) =>
    sample(trial, value, {metric: 'storage.latency', labels: {percentile}});
  const good = slots(6).flatMap(trial => [of(trial, 0.004, '99'), of(trial, 0.9, '99.9')]);
  t.is(judgeTarget(latency, good, slots(6)).kind, 'met');
  t.is(
    judgeTarget(
      latency,
      slots(6).map(i => of(i, 0.004, 'p99')),
      slots(6),
    ).kind,
    'met',
  );
  t.regex(
    reasonOf(
      judgeTarget(
        latency,
        slots(6).map(i => of(i, 0.004, '50')),
        slots(6),
      ),
    ),
    /labelled percentile 99/,
  );
  const two = [...good, sample(1, 0.006, {metric: 'storage.latency', labels: {percentile: '99', pattern: 'x'}})];
  t.is(judgeTarget(latency, two, slots(6)).kind, 'undecided');
});

test('proportion: Clopper–Pearson, one-sided where nothing failed', t => {
  t.is(
    judge(
      slots(29).map(() => 1),
      share,
    ).kind,
    'met',
  );
  const few = judge(
    slots(28).map(() => 1),
    share,
  );
  t.true(few.kind === 'undecided' && few.trialsNeeded === 29);
  t.is(judge([20, 1, 20, 20, 1, 20, 20, 1, 20, 20], share).kind, 'missed');
  t.is(judge([...slots(9).map(() => 1), 20], share).kind, 'undecided');
  t.regex(
    reasonOf(judge([1], {...target, statistic: 'proportion', relation: 'at-least', bound: 0.9})),
    /needs a known metric and a `limit`/,
  );
  // What never ended failed, however short the wait.
  const lost = [...samples(slots(28).map(() => 1)), sample(29, 3, {censored: true})];
  t.is(judgeTarget(share, lost, slots(29)).kind, 'undecided');
});

function iops(before: readonly number[], after: readonly number[], more: Partial<Sample> = {}): Sample[] {
  // A B B A …, as runs are planned.
  const slotOf = (profile: string, i: number) => 2 * i + 1 + Number((profile === 'tuned') === (i % 2 === 0));
  const of = (profile: string, values: readonly number[]) =>
    values.map((value, i) =>
      sample(slotOf(profile, i), value, {
        ...more,
        metric: 'storage.iops',
        unit: 'op/s',
        labels: {scenario: 'storage/fio', profile, repetition: String(i + 1)},
      }),
    );
  return [...of('stock', before), ...of('tuned', after)];
}

test('a percentile over too few operations is a hole, as it would be in a file', t => {
  const p99: Target = {...target, metric: 'storage.latency', statistic: 'p99', where: {profile: 'tuned'}};
  const over = (operations: number) =>
    judgeTarget(
      p99,
      samples([3, 1, 5, 2, 6, 4], {metric: 'storage.latency', operations, labels: {percentile: 'p99'}}),
      slots(6),
    );
  t.is(over(299).kind, 'met');
  t.regex(reasonOf(over(298)), /holds 298 operations, which cannot show p99: 299 are needed/);
});

test('a label that may be a share is no P99', t => {
  const p99: Target = {...target, metric: 'storage.latency', statistic: 'p99', where: {profile: 'tuned'}};
  const labelled = (percentile: string) =>
    judgeTarget(p99, samples([3, 1, 5, 2, 6, 4], {metric: 'storage.latency', labels: {percentile}}), slots(6)).kind;
  t.deepEqual(['p99', '99', '0.99', 'p0.99'].map(labelled), ['met', 'met', 'undecided', 'undecided']);
});

test('ratio: paired by repetition, interval on logs', t => {
  const met = judgeTarget(ratio, iops([100, 110, 90], [141, 154, 126]), slots(6));
  t.true(met.kind === 'met' && Math.abs(met.estimate.value - 1.4033) < 1e-4 && met.estimate.n === 3);
  // Pairs that all differ alike leave a t interval no width, be they two: as many are wanted as would do without it.
  const alike = judgeTarget(ratio, iops([100, 110, 90], [140, 154, 126]), slots(6));
  t.regex(reasonOf(alike), /^the 3 pairs do not vary at all/);
  t.is(alike.kind === 'undecided' && alike.trialsNeeded, 6);
  const six = [100, 110, 90, 105, 95, 102];
  const both = iops(
    six,
    six.map(value => 1.5 * value),
  );
  t.is(judgeTarget(ratio, both, slots(12)).kind, 'met');
  t.is(judgeTarget(ratio, iops([100, 110, 90], [100, 110.1, 90]), slots(6)).kind, 'missed');
  const wide = judgeTarget(ratio, iops([100, 110, 90], [140, 100, 120]), slots(6));
  t.true(wide.kind === 'undecided' && wide.trialsNeeded !== undefined && wide.trialsNeeded > 3);
  const single = judgeTarget(ratio, iops([100], [140]), slots(2));
  t.is(reasonOf(single), '1 pair of trials; a ratio needs 3');
  t.true(single.kind === 'undecided' && single.trialsNeeded === 3);
  t.is(reasonOf(judgeTarget(ratio, iops([100, 101], [140, 141]), slots(4))), '2 pairs of trials; a ratio needs 3');
});

test('ratio: one without a partner, a zero, what never ended: no met', t => {
  const three = iops([100, 110, 90], [140, 154, 126]);
  const lone = judgeTarget(
    ratio,
    [
      ...three,
      ...iops([], [1, 1, 1, 150])
        .slice(-1)
        .map(s => ({...s, labels: {...s.labels, trial: '9'}})),
    ],
    slots(6),
  );
  t.regex(reasonOf(lone), /trial 9 has no partner in repetition 4/);
  t.is(judgeTarget(ratio, three.slice(0, -1), slots(6)).kind, 'undecided');
  t.regex(reasonOf(judgeTarget(ratio, iops([0, 110, 90], [140, 154, 126]), slots(6))), /gave 0, which has no ratio/);
  t.is(judgeTarget(ratio, iops([100, 110, 90], [140, 154, 126], {censored: true}), slots(6)).kind, 'undecided');
  t.regex(reasonOf(judgeTarget(ratio, iops([100, 110, 90], [111, 122, 100], {halfWidth: 2}), slots(6))), /bound 1.1/);
});

// ───────────────────────────── the order of the trials ─────────────────────────────

test('median: trials that follow each other are worth less, and the reason says so', t => {
  const rising = judge([9, 10, 11, 12, 13, 14]);
  t.true(rising.kind === 'undecided' && (rising.trialsNeeded ?? 0) >= 20 && (rising.estimate?.high ?? 0) > 15);
  t.regex(
    reasonOf(rising),
    /holds the bound 15; it is 7\.004 times as wide as for independent trials, since the trials depend on each other in their order \(lag-1 autocorrelation 0\.95\)$/,
  );
  t.is(judge([16, 17, 18, 19, 20, 21]).kind, 'undecided');
  // Far from the bound even that width decides.
  t.is(judge([9, 9.1, 9.2, 9.3, 9.4, 9.5]).kind, 'met');
  const unknown = judgeWithoutOrder([9, 10, 11, 12, 13, 14]);
  t.true(
    unknown.kind === 'met' && /order of the trials is not known: taken as independent$/.test(unknown.estimate.method),
  );
});

test('property: the interval is that of orderedMedianInterval, which docs/methods.md simulates', t => {
  fc.assert(
    fc.property(fc.array(fc.double({min: 0.1, max: 40, noNaN: true}), {minLength: 6, maxLength: 60}), values => {
      const {estimate} = judge(values);
      const simulated = orderedMedianInterval(values);
      return simulated.ok && estimate?.low === simulated.value.low && estimate.high === simulated.value.high;
    }),
    {numRuns: 300, seed: 8},
  );
  t.pass();
});

test('worst and proportion: dependent trials count for as many as they are worth', t => {
  const waves = slots(60).map(i => 8 + 4 * Math.sin(i / 5));
  t.is(judgeWithoutOrder(waves, worst).kind, 'met');
  const few = judge(waves, worst);
  t.regex(
    reasonOf(few),
    /^60 clean trials, worth 1 independent one, show 5 % reliability .*; 59 are needed for 95 %; the trials depend/,
  );
  t.true(few.kind === 'undecided' && (few.trialsNeeded ?? 0) > 1000);
  t.is(judgeWithoutOrder(waves, share).kind, 'met');
  t.regex(reasonOf(judge(waves, share)), /bound is 90 %; the trials depend on each other/);
  // Nothing varies: nothing depends.
  t.is(
    judge(
      slots(59).map(() => 1),
      worst,
    ).kind,
    'met',
  );
});

test('ratio: in blocks a drift looks like a difference', t => {
  const inBlocks = iops([100, 110, 90], [141, 154, 126]).map((one, i) => ({
    ...one,
    labels: {...one.labels, trial: String(i + 1)},
  }));
  t.regex(reasonOf(judgeTarget(ratio, inBlocks, slots(6))), /^measured in blocks: .*interleave them \(A B B A\)$/);
  t.is(judgeTarget(ratio, inBlocks, slots(6), [], false).kind, 'met');
});

test('an unsound target is undecided and says why', t => {
  const good = samples(slots(60).map(() => 1));
  for (const bad of [
    {...target, bound: Number.NaN},
    {...target, confidence: 95},
    {...worst, confidence: Number.NaN},
    {...worst, reliability: Number.NaN},
    {...ratio, bound: -1},
    {...ratio, against: ['tuned', 'tuned'] as const},
  ]) {
    t.regex(reasonOf(judgeTarget(bad, good, slots(60))), /unsound|no value/);
  }
});

// ───────────────────────────── properties ─────────────────────────────

const rank = {missed: 0, undecided: 1, met: 2} as const;
const anyTarget = fc.constantFrom(target, worst, share, {...worst, reliability: 0.7}, {...target, confidence: 0.8});
const value = fc.oneof(fc.double({min: 0.1, max: 14.9, noNaN: true}), fc.double({min: 0.1, max: 40, noNaN: true}));
const trials = fc.array(value, {maxLength: 70});

// Where the order is known it is evidence too: a worse value may show that the others do not follow each other. So
// these hold without it, and the order only ever takes away.
test('property: one more trial that breaks the bound never helps', t => {
  fc.assert(
    fc.property(
      anyTarget,
      trials,
      fc.double({min: 15.001, max: 1e6, noNaN: true}),
      fc.boolean(),
      (one, values, bad, censored) => {
        const before = judgeWithoutOrder(values, one);
        const more = sample(values.length + 1, bad, censored ? {censored: true} : {});
        const after = judgeTarget(one, [...samples(values), more], slots(values.length + 1), [], false);
        return rank[after.kind] <= rank[before.kind];
      },
    ),
    {numRuns: 300, seed: 1},
  );
  t.pass();
});

test('property: making any value worse never turns a verdict towards met', t => {
  fc.assert(
    fc.property(anyTarget, trials, fc.nat(), fc.double({min: 0, max: 50, noNaN: true}), (one, values, at, by) => {
      fc.pre(values.length > 0);
      const worse = values.map((old, i) => (i === at % values.length ? old + by : old));
      return rank[judgeWithoutOrder(worse, one).kind] <= rank[judgeWithoutOrder(values, one).kind];
    }),
    {numRuns: 300, seed: 2},
  );
  t.pass();
});

test('property: the order of the trials never decides what is undecided without it', t => {
  fc.assert(
    fc.property(anyTarget, trials, (one, values) => {
      const kind = judge(values, one).kind;
      return kind === 'undecided' || kind === judgeWithoutOrder(values, one).kind;
    }),
    {numRuns: 500, seed: 7},
  );
  t.pass();
});

test('property: leaving samples out never yields met', t => {
  fc.assert(
    fc.property(anyTarget, trials, fc.array(fc.nat(), {minLength: 1, maxLength: 5}), (one, values, gone) => {
      fc.pre(values.length > 0);
      const left = samples(values).filter((_, i) => !gone.some(each => each % values.length === i));
      return judgeTarget(one, left, slots(values.length)).kind !== 'met';
    }),
    {numRuns: 300, seed: 3},
  );
  t.pass();
});

test('property: a NaN anywhere is never met; order does not matter', t => {
  fc.assert(
    fc.property(anyTarget, trials, fc.nat(), (one, values, at) => {
      const spoilt = values.toSpliced(at % (values.length + 1), 0, Number.NaN);
      if (judge(spoilt, one).kind === 'met') return false;
      const all = samples(values);
      return (
        JSON.stringify(judgeTarget(one, all, slots(values.length))) ===
        JSON.stringify(judgeTarget(one, all.toReversed(), slots(values.length).toReversed()))
      );
    }),
    {numRuns: 300, seed: 4},
  );
  t.pass();
});

test('property: ratio, one more pair that breaks the bound never yields met', t => {
  const positive = fc.double({min: 1, max: 1000, noNaN: true});
  fc.assert(
    fc.property(
      fc.array(fc.tuple(positive, fc.double({min: 0.9, max: 3, noNaN: true})), {maxLength: 8}),
      positive,
      (pairs, base) => {
        const before = pairs.map(([value]) => value);
        const after = pairs.map(([value, factor]) => value * factor);
        const was = judgeTarget(ratio, iops(before, after), slots(2 * pairs.length), [], false);
        const is = judgeTarget(
          ratio,
          iops([...before, base], [...after, base * 1.05]),
          slots(2 * pairs.length + 2),
          [],
          false,
        );
        return is.kind !== 'met' || was.kind === 'met';
      },
    ),
    {numRuns: 500, seed: 5},
  );
  t.pass();
});

test('property: whatever comes in, there is a verdict and never a throw', t => {
  const number = fc.oneof(fc.double(), fc.constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 1e308));
  const label = fc.constantFrom('1', '2', '3', 'x', '', 'stock', 'tuned', '99', '__proto__');
  const anySample = fc.record(
    {
      metric: fc.constantFrom('failover.service', 'storage.iops', 'nothing', '__proto__'),
      unit: fc.constantFrom('s' as const, 'op/s' as const),
      value: number,
      halfWidth: number,
      censored: fc.constant(true as const),
      labels: fc.dictionary(
        fc.constantFrom('trial', 'profile', 'repetition', 'scenario', 'fault', 'percentile'),
        label,
      ),
      from: fc.constant({artefact: 'a', path: '/'}),
    },
    {requiredKeys: ['metric', 'unit', 'value', 'labels', 'from']},
  );
  const any = fc.record({
    base: fc.constantFrom(target, worst, share, ratio, {...ratio, metric: 'nothing'}),
    bound: number,
    confidence: fc.oneof(number, fc.constantFrom(0.95, 0.5, 1 - 1e-16)),
    where: fc.constantFrom({}, {profile: 'tuned'}, {percentile: '99'}),
    statistic: fc.constantFrom(
      'median' as const,
      'p99' as const,
      'worst' as const,
      'proportion' as const,
      'ratio' as const,
    ),
  });
  fc.assert(
    fc.property(any, fc.array(anySample, {maxLength: 30}), fc.array(fc.nat(9)), ({base, ...more}, all, expected) => {
      const verdict = judgeTarget({...base, ...more}, all, expected);
      return (
        ['met', 'missed', 'undecided'].includes(verdict.kind) && (verdict.kind !== 'undecided' || verdict.reason !== '')
      );
    }),
    {numRuns: 1000, seed: 6},
  );
  t.pass();
});

test('observed: one trial is enough, each must keep the bound, and silence or a hole decides nothing', t => {
  const observed: Target = {...target, statistic: 'observed', bound: 0};
  t.is(judge([0], observed).kind, 'met');
  t.is(judge([0, 0], observed).kind, 'met');
  t.is(judge([0, 2], observed).kind, 'missed');
  t.is(judgeTarget(observed, [], [1]).kind, 'undecided');
  t.is(judgeTarget(observed, samples([0]), [1, 2]).kind, 'undecided', 'trial 2 is silent');
  t.is(judgeTarget(observed, samples([0]), [1], [1]).kind, 'undecided', 'it did not end well');
  t.is(judgeTarget(observed, samples([0], {censored: true}), [1]).kind, 'undecided');
});
