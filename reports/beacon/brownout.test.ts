import test from 'ava';
import {parseBeacon} from '../../harness/parse/beacon-log.ts';
import {brownout, logSecondsAt, wallSecondsAt} from './index.ts';

const life = '0b0b0b0b-0000-4000-8000-000000000001';

/** A log of ten seconds at 10 ms: each request is answered after `delayMs(n)`, or never where that is undefined. */
function logWith(delayMs: (request: number) => number | undefined) {
  const count = 1000;
  const events: [number, string][] = [];
  for (let n = 0; n < count; n += 1) {
    events.push([n * 10_000, `S 0 ${n} 0`]);
    const delay = delayMs(n);
    if (delay !== undefined) {
      const at = n * 10_000 + delay * 1000;
      events.push([at, `R 0 ${n} ${at} 0 ${at + 5_000_000} ${n + 1} 0 - o`]);
    }
  }
  events.sort(([a], [b]) => a - b);
  const replies = events.filter(([, line]) => line.startsWith('R')).length;
  const text = [
    `seatrial-beacon 1 interval-us=10000 duration-us=10000000 targets=1 origin-ns=1000000000 client=00 scheduler=fifo memory=locked`,
    'T 0 vm1 10.0.0.1:7007',
    'A 0 1700000000000000000',
    `L 0 0 ${life} 1000000`,
    ...events.map(([, line]) => line),
    `Z 11000000 duration sent=${count} replies=${replies} ignored=0 dropped=0`,
    '',
  ].join('\n');
  const log = parseBeacon(text, 'beacon.log');
  if (!log.ok) throw new Error(`${log.error.path}: expected ${log.error.expected}, found ${log.error.found}`);
  return log.value;
}

const [before, during] = [
  {fromSeconds: 0, toSeconds: 2},
  {fromSeconds: 2, toSeconds: 8},
];

test('what is as quick as before has no area', t => {
  const slow = brownout(
    logWith(() => 1),
    'vm1',
    before,
    during,
  );
  t.true(slow !== undefined && slow.area < 1e-9 && slow.lost === 0 && Math.abs(slow.usualSeconds - 0.001) < 1e-6);
});

test('a delay counts for as long as it lasts', t => {
  // 50 ms more, for two seconds: 0.1 s·s.
  const slow = brownout(
    logWith(n => (n >= 300 && n < 500 ? 51 : 1)),
    'vm1',
    before,
    during,
  );
  t.true(Math.abs((slow?.area ?? 0) - 0.1) < 1e-9, String(slow?.area));
});

test('a silence of b seconds is b²/2, whether its requests are answered late or never', t => {
  for (const never of [true, false]) {
    const slow = brownout(
      logWith(n => (n >= 300 && n < 400 ? (never ? undefined : (400 - n) * 10 + 1) : 1)),
      'vm1',
      before,
      during,
    );
    t.true(Math.abs((slow?.area ?? 0) - 0.5) < 0.02, String(slow?.area));
    t.is(slow?.lost, never ? 100 : 0);
  }
});

test('what jitters at rest is told as the half width, and does not make an area out of nothing', t => {
  const slow = brownout(
    logWith(n => (n % 20 === 0 ? 9 : 1)),
    'vm1',
    before,
    during,
  );
  t.true(Math.abs((slow?.area ?? 0) - (slow?.atRest ?? 1)) <= 0.01, JSON.stringify(slow));
});

test('nothing is made up: no target, too short a time before, a window beyond the log', t => {
  const log = logWith(() => 1);
  t.is(brownout(log, 'vm2', before, during), undefined);
  t.is(brownout(log, 'vm1', {fromSeconds: 1.9, toSeconds: 2}, during), undefined);
  t.is(brownout(log, 'vm1', before, {fromSeconds: 2, toSeconds: 20}), undefined);
});

test('a wall time is found in the log again', t => {
  const log = logWith(() => 1);
  const wall = wallSecondsAt(log, 3.25);
  t.is(wall === undefined ? undefined : logSecondsAt(log, wall), 3.25);
  t.is(logSecondsAt({...log, anchors: []}, 1), undefined);
});
