import test from 'ava';
import type {Unit} from '../../harness/types.ts';
import {parseBound, parseQuantity} from './bound.ts';

const good: [string, Unit, 'at-most' | 'at-least', number][] = [
  ['< 5 ms', 's', 'at-most', 0.005],
  ['<=15s', 's', 'at-most', 15],
  ['≤ 12 µs', 's', 'at-most', 0.000012],
  ['<= 2 min', 's', 'at-most', 120],
  ['>= 500k op/s', 'op/s', 'at-least', 500_000],
  ['at least 500k op/s', 'op/s', 'at-least', 500_000],
  ['at most 0.1 %', 'ratio', 'at-most', 0.001],
  ['> 52000 op/s', 'op/s', 'at-least', 52_000],
  ['>= 0.5M op/s', 'op/s', 'at-least', 500_000],
  ['≥ 24 Gbit/s', 'bit/s', 'at-least', 24e9],
  ['>= 24 Gbps', 'bit/s', 'at-least', 24e9],
  ['>= 1.5 GB/s', 'B/s', 'at-least', 1.5e9],
  ['>= 4 KiB', 'B', 'at-least', 4096],
  ['<= 0', 'count', 'at-most', 0],
  ['>= 10k', 'count', 'at-least', 10_000],
  ['>= 1.378', 'ratio', 'at-least', 1.378],
  ['>= 95 %', 'ratio', 'at-least', 0.95],
  ['+33.3 %', 'ratio', 'at-least', 1.333],
  ['+37.8%', 'ratio', 'at-least', 1.378],
  ['-41.7 %', 'ratio', 'at-most', 0.583],
];
for (const [text, unit, relation, bound] of good) {
  test(`${text} of ${unit}`, t => {
    t.deepEqual(parseBound(text, unit, 'ratio'), {ok: true, value: {relation, bound}});
  });
}

const bad: [string, Unit, RegExp][] = [
  ['5 ms', 's', /begin with </],
  ['', 's', /begin with </],
  ['< 5', 's', /units here are s, ms/],
  ['< 5 mss', 's', /did you mean "ms"\? units here are s, ms/],
  ['at mostly 5 ms', 's', /begin with </],
  ['< 5 Gbit/s', 's', /units here are s, ms/],
  ['< 5k s', 's', /units here are s, ms/],
  ['>= 24 GB/s', 'bit/s', /units here are bit\/s/],
  ['>= 24 Gbit', 'bit/s', /units here are bit\/s/],
  ['>= 500 K', 'op/s', /units here are op\/s/],
  ['>= -5 s', 's', /a number and its unit/],
  ['>= 1e3 op/s', 'op/s', /./],
  ['>= 5 %', 'op/s', /units here are op\/s/],
  ['+5 %', 'op/s', /needs "statistic: ratio"/],
  ['-100 %', 'ratio', /shrink/],
  ['<= 3 s', 'count', /has no unit/],
  [`<= ${'9'.repeat(400)} s`, 's', /too large/],
];
for (const [text, unit, hint] of bad) {
  test(`refused: "${text.slice(0, 20)}" of ${unit}`, t => {
    const read = parseBound(text, unit, 'ratio');
    t.false(read.ok);
    if (!read.ok) t.regex(read.error.hint, hint);
  });
}

test('a change in per cent is a ratio of two profiles, and no share', t => {
  for (const [text, meant] of [
    ['-5 %', '<= 5 %'],
    ['+ 5 %', '>= 5 %'],
  ] as const) {
    for (const statistic of ['median', 'worst', 'proportion', 'observed']) {
      const read = parseBound(text, 'ratio', statistic);
      t.is(
        read.ok ? '' : read.error.hint,
        `with a sign it is a change, which needs "statistic: ratio"; a share is written "${meant}"`,
      );
    }
  }
});

test('a quantity alone has no relation', t => {
  t.deepEqual(parseQuantity('15 s', 's'), {ok: true, value: 15});
  t.false(parseQuantity('< 15 s', 's').ok);
});
