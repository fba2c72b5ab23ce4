import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {ansiblePath, fromListing, isAnsible, readAnsible} from './ansible-inventory.ts';
import {readInventory, type Surroundings} from './inventory.ts';

const docs = join(import.meta.dirname, '../../docs');
const ours = readFileSync(join(docs, 'inventory.yaml'), 'utf8');

/** Files of an Ansible inventory in a folder of their own. */
function folder(t: ExecutionContext, files: Readonly<Record<string, string>>): string {
  const path = mkdtempSync(join(tmpdir(), 'ansible-'));
  t.teardown(() => rmSync(path, {recursive: true, force: true}));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, name)), {recursive: true});
    writeFileSync(join(path, name), text);
  }
  return path;
}

const hosts = `[cluster_nodes]
n1 ansible_host=10.0.0.1 ansible_port=2222
n2 ansible_host=10.0.0.2
[client]
c1 ansible_host=10.0.0.9 seatrial_addresses="{'service': '10.0.3.9'}"
`;
const all = `ansible_user: ops
ansible_become: true
seatrial_become_password_env: SUDO
ansible_ssh_common_args: -o ProxyJump=ops@gate
seatrial_cluster: prod-a
seatrial_storage: none
seatrial_hardware: {emulated: false, shared: false, note: two}
seatrial_guests: [{name: vm1, address: 10.0.3.101, memory: 1 GiB, vcpus: 1, scratchDevice: /dev/vdb}]
`;
const good = {hosts: hosts, 'group_vars/all.yaml': all};

test('the example of the docs is the cluster of the other example', t => {
  const read = readAnsible(join(docs, 'inventory-ansible'));
  if (!read.ok) return t.fail(read.error.join('\n'));
  const other = readInventory(ours, 'inventory.yaml');
  if (!other.ok) return t.fail();
  const {ssh, nodes, client, ...rest} = read.value;
  const login = {user: 'root', port: 22, key: '/root/.ssh/seatrial'};
  t.deepEqual(other.value.ssh, login);
  t.deepEqual(ssh, {});
  t.deepEqual(
    [...nodes, client],
    [...other.value.nodes, other.value.client].map(host => ({...host, ssh: login})),
  );
  t.deepEqual({...rest, ssh: login, nodes: other.value.nodes, client: other.value.client}, other.value);
});

test('how hosts are reached comes from Ansible’s own variables', t => {
  const read = readAnsible(folder(t, good));
  t.deepEqual(read, fromListing('i', JSON.parse(recorded), undefined));
  if (!read.ok) return t.fail(read.error.join('\n'));
  const {nodes, client, ssh} = read.value;
  t.deepEqual(nodes[0]?.ssh, {user: 'ops', port: 2222, jump: 'ops@gate'});
  t.deepEqual(nodes[1]?.ssh, {user: 'ops', jump: 'ops@gate'});
  t.deepEqual(client.addresses, {management: '10.0.0.9', service: '10.0.3.9'});
  t.deepEqual(ssh, {become: {password: {env: 'SUDO'}}});
});

const recorded = readFileSync(join(docs, '../fixtures/ansible-2.14/list.json'), 'utf8');

test('host keys, and who becomes root how, are of the whole cluster: what differs is refused', t => {
  for (const variable of ['seatrial_known_hosts', 'seatrial_ssh_config', 'seatrial_become_password_file']) {
    const listing = JSON.parse(recorded);
    Object.assign(listing._meta.hostvars.n1, {[variable]: '/a/b'});
    Object.assign(listing._meta.hostvars.c1, {[variable]: '/c/d'});
    const read = fromListing('i', listing, undefined);
    t.deepEqual(read.ok ? [] : read.error, [
      `i: hosts n1 and c1, variable ${variable}: it differs; say it once, for the group "all"`,
    ]);
  }
});

/** What is said when the listing of the same inventory has `to` wherever it had `from`. */
function refusal(t: ExecutionContext, from: string, to: string): string {
  t.true(recorded.includes(from), from);
  const read = fromListing('i', JSON.parse(recorded.replaceAll(from, to)), undefined);
  return read.ok ? '' : read.error.join('\n');
}

const become = '"ansible_become": true';
const wrong: readonly [title: string, from: string, to: string, expected: RegExp][] = [
  [
    'a misspelt plane of a host',
    '"service"',
    '"servise"',
    /i: host c1, variable seatrial_addresses\.servise: found unknown key "servise", expected .*did you mean "service"\?/,
  ],
  [
    'a misspelt variable of the cluster',
    'seatrial_storage',
    'seatrial_storge',
    /i: variable seatrial_storge: found unknown key "storge"/,
  ],
  ['a missing one', '"seatrial_storage": "none"', '"x": 1', /i: variable seatrial_storage: found nothing, expected/],
  ['a value that is none', '"1 GiB"', '1', /i: variable seatrial_guests\[1\]\.memory: found 1, expected/],
  ['a port that is none', '2222', '99999', /i: host n1, variable ansible_port: found 99999, expected/],
  [
    'a password',
    become,
    `${become}, "ansible_become_password": "hunter2"`,
    /i: host n1, variable ansible_become_password: found a password, expected none .*seatrial_become_password_file/,
  ],
  [
    'another way to become root',
    become,
    `${become}, "ansible_become_method": "su"`,
    /i: variable ansible_become_method: found "su", expected/,
  ],
  [
    'options for ssh that would be lost',
    '-o ProxyJump=ops@gate',
    '-o StrictHostKeyChecking=no',
    /i: host n1, variable ansible_ssh_common_args: found .* expected only a jump host .*seatrial_ssh_config/,
  ],
  ['a template', '"10.0.0.2"', '"{{ address }}"', /i: host n2, variable ansible_host: found a template/],
  [
    'a client that is this machine',
    '"ansible_host": "10.0.0.9"',
    '"ansible_connection": "local"',
    /i: host c1, variable ansible_connection: found "local", expected ssh/,
  ],
  [
    'an ssh of our own',
    become,
    `${become}, "seatrial_ssh": {"key": "/a/b"}`,
    /i: host n1, variable seatrial_ssh: found a value, expected none; it would be lost: ansible_user/,
  ],
  [
    'nodes of our own',
    become,
    `${become}, "seatrial_nodes": []`,
    /i: host n1, variable seatrial_nodes: found a value, expected none; it would be lost: the group "nodes" says it$/,
  ],
  ['no nodes', '"cluster_nodes"', '"servers"', /i: no host is in a group "nodes" \(or "cluster_nodes"\)/],
  ['two clients', '"c1"\n', '"c1", "c2"\n', /i: 2 hosts are in the group "client": it must be exactly one/],
  [
    'a variable of ours that is none',
    '"ansible_host": "10.0.0.2"',
    '"ansible_host": "10.0.0.2", "seatrial_limit": 1',
    /i: variable seatrial_limit: found unknown key "limit"/,
  ],
  ['something else', '"_meta"', '"meta"', /i: that is no listing of ansible-inventory/],
];
for (const [title, from, to, expected] of wrong) {
  test(`refused with host and variable: ${title}`, t => {
    const said = refusal(t, from, to);
    t.regex(said, expected);
    t.notRegex(said, /hunter2/);
  });
}

test('what is said of the cluster must be the same wherever it is said', t => {
  const listing = JSON.parse(recorded);
  listing._meta.hostvars.n2.seatrial_storage = 'ceph';
  listing._meta.hostvars.c1.ansible_become = false;
  const read = fromListing('i', listing, undefined);
  const said = read.ok ? '' : read.error.join('\n');
  t.regex(said, /i: hosts n1 and n2, variable seatrial_storage: it differs/);
  t.regex(said, /i: hosts n1 and c1, variable ansible_become: it differs/);
});

test('what an inventory names must be there, and is told with its variable', t => {
  const nothing: Surroundings = {
    privateKey: () => undefined,
    secretFile: () => undefined,
    file: () => undefined,
    variable: () => 'that variable is not set',
  };
  const read = fromListing('i', JSON.parse(recorded), nothing);
  t.deepEqual(read.ok ? [] : read.error, [
    `i: variable seatrial_become_password_env: found "SUDO", expected a variable with the password for sudo; that variable is not set`,
  ]);
});

test('an inventory that Ansible cannot read is no empty one', t => {
  const path = folder(t, {'hosts.yaml': 'all: ['});
  const read = readAnsible(join(path, 'hosts.yaml'));
  t.regex(read.ok ? '' : read.error.join('\n'), /hosts\.yaml: ansible-inventory cannot read it: .*\S/);
  const missing = readAnsible(join(path, 'nowhere'));
  t.regex(missing.ok ? '' : missing.error.join('\n'), /cannot read it/);
});

test.serial('a machine without Ansible says what to install', t => {
  const {PATH} = process.env;
  process.env.PATH = '/nowhere';
  t.teardown(() => {
    process.env.PATH = PATH;
  });
  const read = readAnsible('/x');
  t.regex(read.ok ? '' : read.error.join('\n'), /no ansible-inventory\. Run: apt-get install ansible-core/);
});

test('it is known by its prefix, as a folder, and by its text', t => {
  const never = () => t.fail() as never;
  t.is(ansiblePath('ansible:/x/y', never), '/x/y');
  t.is(ansiblePath(docs, never), docs);
  t.is(ansiblePath('/nowhere', never), undefined);
  t.is(
    ansiblePath(join(docs, 'inventory.yaml'), () => ours),
    undefined,
  );
  t.true(isAnsible(hosts));
  t.true(isAnsible('all:\n  children:\n    nodes:\n      hosts:\n        n1:\n'));
  t.false(isAnsible(ours));
  t.false(isAnsible('{"cluster": "a", "nodes": []}'));
});
