import test from 'ava';
import {type MaintenanceWindow, maintenanceSchema, spokenInstant, windowsAt} from './maintenance.ts';

const nights: MaintenanceWindow = {days: ['fri', 'sat'], from: '22:00', to: '04:00', timezone: 'Europe/Berlin'};
const daily = (from: string, to: string, timezone = 'UTC'): MaintenanceWindow => ({
  days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
  from,
  to,
  timezone,
});
const at = (windows: readonly MaintenanceWindow[], now: string) => {
  const {open, next} = windowsAt(windows, new Date(now));
  const told = (span: typeof open) =>
    span === undefined ? undefined : [span.from, span.to].map(each => each.toISOString().slice(0, 16));
  return {open: told(open), next: told(next)};
};

test('a window over midnight is open on both days, and belongs to the day it begins on', t => {
  // 2026-11-27 is a Friday; Berlin is an hour ahead of UTC in winter.
  t.deepEqual(at([nights], '2026-11-27T20:59:59Z'), {
    open: undefined,
    next: ['2026-11-27T21:00', '2026-11-28T03:00'],
  });
  t.deepEqual(at([nights], '2026-11-27T21:00:00Z'), {
    open: ['2026-11-27T21:00', '2026-11-28T03:00'],
    next: ['2026-11-28T21:00', '2026-11-29T03:00'],
  });
  t.deepEqual(at([nights], '2026-11-28T02:59:59Z').open, ['2026-11-27T21:00', '2026-11-28T03:00']);
  t.is(at([nights], '2026-11-28T03:00:00Z').open, undefined);
  t.deepEqual(at([nights], '2026-11-29T03:00:00Z').next, ['2026-12-04T21:00', '2026-12-05T03:00']);
});

test('summer time: the same local hours are other instants, and the night of the change has its own length', t => {
  t.deepEqual(at([nights], '2026-07-03T21:00:00Z').open, ['2026-07-03T20:00', '2026-07-04T02:00']);
  // Clocks go forward on Sunday 2026-03-29 at 02:00: Saturday's night is five hours long.
  t.deepEqual(at([nights], '2026-03-28T22:00:00Z').open, ['2026-03-28T21:00', '2026-03-29T02:00']);
  // Back on Sunday 2026-10-25 at 03:00: seven hours.
  t.deepEqual(at([nights], '2026-10-24T22:00:00Z').open, ['2026-10-24T20:00', '2026-10-25T03:00']);
});

test('times that summer time leaves out or doubles', t => {
  const odd = daily('02:30', '03:30', 'Europe/Berlin');
  t.deepEqual(at([odd], '2026-03-28T12:00:00Z').next, ['2026-03-30T00:30', '2026-03-30T01:30']);
  t.deepEqual(at([odd], '2026-10-25T00:45:00Z').open, ['2026-10-25T00:30', '2026-10-25T02:30']);
});

test('windows that meet or overlap are one', t => {
  t.deepEqual(at([daily('20:00', '24:00'), daily('00:00', '03:00')], '2026-11-27T23:00:00Z').open, [
    '2026-11-27T20:00',
    '2026-11-28T03:00',
  ]);
  t.deepEqual(at([daily('20:00', '22:00'), daily('21:00', '23:00')], '2026-11-27T21:30:00Z').open, [
    '2026-11-27T20:00',
    '2026-11-27T23:00',
  ]);
});

test('a window that never closes, and none that is open for days', t => {
  const {open} = windowsAt([daily('00:00', '24:00')], new Date('2026-11-27T12:00:00Z'));
  t.true((open?.to.getTime() ?? 0) - Date.parse('2026-11-27T12:00:00Z') > 14 * 86_400_000);
  t.deepEqual(at([{...nights, days: ['thu']}], '2026-11-27T12:00:00Z').next, ['2026-12-03T21:00', '2026-12-04T03:00']);
});

test('places far from Greenwich have their own days', t => {
  const auckland: MaintenanceWindow = {days: ['sat'], from: '01:00', to: '02:00', timezone: 'Pacific/Auckland'};
  t.deepEqual(at([auckland], '2026-11-27T12:30:00Z').open, ['2026-11-27T12:00', '2026-11-27T13:00']);
  const honolulu: MaintenanceWindow = {days: ['fri'], from: '23:00', to: '24:00', timezone: 'Pacific/Honolulu'};
  t.deepEqual(at([honolulu], '2026-11-28T09:30:00Z').open, ['2026-11-28T09:00', '2026-11-28T10:00']);
});

test('what is no window is refused', t => {
  t.true(maintenanceSchema.safeParse([nights]).success);
  for (const wrong of [
    {...nights, timezone: 'Mars/Olympus'},
    {...nights, timezone: '+01:00'},
    {...nights, from: '24:00'},
    {...nights, to: '25:00'},
    {...nights, days: []},
    {...nights, days: ['holiday']},
    {...nights, tz: 'UTC'},
  ])
    t.false(maintenanceSchema.safeParse([wrong]).success, JSON.stringify(wrong));
  t.false(maintenanceSchema.safeParse([]).success);
});

test('an instant as people say it', t => {
  t.is(spokenInstant(new Date('2026-11-28T21:05:00Z')), 'Sat 2026-11-28 21:05 UTC');
});
