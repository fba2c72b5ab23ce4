import test from 'ava';
import {switchTarget as target} from '../../fixtures/kit/switch-target.ts';
import type {Sample, Target} from '../../harness/types.ts';
import {judgeAtEveryLook, judgeTarget} from './verdict.ts';

function sample(trial: number, value: number, profile = 'tuned', repetition = trial): Sample {
  const labels = {trial: String(trial), repetition: String(repetition), profile, scenario: 'failover/x'};
  return {metric: 'failover.service', unit: 's', value, labels, from: {artefact: 'a', path: 'p'}};
}

const samples = (values: readonly number[]) => values.map((value, index) => sample(index + 1, value));
const slots = (n: number) => Array.from({length: n}, (_, index) => index + 1);
const judge = (values: readonly number[], one = target) => judgeAtEveryLook(one, samples(values), slots(values.length));
const good = [13, 14, 9, 12, 10, 12.5, 11, 9.5, 13.5];

test('a median takes seven trials where six would do for a fixed number, and says at which look it was decided', t => {
  t.is(judgeTarget(target, samples(good.slice(0, 6)), slots(6)).kind, 'met');
  const six = judge(good.slice(0, 6));
  t.is(six.kind, 'undecided');
  t.is(six.kind === 'undecided' && six.trialsNeeded, 7);
  t.regex(six.kind === 'undecided' ? six.reason : '', /looked at after every trial needs 7 trials, got 6/);
  const nine = judge(good);
  t.is(nine.kind, 'met');
  t.deepEqual(nine.kind === 'met' && nine.look, {number: 7, trial: 7});
  t.regex(nine.estimate?.method ?? '', /confidence sequence.*decided at look 7 of 9$/);
});

test('a verdict is that of all trials: what turns is undecided again, and no early look is kept', t => {
  const turned = judge([...good, 30, 31, 29, 32, 28, 33, 27]);
  t.is(turned.kind, 'undecided');
});

test('every time: the first that breaks the bound decides, and keeps deciding', t => {
  const worst: Target = {...target, statistic: 'worst', reliability: 0.95};
  const missed = judge([9, 10, 16, 9, 10], worst);
  t.is(missed.kind, 'missed');
  t.deepEqual(missed.kind === 'missed' && missed.look, {number: 3, trial: 3});
  const clean = slots(59).map(n => 9 + ((n * 7) % 5));
  const met = judge(clean, worst);
  t.deepEqual(met.kind === 'met' && met.look, {number: 59, trial: 59});
  t.is(judge(clean.slice(0, 58), worst).kind, 'undecided');
});

test('a ratio takes five pairs, and a share more trials than one that is looked at once', t => {
  const ratio: Target = {...target, statistic: 'ratio', where: {}, against: ['stock', 'tuned'], bound: 0.7};
  const pairs = (n: number) =>
    slots(n).flatMap(k => {
      const [stock, tuned] = [20 + (k % 3), 10 + ((k * 5) % 4) / 10];
      const first = k % 2;
      return [sample(2 * k - first, stock, 'stock', k), sample(2 * k - 1 + first, tuned, 'tuned', k)];
    });
  t.is(judgeTarget(ratio, pairs(4), slots(8)).kind, 'met');
  t.is(judgeAtEveryLook(ratio, pairs(4), slots(8)).kind, 'undecided');
  t.is(judgeAtEveryLook(ratio, pairs(6), slots(12)).kind, 'met');
  const share: Target = {...target, statistic: 'proportion', limit: 15, bound: 0.95, relation: 'at-least', unit: 's'};
  const clean = slots(90).map(n => 9 + ((n * 7) % 5));
  t.is(judgeTarget(share, samples(clean.slice(0, 59)), slots(59)).kind, 'met');
  t.is(judge(clean.slice(0, 59), share).kind, 'undecided');
  t.is(judge(clean, share).kind, 'met');
});

test('a hole forbids met at every look', t => {
  t.is(judgeAtEveryLook(target, samples(good), [...slots(9), 10]).kind, 'undecided');
  t.is(judgeAtEveryLook(target, samples(good), slots(9), [3]).kind, 'undecided');
});
