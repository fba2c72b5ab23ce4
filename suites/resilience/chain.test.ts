import test from 'ava';
import fc from 'fast-check';
import {heldAgainst, lengthOf, type Moments, type Phase, phaseNames, phasesFrom} from './chain.ts';

const whole = {
  membership: 3.3,
  quorum: 3.3,
  'fencing-requested': 4.5,
  'fence-done': 6.8,
  fenced: 6.9,
  'start-requested': 7,
  started: 10,
  kernel: 11,
  service: 15.5,
  durable: 17,
} as const;
const silent = [{fromSeconds: 0, untilSeconds: 15.5}];
const told = (phases: readonly Phase[]) => phases.map(each => `${each.name} ${lengthOf(each).toFixed(1)}`);
const share = (phases: readonly Phase[], windows = silent) => {
  const {seconds, unexplained} = heldAgainst(phases, windows);
  return unexplained.reduce((sum, each) => sum + lengthOf(each), 0) / seconds;
};

test('each phase runs from the moment before it to its own, and all add up', t => {
  const phases = phasesFrom(whole);
  t.deepEqual(told(phases), [
    'membership 3.3',
    'fencing-requested 1.2',
    'fence-done 2.3',
    'fenced 0.1',
    'start-requested 0.1',
    'started 3.0',
    'kernel 1.0',
    'service 4.5',
    'durable 1.5',
  ]);
  t.is(share(phases), 0);
});

test('the storage is on the way only from when somebody asks for a disk', t => {
  t.deepEqual(phasesFrom({...whole, 'storage-serving': 5, 'storage-free': 6.9}), phasesFrom(whole));
  const late = phasesFrom({...whole, 'storage-serving': 9.5, 'storage-free': 16});
  t.deepEqual(told(late).slice(5), [
    'storage-serving 2.5',
    'started 0.5',
    'kernel 1.0',
    'service 4.5',
    'storage-free 0.5',
    'durable 1.0',
  ]);
  t.is(share(late), 0);
});

test('where a moment that every recovery has was not seen, its time is unexplained; one that only splits is no loss', t => {
  const {fenced: _, 'start-requested': __, ...unseen} = whole;
  t.deepEqual(told(phasesFrom(unseen)).slice(3, 5), ['unexplained 3.2', 'kernel 1.0']);
  t.is(share(phasesFrom(unseen)).toFixed(3), (3.2 / 15.5).toFixed(3));
  const {'fence-done': ___, quorum: ____, started: _____, ...coarse} = whole;
  t.is(share(phasesFrom(coarse)), 0);
  t.is(share(phasesFrom({})), 1);
});

test('a guest that was up and not heard is unexplained; requests that were held on their way are not, nor is one interval', t => {
  const heard = (serverSeconds: number, sentSeconds: number) =>
    phasesFrom(whole, {serverSeconds, sentSeconds, slackSeconds: 0.26});
  t.deepEqual(heard(15.3, 15.49), phasesFrom(whole));
  t.deepEqual(told(heard(12.5, 15.49)).slice(7, 9), ['service 1.5', 'unexplained 3.0']);
  t.is(share(heard(12.5, 15.49)).toFixed(3), (3 / 15.5).toFixed(3));
  // Sent before the guest was there, and answered at last.
  t.deepEqual(told(heard(12.5, 12)).slice(7, 9), ['service 1.5', 'network 3.0']);
  t.is(share(heard(12.5, 12)), 0);
  t.deepEqual(told(heard(12.5, 14)).slice(7, 10), ['service 1.5', 'unexplained 1.5', 'network 1.5']);
});

test('silence before the fault and after the return is unexplained; what the client still heard needs no explanation', t => {
  const phases = phasesFrom(whole);
  t.is(share(phases, [{fromSeconds: -2, untilSeconds: 15.5}]).toFixed(3), (2 / 17.5).toFixed(3));
  t.is(share(phases, [...silent, {fromSeconds: 18, untilSeconds: 20}]).toFixed(3), (2 / 17.5).toFixed(3));
  // The drill: the guest answers until its node is fenced.
  t.is(share(phases, [{fromSeconds: 6.8, untilSeconds: 15.5}]), 0);
});

test('a moment that seems to come before the one it follows has no length of its own', t => {
  const crossed = phasesFrom({...whole, fenced: 7.004, 'start-requested': 7});
  t.is(share(crossed), 0);
  t.false(crossed.some(({name}) => name === 'fenced'));
  t.is(crossed.at(-1)?.untilSeconds, 17);
});

test('whatever was seen, the phases are contiguous from the injection to the last of them', t => {
  const moments = fc
    .dictionary(fc.constantFrom(...phaseNames), fc.double({min: -1, max: 100, noNaN: true}))
    .map((each): Moments => each);
  fc.assert(
    fc.property(moments, each => {
      const phases = phasesFrom(each);
      return phases.every(
        ({fromSeconds, untilSeconds}, index) =>
          fromSeconds === (phases[index - 1]?.untilSeconds ?? 0) && untilSeconds > fromSeconds,
      );
    }),
  );
  t.pass();
});
