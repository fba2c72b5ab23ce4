import test from 'ava';
import {readPercentile} from '../suites/read/percentile.ts';
import {operationsToSee, operationsToShow, percentileOf, tooFew} from './percentile.ts';

test('a percentile is written in per cent; what may be a share is none', t => {
  for (const [label, expected] of [
    ['p99', 99],
    ['99', 99],
    ['P99.90', 99.9],
    ['p1', 1],
  ] as const) {
    t.is(percentileOf(label), expected);
  }
  for (const label of ['0.99', 'p0.99', 'p0', 'p100', '100', '101', 'max', '', 'p', '-1', undefined]) {
    t.is(percentileOf(label), undefined);
  }
});

test('targets and samples are read alike', t => {
  for (const text of ['p99', '99', '99.90', 'p50', 'p1', '0.99', 'p0.999', 'p100', '0', 'max', 'p99.99', '']) {
    const written = readPercentile(text);
    t.is(written === undefined ? undefined : Number(written.slice(1)), percentileOf(text), text);
  }
});

test('operations: to be seen apart from the largest, and to have an upper bound at all (Wilks)', t => {
  t.deepEqual([50, 90, 99, 99.9, 99.99, 99.999].map(operationsToSee), [2, 10, 100, 1000, 10_000, 100_000]);
  t.deepEqual(
    [50, 90, 99, 99.9, 99.99].map(one => operationsToShow(one, 0.95)),
    [5, 29, 299, 2995, 29_956],
  );
  t.is(operationsToShow(99, 0.8), 161);
});

test('the least number is no more than the next trial needs: one fewer has no bound at 95 %', t => {
  const above = (n: number) => 1 - 0.99 ** n;
  t.true(above(299) >= 0.95);
  t.true(above(298) < 0.95);
});

test('too few is said with both numbers; what is not known is not held against a sample', t => {
  t.is(tooFew('p99.99', 100, operationsToSee), 'holds 100 operations, which cannot show p99.99: 10,000 are needed');
  t.is(tooFew('p99', 1, operationsToSee), 'holds 1 operation, which cannot show p99: 100 are needed');
  t.is(tooFew('p99', 100, operationsToSee), undefined);
  t.is(tooFew('max', 1, operationsToSee), undefined);
  t.is(tooFew('p99', undefined, operationsToSee), undefined);
});
