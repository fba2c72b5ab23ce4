import test from 'ava';
import {switchTarget as target} from '../../fixtures/kit/switch-target.ts';
import type {Sample, Target, Verdict} from '../../harness/types.ts';
import {random} from '../stats/random.ts';
import {judgeAtEveryLook, judgeTarget} from './verdict.ts';

const next = random(3);
/** From one level to another, with noise of half a second to either side. */
const between = (from: number, to: number, n = 20) =>
  Array.from({length: n}, (_, index) => from + ((to - from) * index) / (n - 1) + next() - 0.5);

function samplesOf(values: readonly number[]): readonly Sample[] {
  return values.map((value, index) => {
    const labels = {trial: String(index + 1), repetition: String(index + 1), profile: 'tuned', scenario: 'failover/x'};
    return {metric: 'failover.service', unit: 's', value, labels, from: {artefact: 'a', path: 'p'}};
  });
}

const slots = (n: number) => Array.from({length: n}, (_, index) => index + 1);
const once = (values: readonly number[], inOrder = true) =>
  judgeTarget(target, samplesOf(values), slots(values.length), [], inOrder);
const looked = (values: readonly number[]) => judgeAtEveryLook(target, samplesOf(values), slots(values.length));
const reasonOf = (verdict: Verdict) => (verdict.kind === 'undecided' ? verdict.reason : '');

test('planted: figures that drift over the bound are undecided with that reason, for a fixed number and at every look', t => {
  const rising = between(5, 16);
  for (const verdict of [once(rising), looked(rising)]) {
    t.is(verdict.kind, 'undecided');
    t.regex(reasonOf(verdict), /^figures drift over the run: by 0\.5\d+ s a trial \(Mann–Kendall p .*\); /);
  }
  t.is(once(rising, false).kind, 'met', 'where nobody knows the order, no drift can be seen');
});

test('the mirror: what drifts under the bound is not missed', t => {
  const falling = between(30, 14);
  t.regex(reasonOf(once(falling)), /^figures drift over the run: by -0\.8/);
  t.is(looked(falling).kind, 'undecided');
});

test('a drift that stays far from the bound, or goes away from it, takes nothing away', t => {
  for (const values of [between(5, 6), between(9, 8), between(10, 10)]) {
    t.is(once(values).kind, 'met');
    t.is(looked(values).kind, 'met');
  }
  t.is(once(between(16.5, 17.5)).kind, 'missed');
});

test('planted: a drift that hides in noise, and would carry the median over the bound', t => {
  const noisy = between(0, 4, 40).map((value, index) => 10.5 + value + 2.5 * (((index * 7) % 5) - 2));
  const verdict = once(noisy);
  t.is(once(noisy, false).kind, 'met');
  t.regex(reasonOf(verdict), /^figures drift over the run: by 0\.1/);
  t.is(verdict.kind === 'undecided' ? verdict.trialsNeeded : 0, undefined, 'more of the same decide nothing');
});

test('a few that may drift say so, and how many would tell', t => {
  const verdict = once([12, 13.5, 12.5, 14.6, 13, 14.9]);
  t.regex(
    reasonOf(verdict),
    /^figures may drift over the run: by up to 0\.\d+ s a trial .*, which makes the 95 % interval .* s at the next one$/,
  );
  t.true(verdict.kind === 'undecided' && (verdict.trialsNeeded ?? 0) > 6);
});

const noteOf = (verdict: Verdict) => (verdict.kind === 'met' ? verdict.note : verdict.kind);

test('a drift that ends before the bound: met, and the note says when it would be crossed', t => {
  const rising = between(8, 10, 30);
  for (const verdict of [once(rising), looked(rising)]) {
    const note = noteOf(verdict) ?? '';
    t.regex(note, /^figures drift over the run: by 0\.0\d+ s a trial \(Mann–Kendall p .*\); at this pace the bound is/);
    const left = Number(/crossed in (\d+) trials$/.exec(note)?.[1]);
    t.true(left > 50 && left < 100, note);
  }
  for (const steady of [between(9, 9, 30), between(10, 8, 30)]) t.is(noteOf(once(steady)), undefined);
  t.is(noteOf(judgeTarget(target, samplesOf(rising), slots(30), [], false)), undefined, 'no order, no drift');
});

const everyTime: Target = {...target, statistic: 'worst', reliability: 0.95};
const judged = (one: Target, values: readonly number[]) => judgeTarget(one, samplesOf(values), slots(values.length));

test('planted: "every time" that rises to just under the bound is not met, although no trial broke it', t => {
  const rising = Array.from({length: 59}, (_, index) => 9 + (5.5 * index) / 58 + 0.4 * next());
  t.is(judgeTarget(everyTime, samplesOf(rising), slots(59), [], false).kind, 'met', 'nobody knows the order');
  t.regex(reasonOf(judged(everyTime, rising)), /^figures drift over the run: by 0\.09\d+ s a trial/);
  const loud = rising.map((value, index) => (index < 50 ? value : value - 0.2) - 4 + 5 * (((index * 23) % 59) / 59));
  const verdict = judged(everyTime, loud);
  t.is(judgeTarget(everyTime, samplesOf(loud), slots(59), [], false).kind, 'met');
  t.is(verdict.kind, 'undecided');
});

test('"every time" under a weak drift far from the bound is met with the note; what broke once is missed for good', t => {
  const weak = Array.from({length: 80}, (_, index) => 8 + index / 80 + 3 * (((index * 37) % 80) / 80));
  t.regex(noteOf(judged(everyTime, weak)) ?? '', /^figures drift over the run: .* crossed in \d+ trials$/);
  const falling = Array.from({length: 59}, (_, index) => 16 - index / 10);
  t.is(judged(everyTime, falling).kind, 'missed');
});

test('planted: a share whose trials drift over the limit is undecided', t => {
  const share: Target = {...target, statistic: 'proportion', limit: 15, bound: 0.8, relation: 'at-least'};
  const rising = Array.from({length: 59}, (_, index) => 11 + index / 16 + 2 * (((index * 23) % 59) / 59) - 1);
  t.is(judgeTarget(share, samplesOf(rising), slots(59), [], false).kind, 'met');
  t.regex(reasonOf(judged(share, rising)), /^figures drift over the run: /);
  t.is(
    judged(
      share,
      rising.map(() => 10 + 2 * next()),
    ).kind,
    'met',
  );
});

/** A B, B A: `tuned` over `stock`, where either may drift by so much a pair. */
function ratioOf(pairs: number, stock: number, tuned: number): Verdict {
  const asked: Target = {...target, statistic: 'ratio', where: {}, against: ['stock', 'tuned'], bound: 0.8};
  const samples = slots(pairs).flatMap(pair =>
    (pair % 2 === 0 ? ['stock', 'tuned'] : ['tuned', 'stock']).map((profile, second): Sample => {
      const drifted = profile === 'stock' ? 20 * (1 + stock) ** pair : 12 * (1 + tuned) ** pair;
      const labels = {trial: String(2 * pair - 1 + second), repetition: String(pair), profile, scenario: 'failover/x'};
      const value = drifted * (1 + 0.04 * (next() - 0.5));
      return {metric: 'failover.service', unit: 's', value, labels, from: {artefact: 'a', path: 'p'}};
    }),
  );
  return judgeTarget(asked, samples, slots(2 * pairs));
}

test('a ratio: both sides drift alike is nothing, one side that drifts over the bound is undecided, with its pace', t => {
  t.is(ratioOf(20, 0, 0).kind, 'met');
  t.is(noteOf(ratioOf(20, 0.02, 0.02)), undefined);
  t.is(ratioOf(20, 0.02, 0.02).kind, 'met');
  t.regex(reasonOf(ratioOf(20, 0, 0.016)), /^figures drift over the run: by 1\.\d+ % a pair/);
  t.regex(
    noteOf(ratioOf(20, 0, 0.005)) ?? '',
    /^figures drift over the run: by 0\.\d+ % a pair .* crossed in \d+ pairs$/,
  );
});

test('whole seconds stay whole seconds: a drift hidden by rounding is seen', t => {
  const whole = Array.from({length: 59}, (_, index) =>
    Math.round(13.2 + (1.8 * index) / 58 + ((index * 23) % 59) / 59),
  );
  t.is(once(whole, false).kind, 'met');
  t.is(once(whole).kind, 'undecided');
});
