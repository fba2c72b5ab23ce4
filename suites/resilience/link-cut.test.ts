import test from 'ava';
import type {Artefacts} from '../../harness/types.ts';
import {measureRings} from './link-cut.ts';

const raw = (texts: Readonly<Record<string, string>>): Artefacts => ({
  names: Object.keys(texts),
  text: name => ({ok: true, value: texts[name] ?? ''}),
});
const rings = (after: number) => JSON.stringify({before: {n1: 3, n2: 3, n3: 3}, after: {n1: 3, n2: after, n3: 3}});
// As Corosync 3.1.7 logs it.
const late = 'Nov 28 03:00:11.123 warning [TOTEM ] Token has not been received in 2250 ms \n';
const down = 'Nov 28 03:00:10.900 notice  [KNET  ] link: host: 2 link: 0 is down\n';

const values = (texts: Readonly<Record<string, string>>) =>
  Object.fromEntries(measureRings(raw(texts)).samples.map(({metric, value}) => [metric, value]));

test('of late tokens and new rings the node with most of them counts, none being a number too', t => {
  t.deepEqual(values({'rings.json': rings(3), 'corosync-n1.log': down, 'corosync-n3.log': ''}), {
    'corosync.new-rings': 0,
    'corosync.late-tokens': 0,
  });
  t.deepEqual(values({'rings.json': rings(5), 'corosync-n1.log': down + late, 'corosync-n3.log': late + late}), {
    'corosync.new-rings': 2,
    'corosync.late-tokens': 2,
  });
});

test('a Corosync that started anew counts from nought: nothing is said of its rings; without logs, nothing of tokens', t => {
  const anew = measureRings(raw({'rings.json': rings(1), 'corosync-n1.log': ''}));
  t.deepEqual(
    anew.samples.map(({metric}) => metric),
    ['corosync.late-tokens'],
  );
  t.is(anew.problems[0]?.path, '/after/n2');
  const silent = measureRings(raw({'rings.json': rings(3)}));
  t.deepEqual(
    silent.samples.map(({metric}) => metric),
    ['corosync.new-rings'],
  );
  t.is(silent.problems.length, 1);
});
