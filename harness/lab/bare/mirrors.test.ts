import test from 'ava';
import {mirrorsIn} from './mirrors.ts';

test('the archive and the security updates, from what apt prints of its sources', t => {
  t.deepEqual(
    mirrorsIn(`http://deb.debian.org/debian/
http://deb.debian.org/debian/
http://deb.debian.org/debian-security/
https://deb.nodesource.com/node_20.x/
`),
    {archive: 'http://deb.debian.org/debian', security: 'http://deb.debian.org/debian-security'},
  );
});

test('a mirror by https, and none for security', t => {
  t.deepEqual(mirrorsIn('https://mirror.example/pub/debian\n'), {archive: 'https://mirror.example/pub/debian'});
});

test('sources that no proxy can fetch from, or that are not Debian’s, are none', t => {
  for (const uris of ['', 'cdrom:[Debian 12]/debian/', 'file:/srv/debian/', 'http://packages.example/ubuntu/']) {
    t.is(mirrorsIn(uris), undefined, uris);
  }
});
