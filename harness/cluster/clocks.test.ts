import test from 'ava';
import {offsetFrom, parseDate} from './clocks.ts';

test('the quickest round trip wins, and its half bounds the offset', t => {
  const samples = [
    {beforeMs: 1000, afterMs: 1100, hostMs: 6000},
    {beforeMs: 2000, afterMs: 2010, hostMs: 7004.5},
    {beforeMs: 3000, afterMs: 3030, hostMs: 8020},
  ];
  t.deepEqual(offsetFrom(samples), {offsetMs: 4999.5, halfWidthMs: 6});
});

test('the true offset lies within the half width, wherever in the trip the host looked', t => {
  for (const delay of [0, 3, 20]) {
    const found = offsetFrom([{beforeMs: 500, afterMs: 520, hostMs: 500 + delay - 77}]);
    t.true(found !== undefined && Math.abs(found.offsetMs - -77) <= found.halfWidthMs);
  }
});

test('no sample, a clock stepped backwards, a host that said no number: no offset', t => {
  t.is(offsetFrom([]), undefined);
  t.is(offsetFrom([{beforeMs: 100, afterMs: 90, hostMs: 95}]), undefined);
  t.is(offsetFrom([{beforeMs: 100, afterMs: 110, hostMs: Number.NaN}]), undefined);
});

test('date says when and where; anything else is no answer', t => {
  t.deepEqual(parseDate('1795535678.537000000 +0530\n'), {hostMs: 1795535678537, utcOffsetMinutes: 330});
  t.is(parseDate('1795535678.537000000 -0800')?.utcOffsetMinutes, -480);
  for (const text of ['', '1795535678 +0000', '1795535678.537000000', 'date: invalid'])
    t.is(parseDate(text), undefined, text);
});
