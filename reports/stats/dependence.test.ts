import test from 'ava';
import fc from 'fast-check';
import type {Stat} from '../../harness/parse/answer.ts';
import {dependence, stretched} from './dependence.ts';
import {driftAdjustedRatio, inBlocks, lag} from './drift.ts';
import {medianInterval, orderedMedianInterval} from './median.ts';

function got<T>(stat: Stat<T>): T {
  if (!stat.ok) throw new Error(JSON.stringify(stat.error));
  return stat.value;
}

test('a rising row depends on its order, the same values shuffled do not', t => {
  const rising = got(dependence([1, 2, 3, 4, 5, 6]));
  t.true(rising.seen && rising.p < 0.01 && rising.autocorrelation === 0.95 && rising.effective < 1);
  t.true(rising.stretch > 7 && rising.stretch < 7.01);
  const shuffled = got(dependence([4, 1, 5, 2, 6, 3]));
  t.deepEqual([shuffled.seen, shuffled.effective, shuffled.stretch], [false, 6, 1]);
  t.is(got(dependence([6, 5, 4, 3, 2, 1])).p, rising.p, 'a fall as a rise');
});

test('equal values show nothing; too few and what is no number are refused', t => {
  const constant = got(dependence([0, 0, 0, 0, 0, 0]));
  t.deepEqual([constant.seen, constant.effective, constant.p], [false, 6, 1]);
  for (const bad of [[], [1], [1, 2, 3], [1, 2, 3, Number.NaN], [1, 2, 3, Number.POSITIVE_INFINITY]]) {
    t.false(dependence(bad).ok);
  }
});

test('property: never worth more than the values are, never narrower', t => {
  fc.assert(
    fc.property(fc.array(fc.double({min: -1e6, max: 1e6, noNaN: true}), {minLength: 6, maxLength: 80}), values => {
      const {p, effective, stretch, n} = got(dependence(values));
      const plain = got(medianInterval(values));
      const ordered = got(orderedMedianInterval(values));
      const slack = 1e-9 * Math.max(1, Math.abs(plain.low), Math.abs(plain.high));
      const wider = ordered.low <= plain.low + slack && ordered.high >= plain.high - slack;
      return p >= 0 && p <= 1 && effective > 0 && effective <= n && stretch >= 1 && wider;
    }),
    {seed: 1, numRuns: 500},
  );
  t.pass();
});

test('stretched about its centre, on logarithms where all is above 0; infinite ends stay', t => {
  const close = (a: number, b: number) => Math.abs(a - b) < 1e-9;
  const times = stretched({low: 50, high: 200}, 100, 2);
  t.true(close(times.low, 25) && close(times.high, 400));
  t.deepEqual(stretched({low: -1, high: 3}, 1, 2), {low: -3, high: 5});
  t.is(stretched({low: 1, high: Number.POSITIVE_INFINITY}, 2, 3).high, Number.POSITIVE_INFINITY);
  t.is(stretched({low: Number.NEGATIVE_INFINITY, high: 3}, 2, 3).low, Number.NEGATIVE_INFINITY);
});

const placed = (values: readonly number[], from: number, step = 1) =>
  values.map((value, i) => ({place: from + step * i, value}));

test('blocks and turns are told apart', t => {
  const [a, b] = [placed([1, 1, 1], 0), placed([1, 1, 1], 3)];
  t.true(inBlocks(a, b) && inBlocks(b, a));
  t.is(lag(a, b), 3);
  t.false(inBlocks(placed([1, 1], 0, 2), placed([1, 1], 1, 2)));
  t.is(lag(placed([1, 1], 0, 2), placed([1, 1], 1, 2)), 1);
  t.is(lag(placed([1, 1], 0, 3), placed([1, 1], 1)), 0, 'A B B A');
});

test('a drift alone is no difference, a difference beside a drift is found', t => {
  const noise = [0.99, 1.01, 1, 1.02, 0.98, 1.005, 0.995, 1, 1.01, 0.985, 1.003, 0.99];
  const rows = (effect: number) => noise.map((value, i) => value * 1.02 ** i * (i < 6 ? 1 : effect));
  const sides = (effect: number) => {
    const all = placed(rows(effect), 1000, 60);
    return got(driftAdjustedRatio(all.slice(0, 6), all.slice(6)));
  };
  const drift = sides(1);
  t.true(drift.inBlocks && drift.low < 1 && drift.high > 1 && drift.p > 0.05);
  const doubled = sides(2);
  t.true(doubled.low > 1.5 && doubled.p < 0.001);
});

test('what has no ratio or no order is refused', t => {
  const two = placed([1, 2], 0);
  for (const other of [placed([1], 5), placed([1, 0], 5), placed([1, Number.NaN], 5), placed([1, 2], 1)]) {
    t.false(driftAdjustedRatio(two, other).ok);
  }
  t.true(driftAdjustedRatio(two, placed([1, 2], 5)).ok);
});
