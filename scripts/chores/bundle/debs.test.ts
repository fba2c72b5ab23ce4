import test from 'ava';
import {harnessPackages, hostPackages, parseUris} from './debs.ts';
import {bundleReadme} from './readme.ts';

const sum = 'f7f6f99c6d7b025914df2447fc93e11d22c44c0c8bdd8b6f36691c9e7ddcef88';
const printed = `Reading package lists...
Building dependency tree...
The following NEW packages will be installed:
  libicu72
'http://deb.debian.org/debian/pool/main/i/icu/libicu72_72.1-3%2bdeb12u1_amd64.deb' libicu72_72.1-3+deb12u1_amd64.deb 9376124 SHA256:${sum}
`;

test('what apt prints is read: address, file, size and sum', t => {
  t.deepEqual(parseUris(printed), [
    {
      url: 'http://deb.debian.org/debian/pool/main/i/icu/libicu72_72.1-3%2bdeb12u1_amd64.deb',
      file: 'libicu72_72.1-3+deb12u1_amd64.deb',
      bytes: 9_376_124,
      sha256: sum,
    },
  ]);
});

test('planted: a package with a weaker sum, or cut off, is not taken', t => {
  t.throws(() => parseUris(printed.replace(/SHA256:.*/, 'MD5Sum:5a7519057b13803f30783061c4409b51')), {
    message: /without its SHA256/,
  });
  t.throws(() => parseUris(printed.slice(0, -10)), {message: /without its SHA256/});
});

test("the harness's packages are those of the list, without comments and without what only tests need", t => {
  t.deepEqual(harnessPackages('# head\n\nqemu-utils # why\ncorosync\n\n# tests only\nfish\n'), [
    'qemu-utils',
    'corosync',
  ]);
});

const vars = `
fence_package: "{{ 'fence-agents-ipmilan' if release | int >= 13 else 'fence-agents' }}"
node_packages: [corosync, "{{ fence_package }}", fio]
ceph_packages: [ceph-mon]
client_packages: [fio, ipmitool]
`;

test("the hosts' packages are those of the role, each once, fencing by the release", t => {
  t.deepEqual(hostPackages(vars, 12), ['corosync', 'fence-agents', 'fio', 'ceph-mon', 'ipmitool', 'chrony']);
  t.true(hostPackages(vars, 13).includes('fence-agents-ipmilan'));
  t.throws(() => hostPackages(vars.replace('release | int >= 13', 'newer'), 13), {message: /which fencing package/});
});

test('the README speaks of what is there', t => {
  const given = {name: 'seatrial-1', version: '1', commit: 'abc', nodeVersion: '24', hasImage: false, releases: []};
  t.notRegex(bundleReadme(given), /guest image|debs\//);
  const whole = bundleReadme({...given, hasImage: true, releases: [13]});
  t.regex(whole, /## The guest image/);
  t.regex(whole, /--input-file debs\/debian-13-hosts\.urls/);
});
