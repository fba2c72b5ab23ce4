import test from 'ava';
import {didYouMean, editDistance, nearest, oneOf} from './nearest.ts';

test('a swap of neighbours, a missing and a wrong letter each cost one edit', t => {
  t.is(editDistance('storage', 'storgae'), 1);
  t.is(editDistance('storage', 'storge'), 1);
  t.is(editDistance('storage', 'storaga'), 1);
  t.is(editDistance('', 'abc'), 3);
  t.is(editDistance('kitten', 'sitting'), 3);
});

test('the nearest name is found, and nothing when all are far', t => {
  const names = ['storage.iops', 'storage.latency', 'network.throughput'];
  t.is(nearest('storage.iop', names), 'storage.iops');
  t.is(nearest('Storage.IOPS', names), 'storage.iops');
  t.is(nearest('disk.speed', names), undefined);
  t.is(nearest('x', []), undefined);
});

test('a hint names the nearest or lists all', t => {
  t.is(didYouMean('profle', ['profile', 'seed']), 'did you mean "profile"?');
  t.is(didYouMean('zzz', ['profile', 'seed']), 'valid: profile or seed');
  t.is(oneOf(['a', 'b', 'c']), 'a, b or c');
  t.is(
    oneOf(
      Array.from({length: 20}, (_, i) => `n${i}`),
      2,
    ),
    'n0, n1 … (20 names)',
  );
});
