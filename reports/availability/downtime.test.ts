import test from 'ava';
import {model, nodeFault} from '../../fixtures/kit/availability.ts';
import {countedOf} from './counted.ts';
import {availabilityOf, downtimeOf, possibleOf} from './downtime.ts';
import {normal, yearSeconds} from './quantities.ts';
import {type MeasuredWait, recoveryOf} from './recovery.ts';
import {simulateBlock} from './simulate.ts';
import {stream} from './stream.ts';

const operator = 1800;
const faults = [nodeFault(6, 60)];

/** One trial of a cluster whose recoveries are lognormal about 20 s, and that needs the operator in a share of them. */
function trial(never: number, next: () => number, index: number): MeasuredWait {
  const ended = next() >= never;
  return {time: ended ? 20 * Math.exp(0.4 * normal(next)) : 60, ended, trial: String(index)};
}

/** Six faults a year and VM, and what each costs in the long run. */
function truth(never: number): number {
  const silence = (1 - never) * 20 * Math.exp(0.08) + never * (60 + operator);
  const x = (6 * silence) / yearSeconds;
  return (x / (1 + x)) * yearSeconds;
}

/** Intervals from so many experiments of `n` trials each. */
function intervals(n: number, never: number, experiments: number) {
  const next = stream(n, 77);
  const plain = model(4, faults);
  const tallies = Array.from({length: 20}, (_, index) =>
    simulateBlock(plain, {index, years: 200, seed: 5, kind: 'as-measured', forced: true}),
  );
  const counted = countedOf(plain, tallies);
  return Array.from({length: experiments}, (_, experiment) => {
    const waits = Array.from({length: n}, (_, index) => trial(never, next, index));
    const recovery = recoveryOf('instant', waits, 'test', true);
    if (!recovery.ok) throw new Error(recovery.error.got);
    const of = {...plain, recoveries: [recovery.value]};
    return downtimeOf(possibleOf(of, counted, tallies.length, experiment, 200), of, 0.95);
  });
}

for (const [n, never] of [
  [4, 0.1],
  [12, 0.1],
  [40, 0.05],
] as const) {
  test(`${n} trials: each end of the interval is beyond the truth as often as 97.5 % asks`, t => {
    const experiments = 200;
    const found = intervals(n, never, experiments);
    const exact = truth(never);
    // Three standard errors of a share of 200.
    const least = 0.975 - 3 * Math.sqrt((0.975 * 0.025) / experiments);
    const lows = found.filter(({low}) => low <= exact).length / experiments;
    const highs = found.filter(({high}) => high >= exact).length / experiments;
    t.true(lows >= least, `low ends at or below the truth: ${lows}`);
    t.true(highs >= least, `high ends at or above the truth: ${highs}`);
    t.true(found.every(({low, value, high}) => low <= value && value <= high));
    // An interval that holds everything would hold the truth as well.
    t.true(found.some(({low}) => low > exact / 20));
  });
}

test('a promise that is kept by one percent is hardly ever missed, and one broken fourfold is', t => {
  const found = intervals(30, 0.1, 200);
  const missed = (budget: number) => found.filter(({low}) => low > budget).length;
  t.true(
    missed(1.01 * truth(0.1)) <= 200 * (0.025 + 3 * Math.sqrt((0.025 * 0.975) / 200)),
    `${missed(1.01 * truth(0.1))} of 200`,
  );
  t.true(missed(truth(0.1) / 8) > 150, `${missed(truth(0.1) / 8)} of 200`);
});

test('availability is a share, whatever the downtime', t => {
  for (const seconds of [0, 1, yearSeconds, 10 * yearSeconds]) {
    const {value, low, high} = availabilityOf({
      value: seconds,
      low: seconds / 2,
      high: 2 * seconds,
      n: 1,
      confidence: 0.95,
      method: '',
    });
    t.true(low >= 0 && low <= value && value <= high && high <= 1);
  }
});
