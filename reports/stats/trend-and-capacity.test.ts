import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import type {Stat} from '../../harness/parse/answer.ts';
import {changePoints} from './change-points.ts';
import {kneedle} from './kneedle.ts';
import {random} from './random.ts';
import {fitUsl, uslThroughput} from './usl.ts';

function got<T>(stat: Stat<T>): T {
  if (!stat.ok) throw new Error(JSON.stringify(stat.error));
  return stat.value;
}
const near = (a: number | undefined, b: number, within: number) => a !== undefined && Math.abs(a - b) <= within;

const threeLevels = [0.3, 2.4, 1.5, -0.9, -0.5, 99.7, 98.3, 99.1, 149, 149.7, 149.5, 149.1, 148.8, 150];
const halved = [
  1.02, 0.95, 0.99, 1, 1.12, 1, 1.01, 0.98, 1.01, 0.96, 0.5, 0.51, 0.48, 0.48, 0.55, 0.5, 0.49, 0.51, 0.5, 0.49,
];

test('change points: the published vectors of E-divisive and of Otava, both ways of computing', t => {
  for (const compat of [false, true]) {
    const indices = (values: readonly number[], options = {}) =>
      got(changePoints(values, {compat, ...options})).map(({index}) => index);
    t.deepEqual(indices(threeLevels), [5, 8]);
    t.deepEqual(indices(halved, {window: 10, p: 0.0001}), [10]);
    // Otava's own test goes on.
    const longer = [...halved, 0.47, 0.48, 0.45, 0.01, 0.1, 0.22];
    t.deepEqual(indices(longer, {p: 0.0001}), [10, 23]);
    // In windows of 5 a pair of points is too few for us, but not for Otava.
    t.deepEqual(indices(longer, {window: 5, p: 0.0001}), compat ? [10, 23] : [10]);
  }
});

test("change points: Otava's series from TigerBeetle, with its choice of what to compute anew", t => {
  const file = join(import.meta.dirname, '../../fixtures/otava/tigerbeetle.json');
  const {values, window, p, change} = JSON.parse(readFileSync(file, 'utf8'));
  const indices = (compat: boolean) => got(changePoints(values, {window, p, change, compat})).map(({index}) => index);
  // otava/tests/tigerbeetle_test.py, test_tb_magnitude0_p001.
  const published = [15, 61, 71, 95, 117, 131, 142, 148, 192, 212, 260];
  t.deepEqual(indices(true), published);
  t.notDeepEqual(indices(false), published, 'ours computes both neighbours anew');
});

test('change points: nights that follow each other are no change, a step among them is one', t => {
  const next = random(3);
  const normal = () => Array.from({length: 12}, next).reduce((a, b) => a + b, -6);
  const nights = (rho: number, step: number) => {
    let own = normal();
    return Array.from({length: 120}, (_, i) => {
      own = rho * own + Math.sqrt(1 - rho ** 2) * normal();
      return 100 * (i < 70 ? 1 : 1 + step) * (1 + 0.05 * own);
    });
  };
  const share = (rho: number, compat: boolean) =>
    Array.from({length: 40}, () => got(changePoints(nights(rho, 0), {compat})).length > 0).filter(Boolean).length / 40;
  t.true(share(0.6, true) > 0.5, 'as if they were independent');
  t.true(share(0.6, false) <= 0.1);
  const [step] = got(changePoints(nights(0.6, 0.4)));
  t.true(step !== undefined && Math.abs(step.index - 70) <= 3 && (step.autocorrelation ?? 0) > 0.3);
});

test('change points: what changed, and the newest are only suspected', t => {
  const [point] = got(changePoints(halved));
  t.true(near(point?.before, 1.004, 1e-9) && near(point?.after, 0.501, 1e-9) && near(point?.change, -0.501, 1e-3));
  t.is(point?.suspected, false);
  const late = got(changePoints([...Array.from({length: 20}, (_, i) => 100 + (i % 3)), 150, 151, 152]));
  t.deepEqual(
    late.map(({index, suspected}) => [index, suspected]),
    [[20, true]],
  );
});

test('change points: below 5 % is none, a flat series has none, a step without noise is found', t => {
  const small = Array.from({length: 60}, (_, i) => (i < 30 ? 100 : 103) + (i % 2) / 10);
  t.deepEqual(got(changePoints(small)), []);
  t.is(got(changePoints(small, {change: 0.01})).length, 1);
  t.deepEqual(got(changePoints(new Array<number>(40).fill(7))), []);
  t.is(got(changePoints([...new Array<number>(20).fill(7), ...new Array<number>(20).fill(8)]))[0]?.index, 20);
});

test('change points: one outlier is no change', t => {
  const one = Array.from({length: 40}, (_, i) => 100 + (i % 5));
  t.deepEqual(got(changePoints(one.with(20, 300))), []);
});

test('change points: quiet series stay quiet, planted regressions are found', t => {
  const next = random(41);
  const noisy = (centre: number) => centre * (1 + 0.08 * (next() + next() + next() + next() - 2));
  let alarms = 0;
  let found = 0;
  for (let round = 0; round < 60; round++) {
    if (got(changePoints(Array.from({length: 120}, () => noisy(100)))).length > 0) alarms++;
    const planted = got(changePoints(Array.from({length: 120}, (_, i) => noisy(i < 70 ? 100 : 85))));
    if (planted.length === 1 && near(planted[0]?.index, 70, 3)) found++;
  }
  t.true(alarms <= 3, `${alarms} alarms`);
  t.true(found >= 54, `${found} found`);
});

test('change points: refusals', t => {
  t.false(changePoints([1, 2, 3]).ok);
  t.false(changePoints([1, 2, 3, Number.NaN]).ok);
  t.false(changePoints([1, 2, 3, 4], {window: 3}).ok);
  t.false(changePoints([1, 2, 3, 4], {p: 0}).ok);
});

test('USL: specsdm91 as the R package usl fits it', t => {
  const fit = got(
    fitUsl([
      [1, 64.9],
      [18, 995.9],
      [36, 1652.4],
      [72, 1853.2],
      [108, 1828.9],
      [144, 1775],
      [216, 1702.2],
    ]),
  );
  t.true(
    near(fit.alpha, 0.0277285, 5e-7) && near(fit.beta, 0.0001044, 5e-7) && near(fit.gamma, 89.995233, 5e-5),
    JSON.stringify(fit),
  );
  t.true(near(fit.peak?.load, 96.52, 0.01));
});

const loads = [1, 2, 4, 8, 16, 32, 64];
const curve = (law: {alpha: number; beta: number; gamma: number}) =>
  loads.map(load => [load, uslThroughput(law, load)] as const);

test('USL: known laws come back, from noise too; no coherency has no peak', t => {
  const exact = got(fitUsl(curve({alpha: 0.05, beta: 0.002, gamma: 1000})));
  t.true(near(exact.alpha, 0.05, 1e-8) && near(exact.beta, 0.002, 1e-9) && near(exact.gamma, 1000, 1e-4));
  t.true(near(exact.rSquared, 1, 1e-12));
  for (const law of [
    {alpha: 0.1, beta: 0, gamma: 5},
    {alpha: 0, beta: 0, gamma: 5},
  ]) {
    const fit = got(fitUsl(curve(law)));
    t.is(fit.peak, undefined, JSON.stringify(fit));
    t.true(near(fit.alpha, law.alpha, 1e-6));
  }
  const next = random(8);
  const noisy = curve({alpha: 0.05, beta: 0.002, gamma: 1000}).map(
    ([load, x]) => [load, x * (0.98 + 0.04 * next())] as const,
  );
  t.true(near(got(fitUsl(noisy)).peak?.load, Math.sqrt(0.95 / 0.002), 4));
  // Better than linear cannot be told by this law: the bounds hold.
  const above = got(fitUsl(loads.map(load => [load, load ** 1.2] as const)));
  t.true(above.alpha === 0 && above.beta === 0);
});

test('USL: refusals', t => {
  t.false(fitUsl(curve({alpha: 0, beta: 0, gamma: 1}).slice(0, 5)).ok);
  t.false(fitUsl([...curve({alpha: 0, beta: 0, gamma: 1}).slice(1), [0, 1]]).ok);
  t.false(fitUsl(Array.from({length: 6}, () => [2, 5] as const)).ok);
  t.false(fitUsl([...curve({alpha: 0, beta: 0, gamma: 1}), [100, Number.NaN]]).ok);
});

test('Kneedle: figure 2 of its paper, in all four shapes', t => {
  const xs = Array.from({length: 10}, (_, i) => i / 9);
  const ys = xs.map(x => -1 / (x + 0.1) + 5);
  t.deepEqual(got(kneedle(xs, ys, {curve: 'concave', direction: 'increasing'})), [2]);
  t.deepEqual(got(kneedle(xs, ys.toReversed(), {curve: 'concave', direction: 'decreasing'})), [7]);
  t.deepEqual(
    got(
      kneedle(
        xs,
        ys.map(y => -y),
        {curve: 'convex', direction: 'decreasing'},
      ),
    ),
    [2],
  );
  t.deepEqual(
    got(
      kneedle(
        xs,
        ys.toReversed().map(y => -y),
        {curve: 'convex', direction: 'increasing'},
      ),
    ),
    [7],
  );
});

test('Kneedle: a hockey stick of latency bends where it bends; a straight line nowhere; refusals', t => {
  const xs = Array.from({length: 11}, (_, i) => i);
  const ys = xs.map(x => (x <= 7 ? 1 : 1 + 10 * (x - 7)));
  t.deepEqual(got(kneedle(xs, ys, {curve: 'convex', direction: 'increasing'})), [7]);
  t.deepEqual(got(kneedle(xs, xs, {curve: 'concave', direction: 'increasing'})), []);
  const shape = {curve: 'concave', direction: 'increasing'} as const;
  t.false(kneedle([1, 2, 3], [1, 2, 3], shape).ok);
  t.false(kneedle([1, 2, 2, 3], [1, 2, 3, 4], shape).ok);
  t.false(
    kneedle(
      xs,
      xs.map(() => 1),
      shape,
    ).ok,
  );
  t.false(kneedle(xs, [1], shape).ok);
});
