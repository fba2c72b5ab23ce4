import test from 'ava';
import {errorsPerBit, parseLinkErrors} from './link-errors.ts';

test('the exact Poisson interval, against its published table (Garwood 1936; Ulm 1990)', t => {
  const near = (value: number, wanted: number) => t.true(Math.abs(value - wanted) < 0.006, `${value}, not ${wanted}`);
  near(errorsPerBit(0, 1).high, 2.996);
  for (const [errors, low, high] of [
    [1, 0.025, 5.572],
    [2, 0.242, 7.225],
    [5, 1.623, 11.668],
    [10, 4.795, 18.39],
    [50, 37.11, 65.92],
  ] as const) {
    const bounds = errorsPerBit(errors, 1);
    near(bounds.low, low);
    near(bounds.high, high);
  }
});

test('no error in 3e12 bits shows less than one in 1e12; in a tenth of that it does not', t => {
  t.true(errorsPerBit(0, 3e12).high <= 1e-12);
  t.true(errorsPerBit(0, 3e11).high > 1e-12);
});

test('what an interface says, with or without a card; a text that is cut off is an error', t => {
  t.deepEqual(parseLinkErrors('bond0 eno1 1000 3\nstor0 - 20 0\nend\n', 'a'), {
    ok: true,
    value: [
      {interface: 'bond0', card: 'eno1', receivedBytes: 1000, crcErrors: 3},
      {interface: 'stor0', receivedBytes: 20, crcErrors: 0},
    ],
  });
  t.false(parseLinkErrors('bond0 eno1 1000 3\n', 'a').ok);
  t.false(parseLinkErrors('bond0 eno1 x 3\nend\n', 'a').ok);
});
