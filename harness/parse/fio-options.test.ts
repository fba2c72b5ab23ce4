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

// parse.c, __get_mult_bytes: "If kb_base is 1000, use true units. If kb_base is 1024, use opposite units."
test('sizes have the units that fio gives them, in any case: k and kb are 1024, and kib is 1000', t => {
  for (const size of ['4k', '4K', '4K ', '4kb', '4KB']) t.is(bytesOf(size), 4096, size);
  for (const size of ['4kib', '4KiB', '4KIB']) t.is(bytesOf(size), 4000, size);
  t.is(bytesOf('1MiB'), 1e6);
  t.is(bytesOf('2GiB'), 2e9);
  t.is(bytesOf('2g'), 2 ** 31);
  t.is(bytesOf('1tb'), 2 ** 40);
  for (const size of ['512', '512b']) t.is(bytesOf(size), 512, size);
  t.is(bytesOf('4k', '1024'), 4096);
  for (const size of ['4k', '4kB']) t.is(bytesOf(size, '1000'), 4000, size);
  t.is(bytesOf('4KiB', '1000'), 4096);
  t.is(bytesOf('1mib', '1000'), 2 ** 20);
  t.is(bytesOf('512', '1000'), 512);
});

test('only plain sizes are read', t => {
  for (const size of ['4k,8k', '100%', '4k-8k', '2*4k', '']) t.is(bytesOf(size), undefined, size);
});
