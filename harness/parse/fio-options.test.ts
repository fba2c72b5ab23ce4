import test from 'ava';
import {bytesOf, secondsOf} from './fio-options.ts';

// As fio 3.33 ran them, where it takes them; what it misreads (2*30 as 2 s, 60min as 60 µs) counts as it was meant.
for (const [spelled, seconds] of [
  ['60', 60],
  ['60 ', 60],
  [' 60', 60],
  ['60s', 60],
  ['60S', 60],
  ['60 s', 60],
  ['1m', 60],
  ['1M', 60],
  ['1h', 3600],
  ['1H', 3600],
  ['1d', 86400],
  ['1500ms', 1.5],
  ['1500MSEC', 1.5],
  ['250us', 0.00025],
  ['250usec', 0.00025],
  ['60sec', 60],
  ['5min', 300],
  ['2*30', 60],
  ['(2*30)', 60],
  ['(1m+30)', 90],
  ['((1+1)*30s)', 60],
  ['120/2', 60],
  ['90-30', 60],
  ['60,90', 60],
  ['0x3c', 60],
  ['0.5h', 1800],
] as const) {
  test(`"${spelled}" is ${seconds} s`, t => {
    t.is(secondsOf(spelled), seconds);
  });
}

for (const spelled of ['', 'x', '60x', '2*', '(60', '60)', '1-60', '1/0', '60 60', '--60']) {
  test(`"${spelled}" is no time`, t => {
    t.is(secondsOf(spelled), undefined);
  });
}

test('sizes have binary units in any case, and only plain ones are read', t => {
  t.is(bytesOf('4k'), 4096);
  t.is(bytesOf('4K '), 4096);
  t.is(bytesOf('1MiB'), 2 ** 20);
  t.is(bytesOf('2g'), 2 ** 31);
  t.is(bytesOf('512'), 512);
  for (const size of ['4k,8k', '100%', '4k-8k', '2*4k', '']) t.is(bytesOf(size), undefined, size);
});
