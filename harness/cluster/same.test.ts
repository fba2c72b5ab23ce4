import test from 'ava';
import type {Fingerprint} from '../types.ts';
import {changesOf} from './same.ts';

const before: readonly Fingerprint[] = [
  {host: 'n1', facts: {kernel: '6.1.0-42', memoryBytes: '8000000000', qemu: '7.2.9'}},
  {host: 'n2', facts: {kernel: '6.1.0-42', memoryBytes: '8000000000'}},
];
const now = (facts: Record<string, string>): readonly Fingerprint[] => [{host: 'n1', facts}];

test('the same, with what another boot may change, is the same; hosts that do not answer are not judged', t => {
  t.deepEqual(changesOf(before, before), {forbidden: [], noted: []});
  const rebooted = now({kernel: '6.1.0-42', memoryBytes: '7990000000', qemu: '7.2.9'});
  t.deepEqual(changesOf(before, rebooted), {forbidden: [], noted: []});
});

test('planted: another kernel, half the memory, and a program that is gone', t => {
  t.deepEqual(changesOf(before, now({kernel: '6.1.0-43', memoryBytes: '4000000000'})).forbidden, [
    'kernel of n1 was 6.1.0-42 and is 6.1.0-43',
    'memoryBytes of n1 was 8000000000 and is 4000000000',
    'qemu of n1 was 7.2.9 and is not there any more',
  ]);
});

test('what was not known before is noted', t => {
  t.deepEqual(changesOf([], before).noted.length, 2);
  const more = now({kernel: '6.1.0-42', memoryBytes: '8000000000', qemu: '7.2.9', fio: 'fio-3.33'});
  t.deepEqual(changesOf(before, more), {
    forbidden: [],
    noted: ['fio of n1 is fio-3.33, and was not known when the run began'],
  });
});
