import test from 'ava';
import {parseFreeMemory, unusableShare} from './free-memory.ts';

const whole = `Node 0, zone      DMA      0      1      0
Node 0, zone   Normal     10      0      2
`;

test('free blocks of all zones are added by size; anything else is none', t => {
  t.deepEqual(parseFreeMemory(whole, 'a'), {ok: true, value: [10, 1, 2]});
  for (const text of [
    '',
    'Node 0, zone Normal\n',
    whole.replace('10', 'x'),
    `${whole}cat: no such file\n`,
    whole.slice(0, -1),
    whole.replace('      2', ''),
  ])
    t.false(parseFreeMemory(text, 'a').ok, text);
});

test('the unusable index: none where all is in one large block, all where it lies in single pages', t => {
  t.is(unusableShare([0, 0, 5], 2), 0);
  t.is(unusableShare([20, 0, 0], 2), 1);
  t.is(unusableShare([4, 0, 1], 2), 0.5);
});
