/** A small part of docs/trend-quality.md: a step is found soon, and nothing is not told as something. */
import test from 'ava';
import {outcomeOf, seatrialWatcher, simulate, thresholdWatcher, tTestWatcher} from './simulate.ts';

const watcher = seatrialWatcher(0.05, true);

test('the same seed, the same history', t => {
  const world = {shape: 'step', size: 0.1, cv: 0.02, seed: 3, nights: 20, changeAt: 10} as const;
  t.deepEqual(simulate(world), simulate(world));
  t.notDeepEqual(simulate(world), simulate({...world, seed: 4}));
});

test('a step of 10 % in noise of 2 % is told within two nights, in every history', t => {
  const step = outcomeOf(watcher, {shape: 'step', size: 0.1, cv: 0.02, changeAt: 30}, 12, 1);
  t.is(step.found, 1);
  t.true(step.nightsToDetection <= 2, String(step.nightsToDetection));
});

test('nothing: fewer false alarms than the plain ways, and few of them', t => {
  const world = {shape: 'none', size: 0, cv: 0.05, changeAt: 60} as const;
  const own = outcomeOf(watcher, world, 20, 1).falsePer1000;
  t.true(own <= 3, String(own));
  t.true(own < outcomeOf(thresholdWatcher(0.1, 7), world, 20, 1).falsePer1000);
  t.true(own < outcomeOf(tTestWatcher(0.05), world, 20, 1).falsePer1000);
});

test('a spike that is gone when it is measured again is not told', t => {
  const spike = {shape: 'spike', size: 0.2, cv: 0.02, changeAt: 20} as const;
  t.is(outcomeOf(watcher, spike, 12, 1).falsePer1000, 0);
  t.true(
    outcomeOf(thresholdWatcher(0.1, 1), spike, 12, 1).falsePer1000 > 10,
    'the control: a plain threshold tells it',
  );
});

test('a slow drift of 10 % is found by the baseline at the latest', t => {
  t.true(outcomeOf(watcher, {shape: 'drift', size: 0.1, cv: 0.01, changeAt: 25}, 6, 1).found >= 0.8);
});
