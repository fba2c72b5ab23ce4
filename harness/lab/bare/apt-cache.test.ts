import test from 'ava';
import {requestOf} from './apt-cache.ts';

const mirrors = ['https://m.example/debian', 'http://m.example/debian-security'];

test('a package is kept under its own path, for ever, and fetched as the mirror is reached', t => {
  t.deepEqual(requestOf('http://m.example/debian/pool/main/s/sl/sl_5.02-1+b1_amd64.deb', mirrors), {
    source: 'https://m.example/debian/pool/main/s/sl/sl_5.02-1+b1_amd64.deb',
    file: 'm.example/debian/pool/main/s/sl/sl_5.02-1+b1_amd64.deb',
    unchanging: true,
  });
  const epoch = requestOf('http://m.example/debian/pool/main/i/iproute2/iproute2_1%3a6.1.0-3_amd64.deb', mirrors);
  t.is(epoch?.file, 'm.example/debian/pool/main/i/iproute2/iproute2_1:6.1.0-3_amd64.deb');
});

test('an index changes, one named by its hash does not', t => {
  const unchanging = (rest: string) => requestOf(`http://m.example/debian/dists/bookworm/${rest}`, mirrors)?.unchanging;
  t.false(unchanging('InRelease'));
  t.true(unchanging('main/binary-amd64/by-hash/SHA256/00ff'));
});

test('two mirrors of one host are told apart', t => {
  t.is(
    requestOf('http://m.example/debian-security/dists/x/InRelease', mirrors)?.source,
    'http://m.example/debian-security/dists/x/InRelease',
  );
});

for (const asked of [
  'http://elsewhere.example/debian/pool/x.deb',
  'http://m.example/debian',
  'http://m.example/debianist/pool/x.deb',
  'http://m.example/debian/../secret',
  'http://m.example/debian/pool/%2e%2e/%2e%2e/%2e%2e/etc/shadow',
  'http://m.example/debian/pool/%00',
  'http://m.example/debian/pool/%zz',
  'http://m.example/debian/pool//x.deb',
  'http://user@m.example/debian/pool/x.deb',
  '/debian/pool/x.deb',
  '',
]) {
  test(`refused: ${asked}`, t => {
    t.is(requestOf(asked, mirrors), undefined);
  });
}
