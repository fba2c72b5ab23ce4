import test from 'ava';
import {mmdebstrap, releases, rootName, sourcesOf} from './releases.ts';

const mirrors = {archive: 'https://m.example/debian', security: 'https://m.example/debian-security'};

test('hosts ask by http, whatever the mirror speaks: the proxy goes on from there', t => {
  t.deepEqual(sourcesOf('debian-13', mirrors), [
    'deb http://m.example/debian trixie main',
    'deb http://m.example/debian trixie-updates main',
    'deb http://m.example/debian-security trixie-security main',
  ]);
  t.is(sourcesOf('debian-12', {archive: mirrors.archive}).length, 2);
});

test('a root is another one when anything that it is made from is', t => {
  const names = [
    ...releases.map(release => rootName(release, mirrors)),
    rootName('debian-12', {archive: mirrors.archive}),
    rootName('debian-12', {...mirrors, archive: 'https://n.example/debian'}),
  ];
  t.is(new Set(names).size, names.length);
  t.is(rootName('debian-12', mirrors), rootName('debian-12', {...mirrors}));
  t.regex(rootName('debian-12', mirrors), /^debian-12-[0-9a-f]{12}$/);
});

test('nothing of a cluster is in a bare root', t => {
  const include = mmdebstrap('debian-12', mirrors, '/x').find(word => word.startsWith('--include=')) ?? '';
  t.regex(include, /openssh-server/);
  t.notRegex(include, /corosync|pacemaker|pcs|crmsh|libvirt|qemu|ceph|fio|iperf3|fence/);
});
