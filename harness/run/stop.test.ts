import test from 'ava';
import {closedBefore, maintenanceClosing, spendableSeconds, timeClosing} from './stop.ts';

/** Two clocks that go when they are told. */
function clocks(wallMs: number) {
  const now = {wall: wallMs, steady: 5000};
  const clock = {wall: () => now.wall, steady: () => now.steady};
  const pass = (seconds: number) => {
    now.wall += seconds * 1000;
    now.steady += seconds * 1000;
  };
  return {now, clock, pass};
}

const start = Date.parse('2026-11-28T02:00:00Z');
const hour = 3_600_000;

test('planted: a clock that jumps makes a time that was told neither longer nor shorter', t => {
  const {now, clock, pass} = clocks(start);
  const closing = timeClosing(1800, undefined, clock);
  pass(600);
  now.wall += 3 * hour;
  t.is(closing.leftSeconds(), 1200);
  now.wall -= 9 * hour;
  t.is(closing.leftSeconds(), 1200);
});

test('planted: until 06:00 has come where the clock was set forward, and does not move where it was set back', t => {
  const until = new Date(start + 4 * hour);
  const {now, clock, pass} = clocks(start);
  const closing = timeClosing(4 * 3600, until, clock);
  pass(600);
  t.is(closing.leftSeconds(), 4 * 3600 - 600);
  now.wall -= 2 * hour;
  t.is(closing.leftSeconds(), 4 * 3600 - 600);
  now.wall = until.getTime();
  t.is(closing.leftSeconds(), 0);
});

test('what would run over is told, with the window that it would break', t => {
  const {clock} = clocks(start);
  const told = timeClosing(600, undefined, clock);
  const maintenance = maintenanceClosing(new Date(start + 650_000), clock);
  t.is(spendableSeconds([told]), 555);
  t.is(spendableSeconds([told, maintenance]), 530);
  t.is(spendableSeconds([]), Number.POSITIVE_INFINITY);
  t.is(closedBefore([told, maintenance], 530), undefined);
  t.is(closedBefore([told, maintenance], 531), maintenance);
  t.is(closedBefore([told], 556), told);
});
