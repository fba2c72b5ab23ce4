import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {parse} from 'yaml';
import {readInventory} from '../config/inventory.ts';
import {haClusterPlaybook} from './ha-cluster.ts';

const read = readInventory(
  readFileSync(new URL('../../docs/inventory.yaml', import.meta.url), 'utf8'),
  'inventory.yaml',
);
if (!read.ok) throw new Error(JSON.stringify(read.error));
const text = haClusterPlaybook(read.value);

test('nodes, links and fencing are those of the inventory', t => {
  const [{vars}] = parse(text);
  t.is(vars.ha_cluster_cluster_name, 'prod-a');
  t.deepEqual(vars.ha_cluster_node_options[0], {
    node_name: 'n1',
    pcs_address: '10.0.0.1',
    corosync_addresses: ['10.0.1.1', '10.0.0.1'],
  });
  t.is(vars.ha_cluster_resource_primitives.length, 3);
  t.like(vars.ha_cluster_resource_primitives[0], {id: 'fence-n1', agent: 'stonith:fence_ipmilan'});
  t.deepEqual(vars.ha_cluster_constraints_location[2], {
    resource: {id: 'fence-n3'},
    node: 'n3',
    options: [{name: 'score', value: '-INFINITY'}],
  });
});

test('it says that it was not run, and holds no password', t => {
  t.regex(text, /it was NOT run/);
  t.regex(text, /value: "\{\{ bmc_passwords\['n1'\] \}\}"/);
});

/** The role itself is not here: an empty one of its name lets Ansible check everything else. */
function syntax(playbook: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-ha-'));
  mkdirSync(join(folder, 'roles/linux-system-roles.ha_cluster/tasks'), {recursive: true});
  writeFileSync(join(folder, 'roles/linux-system-roles.ha_cluster/tasks/main.yml'), '[]\n');
  writeFileSync(join(folder, 'play.yml'), playbook);
  writeFileSync(join(folder, 'ansible.cfg'), '[defaults]\n');
  const env = {...process.env, ANSIBLE_CONFIG: join(folder, 'ansible.cfg'), ANSIBLE_HOME: folder};
  try {
    const argv = ['--syntax-check', '--inventory', 'localhost,', join(folder, 'play.yml')];
    return execFileSync('ansible-playbook', argv, {encoding: 'utf8', env, stdio: 'pipe'});
  } finally {
    rmSync(folder, {recursive: true});
  }
}

test('Ansible takes it; planted: not with a misspelt key', t => {
  t.regex(syntax(text), /playbook: /);
  t.throws(() => syntax(text.replace('become: true', 'becom: true')), {message: /'becom' is not a valid attribute/});
});
