import test from 'ava';
import {CommandError} from './command-error.ts';
import {lasting} from './options.ts';
import {clockTime, closesAt, closingOf, refuseTooShort, spoken, windowAsked} from './window-options.ts';

test('a time is read as it is typed, and said so again', t => {
  t.deepEqual(['90s', '30m', '4h'].map(lasting), [90, 1800, 14_400]);
  t.deepEqual([90, 1800, 14_400].map(spoken), ['90s', '30m', '4h']);
  t.deepEqual(['1h30m', '1m30s', '1h0m5s'].map(lasting), [5400, 90, 3605]);
  for (const wrong of ['4', '59s', '4 h', '1000h', '-1h', '', '30m1h', '1h30', '1h1h']) t.throws(() => lasting(wrong));
});

test('until is the next time that it is so late', t => {
  const now = new Date(2026, 10, 28, 22, 30);
  t.deepEqual(clockTime('06:00', now), new Date(2026, 10, 29, 6, 0));
  t.deepEqual(clockTime('23:15', now), new Date(2026, 10, 28, 23, 15));
  t.deepEqual(clockTime('22:30', now), new Date(2026, 10, 29, 22, 30));
  for (const wrong of ['24:00', '6', '06:60', 'dawn']) t.throws(() => clockTime(wrong));
});

test('one of them, and no repetitions beside it', t => {
  t.is(windowAsked({}), undefined);
  t.deepEqual(windowAsked({for: 1800}), {words: 'for 30m', seconds: 1800});
  t.deepEqual(windowAsked({untilDecided: true}), {words: 'until decided'});
  for (const wrong of [
    {for: 60, untilDecided: true as const},
    {for: 60, reps: 3},
    {for: 60, until: new Date()},
  ])
    t.throws(() => windowAsked(wrong), {instanceOf: CommandError});
});

test('what goes on until all is decided never closes', t => {
  t.is(closingOf({words: ''}), undefined);
  t.is(closesAt({words: ''}), undefined);
  const left = closingOf({words: '', seconds: 600})?.leftSeconds() ?? 0;
  t.true(left > 598 && left <= 600);
});

test('planted: a time in which nothing can be tried is refused, and says how much it takes', t => {
  const shortest = {scenario: 'conformance/rules', seconds: 93};
  t.throws(() => refuseTooShort({words: 'for 2m', seconds: 120}, shortest), {
    instanceOf: CommandError,
    message: /for 2m nothing can be tried: the shortest trial, conformance\/rules, may take 93s, and 45 s/,
  });
  t.throws(() => refuseTooShort({words: 'until', until: new Date(Date.now() + 100_000)}, shortest));
  t.notThrows(() => refuseTooShort({words: 'for 3m', seconds: 180}, shortest));
  t.notThrows(() => refuseTooShort({words: 'until decided'}, shortest));
});
