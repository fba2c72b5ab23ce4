import test from 'ava';
import {parseGuestLooks} from './guest-looks.ts';

interface Told {
  user?: number;
  idle: number;
  steal?: number;
  reads?: number;
  writes?: number;
}

const look = (seconds: number, {user = 0, idle, steal = 0, reads = 0, writes = 0}: Told) =>
  `${seconds.toFixed(2)} | cpu  ${user} 0 0 ${idle} 0 0 0 ${steal} 0 0 |  ${reads} 2 0 0  ${writes} 3 0 0 0 0 0`;
const of = (...looks: string[]) => parseGuestLooks(`${looks.join('\n')}\n`, 'looks', 100);

test('the middle half of the looks counts', t => {
  // Idle at both ends, as while fio begins and ends.
  const read = of(
    look(10, {idle: 0}),
    look(11, {idle: 100}),
    look(12, {user: 90, idle: 110, reads: 500, writes: 20}),
    look(13, {user: 180, idle: 120, reads: 1000, writes: 40}),
    look(14, {user: 180, idle: 220, reads: 1500, writes: 60}),
    look(15, {user: 180, idle: 320, reads: 1500, writes: 60}),
  );
  const {busy, steal, disk} = read.ok ? read.value : {busy: 0, steal: 0, disk: {read: 0, write: 0}};
  t.deepEqual([busy.toFixed(6), steal, disk.read, disk.write], ['0.600000', 0, 500, 20]);
});

test('what was seen after the load had ended does not count', t => {
  const looks = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].map(n =>
    look(n, {user: Math.min(n, 4) * 100, idle: n, reads: Math.min(n, 4) * 50}),
  );
  const read = parseGuestLooks(looks.join('\n'), 'looks', 4);
  t.is(read.ok && read.value.disk.read, 50);
  const beyond = parseGuestLooks(looks.join('\n'), 'looks', 100);
  t.true(beyond.ok && beyond.value.disk.read < 25);
});

test('what the node took from the guest is steal, and busy; waiting for a disk is idle', t => {
  const read = of(...[0, 1, 2, 3].map(n => look(n, {user: n * 10, idle: n * 60, steal: n * 30})));
  t.deepEqual(read.ok && [read.value.busy.toFixed(3), read.value.steal.toFixed(3)], ['0.400', '0.300']);
  const waiting = of(...[0, 1, 2, 3].map(n => `${n}.00 | cpu  0 0 0 0 ${n}0 0 0 0 | 0 0 0 0 0 0 0`));
  t.is(waiting.ok && waiting.value.busy, 0);
});

test('too few looks, a cut line, or a clock that stands still give no figure', t => {
  const four = [1, 2, 3, 4].map(n => look(n, {idle: n}));
  t.true(of(...four).ok);
  t.false(of(...four.slice(1)).ok);
  t.false(of(...four, '5.00 | cpu  4 0').ok);
  t.false(of(...[1, 1, 1, 1].map(n => look(n, {idle: n}))).ok);
  t.false(parseGuestLooks('', 'looks', 1).ok);
});
