import test from 'ava';
import {readInventory} from '../../config/inventory.ts';
import {bareFiles, knownHostLine} from './hosts.ts';
import {inventoryText} from './inventory.ts';
import {planBare} from './plan.ts';

const plan = (hosts: number) => {
  let made = 0;
  return planBare({name: 'b', release: 'debian-13', hosts, postSeconds: 5}, () => `secret${++made}`);
};
const files = {
  key: '/s/key',
  knownHosts: '/s/known_hosts',
  sudoPassword: '/s/sudo-password',
  bmcPassword: (host: string) => `/s/bmc-${host}`,
};

test('nodes with a controller each, and a client without; nothing of a cluster', t => {
  const {hosts, record} = plan(9);
  t.is(hosts.length, 10);
  t.is(new Set(record.nodes.map(({bmc}) => bmc?.address)).size, 9);
  t.is(new Set(hosts.flatMap(({host}) => Object.values(host.addresses))).size, 9 * 4 + 2);
  t.is(record.client.bmc, undefined);
  t.deepEqual([record.guests, record.bare], [[], {release: 'debian-13'}]);
});

test('what a report must say of them is in the note', t => {
  const {hardware} = plan(2).record;
  t.true(hardware.emulated && hardware.shared);
  t.regex(hardware.note, /debian-13.*emulation.*takes 5 s to its operating system/);
});

test('the inventory reads as any other does, and holds no password', t => {
  const {record} = plan(3);
  const text = inventoryText(record, files, 'root');
  const read = readInventory(text, 'i.yaml');
  if (!read.ok) return t.fail(JSON.stringify(read.error));
  t.deepEqual(
    read.value.nodes.map(({name, bmc}) => [name, bmc?.address, bmc?.password]),
    [1, 2, 3].map(index => [`n${index}`, `10.77.0.10${index}`, {file: `/s/bmc-n${index}`}]),
  );
  t.deepEqual(read.value.nodes[0]?.scratch, ['/srv/scratch']);
  for (const login of ['root', 'sudo'] as const) t.notRegex(inventoryText(record, files, login), /secret\d/);
});

test('the user with sudo says where its password is', t => {
  const text = inventoryText(plan(2).record, files, 'sudo');
  t.regex(text, /user: seatrial\n[\s\S]*become:\n +method: sudo\n +passwordFile: \/s\/sudo-password\n/);
  t.notRegex(inventoryText(plan(2).record, files, 'root'), /become/);
});

test('hosts share no identity, and secrets are for their owner', t => {
  const [first, second] = plan(2).record.nodes;
  if (first === undefined || second === undefined) return t.fail('two nodes');
  const keys = (open: string) => ({secret: 'private', open: `ssh-ed25519 ${open} c\n`, admin: 'ssh-ed25519 A a\n'});
  const [one, other] = [bareFiles('b', first, keys('K1')), bareFiles('b', second, keys('K2'))];
  t.regex(one['/etc/machine-id']?.text ?? '', /^[0-9a-f]{32}\n$/);
  t.not(one['/etc/machine-id']?.text, other['/etc/machine-id']?.text);
  t.is(one['/etc/ssh/ssh_host_ed25519_key']?.mode, 0o600);
  t.is(knownHostLine(first, 'ssh-ed25519 K1 c\n'), '10.77.0.11 ssh-ed25519 K1\n');
});
