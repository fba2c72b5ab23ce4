import test from 'ava';
import {type CostSide, parsePathCost, spentBetween} from './path-cost.ts';

const before = `ticks 100
node 1000 0 500 9000 100 0 200 0 700 0
guest 4711 250
guest 4712 20
switch 99 1000
end
`;
const after = before
  .replace('node 1000', 'node 1100')
  .replace('guest 4711 250', 'guest 4711 350')
  .replace('switch 99 1000', 'switch 99 1200');

function spent(then: string, now: string, side: CostSide) {
  const [a, b] = [parsePathCost(then, 'a'), parsePathCost(now, 'b')];
  if (!a.ok || !b.ok) throw new Error('not read');
  return spentBetween(a.value, b.value, side);
}

test('what was spent between two readings, by the node, the guest and the switch', t => {
  t.deepEqual(spent(before, after, 'node'), {ok: true, value: 1});
  t.deepEqual(spent(before, after, 'guest'), {ok: true, value: 1});
  t.deepEqual(spent(before, after, 'switch'), {ok: true, value: 2});
});

test('a side that is not there spent nothing that is known, which is not nought', t => {
  const without = (text: string) => text.replace(/switch.*\n/, '');
  t.deepEqual(spent(without(before), without(after), 'switch'), {ok: true, value: undefined});
});

test('other processes than before, and half a reading, are errors', t => {
  t.false(spent(before, after.replace('switch 99', 'switch 100'), 'switch').ok);
  t.false(spent(before, after.replace(/guest 4712.*\n/, ''), 'guest').ok);
  t.false(parsePathCost(before.replace('end\n', ''), 'a').ok);
  t.false(parsePathCost(before.replace('ticks 100', 'ticks '), 'a').ok);
  t.false(parsePathCost(before.replace(/node.*/, 'node 1 2'), 'a').ok);
});
