import test from 'ava';
import type {Stat} from '../../harness/parse/answer.ts';
import {clopperPearson} from './clopper-pearson.ts';
import {holm} from './holm.ts';
import {medianInterval, trialsForMedian} from './median.ts';
import {random} from './random.ts';
import {meanRatioInterval, pairedRatio} from './ratio.ts';
import {trialsPerSide} from './sample-size.ts';
import {reliabilityShown, toleranceTrials} from './tolerance.ts';
import {wilcoxonSignedRank} from './wilcoxon.ts';

function got<T>(stat: Stat<T>): T {
  if (!stat.ok) throw new Error(JSON.stringify(stat.error));
  return stat.value;
}
const near = (a: number, b: number, within: number) => Math.abs(a - b) <= within;

test('median: n = 6 is min..max, n = 10 is x2..x9, n = 5 is refused with the number needed', t => {
  const six = got(medianInterval([6, 1, 5, 2, 4, 3]));
  t.deepEqual([six.value, six.low, six.high, six.n], [3.5, 1, 6, 6]);
  const ten = got(medianInterval([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]));
  t.deepEqual([ten.value, ten.low, ten.high], [5.5, 2, 9]);
  t.deepEqual(medianInterval([1, 2, 3, 4, 5]), {
    ok: false,
    error: {what: 'median interval', need: 'at least 6 values at confidence 0.95', got: '5'},
  });
  t.deepEqual([0.9, 0.95, 0.96875, 0.99].map(trialsForMedian), [5, 6, 6, 8]);
  t.false(medianInterval([1, 2, 3, 4, 5, Number.NaN]).ok);
  t.false(medianInterval([1, 2, 3, 4, 5, 6], 95).ok);
  t.false(medianInterval([]).ok);
});

test('median: published ranks (Conover, n = 20 at 95 % are x6 and x15)', t => {
  const twenty = got(medianInterval(Array.from({length: 20}, (_, i) => i + 1)));
  t.deepEqual([twenty.low, twenty.high], [6, 15]);
});

test('median: simulated coverage of a skewed distribution is at least 95 %', t => {
  const next = random(7);
  for (const n of [6, 9, 15]) {
    let covered = 0;
    const rounds = 2000;
    for (let round = 0; round < rounds; round++) {
      const interval = got(medianInterval(Array.from({length: n}, () => -Math.log(1 - next()))));
      if (interval.low <= Math.LN2 && Math.LN2 <= interval.high) covered++;
    }
    t.true(covered / rounds > 0.94, `n ${n}: ${covered / rounds}`);
  }
});

test('paired ratio: the paired t test of METHODS, on logs', t => {
  const before = [2, 1, 3, 4].map(Math.exp);
  const after = [6, 5, 7, 9].map(Math.exp);
  const ratio = got(pairedRatio(before, after));
  t.true(near(ratio.p, 0.00044334, 5e-9), String(ratio.p));
  t.true(near(Math.log(ratio.value), 4.25, 1e-12));
  // 4.25 ± 3.182446 · 0.5 / 2
  t.true(near(Math.log(ratio.low), 3.4543884, 1e-6) && near(Math.log(ratio.high), 5.0456116, 1e-6));
});

test('paired ratio: wrong input is refused with what is needed', t => {
  t.false(pairedRatio([1, 2], [1]).ok);
  t.deepEqual(pairedRatio([1], [2]), {ok: false, error: {what: 'paired ratio', need: 'at least 2 values', got: '1'}});
  t.false(pairedRatio([1, 0], [1, 1]).ok);
  t.false(pairedRatio([1, Number.NaN], [1, 1]).ok);
  t.is(got(pairedRatio([1, 2], [1, 2])).p, 1);
  t.is(got(pairedRatio([1, 2], [2, 4])).p, 0);
});

test('paired ratio: interleaved trials under drift raise 5 % false alarms, trials in blocks far more', t => {
  const next = random(11);
  const noise = () => 1 + 0.05 * (next() + next() + next() + next() - 2);
  let interleaved = 0;
  let blocked = 0;
  const rounds = 1500;
  for (let round = 0; round < rounds; round++) {
    const slot = (i: number) => 100 * (1 + 0.01 * i) * noise();
    const run = Array.from({length: 12}, (_, i) => slot(i));
    const pick = (indices: readonly number[]) => indices.map(i => run[i] ?? Number.NaN);
    if (got(pairedRatio(pick([0, 3, 4, 7, 8, 11]), pick([1, 2, 5, 6, 9, 10]))).p < 0.05) interleaved++;
    if (got(pairedRatio(pick([0, 1, 2, 3, 4, 5]), pick([6, 7, 8, 9, 10, 11]))).p < 0.05) blocked++;
  }
  t.true(interleaved / rounds < 0.07, String(interleaved / rounds));
  t.true(blocked / rounds > 0.3, String(blocked / rounds));
});

test('mean ratio: geometric mean, simulated coverage 95 %', t => {
  t.true(near(got(meanRatioInterval([2, 8])).value, 4, 1e-12));
  t.false(meanRatioInterval([1, -1]).ok);
  const next = random(3);
  let covered = 0;
  for (let round = 0; round < 2000; round++) {
    const values = Array.from({length: 5}, () => Math.exp(next() + next() + next() + next() - 2));
    const interval = got(meanRatioInterval(values));
    if (interval.low <= 1 && 1 <= interval.high) covered++;
  }
  t.true(covered / 2000 > 0.935 && covered / 2000 < 0.97, String(covered / 2000));
});

test('Clopper–Pearson: 7 of 50, the ends, and bad counts', t => {
  const seven = got(clopperPearson(7, 50));
  t.is(seven.low.toFixed(11), '0.05819170034');
  t.is(seven.high.toFixed(11), '0.26739600250');
  t.is(got(clopperPearson(0, 10)).low, 0);
  // The textbook's zero of ten: 1 − .025^(1/10).
  t.true(near(got(clopperPearson(0, 10)).high, 0.30849710781876, 1e-12));
  t.true(near(got(clopperPearson(59, 59, 0.95, true)).low, 0.05 ** (1 / 59), 1e-12));
  for (const [k, n] of [
    [1.5, 3],
    [4, 3],
    [-1, 3],
    [0, 0],
    [Number.NaN, 3],
  ] as const) {
    t.false(clopperPearson(k, n).ok);
  }
});

test('Clopper–Pearson: covers at least 95 %, exactly summed', t => {
  for (const [n, p] of [
    [10, 0.9],
    [30, 0.5],
    [59, 0.97],
  ] as const) {
    let covered = 0;
    let mass = (1 - p) ** n;
    for (let k = 0; k <= n; k++) {
      const interval = got(clopperPearson(k, n));
      if (interval.low <= p && p <= interval.high) covered += mass;
      mass *= ((n - k) / (k + 1)) * (p / (1 - p));
    }
    t.true(covered >= 0.95, `${n} ${p}: ${covered}`);
  }
});

test('trials without failure: 59 show 95 %, 299 show 99 %, ten only 74.1 %', t => {
  t.is(got(toleranceTrials(0.95)), 59);
  t.is(got(toleranceTrials(0.99)), 299);
  t.is(got(toleranceTrials(0.9)), 29);
  t.is(got(toleranceTrials(0.5, 0.75)), 2);
  t.is(got(reliabilityShown(10)).toFixed(3), '0.741');
  t.false(toleranceTrials(1).ok);
  t.false(toleranceTrials(0.95, Number.NaN).ok);
  t.is(got(reliabilityShown(0)), 0);
});

test('sample size: 15.7·(CV/δ)²', t => {
  t.is(got(trialsPerSide(0.1, 0.1)), 16);
  t.is(got(trialsPerSide(0.05, 0.03)), 44);
  t.is(got(trialsPerSide(0, 0.03)), 2);
  t.false(trialsPerSide(0.1, 0).ok);
  t.false(trialsPerSide(Number.NaN, 0.1).ok);
});

test('Wilcoxon: published examples', t => {
  // Hollander & Wolfe, depression scores, as in R's wilcox.test: V = 40, one-sided p = .01953, so two-sided .03906.
  const first = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
  const second = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
  const depression = got(wilcoxonSignedRank(second, first));
  t.is(depression.w, 40);
  t.true(near(depression.p, 0.0390625, 1e-12));
  // SciPy's own example (Darwin's maize, ranks without zeros): statistic 24, p = 0.041259765625.
  const maize = [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75];
  const darwin = got(
    wilcoxonSignedRank(
      maize.map(() => 0),
      maize,
    ),
  );
  t.true(near(darwin.p, 0.041259765625, 1e-12));
  // Smallest reachable p: 2 / 2ⁿ.
  t.is(got(wilcoxonSignedRank([1, 2, 3, 4, 5, 6], [2, 4, 6, 8, 10, 12])).p, 2 / 64);
});

test('Wilcoxon: ties, zeros, the normal form, refusals', t => {
  t.is(got(wilcoxonSignedRank([1, 1], [1, 1])).p, 1);
  t.is(got(wilcoxonSignedRank([0, 0, 0], [1, 1, 0])).n, 2);
  const long = Array.from({length: 60}, (_, i) => i + 1);
  const exactish = got(
    wilcoxonSignedRank(
      long.map(() => 0),
      long.map(i => (i % 3 === 0 ? -i : i)),
    ),
  );
  t.is(exactish.method, 'normal with tie and continuity correction');
  t.true(exactish.p > 0 && exactish.p < 0.05);
  t.false(wilcoxonSignedRank([1], []).ok);
  t.false(wilcoxonSignedRank([], []).ok);
  t.false(wilcoxonSignedRank([Number.NaN], [1]).ok);
});

test('Holm: the textbook adjustment, in the order given', t => {
  const adjusted = got(holm([0.01, 0.04, 0.03, 0.005]));
  adjusted.forEach((p, i) => {
    t.true(near(p, [0.03, 0.06, 0.06, 0.02][i] ?? Number.NaN, 1e-12));
  });
  t.deepEqual(got(holm([])), []);
  t.deepEqual(got(holm([0.9, 0.8])), [1, 1]);
  t.false(holm([Number.NaN]).ok);
  t.false(holm([1.2]).ok);
});

test('Clopper–Pearson: at any confidence k = n and k = 0 are their closed forms, and dependent trials widen it', t => {
  for (const confidence of [0.5, 0.95, 0.999999, 1 - 1e-9, 1 - 1e-12]) {
    for (const n of [1, 6, 59, 100_000, 1_000_000]) {
      const all = got(clopperPearson(n, n, confidence, true)).low;
      const want = (1 - confidence) ** (1 / n);
      t.true(Math.abs(all / want - 1) < 1e-10, `${n} at ${confidence}: ${all}, want ${want}`);
      const none = got(clopperPearson(0, n, confidence)).high;
      const most = -Math.expm1(Math.log((1 - confidence) / 2) / n);
      t.true(Math.abs(none / most - 1) < 1e-9, `0 of ${n} at ${confidence}: ${none}, want ${most}`);
    }
  }
  const few = got(clopperPearson(59, 59, 0.95, true, 10));
  t.true(Math.abs(few.low - 0.05 ** (1 / 10)) < 1e-12 && few.value === 1);
  t.false(clopperPearson(5, 6, 0.95, false, 7).ok);
  t.false(clopperPearson(5, 6, 0.95, false, 0).ok);
});
