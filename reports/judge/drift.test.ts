import test from 'ava';
import {switchTarget as target} from '../../fixtures/kit/switch-target.ts';
import type {Sample, Verdict} from '../../harness/types.ts';
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
    /^figures may drift over the run: by 0\.\d+ s a trial .*, which makes the 95 % interval .* s at the next one$/,
  );
  t.true(verdict.kind === 'undecided' && (verdict.trialsNeeded ?? 0) > 6);
});
