import test from 'ava';
import type {Host} from '../types.ts';
import {type Shape, shapes, silences} from './silence.ts';

const nodes = (count: number): Host[] =>
  Array.from({length: count}, (_, index) => ({
    name: `n${index + 1}`,
    role: 'node',
    addresses: {},
    interfaces: {},
    scratch: [],
  }));

/** `n1<n2,n3`: n1 drops what n2 and n3 send. */
function drawn(count: number, named: readonly number[], shape: Shape): string {
  const all = nodes(count);
  const drops = silences(
    all,
    named.flatMap(index => all[index - 1] ?? []),
    shape,
  );
  if ('impossible' in drops) return drops.impossible;
  return drops.map(({node, deafTo}) => `${node.name}<${deafTo.map(({name}) => name).join()}`).join(' ');
}

test('each shape drops exactly what it says', t => {
  t.is(drawn(3, [1], 'apart'), 'n1<n2,n3 n2<n1 n3<n1');
  t.is(drawn(4, [1, 2], 'apart'), 'n1<n3,n4 n2<n3,n4 n3<n1,n2 n4<n1,n2');
  t.is(drawn(3, [1], 'mute'), 'n2<n1 n3<n1');
  t.is(drawn(3, [1], 'deaf'), 'n1<n2,n3');
  t.is(drawn(3, [1, 2], 'bridge'), 'n1<n2 n2<n1');
  t.is(drawn(4, [1, 2], 'halves'), 'n1<n3,n4 n2<n3,n4 n3<n1,n2 n4<n1,n2');
  t.is(drawn(5, [], 'ring'), 'n1<n3,n4 n2<n4,n5 n3<n1,n5 n4<n1,n2 n5<n2,n3');
});

test('what cannot be drawn is a sentence', t => {
  t.regex(drawn(3, [1], 'bridge'), /two nodes or more/);
  t.regex(drawn(5, [1, 2], 'halves'), /one size, found 2 and 3/);
  t.regex(drawn(3, [1], 'ring'), /four nodes or more, there are 3/);
  for (const shape of ['apart', 'mute', 'deaf'] as const) t.regex(drawn(2, [1, 2], shape), /no other node/);
});

test('nobody is deaf to himself, and nobody is listed for nothing', t => {
  for (const shape of shapes) {
    const all = nodes(shape === 'halves' ? 4 : 5);
    const drops = silences(all, all.slice(0, 2), shape);
    if ('impossible' in drops) return t.fail(drops.impossible);
    for (const {node, deafTo} of drops) {
      t.false(deafTo.includes(node));
      t.true(deafTo.length > 0);
    }
  }
});
