import test from 'ava';
import type {Stat} from '../../harness/parse/answer.ts';
import {steadyState} from '../../harness/parse/steady-state.ts';
import {ecdf} from './ecdf.ts';
import {erlangC} from './erlang.ts';
import {hodgesLehmann, hodgesLehmannPaired} from './hodges-lehmann.ts';
import {kOfN} from './k-of-n.ts';
import {kaplanMeier} from './kaplan-meier.ts';
import {lostSeconds} from './lost-seconds.ts';
import {mannWhitney} from './mann-whitney.ts';
import {mtbfLowerBound} from './mtbf.ts';
import {outliers} from './outliers.ts';
import {pooledMoments} from './pooled.ts';
import {random} from './random.ts';
import {sprt} from './sprt.ts';
import {unpairedRatio, welch} from './welch.ts';
import {wilcoxonSignedRank} from './wilcoxon.ts';

function got<T>(stat: Stat<T>): T {
  if (!stat.ok) throw new Error(JSON.stringify(stat.error));
  return stat.value;
}
const near = (a: number | undefined, b: number, within: number) => a !== undefined && Math.abs(a - b) <= within;

test('Welch: METHODS, SciPy, and refusals', t => {
  const one = got(welch([2, 1, 3, 4], [6, 5, 7, 9]));
  t.true(near(one.t, -3.97034462, 5e-9) && near(one.freedom, 5.58461538, 5e-9) && near(one.p, 0.00851286, 5e-9));
  const two = got(welch([20.4, 24.2, 15.4, 21.4, 20.2, 18.5, 21.5], [20.2, 16.9, 18.5, 17.3, 20.5]));
  t.true(near(two.p, 0.2508100698322372, 1e-12) && near(two.freedom, 9.817212165733288, 1e-11));
  t.true(near(two.low, -1.285836017492183, 1e-10) && near(two.high, 4.3829788746350395, 1e-10));
  t.false(welch([1], [1, 2]).ok);
  t.false(welch([1, 1], [1, 1]).ok);
  t.false(welch([1, Number.NaN], [1, 2]).ok);
  const ratio = got(unpairedRatio([2, 4], [4, 8, 5.656854249492381]));
  t.true(near(ratio.value, 2, 1e-12) && ratio.low < 2 && ratio.high > 2 && ratio.n === 5);
  t.false(unpairedRatio([0, 1], [1, 2]).ok);
});

test('Welch: 5 % false alarms although the variances differ', t => {
  const next = random(17);
  const normalish = (spread: number) => spread * (next() + next() + next() + next() + next() + next() - 3);
  let alarms = 0;
  for (let round = 0; round < 3000; round++) {
    const first = Array.from({length: 5}, () => normalish(1));
    const second = Array.from({length: 12}, () => normalish(4));
    if (got(welch(first, second)).p < 0.05) alarms++;
  }
  t.true(near(alarms / 3000, 0.05, 0.015), String(alarms / 3000));
});

test('Mann–Whitney: METHODS, published examples, ties, the normal form', t => {
  const one = got(mannWhitney([2, 1, 3, 5], [12, 11, 13, 15]));
  t.is(one.u, 0);
  t.true(near(one.p, 0.0285714, 5e-8));
  const smallest = [3, 4, 5, 6].map(n => {
    const low = Array.from({length: n}, (_, i) => i);
    return got(
      mannWhitney(
        low,
        low.map(value => value + 100),
      ),
    ).p;
  });
  [0.1, 0.0285714, 0.0079365, 0.0021645].forEach((p, i) => {
    t.true(near(smallest[i], p, 5e-8));
  });
  // SciPy's documentation: U = 17, p = 0.1111.
  const diabetes = got(mannWhitney([19, 22, 16, 29, 24], [20, 11, 17, 12]));
  t.true(diabetes.u === 17 && near(diabetes.p, 0.1111111111111111, 1e-12));
  // Hollander & Wolfe, permeability, as in R's wilcox.test: W = 35, one-sided p = .1272.
  const permeability = got(
    mannWhitney([0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46], [1.15, 0.88, 0.9, 0.74, 1.21]),
  );
  t.true(permeability.u === 35 && near(permeability.p, 0.2544, 5e-5));
  // Ties, exactly: of the 6 ways to choose 2 of ranks {1, 2.5, 2.5, 4}, one is as low as 1 + 2.5 twice over.
  const tied = got(mannWhitney([1, 2], [2, 3]));
  t.true(tied.u === 0.5 && tied.method === 'exact' && near(tied.p, (2 * 2) / 6, 1e-12));
  t.is(got(mannWhitney([1, 1, 1], [1, 1])).p, 1);
  t.is(got(mannWhitney(new Array(60).fill(1), new Array(60).fill(1))).p, 1);
  const beyond = Array.from({length: 51}, (_, i) => i);
  t.is(
    got(
      mannWhitney(
        beyond,
        beyond.map(i => i + 0.5),
      ),
    ).method,
    'normal with tie and continuity correction',
  );
  t.false(mannWhitney([], [1]).ok);
  t.false(mannWhitney([1], [Number.POSITIVE_INFINITY]).ok);
});

test('Mann–Whitney: exact and normal agree at 50 a side', t => {
  const next = random(2);
  const first = Array.from({length: 50}, () => next());
  const second = Array.from({length: 50}, () => next() + 0.1);
  const exact = got(mannWhitney(first, second));
  const normal = got(mannWhitney([...first, -1], [...second, 2]));
  t.is(exact.method, 'exact');
  t.true(near(exact.p, normal.p, 0.03), `${exact.p} ${normal.p}`);
});

test('Hodges–Lehmann: the permeability example, refusal, coverage', t => {
  const shift = got(
    hodgesLehmann([1.15, 0.88, 0.9, 0.74, 1.21], [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]),
  );
  t.true(near(shift.value, 0.305, 1e-9) && near(shift.low, -0.15, 1e-9) && near(shift.high, 0.76, 1e-9));
  t.false(hodgesLehmann([1, 2, 3], [1, 2, 3]).ok);
  t.true(hodgesLehmann([1, 2, 3, 4], [1, 2, 3, 4]).ok);
  const next = random(23);
  let covered = 0;
  for (let round = 0; round < 600; round++) {
    const first = Array.from({length: 7}, () => -Math.log(1 - next()));
    const second = Array.from({length: 7}, () => 0.5 - Math.log(1 - next()));
    const interval = got(hodgesLehmann(first, second));
    if (interval.low <= 0.5 && 0.5 <= interval.high) covered++;
  }
  t.true(covered / 600 > 0.93, String(covered / 600));
});

test('Hodges–Lehmann of pairs: the depression example, refusal, one answer with the signed ranks', t => {
  // Hollander & Wolfe 1973, table 3.1 and example 3.3: −0.46, and −0.786 … −0.010 at 96.1 %.
  const before = [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3];
  const after = [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29];
  const centre = got(hodgesLehmannPaired(after.map((value, index) => value - (before[index] ?? 0))));
  t.true(near(centre.value, -0.46, 1e-9) && near(centre.low, -0.786, 1e-9) && near(centre.high, -0.01, 1e-9));
  t.false(hodgesLehmannPaired([1, 2, 3, 4, 5]).ok);
  t.true(hodgesLehmannPaired([1, 2, 3, 4, 5, 6]).ok);
  const next = random(29);
  const shifted = (values: readonly number[], by: number) =>
    got(
      wilcoxonSignedRank(
        Array.from(values, () => by),
        values,
      ),
    ).p;
  for (let round = 0; round < 60; round++) {
    const values = Array.from({length: round % 2 === 0 ? 11 : 40}, () => next() + next());
    const {low, high} = got(hodgesLehmannPaired(values));
    t.true(shifted(values, low - 1e-9) < 0.05 && shifted(values, high + 1e-9) < 0.05);
    t.true(shifted(values, low + 1e-9) >= 0.05 && shifted(values, high - 1e-9) >= 0.05);
  }
  const beyond = got(hodgesLehmannPaired(Array.from({length: 51}, (_, index) => index)));
  const exact = got(hodgesLehmannPaired(Array.from({length: 50}, (_, index) => index)));
  t.true(near(beyond.low - 25, exact.low - 24.5, 0.5), 'normal beyond 50 pairs goes on where the exact one ends');
});

const plan = {p0: 0.01, p1: 0.1, alpha: 0.05, beta: 0.1};

test('SPRT: METHODS, the NIST table, refusals', t => {
  const one = got(sprt(plan, 0, 1));
  t.true(near(one.h1, 0.93886, 5e-6) && near(one.h2, 1.20538, 5e-6) && near(one.slope, 0.0397474, 5e-8));
  // NIST 6.2.3.4: accept 0 of 24 and not before; reject 2 at n = 2 … 20, 3 from 21 on.
  t.is(got(sprt(plan, 0, 23)).decision, 'go on');
  t.is(got(sprt(plan, 0, 24)).decision, 'accept');
  t.is(got(sprt(plan, 2, 19)).decision, 'reject');
  t.is(got(sprt(plan, 2, 21)).decision, 'go on');
  t.is(got(sprt(plan, 3, 21)).decision, 'reject');
  t.false(sprt({...plan, p0: 0.2}, 0, 1).ok);
  t.false(sprt({...plan, alpha: 0}, 0, 1).ok);
  t.false(sprt(plan, 2, 1).ok);
});

test('SPRT: errs no more often than asked', t => {
  const next = random(31);
  const rejects = (rate: number) => {
    let rejected = 0;
    for (let run = 0; run < 600; run++) {
      let failures = 0;
      for (let trials = 1; trials < 1000; trials++) {
        if (next() < rate) failures++;
        const {decision} = got(sprt(plan, failures, trials));
        if (decision === 'reject') rejected++;
        if (decision !== 'go on') break;
      }
    }
    return rejected / 600;
  };
  t.true(rejects(plan.p0) < 0.07);
  t.true(rejects(plan.p1) > 0.87);
});

test('Kaplan–Meier: METHODS and the 6-MP trial of Freireich', t => {
  const waits = [
    ...[9, 19, 32, 34].map(time => ({time, ended: true})),
    ...[48, 50].map(time => ({time, ended: false})),
  ];
  const one = got(kaplanMeier(waits));
  t.deepEqual(
    one.steps.map(({survival}) => survival.toFixed(3)),
    ['0.833', '0.667', '0.500', '0.333'],
  );
  t.is(one.median.value, 32);
  t.is(one.median.high, undefined);
  const drug = [6, 6, 6, 7, 10, 13, 16, 22, 23].map(time => ({time, ended: true}));
  const censored = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(time => ({time, ended: false}));
  const freireich = got(kaplanMeier([...drug, ...censored]));
  t.deepEqual(
    freireich.steps.map(({survival}) => survival.toFixed(3)),
    ['0.857', '0.807', '0.753', '0.690', '0.627', '0.538', '0.448'],
  );
  const last = freireich.steps.at(-1);
  t.is(freireich.median.value, 23);
  t.true(near(last?.low, 0.188, 5e-4) && near(last?.high, 0.68, 5e-4));
  t.true(near(freireich.steps[0]?.low, 0.62, 5e-4) && near(freireich.steps[0]?.high, 0.952, 5e-4));
});

test('Kaplan–Meier: a median beyond the longest wait is absent; all ended; refusals', t => {
  const mostlyLost = got(kaplanMeier([{time: 5, ended: true}, ...[60, 60, 60].map(time => ({time, ended: false}))]));
  t.deepEqual(mostlyLost.median, {low: 5});
  t.is(mostlyLost.longest, 60);
  const all = got(kaplanMeier([1, 2, 3, 4].map(time => ({time, ended: true}))));
  t.is(all.steps.at(-1)?.survival, 0);
  t.is(all.median.value, 2);
  t.false(kaplanMeier([]).ok);
  t.false(kaplanMeier([{time: Number.NaN, ended: true}]).ok);
});

test('steady state: METHODS, equality, the first window, at most 25 rounds', t => {
  t.true(got(steadyState([33500, 34000, 33800, 33200, 33600])).steady);
  const rising = got(steadyState([100, 103, 106, 109, 112]));
  t.true(!rising.steady && near(rising.excursion, 12, 1e-9) && near(0.1 * rising.mean, 10.6, 1e-9));
  const jumping = got(steadyState([100, 115, 90, 112, 98]));
  t.true(!jumping.steady && near(jumping.range, 25, 1e-9) && near(0.2 * jumping.mean, 20.6, 1e-9));
  // Equality: range 20 of mean 100, no slope; excursion 10 of mean 100.
  t.true(got(steadyState([90, 110, 100, 110, 90])).steady);
  t.true(got(steadyState([95, 97.5, 100, 102.5, 105])).steady);
  const late = got(steadyState([10, 50, 90, 100, 100, 100, 100, 100, 100]));
  t.true(late.steady && late.round === 7);
  const endless = Array.from({length: 40}, (_, i) => (i < 30 ? 2 ** i : 1));
  t.deepEqual([got(steadyState(endless)).steady, got(steadyState(endless)).round], [false, 25]);
  t.false(steadyState([1, 2, 3, 4]).ok);
  t.false(steadyState([1, 2, 3, 4, Number.NaN]).ok);
  // Nothing was done: that is no steady state, nor is a rate below 0 one.
  t.false(got(steadyState([0, 0, 0, 0, 0])).steady);
  t.deepEqual(got(steadyState([0, 0, 0, 0, 0, 7, 7, 7, 7, 7])), {
    steady: true,
    round: 10,
    mean: 7,
    range: 0,
    excursion: 0,
  });
  t.true(got(steadyState([5, 5, 5, 5, 5])).steady);
  t.false(steadyState([-5, -5, -5, -5, -5]).ok);
});

test('ecdf: steps at distinct values, DKW band', t => {
  const steps = got(ecdf([3, 1, 3, 2]));
  t.deepEqual(
    steps.map(({value, share}) => [value, share]),
    [
      [1, 0.25],
      [2, 0.5],
      [3, 1],
    ],
  );
  // Massart: n = 100 at 95 % gives ± 0.1358.
  const hundred = got(ecdf(Array.from({length: 100}, (_, i) => i)));
  t.true(near((hundred[50]?.high ?? 0) - (hundred[50]?.share ?? 0), 0.1358, 5e-5));
  t.false(ecdf([]).ok);
});

test('lost seconds: arithmetic, gaps, missing values', t => {
  const one = got(lostSeconds([100, 100, 102], [100, 96, 50, 0, null, 100, 94], 2));
  t.true(near(one.lostSeconds, 2 * (0.5 + 1 + 0.06), 1e-12));
  t.is(one.worstGapSeconds, 6);
  t.is(one.missingSeconds, 2);
  t.is(got(lostSeconds([100], [95, 120], 1)).lostSeconds, 0);
  t.false(lostSeconds([], [1], 1).ok);
  t.false(lostSeconds([0], [1], 1).ok);
  t.false(lostSeconds([1], [], 1).ok);
  t.false(lostSeconds([1], [Number.NaN], 1).ok);
  t.false(lostSeconds([1], [1], 0).ok);
});

test('outliers: flagged beyond ten deviations, never near ones', t => {
  t.deepEqual(got(outliers([10, 11, 9, 10, 12, 8, 100])), [6]);
  t.deepEqual(got(outliers([10, 11, 9, 10, 12, 8, 20])), []);
  t.deepEqual(got(outliers([5, 5, 5, 5, 6])), [4]);
  t.deepEqual(got(outliers([5, 5, 5])), []);
  t.false(outliers([1, 2]).ok);
  const next = random(9);
  const normalish = Array.from({length: 2000}, () => next() + next() + next() + next() + next() + next());
  t.deepEqual(got(outliers(normalish)), []);
});

test('MTBF: NIST 8.4.5.1 (800 h, 2 failures: 127 h), none seen, refusals', t => {
  t.true(near(got(mtbfLowerBound(800, 2)), 127, 0.1));
  t.true(near(got(mtbfLowerBound(1000, 0)), 1000 / -Math.log(0.05), 1e-9));
  t.false(mtbfLowerBound(0, 1).ok);
  t.false(mtbfLowerBound(1, 0.5).ok);
  t.false(mtbfLowerBound(1, 0, 1).ok);
});

test('k of n: METHODS and the ends', t => {
  t.true(near(got(kOfN(2, 3, 0.99)), 0.999702, 1e-12));
  // A 2-of-4 system of parts at .9, from the textbook sum.
  t.true(near(got(kOfN(2, 4, 0.9)), 0.9963, 1e-12));
  t.is(got(kOfN(0, 3, 0.5)), 1);
  t.true(near(got(kOfN(3, 3, 0.9)), 0.729, 1e-12));
  t.false(kOfN(4, 3, 0.9).ok);
  t.false(kOfN(1, 3, 1.1).ok);
});

test('Erlang C: 10 erlang on 14 servers, one server is its load, overload waits always', t => {
  t.true(near(got(erlangC(14, 10)), 0.174, 5e-4));
  t.true(near(got(erlangC(1, 0.7)), 0.7, 1e-12));
  t.is(got(erlangC(3, 3)), 1);
  t.is(got(erlangC(3, 0)), 0);
  t.false(erlangC(0, 1).ok);
  t.false(erlangC(2, Number.NaN).ok);
});

test('pooled deviation equals that of the data thrown together', t => {
  const groups = [[1, 2, 3, 4], [10, 12], [7]];
  const moments = groups.map(values => {
    const mean = values.reduce((a, b) => a + b, 0) / values.length;
    const squares = values.reduce((a, b) => a + (b - mean) ** 2, 0);
    return {n: values.length, mean, deviation: values.length > 1 ? Math.sqrt(squares / (values.length - 1)) : 0};
  });
  const all = groups.flat();
  const mean = all.reduce((a, b) => a + b, 0) / all.length;
  const deviation = Math.sqrt(all.reduce((a, b) => a + (b - mean) ** 2, 0) / (all.length - 1));
  const pooled = got(pooledMoments(moments));
  t.true(near(pooled.mean, mean, 1e-12) && near(pooled.deviation, deviation, 1e-12) && pooled.n === 7);
  t.false(pooledMoments([]).ok);
  t.false(pooledMoments([{n: 2, mean: Number.NaN, deviation: 1}]).ok);
});
