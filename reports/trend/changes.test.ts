import test from 'ava';
import {random} from '../stats/random.ts';
import {
  againstBaseline,
  type ChangeRules,
  changesIn,
  isWorse,
  leastPoints,
  relative,
  smallestVisible,
  surprise,
} from './changes.ts';

const rules: ChangeRules = {better: 'lower', threshold: 0.05};

/** `count` values around 1 with a small seeded noise, times `level`. */
function around(level: number, count: number, seed = 1): number[] {
  const next = random(seed);
  return Array.from({length: count}, () => level * (1 + (next() - 0.5) * 0.02));
}
const points = (values: readonly number[], again: Readonly<Record<number, readonly number[]>> = {}) =>
  values.map((value, index) => {
    const more = again[index];
    return more === undefined ? {value} : {value, again: more};
  });

test('relative change: from 0 it is infinite, equal is none', t => {
  t.is(relative(0, 0), 0);
  t.is(relative(0, 2), Number.POSITIVE_INFINITY);
  t.is(relative(2, 3), 0.5);
});

test('worse is up where lower is better, and down where higher is', t => {
  t.true(isWorse(1, 1.1, rules));
  t.false(isWorse(1, 0.9, rules));
  t.true(isWorse(1, 0.9, {better: 'higher', threshold: 0.05}));
  t.false(isWorse(1, 1.04, rules), 'below the threshold');
});

test('surprise: Student prediction of one more value, on logarithms', t => {
  // logs of 1, e, 1, e: mean 0.5, s² = 1/3; t of ln(e²) = 1.5/(0.57735·√1.25) = 2.3238 with 3 degrees: p = 0.1027.
  const p = surprise([1, Math.E, 1, Math.E], Math.E ** 2);
  t.true(Math.abs(p - 0.1027) < 2e-4, String(p));
  t.is(surprise([5, 5, 5, 5], 5), 1);
  t.is(surprise([0, 0, 0, 0], 1), 0, 'of nothing but zeros a one is impossible');
});

test('too few points say nothing', t => {
  t.deepEqual(changesIn(points([1, 1, 9, 9]), rules), []);
  t.is(leastPoints, 5);
});

test('a flat series has no change', t => {
  t.deepEqual(changesIn(points(around(1, 40)), rules), []);
});

test('a step that is old is confirmed by its nights, in the right direction', t => {
  const values = [...around(1, 20), ...around(1.2, 20, 2)];
  const [change, ...more] = changesIn(points(values), rules);
  t.is(more.length, 0);
  t.is(change?.index, 20);
  t.is(change?.kind, 'step');
  t.is(change?.state, 'confirmed');
  t.true(change?.worse);
  const [higher] = changesIn(points(values), {better: 'higher', threshold: 0.05});
  t.false(higher?.worse, 'more is better there');
});

test('a threshold of 30 % leaves a step of 20 % alone', t => {
  t.deepEqual(changesIn(points([...around(1, 20), ...around(1.2, 20, 2)]), {better: 'lower', threshold: 0.3}), []);
});

test('a jump of the newest night is suspected, and a re-run confirms or drops it', t => {
  const values = [...around(1, 12), 1.3];
  const of = (again?: readonly number[]) => changesIn(points(values, again === undefined ? {} : {12: again}), rules);
  t.like(of()[0], {index: 12, kind: 'jump', state: 'suspected', worse: true});
  t.like(of([1.29, 1.31, 1.3])[0], {state: 'confirmed'});
  t.like(of([1.0, 1.01, 0.99])[0], {state: 'dropped'});
  t.like(of([0.7, 0.7, 0.7])[0], {state: 'dropped'}, 'the other way is no confirmation');
  t.like(of([1.04, 1.04, 1.04])[0], {state: 'dropped'}, 'nor is less than the threshold');
});

test('a young step stays suspected until a re-run or five more nights', t => {
  const values = [...around(1, 20), ...around(1.2, 3, 2)];
  t.like(changesIn(points(values), rules)[0], {kind: 'step', state: 'suspected'});
  t.like(changesIn(points(values, {22: [1.2, 1.21, 1.19]}), rules)[0], {state: 'confirmed'});
  t.like(changesIn(points(values, {22: [1, 1, 1]}), rules)[0], {state: 'dropped'});
  t.like(changesIn(points(values, {20: [1, 1, 1]}), rules)[0], {state: 'suspected'}, 'a later night is new evidence');
  t.like(changesIn(points([...around(1, 20), ...around(1.2, 6, 2)]), rules)[0], {state: 'confirmed'});
});

test('a confirmed jump stands while the nights after it do, and is over when they go back', t => {
  const again = {12: [1.3, 1.3, 1.3]};
  const bad = [...around(1, 12), 1.3];
  t.like(changesIn(points([...bad, 1.31], again), rules)[0], {state: 'confirmed'});
  t.deepEqual(changesIn(points([...bad, 1.0], again), rules), []);
});

test('a re-run of another night does not confirm a jump that was dropped', t => {
  const values = [...around(1, 12), 1.3, ...around(1, 6, 3), 1.3];
  const found = changesIn(points(values, {12: [1, 1, 1], 19: [1.3, 1.3, 1.3]}), rules);
  t.deepEqual(
    found.map(({index, state}) => [index, state]),
    [[19, 'confirmed']],
  );
});

test('lost writes: from none to one is a change', t => {
  const [change] = changesIn(points([0, 0, 0, 0, 0, 0, 1]), rules);
  t.like(change, {state: 'suspected', worse: true, change: Number.POSITIVE_INFINITY});
});

test('a baseline: slow drift is found, and too few nights are told', t => {
  const baseline = around(1, 14);
  t.is(againstBaseline(baseline, around(1.08, 7, 2), rules).verdict, 'worse');
  t.is(againstBaseline(baseline, around(0.9, 7, 2), rules).verdict, 'better');
  t.is(againstBaseline(baseline, around(1.03, 7, 2), rules).verdict, 'no-difference-shown', 'below the threshold');
  t.is(againstBaseline(baseline, around(1.2, 6, 2), rules).verdict, 'too-few-nights');
});

test('a baseline of one night: every newest night must be beyond', t => {
  t.is(againstBaseline([1], around(1.08, 7), rules).verdict, 'worse');
  t.is(againstBaseline([1], [...around(1.08, 6), 1.01], rules).verdict, 'no-difference-shown');
  t.is(
    againstBaseline([1], [1.2, 1.2, 1.2, 1.2, 1.2, 1.2, 0.8], rules).verdict,
    'no-difference-shown',
    'one on the other side',
  );
});

test('how blind the noise makes one: a change just above it is suspected, one just below is not', t => {
  const next = random(5);
  const wild = Array.from({length: 20}, () => 10 * Math.exp((next() - 0.5) * 0.8));
  const visible = smallestVisible(wild, rules) ?? 0;
  t.true(visible > 0.5, String(visible));
  const centre = Math.exp(wild.reduce((sum, value) => sum + Math.log(value), 0) / wild.length);
  t.is(changesIn(points([...wild, centre * (1 + visible) * 1.01]), rules).length, 1);
  t.is(changesIn(points([...wild, centre * (1 + visible) * 0.99]), rules).length, 0);
  t.is(
    smallestVisible(
      around(1, 20).map(() => 1),
      rules,
    ),
    0.05,
    'never below the threshold',
  );
  t.is(smallestVisible([1, 2, 3], rules), undefined);
});
