import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {parse} from 'yaml';
import {z} from 'zod';
import {type Inventory, readInventory} from '../config/inventory.ts';
import {clusterSet, clusterVars} from './cluster.ts';
import {ansibleInventory, secretVars} from './inventory.ts';

function inventory(alter: (text: string) => string = text => text): Inventory {
  const text = alter(`cluster: prod-a
ssh: {user: ops, port: 2222, key: /root/.ssh/key, knownHosts: /etc/known hosts}
storage: ceph
hardware: {emulated: false, shared: false, note: x}
nodes:
  - name: n1
    addresses: {management: 10.0.0.1, cluster: 10.0.1.1, storage: 10.0.2.1}
    interfaces: {service: ens3}
    bmc: {address: 10.0.9.1, username: admin, passwordEnv: BMC}
    scratch: [/dev/sdx, /srv/scratch]
  - name: n2
    addresses: {management: 10.0.0.2, cluster: 10.0.1.2}
    bmc: {address: 10.0.9.2, port: 6230, username: admin, passwordEnv: BMC}
    scratch: [/srv/scratch]
client: {name: c1, addresses: {management: 10.0.0.9, service: 10.0.3.9}}
`);
  const read = readInventory(text, 'i.yaml');
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  return read.value;
}

const ssh = {
  user: 'ops',
  port: 2222,
  key: '/root/.ssh/key',
  knownHosts: '/etc/known hosts',
  sudo: {password: 'planted'},
};

test('hosts are reached as by our own transport: the golden inventory', t => {
  const made = ansibleInventory(inventory(), ssh, '/tmp/x');
  const n1 = {
    ansible_host: '10.0.0.1',
    ansible_user: 'ops',
    ansible_port: 2222,
    ansible_ssh_private_key_file: '/root/.ssh/key',
    addresses: {management: '10.0.0.1', cluster: '10.0.1.1', storage: '10.0.2.1'},
    interfaces: {service: 'ens3'},
    scratch: ['/dev/sdx', '/srv/scratch'],
    bmc: {address: '10.0.9.1', port: 623, username: 'admin'},
  };
  t.like(made, {
    all: {vars: {ansible_connection: 'ssh', ansible_become: true, cluster_name: 'prod-a', storage: 'ceph'}},
  });
  t.like(made, {
    all: {children: {nodes: {hosts: {n1}, vars: {node_ids: {n1: 1, n2: 2}}}, client: {hosts: {c1: {scratch: []}}}}},
  });
  const text = JSON.stringify(made);
  for (const option of [
    'BatchMode=yes',
    'StrictHostKeyChecking=yes',
    'ControlPath=/tmp/x/%C',
    'UserKnownHostsFile=/etc/known hosts',
  ]) {
    t.true(text.includes(option), option);
  }
});

test('no password is in the inventory, nor in what the roles are told', t => {
  const text = JSON.stringify([ansibleInventory(inventory(), ssh, '/tmp/x'), clusterVars(inventory())]);
  t.false(text.includes('planted'));
  t.false(text.includes('BMC'));
});

test('Ansible itself reads it as it was meant', t => {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-inventory-'));
  const file = join(folder, 'hosts.json');
  writeFileSync(file, JSON.stringify(ansibleInventory(inventory(), ssh, folder)));
  writeFileSync(join(folder, 'ansible.cfg'), '[defaults]\n');
  const env = {...process.env, ANSIBLE_CONFIG: join(folder, 'ansible.cfg'), ANSIBLE_HOME: folder};
  const said = execFileSync('ansible-inventory', ['--inventory', file, '--list'], {encoding: 'utf8', env});
  const read = z.object({
    nodes: z.object({hosts: z.array(z.string())}),
    client: z.object({hosts: z.array(z.string())}),
  });
  t.deepEqual(read.parse(JSON.parse(said)), {nodes: {hosts: ['n1', 'n2']}, client: {hosts: ['c1']}});
  rmSync(folder, {recursive: true});
});

test('a password is data, whatever characters are in it', t => {
  const odd = `a"b'c{{ 7 * 7 }}\\n: #`;
  const text = secretVars({bmc: {n1: odd}});
  t.deepEqual(parse(text, {customTags: [{tag: '!unsafe', resolve: (value: string) => value}]}), {
    bmc_passwords: {n1: odd},
  });
  t.is(secretVars({bmc: {}}), 'bmc_passwords: {}\n');
});

test('planes, monitors and managers', t => {
  t.like(clusterVars(inventory()), {
    corosync_planes: ['cluster', 'management'],
    peer_addresses: {n1: '10.0.1.1', n2: '10.0.1.2'},
    ceph_addresses: {n1: '10.0.2.1', n2: '10.0.1.2'},
    ceph_monitors: ['n1'],
    ceph_managers: ['n1', 'n2'],
    provision: {bridge: 'br-service', firewall: true, osd_file_bytes: 10 * 2 ** 30, osd_memory_bytes: 4 * 2 ** 30},
  });
  const shared = inventory(text => text.replace('cluster: 10.0.1.2', 'cluster: 10.0.0.2'));
  t.deepEqual(clusterVars(shared).corosync_planes, ['cluster']);
  const without = inventory(text => text.replace(', cluster: 10.0.1.2', ''));
  t.deepEqual(clusterVars(without).corosync_planes, ['management']);
});

test('refused: no BMC, nothing to store on', t => {
  t.is(clusterSet.refusal(inventory()), undefined);
  const noBmc = inventory(text => text.replace(/ {4}bmc: .*6230.*\n/, ''));
  t.regex(clusterSet.refusal(noBmc)?.sentence ?? '', /none for n2$/);
  const noScratch = inventory(text => text.replace(/ {4}scratch: \[\/srv\/scratch\]\n/, ''));
  t.regex(clusterSet.refusal(noScratch)?.sentence ?? '', /directory for n2$/);
  const other = inventory(text =>
    text.replace(/ {4}scratch: \[\/srv\/scratch\]\n/, '').replace('storage: ceph', 'storage: none'),
  );
  t.is(clusterSet.refusal(other), undefined);
});
