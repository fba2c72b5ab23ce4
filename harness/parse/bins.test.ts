import test from 'ava';
import fc from 'fast-check';
import {
  type Bins,
  binHalfWidth,
  lastBinNs,
  mergeBins,
  quantileFromBins,
  quantilesFromBins,
  sumOfBins,
  totalOfBins,
} from './bins.ts';

/** fio's own rule, written down independently of the code under test: the range of integers that fall into a bin. */
function fioBin(valueNs: number): {mid: number; low: number; width: number} {
  let width = 1;
  while (valueNs / width >= 128) width *= 2;
  const low = Math.floor(valueNs / width) * width;
  return {mid: width === 1 ? low : low + width / 2, low, width};
}

function histogram(values: readonly number[]): Bins {
  return mergeBins(values.map(value => [[fioBin(value).mid, 1]]));
}

test('merging adds counts key by key and sorts', t => {
  const merged = mergeBins([
    [
      [200, 1],
      [3, 2],
    ],
    [[200, 4]],
    [],
  ]);
  t.deepEqual(merged, [
    [3, 2],
    [200, 5],
  ]);
  t.is(totalOfBins(merged), 7);
});

test('half-widths are those of fio bins and at most 1/128 of the value', t => {
  for (const value of [0, 1, 64, 127]) t.is(binHalfWidth(value), 0);
  for (const value of [128, 129, 131, 255, 256, 1000, 12_345, 5e6, 4.99e9, 16e9]) {
    const bin = fioBin(value);
    t.is(binHalfWidth(bin.mid), bin.width / 2, String(value));
    t.true(binHalfWidth(bin.mid) <= bin.mid / 128);
  }
  t.is(lastBinNs, 17_112_760_320);
});

test('the quantile is the first bin with cumulative ≥ p·N', t => {
  const bins: Bins = [
    [10, 50],
    [20, 49],
    [30, 1],
  ];
  const at = (p: number) => {
    const got = quantileFromBins(bins, p);
    return got.ok ? got.value.value : got.error;
  };
  t.deepEqual([0, 0.5, 0.500001, 0.99, 0.990001, 1].map(at), [10, 10, 20, 20, 30, 30]);
});

test('a whole number of completions stays whole in binary', t => {
  const got = quantileFromBins(
    [
      [1, 7],
      [2, 93],
    ],
    0.07,
  );
  t.true(got.ok && got.value.value === 1);
});

test('pooled data lie within the half-width of the merged histograms', t => {
  const values = Array.from({length: 5000}, (_, i) => Math.round(1000 * Math.exp(((i * 7919) % 5000) / 600)));
  const guests = [0, 1, 2].map(guest => histogram(values.filter((_, i) => i % 3 === guest)));
  const sorted = values.toSorted((a, b) => a - b);
  for (const p of [0.01, 0.5, 0.9, 0.99, 0.999]) {
    const got = quantileFromBins(mergeBins(guests), p);
    const exact = sorted[Math.ceil(p * sorted.length - 1e-9) - 1];
    if (!got.ok || exact === undefined) return t.fail();
    t.true(Math.abs(got.value.value - exact) <= got.value.halfWidth, `p ${p}`);
  }
});

test('the last bin is a lower bound and says so', t => {
  const got = quantileFromBins(
    [
      [1000, 1],
      [lastBinNs, 99],
    ],
    0.5,
  );
  t.true(got.ok && got.value.saturated === true);
});

test('nothing measured is refused, not 0', t => {
  t.deepEqual(quantileFromBins([], 0.99), {
    ok: false,
    error: {what: 'quantile of a histogram', need: 'at least 1 completion', got: 'none'},
  });
  t.false(quantileFromBins([[5, 0]], 0.5).ok);
  t.false(quantileFromBins([[5, 1]], Number.NaN).ok);
  t.false(quantileFromBins([[5, 1]], 99).ok);
  t.false(quantileFromBins([[Number.NaN, 1]], 0.5).ok);
  t.false(quantileFromBins([[5, -1]], 0.5).ok);
  t.false(
    quantileFromBins(
      [
        [5, 1],
        [4, 1],
      ],
      0.5,
    ).ok,
  );
});

test('several quantiles at once are those one by one, in the order they were asked for', t => {
  const bins = histogram(Array.from({length: 1000}, (_, i) => (i * 7919) % 30_000));
  const ps = [0.99, 0, 0.5, 1, 0.999, 0.5];
  const all = quantilesFromBins(bins, ps);
  t.deepEqual(
    all.ok && all.value,
    ps.map(p => {
      const one = quantileFromBins(bins, p);
      return one.ok ? one.value : undefined;
    }),
  );
  t.false(quantilesFromBins(bins, [0.5, 2]).ok);
  t.deepEqual(quantilesFromBins(bins, []), {ok: true, value: []});
});

test('between two bins the binary percentile decides, as in fio: 99.9 is a hair above its decimals, 99 and 30 are not', t => {
  const upTo = (count: number, total: number): Bins => [
    [1, count],
    [2, total - count],
  ];
  const at = (p: number, bins: Bins) => {
    const got = quantileFromBins(bins, p);
    return got.ok && got.value.value;
  };
  // From recordings of 3.33 and 3.36.
  t.is(at(0.999, upTo(12_987, 13_000)), 2);
  t.is(at(0.99, upTo(1485, 1500)), 1);
  t.is(at(0.3, upTo(450, 1500)), 1);
  t.is(at(0.95, upTo(475, 500)), 1);
});

test('a thousand files: the sum is the same in any order and in any groups, and its percentiles are those of the pooled data', t => {
  const values = Array.from({length: 20_000}, (_, i) => Math.round(500 * Math.exp(((i * 7919) % 20_000) / 2500)));
  const files = Array.from({length: 1000}, (_, file) => histogram(values.filter((_, i) => i % 1000 === file)));
  const whole = mergeBins(files);
  t.deepEqual(whole, histogram(values));
  t.deepEqual(mergeBins(files.toReversed()), whole);
  t.deepEqual(mergeBins([mergeBins(files.slice(0, 300)), mergeBins(files.slice(300))]), whole);
  const sum = sumOfBins();
  for (const file of files) sum.add(file);
  t.deepEqual(sum.result(), whole);
  t.is(totalOfBins(whole), values.length);
  const sorted = values.toSorted((a, b) => a - b);
  for (const p of [0.01, 0.1, 0.5, 0.9, 0.95, 0.99, 0.995, 0.9995, 0.9999]) {
    const got = quantileFromBins(whole, p);
    const exact = sorted[Math.ceil(p * sorted.length - 1e-9) - 1];
    if (!got.ok || exact === undefined) return t.fail();
    t.is(got.value.value, fioBin(exact).mid, `p ${p}`);
  }
});

test('half-widths are powers of two below every double', t => {
  fc.assert(
    fc.property(fc.double({min: 128, max: 1e300, noNaN: true}), value => {
      const half = binHalfWidth(value);
      t.true(half * 128 <= value && value < half * 256);
    }),
  );
});

test('counts that are no whole numbers are refused', t => {
  t.false(quantileFromBins([[5, 1.5]], 0.5).ok);
  t.false(quantileFromBins([[5, 2 ** 53]], 0.5).ok);
});
