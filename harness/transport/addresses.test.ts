import test from 'ava';
import {canonicalAddresses, canonicalIp} from './addresses.ts';

test('an address has one form', t => {
  t.is(canonicalIp('10.0.0.1'), '10.0.0.1');
  t.is(canonicalIp('2001:DB8:0:0:0::1'), '2001:db8::1');
  t.is(canonicalIp('::ffff:10.0.0.1'), '10.0.0.1');
  t.is(canonicalIp('::ffff:a00:1'), '10.0.0.1');
  t.is(canonicalIp('n1'), 'n1');
});

test('a name stands for its addresses, and for itself where it has none', async t => {
  t.true((await canonicalAddresses('localhost')).some(address => address === '127.0.0.1' || address === '::1'));
  t.deepEqual(await canonicalAddresses('LOCALHOST'), await canonicalAddresses('localhost'));
  t.deepEqual(await canonicalAddresses('No-Such-Host.invalid'), ['no-such-host.invalid']);
});
