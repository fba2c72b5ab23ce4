import test from 'ava';
import {type ExampleCluster, exampleCluster, exampleLoads} from '../../fixtures/kit/capacity.ts';
import {heldBackOf} from './holdout.ts';
import {fitLaw, lawsOf, pointsOf} from './scalability-law.ts';

const quick = {confidence: 0.95, resamples: 60};

function points(change: Partial<ExampleCluster> = {}) {
  return pointsOf(exampleLoads({...exampleCluster, ...change}));
}

test('the law is found again, with intervals around the truth and a peak', t => {
  const fit = fitLaw(points(), quick);
  if (!fit.ok) return t.fail(fit.error.got);
  for (const [name, truth] of [
    ['alpha', 0.12],
    ['beta', 0.0009],
    ['gamma', 420],
  ] as const) {
    const {low, value, high} = fit.value[name];
    t.true(low <= truth && truth <= high && low <= value && value <= high, `${name} ${low}…${high}`);
  }
  t.true(fit.value.peak !== undefined && Math.abs(fit.value.peak.load.value / Math.sqrt(0.88 / 0.0009) - 1) < 0.25);
  t.false(fit.value.peak?.beyondTried);
  t.deepEqual(fitLaw(points(), quick), fit, 'the same seed gives the same numbers');
});

test('without coherency there is no peak, and the law says so', t => {
  const [law] = lawsOf(exampleLoads({...exampleCluster, beta: 0, trialNoise: 0.001, pointNoise: 0.001}), quick);
  if (!law?.fit.ok) return t.fail('no fit');
  t.true(law.fit.value.peak === undefined || law.fit.value.peak.beyondTried);
  t.regex(law.remarks.join(' '), /No peak|beyond the 128/);
});

test('too few points: a sentence says what is needed', t => {
  const few = fitLaw(points({closed: [1, 2], rounds: 2}), quick);
  t.false(few.ok);
  if (!few.ok)
    t.is(`${few.error.need}; ${few.error.got}`, 'at least 6 points at 3 or more loads; 4 at 2 loads from 2 trials');
  const oneTrial = lawsOf(exampleLoads({...exampleCluster, rounds: 1}), quick);
  t.true(oneTrial[0]?.fit.ok);
  t.regex(oneTrial[0]?.remarks[0] ?? '', /One trial/);
});

test('the intervals cover the truth about as often as they say', t => {
  let [alpha, gamma, peak] = [0, 0, 0];
  const runs = 40;
  for (let seed = 1; seed <= runs; seed++) {
    const fit = fitLaw(points({seed: seed * 31, closed: [1, 3, 9, 27, 81]}), {confidence: 0.9, resamples: 60, seed});
    if (!fit.ok) return t.fail(fit.error.got);
    const holds = ({low, high}: {low: number; high: number}, truth: number) => (low <= truth && truth <= high ? 1 : 0);
    alpha += holds(fit.value.alpha, 0.12);
    gamma += holds(fit.value.gamma, 420);
    peak += fit.value.peak ? holds(fit.value.peak.load, Math.sqrt(0.88 / 0.0009)) : 0;
  }
  // 40 draws of 0.9: 36 expected; 30 would be 1 in 100.
  for (const [name, count] of Object.entries({alpha, gamma, peak})) t.true(count >= 31, `${name}: ${count} of ${runs}`);
});

test('held back: data from the law are predicted, a cliff is not', t => {
  const even = {trialNoise: 0.004, pointNoise: 0.003};
  const good = heldBackOf(points(even), quick);
  t.is(good.kind, 'predicted', good.says);
  t.deepEqual(good.fittedTo, [1, 2, 4, 8]);
  t.is(good.rows.length, 4);
  const cliff = heldBackOf(points({...even, cliff: {from: 32, left: 0.45}}), quick);
  t.is(cliff.kind, 'not-predicted', JSON.stringify(cliff.rows));
  t.regex(cliff.says, /from 32 in flight on the cluster did less/);
  t.deepEqual(
    cliff.rows.map(({inside}) => inside),
    [true, false, false, false],
  );
});

test('held back: an interval that holds anything is no test, and few points are none either', t => {
  t.is(heldBackOf(points({pointNoise: 0.4}), quick).kind, 'says-little');
  t.is(heldBackOf(points({closed: [1, 2, 4]}), quick).kind, 'not-testable');
  t.is(heldBackOf(points({closed: [1, 2, 4, 8], rounds: 1}), quick).kind, 'not-testable');
});

test('Kneedle stands beside the fit', t => {
  const [law] = lawsOf(exampleLoads(exampleCluster), quick);
  t.true(
    (law?.knees ?? []).some(knee => knee >= 8 && knee <= 32),
    `${law?.knees}`,
  );
  const [flat] = lawsOf(exampleLoads({...exampleCluster, closed: [1, 2, 4]}), quick);
  t.is(flat?.knees, undefined);
});
