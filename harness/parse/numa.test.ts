import test from 'ava';
import {localShare, parseNuma} from './numa.ts';

const whole = 'node 0 0-1\nnode 1 2-3\nnode 2 \ncpu 0\ncpu 3\nmemory 0 3000\nmemory 1 1000\nend\n';

test('memory near the virtual CPUs: each has the share of its own NUMA node', t => {
  const read = parseNuma(whole, 'a');
  if (!read.ok) return t.fail(read.error.found);
  t.deepEqual(read.value.nodes.get(2), []);
  t.is(read.value.memory.get(0), 3_072_000);
  t.is(localShare(read.value), 0.5);
  const moved = parseNuma(whole.replace('cpu 3', 'cpu 1'), 'a');
  t.is(moved.ok ? localShare(moved.value) : undefined, 0.75);
});

test('half a reading is none, nor is one without the guest', t => {
  t.false(parseNuma(whole.slice(0, -4), 'a').ok);
  t.false(parseNuma(whole.replaceAll(/^cpu.*\n/gm, ''), 'a').ok);
  t.false(parseNuma(whole.replaceAll(/^memory.*\n/gm, ''), 'a').ok);
  t.false(parseNuma(whole.replace('0-1', 'x'), 'a').ok);
});
