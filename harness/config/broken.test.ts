import {readFileSync} from 'node:fs';
import test from 'ava';
import {z} from 'zod';
import {brokenIn} from '../../fixtures/kit/broken.ts';
import {fromListing} from './ansible-inventory.ts';
import {readDocument} from './document.ts';
import {inventoryFor, readInventory, type Surroundings} from './inventory.ts';
import {formatConfigError, readYaml} from './yaml.ts';

const text = readFileSync(new URL('../../docs/inventory.yaml', import.meta.url), 'utf8');
const all: Surroundings = {
  privateKey: () => undefined,
  secretFile: () => undefined,
  file: () => undefined,
  variable: () => undefined,
};

test('what escapes from a check is told as a value that cannot be checked', t => {
  const schema = z.strictObject({a: z.string()}).superRefine(() => {
    throw new Error('no such thing');
  });
  const read = readYaml(schema, 'a: x\n', 'a.yaml');
  t.deepEqual(read.ok ? [] : read.error.map(formatConfigError), [
    'a.yaml:1:1: found a mapping for the file, expected values that can be checked; a check of seatrial failed over them (no such thing): look at the values that were changed last, and tell its authors',
  ]);
});

test('an inventory with one leaf that is wrong is refused or read, and no check fails over it', t => {
  const read = readDocument(text, 'inventory.yaml');
  if (!read.ok || typeof read.value.data !== 'object') {
    t.fail('docs/inventory.yaml is no mapping');
    return;
  }
  const {monitoring, ...rest} = Object(read.value.data);
  const logins = [{username: 'a', passwordFile: '/etc/a'}, {tokenFile: '/etc/b'}];
  for (const login of logins) {
    const {refused, failed} = brokenIn(inventoryFor(all), {...rest, monitoring: {...monitoring, login}});
    t.deepEqual(failed, []);
    t.true(refused > 300, `${refused} refused`);
  }
});

const outside = `cluster: prod
storage: nbd
hardware: {emulated: false, shared: false, note: x}
nodes:
  - {name: n1, addresses: {management: 10.0.0.1}}
  - {name: n2, addresses: {management: 10.0.0.2}}
client: {name: c, addresses: {management: 10.0.0.9, service: 10.2.0.9}}
`;
const monitored = (login: string) =>
  `${outside}monitoring: {prometheus: "http://10.0.0.9:9090", alertmanager: "http://10.0.0.9:9093", messages: "10.0.0.9:9099", login: ${login}}\n`;
const guest = (more: string) => `${outside}guests:\n  - {name: vm1, address: 10.2.0.1, ${more}}\n`;

const told: [string, string, RegExp][] = [
  [
    'memory in MB',
    guest('memory: 512 MB, vcpus: 1'),
    /^i\.yaml:9:\d+: found "512 MB" for guests\[1\]\.memory, expected memory such as "512 MiB"/,
  ],
  [
    'no virtual CPU',
    guest('memory: 1 GiB, vcpus: 0'),
    /^i\.yaml:9:\d+: found 0 for guests\[1\]\.vcpus, expected at least 1/,
  ],
  [
    'a login without a name',
    monitored('{username: "", passwordFile: /a/b}'),
    /found "" for monitoring\.login\.username, expected some text/,
  ],
  [
    'a token in a relative file',
    monitored('{tokenFile: a/b}'),
    /found "a\/b" for monitoring\.login\.tokenFile, expected an absolute path/,
  ],
];
for (const [title, inventory, expected] of told) {
  test(`refused: ${title}`, t => {
    const read = readInventory(inventory, 'i.yaml', all);
    t.regex(read.ok ? '' : read.error.map(formatConfigError).join('\n'), expected);
  });
}

test("a guest's memory in MB is refused by its host and variable, in an inventory of Ansible", t => {
  const hostvars = {
    n1: {
      ansible_host: '10.0.0.1',
      seatrial_cluster: 'prod',
      seatrial_storage: 'nbd',
      seatrial_hardware: {emulated: false, shared: false, note: 'x'},
      seatrial_guests: [{name: 'vm1', address: '10.2.0.1', memory: '512 MB', vcpus: 1}],
    },
    n2: {ansible_host: '10.0.0.2'},
    c: {ansible_host: '10.0.0.9', seatrial_addresses: {service: '10.2.0.9'}},
  };
  const listing = {_meta: {hostvars}, nodes: {hosts: ['n1', 'n2']}, client: {hosts: ['c']}};
  const read = fromListing('hosts', listing, undefined);
  t.deepEqual(read.ok ? [] : read.error, [
    'hosts: variable seatrial_guests[1].memory: found "512 MB", expected memory such as "512 MiB" or "4 GiB"; change the value',
  ]);
});
