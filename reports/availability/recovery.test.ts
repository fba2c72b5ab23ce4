import test from 'ava';
import {recovery} from '../../fixtures/kit/availability.ts';
import {clopperPearson} from '../stats/clopper-pearson.ts';
import {
  drawSpread,
  gamma,
  lognormalOf,
  meanOf,
  parseDuration,
  parseRate,
  type Spread,
  yearSeconds,
} from './quantities.ts';
import {asMeasured, drawOutage, meanSilence, recoveryOf} from './recovery.ts';
import {stream} from './stream.ts';

for (const [text, expected] of [
  ['4 h', 14_400],
  ['30 min', 1800],
  ['1 day', 86_400],
  ['2 days', 172_800],
  ['1.5 s', 1.5],
  ['250 ms', 0.25],
  ['3 months', yearSeconds / 4],
  ['4', undefined],
  ['0 s', undefined],
  ['-1 h', undefined],
  ['4 parsecs', undefined],
  ['500 years', undefined],
] as const) {
  test(`duration ${text}`, t => {
    const read = parseDuration(text);
    t.is(read.ok ? read.value : undefined, expected);
  });
}

for (const [text, expected] of [
  ['1 per 3 years', 1 / 3],
  ['0.5 per year', 0.5],
  ['2 per month', 24],
  ['MTBF 50000 h', 8766 / 50_000],
  ['MTBF 2000000 h', 8766 / 2_000_000],
  ['AFR 4 %', -Math.log(0.96)],
  ['1 per 3', undefined],
  ['0 per year', undefined],
  ['AFR 100 %', undefined],
  ['often', undefined],
] as const) {
  test(`rate ${text}`, t => {
    const read = parseRate(text);
    if (expected === undefined) t.false(read.ok);
    else t.true(read.ok && Math.abs(read.value - expected) < 1e-12 * expected);
  });
}

test('what is drawn has the mean that is said', t => {
  const spreads: Spread[] = [
    {kind: 'fixed', seconds: 5},
    {kind: 'exponential', mean: 5},
    {kind: 'uniform', low: 2, high: 8},
    lognormalOf(4, 12),
  ];
  for (const spread of spreads) {
    const next = stream(1, 2);
    let sum = 0;
    for (let i = 0; i < 20_000; i++) sum += drawSpread(spread, next);
    t.true(Math.abs(sum / 20_000 - meanOf(spread)) < 0.03 * meanOf(spread), spread.kind);
  }
  const next = stream(3, 4);
  let below = 0;
  for (let i = 0; i < 20_000; i++) below += drawSpread(lognormalOf(4, 12), next) < 12 ? 1 : 0;
  t.true(Math.abs(below / 20_000 - 0.95) < 0.006);
  let shape = 0;
  for (let i = 0; i < 20_000; i++) shape += gamma(0.5, next);
  t.true(Math.abs(shape / 20_000 - 0.5) < 0.02);
});

test('streams of other blocks are other streams', t => {
  const firsts = new Set(Array.from({length: 500}, (_, block) => stream(1, block)()));
  t.is(firsts.size, 500);
  const next = stream(9, 9);
  const numbers = Array.from({length: 5000}, next);
  t.true(numbers.every(value => value >= 0 && value < 1));
  t.true(Math.abs(numbers.reduce((a, b) => a + b, 0) / 5000 - 0.5) < 0.02);
});

test('as measured is Kaplan–Meier: what still waited never came back', t => {
  const spell = asMeasured(recovery('x', [9, 19, 32, 34], [48, 50]));
  t.deepEqual(spell.times, [9, 19, 32, 34]);
  t.true(spell.mass.every(mass => Math.abs(mass - 1 / 6) < 1e-12));
  t.true(Math.abs(spell.never - 2 / 6) < 1e-12);
  t.is(spell.waited, 50);
  t.true(Math.abs(meanSilence(spell, 600) - (94 / 6 + 650 / 3)) < 1e-9);
  t.is(asMeasured(recovery('x', [], [60])).never, 1);
  // Given up on at 10 s while others took longer: no failure, only not known.
  t.is(asMeasured(recovery('x', [20, 30], [10])).never, 0);
});

for (const [clean, failed] of [
  [2, 0],
  [10, 0],
  [59, 0],
  [8, 2],
] as const) {
  test(`${clean} clean and ${failed} failed trials leave what Clopper–Pearson leaves`, t => {
    const next = stream(5, 6);
    const of = recovery(
      'x',
      Array.from({length: clean}, (_, i) => 10 + i / 100),
      Array.from({length: failed}, () => 60),
    );
    const never = Array.from({length: 4000}, () => drawOutage(of, next).never).sort((a, b) => a - b);
    const upper = never[Math.floor(0.95 * never.length)] ?? Number.NaN;
    const exact = clopperPearson(failed, clean + failed, 0.95, true);
    t.true(exact.ok && Math.abs(upper - exact.value.high) < 0.06 * exact.value.high, `${upper}`);
  });
}

test('masses sum to one, and more clean trials leave less', t => {
  const of = recovery('x', [10, 12], [60]);
  const next = stream(1, 1);
  for (let i = 0; i < 200; i++) {
    const spell = drawOutage(of, next);
    t.true(Math.abs(spell.mass.reduce((a, b) => a + b, 0) + spell.never - 1) < 1e-12);
  }
  const mean = (more: number) => {
    const own = stream(2, 2);
    return Array.from({length: 500}, () => drawOutage(of, own, more).never).reduce((a, b) => a + b, 0) / 500;
  };
  t.true(mean(100) < mean(0) / 5);
});

test('VMs of one trial share its weight', t => {
  const together = recoveryOf(
    'x',
    Array.from({length: 20}, () => ({time: 10, ended: true, trial: 'a'})),
    '',
    true,
  );
  const apart = recoveryOf(
    'x',
    Array.from({length: 20}, (_, i) => ({time: 10, ended: true, trial: `${i}`})),
    '',
    true,
  );
  if (!together.ok || !apart.ok) return t.fail();
  const next = stream(7, 7);
  const mean = (of: typeof together.value) =>
    Array.from({length: 2000}, () => drawOutage(of, next).never).reduce((a, b) => a + b, 0) / 2000;
  t.true(Math.abs(mean(together.value) - 1 / 2) < 0.03, 'one trial');
  t.true(Math.abs(mean(apart.value) - 1 / 21) < 0.01, 'twenty trials');
});

test('nothing measured and times that are none are refused', t => {
  t.false(recoveryOf('x', [], '', true).ok);
  t.false(recoveryOf('x', [{time: Number.NaN, ended: true, trial: 'a'}], '', true).ok);
});
