import test from 'ava';
import fc from 'fast-check';
import {random} from '../stats/random.ts';
import {contrast, fewestFor} from './contrast.ts';

const unpaired = {paired: false, confidence: 0.95};
const paired = {paired: true, confidence: 0.95};

test('unpaired: Welch on logarithms, Mann–Whitney beside it', t => {
  // The logarithms of these are the published example of Welch's test: {2,1,3,4} v {6,5,7,9}.
  const got = contrast([2, 1, 3, 4].map(Math.exp), [6, 5, 7, 9].map(Math.exp), unpaired);
  t.true(Math.abs((got.p ?? 0) - 0.00851286) < 1e-8);
  t.true(Math.abs(Math.log(got.effect.value) - 4.25) < 1e-12);
  t.true(got.effect.low > 1);
  t.true(Math.abs((got.ranks?.p ?? 0) - 0.0285714) < 1e-7);
});

test('paired: t on logarithms of the ratios, Wilcoxon beside it', t => {
  // The same numbers in pairs: t = −17, p = .00044334.
  const got = contrast([2, 1, 3, 4].map(Math.exp), [6, 5, 7, 9].map(Math.exp), paired);
  t.true(Math.abs((got.p ?? 0) - 0.00044334) < 1e-8);
  t.is(got.ranks?.test, 'Wilcoxon signed-rank');
  t.is(got.ranks?.p, 0.125);
});

test('one trial a side has an effect and nothing else', t => {
  const got = contrast([100], [90], unpaired);
  t.true(Math.abs(got.effect.value - 0.9) < 1e-12);
  t.deepEqual([got.effect.low, got.effect.high], [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  t.is(got.p, undefined);
  t.is(contrast([0], [3], unpaired).p, undefined);
  t.is(contrast([0], [3], unpaired).effect.value, 3);
});

test('values without any spread are judged by ranks: a t test would be sure of anything', t => {
  const three = contrast([5, 5, 5], [6, 6, 6], unpaired);
  t.is(three.p, 0.1);
  t.is(three.effect.high, Number.POSITIVE_INFINITY);
  const four = contrast([5, 5, 5, 5], [6, 6, 6, 6], unpaired);
  t.true(Math.abs((four.p ?? 0) - 2 / 70) < 1e-12);
  t.true(Math.abs(four.effect.low - 1.2) < 1e-12 && Math.abs(four.effect.high - 1.2) < 1e-12);
  // 0.1, 0.2, 0.3 times 1.1: equal ratios but for rounding.
  t.is(contrast([0.1, 0.2, 0.3], [0.11, 0.22, 0.33], paired).p, 0.25);
});

test('zeros have no ratio: difference and ranks', t => {
  const got = contrast([0, 0, 1, 0, 2], [9, 7, 8, 12, 10], unpaired);
  t.is(got.scale, 'difference');
  t.is(got.effect.value, 8);
  t.true(got.effect.low > 0 && got.effect.high < 13);
  t.true((got.p ?? 1) < 0.01);
  const pairs = contrast([0, 0, 1, 0, 2, 0], [9, 7, 8, 12, 10, 8], paired);
  t.is(pairs.scale, 'difference');
  t.is(pairs.p, 0.03125);
  t.is(pairs.effect.low, 7);
  t.true(contrast([0, 0], [0, 0], unpaired).allEqual);
});

const list = fc.array(
  fc.oneof(fc.constant(0), fc.integer({min: -3, max: 9}), fc.double({min: 1e-9, max: 1e12, noNaN: true})),
  {minLength: 1, maxLength: 9},
);

test('any finite values: no NaN, an interval around the value, p from 0 to 1', t => {
  fc.assert(
    fc.property(list, list, fc.boolean(), (before, after, inPairs) => {
      const n = Math.min(before.length, after.length);
      const got = inPairs ? contrast(before.slice(0, n), after.slice(0, n), paired) : contrast(before, after, unpaired);
      const {value, low, high} = got.effect;
      const slack = 1e-9 * Math.abs(value);
      if (!(Number.isFinite(value) && low <= value + slack && value - slack <= high)) return false;
      return [got.p, got.ranks?.p].every(p => p === undefined || (p >= 0 && p <= 1));
    }),
    {seed: 1, numRuns: 300},
  );
  t.pass();
});

const inBlocks = {before: [0, 1, 2, 3, 4, 5], after: [6, 7, 8, 9, 10, 11]};

test('planted: counts that fall to 0 along one line are no difference in blocks; a step beyond the drift is one', t => {
  for (const options of [unpaired, paired]) {
    const placed = {...options, places: inBlocks};
    const drift = contrast([11, 10, 9, 8, 7, 6], [5, 4, 3, 2, 1, 0], placed);
    t.is(drift.scale, 'difference');
    t.is(drift.p, 1);
    t.true(drift.effect.low < 0 && drift.effect.high >= 0);
    t.true(drift.inBlocks);
    const turns = {...options, places: {before: [0, 3, 4, 7, 8, 11], after: [1, 2, 5, 6, 9, 10]}};
    t.deepEqual(
      contrast([11, 8, 7, 4, 3, 0], [10, 9, 6, 5, 2, 1], turns),
      contrast([11, 8, 7, 4, 3, 0], [10, 9, 6, 5, 2, 1], options),
      'in turns there is nothing to take out',
    );
    // Twelve more than nothing, with a deviation of two: no line of so little slope explains it.
    const step = contrast([0, 0, 0, 0, 0, 0], [12, 9, 15, 11, 10, 14], placed);
    const plain = contrast([0, 0, 0, 0, 0, 0], [12, 9, 15, 11, 10, 14], options);
    t.is(step.p, plain.p);
    t.true(step.effect.low > 0 && step.effect.low < plain.effect.low && step.effect.high > plain.effect.high);
    t.is(step.effect.value, plain.effect.value);
    // The same drift with a step down on top of it, to the digit: the ranks decide, as without a drift.
    const beyond = contrast([31, 30, 29, 28, 27, 26], [5, 4, 3, 2, 1, 0], placed);
    t.is(beyond.p, contrast([31, 30, 29, 28, 27, 26], [5, 4, 3, 2, 1, 0], options).p);
    t.true(beyond.effect.high < 0);
    // Neither side moves: that is no drift.
    t.is(contrast([5, 5, 5, 5, 5, 5], [0, 0, 0, 0, 0, 0], placed).inBlocks, undefined);
  }
});

test('of a difference, a drift only takes away: a wider interval, a larger p, the same value', t => {
  fc.assert(
    fc.property(list, list, fc.boolean(), fc.boolean(), (some, others, inPairs, turned) => {
      const n = Math.min(some.length, others.length);
      const [before, after] = [
        [0, ...some.slice(0, n)],
        [0, ...others.slice(0, n)],
      ];
      const options = inPairs ? paired : unpaired;
      const at = (first: number, step: number) => before.map((_, index) => first + step * index);
      const places = turned ? {before: at(0, 2), after: at(1, 2)} : {before: at(0, 1), after: at(before.length, 1)};
      const [plain, placed] = [contrast(before, after, options), contrast(before, after, {...options, places})];
      if (placed.effect.value !== plain.effect.value || placed.scale !== 'difference') return false;
      if (!(placed.effect.low <= plain.effect.low && placed.effect.high >= plain.effect.high)) return false;
      return (placed.p ?? 1) >= (plain.p ?? 1) && (placed.p ?? 1) <= 1;
    }),
    {seed: 2, numRuns: 300},
  );
  t.pass();
});

test('from the least number of trials for a claim on, two speeds give no more false alarms than 5 %; with one fewer they do', t => {
  const alarms = (n: number, options: {paired: boolean; confidence: number}) => {
    const next = random(20_251_127);
    const draw = () => Array.from({length: n}, () => (next() < 0.5 ? 100 : 150) * (1 + 0.005 * next()));
    const trials = 4000;
    let found = 0;
    for (let trial = 0; trial < trials; trial += 1) {
      const {p = 1} = contrast(draw(), draw(), options);
      if (p < 0.05) found += 1;
    }
    return found / trials;
  };
  for (const options of [unpaired, paired]) {
    t.true(alarms(fewestFor.claim - 1, options) > 0.08);
    t.true(alarms(fewestFor.claim, options) < 0.05);
  }
});
