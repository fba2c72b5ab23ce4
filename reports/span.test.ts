import test from 'ava';
import {commonMs} from './span.ts';

test('what two stretches share, in either order: within, across, at one moment, and the gap between', t => {
  for (const [one, other, common] of [
    [[0, 10], [2, 4], 2],
    [[0, 10], [5, 20], 5],
    [[0, 10], [10, 20], 0],
    [[0, 10], [13, 20], -3],
    [[5, 5], [5, 5], 0],
  ] as const) {
    const spans = [one, other].map(([startMs, endMs]) => ({startMs, endMs}));
    const [first, second] = spans;
    if (first === undefined || second === undefined) throw new Error('two spans');
    t.is(commonMs(first, second), common);
    t.is(commonMs(second, first), common);
  }
});
