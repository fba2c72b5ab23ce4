import test from 'ava';
import {parseFingerprint} from './fingerprint.ts';

test('a program that is not there has no fact', t => {
  const text = '=kernel\n6.1.0\n=qemu\n=libvirt\n9.0.0\n=ceph\n';
  t.deepEqual(parseFingerprint('n1', text), {host: 'n1', facts: {kernel: '6.1.0', libvirt: '9.0.0'}});
});

test('an answer that is cut short is fewer facts, never wrong ones', t => {
  t.deepEqual(parseFingerprint('n1', '=kernel\n6.1.0\n=cp').facts, {kernel: '6.1.0'});
  t.deepEqual(parseFingerprint('n1', '').facts, {});
});
