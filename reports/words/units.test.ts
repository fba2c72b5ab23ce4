import test from 'ava';
import fc from 'fast-check';
import {unit as units} from '../../harness/schema.ts';
import type {Unit} from '../../harness/types.ts';
import {
  formatBound,
  formatDuration,
  formatEstimate,
  formatInstant,
  formatProbability,
  formatQuantity,
  formatShare,
  missing,
} from './units.ts';

const quantities: [number, Unit, string][] = [
  [9.314, 's', '9.31 s'],
  [0.0712, 's', '71.2 ms'],
  [0.00000812, 's', '8.12 µs'],
  [0.9996, 's', '1.00 s'],
  [620_000, 'op/s', '620K op/s'],
  [999.7, 'op/s', '1.00K op/s'],
  [18.38e9, 'bit/s', '18.4 Gbit/s'],
  [38_133_760, 'B/s', '38.1 MB/s'],
  [0, 's', '0 s'],
  [-0.0001, 's', '−100 µs'],
  [3, 'count', '3'],
  [183_422, 'count', '183422'],
  [0.0031, 'ratio', '0.310 %'],
  [1e-12, 'ratio', '1e−12'],
  [Number.NaN, 's', missing],
  [Number.POSITIVE_INFINITY, 's', '∞'],
];
for (const [value, unit, expected] of quantities) {
  test(`${value} ${unit} reads ${expected}`, t => t.is(formatQuantity(value, unit), expected));
}

test('bounds read as they were promised', t => {
  t.is(formatBound(15, 's'), '15 s');
  t.is(formatBound(0.005, 's'), '5 ms');
  t.is(formatBound(500e3, 'op/s'), '500K op/s');
  t.is(formatBound(24e9, 'bit/s'), '24 Gbit/s');
  t.is(formatBound(0.99999, 'ratio'), '99.999 %');
  t.is(formatBound(1e-12, 'ratio'), '1e−12');
  t.is(formatBound(1.378, 'ratio', 'factor'), '1.378×');
  t.is(formatBound(0, 'count'), '0');
});

test('the interval decides the digits, in the scale of the value', t => {
  const text = (value: number, low: number, high: number, unit: Unit) => formatEstimate({value, low, high}, unit).text;
  t.is(text(9.7123, 9.6923, 9.7323, 's'), '9.71 s [9.69, 9.73]');
  t.is(text(9.71234, 9.71134, 9.71334, 's'), '9.712 s [9.711, 9.713]');
  t.is(text(17.76, 17.02, 17.94, 's'), '17.8 s [17.0, 17.9]');
  t.is(text(45.3, 2, 110, 's'), '45 s [2, 110]');
  t.is(text(0.1418, 0.121, 0.169, 's'), '142 ms [121, 169]');
  t.is(text(1, 1, 1, 'count'), '1 [1, 1]');
  t.is(formatEstimate({value: 1.254, low: 1.08, high: 1.456}, 'ratio', 'factor').text, '1.25× [1.08, 1.46]');
});

test('what is unbounded or missing says so', t => {
  const {POSITIVE_INFINITY: most, NEGATIVE_INFINITY: least, NaN: none} = Number;
  t.deepEqual(formatEstimate({value: 60, low: 60, high: most}, 's'), {
    value: '≥ 60.0 s',
    interval: '[60.0, ∞)',
    text: '≥ 60.0 s [60.0, ∞)',
  });
  t.is(formatEstimate({value: most, low: 60, high: most}, 's').value, '> 60.0 s');
  t.is(formatEstimate({value: 5, low: least, high: most}, 's').text, '5.00 s (no interval)');
  t.is(formatEstimate({value: none, low: none, high: none}, 's').value, missing);
});

test('no number ever reads NaN, undefined or Infinity, and none grows long', t => {
  const unit = fc.constantFrom(...units.options);
  const any = fc.double();
  fc.assert(
    fc.property(
      any,
      any,
      any,
      unit,
      fc.constantFrom('share' as const, 'factor' as const),
      (value, low, high, of, style) => {
        const text = `${formatQuantity(value, of, style)} ${formatBound(value, of, style)} ${formatEstimate({value, low, high}, of, style).text}`;
        t.false(/NaN|undefined|Infinity|\be\+?\b/.test(text), text);
      },
    ),
  );
});

test('a formatted value of ordinary size is the value to three digits', t => {
  fc.assert(
    fc.property(fc.double({min: 1e-8, max: 1e5, noNaN: true}), value => {
      const [, number = '', symbol = ''] = /^([\d.]+) (ns|µs|ms|s)$/.exec(formatQuantity(value, 's')) ?? [];
      const scale = {ns: 1e-9, µs: 1e-6, ms: 1e-3, s: 1}[symbol];
      t.true(
        scale !== undefined && Math.abs(Number(number) * scale - value) <= value * 0.00501,
        `${value}: ${number} ${symbol}`,
      );
    }),
  );
});

test('durations, instants, shares and p values', t => {
  t.is(formatDuration(7.25), '7.3 s');
  t.is(formatDuration(59.6), '1 min 00 s');
  t.is(formatDuration(725), '12 min 05 s');
  t.is(formatDuration(7620), '2 h 07 min');
  t.is(formatDuration(Number.NaN), missing);
  t.is(formatInstant('2025-11-24T15:06:12.345Z'), '2025-11-24 15:06:12 UTC');
  t.is(formatInstant('yesterday'), 'yesterday');
  t.is(formatShare(0.96875), '96.9 %');
  t.is(formatShare(0.99999), '99.999 %');
  t.is(formatProbability(0.00001), '< 0.001');
  t.is(formatProbability(0.04999), '0.050');
});
