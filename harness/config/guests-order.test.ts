import {readFileSync} from 'node:fs';
import test from 'ava';
import {readInventory} from './inventory.ts';
import {formatConfigError} from './yaml.ts';

const host = (name: string, index: number) =>
  `  - {name: ${name}, addresses: {management: 10.0.0.${index}, cluster: 10.0.1.${index}}}\n`;
const text = `cluster: prod-a
storage: ceph
hardware: {emulated: false, shared: false, note: two nodes}
nodes:
${host('n1', 1)}${host('n2', 2)}client: {name: c1, addresses: {management: 10.0.0.9, service: 10.0.3.9}}
guests:
  - {name: sea-vm1, address: 10.0.3.101, memory: 512 MiB, vcpus: 1, scratchDevice: /dev/scratch}
provision:
  guests:
    prefix: sea-
    owner: ops@example.org
    expires: 2027-01-31
    quota: {guests: 4, memory: 4 GiB, vcpus: 4, disk: 20 GiB}
    bridge: br0
    store: {kind: rbd, pool: vms}
`;

function errorsOf(from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`there is no ${from}`);
  const read = readInventory(text.replace(from, to), 'i.yaml');
  return read.ok ? '' : read.error.map(formatConfigError).join('\n');
}

test('an order is read, with defaults and in base units', t => {
  const read = readInventory(text, 'i.yaml');
  if (!read.ok) return t.fail(read.error.map(formatConfigError).join('\n'));
  t.deepEqual(read.value.provision.guests, {
    folder: '/var/lib/seatrial/guests',
    prefix: 'sea-',
    owner: 'ops@example.org',
    expires: '2027-01-31',
    quota: {guests: 4, vcpus: 4, memoryBytes: 4 * 2 ** 30, diskBytes: 20 * 2 ** 30},
    disks: {ledgerBytes: 64 * 2 ** 20, scratchBytes: 2 ** 30},
    bridge: 'br0',
    prefixLength: 24,
    accelerator: 'kvm',
    store: {kind: 'rbd', pool: 'vms', makePool: false},
    migration: {transport: 'tcp'},
  });
});

test('a shared folder, and a way for migrations', t => {
  t.is(errorsOf('{kind: rbd, pool: vms}', '{kind: folder, path: /srv/vms}'), '');
  t.is(errorsOf('bridge: br0', 'bridge: br0\n    migration: {transport: tls, networkSuffix: -cluster}'), '');
});

const bad: {title: string; from: string; to: string; expected: RegExp}[] = [
  {
    title: 'a guest without the prefix',
    from: 'name: sea-vm1',
    to: 'name: vm1',
    expected: /^i\.yaml:9:12: found "vm1" for guests\[1\]\.name, expected a name that begins with sea-; .*rename it/,
  },
  {
    title: 'a resource without the prefix',
    from: 'name: sea-vm1',
    to: 'name: sea-vm1, resource: vm1',
    expected: /guests\[1\]\.resource, expected a name that begins with sea-/,
  },
  {title: 'a prefix that is none', from: 'prefix: sea-', to: "prefix: ''", expected: /end in a dash/},
  {title: 'a day that there is not', from: '2027-01-31', to: '2027-02-31', expected: /guests\.expires/},
  {title: 'a size without unit', from: 'memory: 4 GiB', to: "memory: '4'", expected: /a size such as "64 MiB"/},
  {title: 'no quota', from: 'quota: {guests: 4, memory: 4 GiB, vcpus: 4, disk: 20 GiB}', to: '', expected: /quota/},
  {title: 'an owner in two words', from: 'ops@example.org', to: 'the night shift', expected: /without spaces/},
  {title: 'a store of another kind', from: 'kind: rbd', to: 'kind: zfs', expected: /store\.kind/},
  {
    title: 'a folder that climbs',
    from: '{kind: rbd, pool: vms}',
    to: '{kind: folder, path: /srv/../etc}',
    expected: /a folder of its own/,
  },
  {
    title: 'a further guest at the address of another',
    from: '    bridge: br0',
    to: '    bridge: br0\n    trial: {address: 10.0.3.101}',
    expected: /10\.0\.3\.101.*guests\.trial\.address/,
  },
  {title: 'a pool that is an option', from: 'pool: vms', to: 'pool: --help', expected: /store\.pool/},
];
for (const {title, from, to, expected} of bad) {
  test(`refused: ${title}`, t => {
    t.regex(errorsOf(from, to), expected);
  });
}

test("a further guest has the template's sizes", t => {
  const read = readInventory(text.replace('bridge: br0', 'bridge: br0\n    trial: {address: 10.0.3.151}'), 'i.yaml');
  t.deepEqual(read.ok && read.value.provision.guests?.trial, {
    address: '10.0.3.151',
    memoryBytes: 8 * 2 ** 30,
    vcpus: 4,
    diskBytes: 20 * 2 ** 30,
  });
});

test('the order that docs/inventory.yaml shows is a good one', t => {
  const path = new URL('../../docs/inventory.yaml', import.meta.url);
  const [before = '', order = ''] = readFileSync(path, 'utf8')
    .replace('- name: vm1', '- name: sea-vm1')
    .replaceAll('guest: vm1', 'guest: sea-vm1')
    .split('  # guests:\n');
  const read = readInventory(`${before}  guests:\n${order.replace(/^ {2}# /gm, '  ')}`, 'inventory.yaml');
  t.is(read.ok ? '' : read.error.map(formatConfigError).join('\n'), '');
  t.is(read.ok ? read.value.provision.guests?.prefix : '', 'sea-');
});
