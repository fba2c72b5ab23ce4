import {spawnSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {etcdArgv} from './etcd.ts';
import {ipaddr2Xml} from './ipaddr2.ts';
import {keepalivedText, makeKeepalived} from './keepalived.ts';
import {holdersOf, refuseTaken} from './virtual-address.ts';

const virtual = {address: '10.0.3.200', prefixLength: 24, existing: false};

/** What Keepalived says of a configuration. Of the interface, which is this machine's, it complains whatever it is. */
function complaints(t: {teardown(fn: () => void): void}, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'keepalived-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const [file, log] = [join(folder, 'conf'), join(folder, 'log')];
  writeFileSync(file, text);
  const {error} = spawnSync('keepalived', [`--config-test=${log}`, `--use-file=${file}`]);
  if (error !== undefined) throw error;
  return readFileSync(log, 'utf8');
}

test('Keepalived itself takes the configuration', t => {
  const node = {name: 'n1', device: 'lo', address: '10.0.3.1', peers: ['10.0.3.2', '10.0.3.3'], priority: 100};
  const text = keepalivedText(node, virtual);
  t.notRegex(complaints(t, text), /Unknown keyword|Unexpected/);
  t.regex(complaints(t, text.replace('unicast_peer', 'unicast_pear')), /Unknown keyword 'unicast_pear'/);
});

test('every node has its own priority, and the others for peers; the address is held by one before the trial begins', async t => {
  const {cluster, asked} = fakeCluster((host, words) => {
    if (words.startsWith('ip -o -4')) return {stdout: host === 'n2' ? '7: br0    inet 10.0.3.200/24' : ''};
    return {stdout: 'br0\n'};
  });
  t.true((await makeKeepalived(cluster, virtual)).ok);
  const texts = asked.flatMap(({stdin}) => stdin ?? []);
  t.deepEqual(
    texts.map(text => /priority (\d+)/.exec(text)?.[1]),
    ['100', '90', '80'],
  );
  t.regex(texts[1] ?? '', /unicast_src_ip 10\.0\.3\.2\n {2}unicast_peer \{\n {4}10\.0\.3\.1\n {4}10\.0\.3\.3\n {2}\}/);
});

test('a node without Keepalived is a sentence', async t => {
  const {cluster} = fakeCluster((host, words) =>
    words.includes('keepalived --use-file') && host === 'n2'
      ? {exit: 1, stderr: 'keepalived is not installed'}
      : {stdout: 'br0\n'},
  );
  const made = await makeKeepalived(cluster, virtual);
  t.regex(made.ok ? '' : made.error, /n2 exited 1: keepalived is not installed/);
});

test('an address that a node holds, or that answers, is not free', async t => {
  const free = fakeCluster((_, words) => (words.startsWith('ping') ? {exit: 1} : {}));
  t.true((await refuseTaken(free.cluster, virtual)).ok);
  const held = fakeCluster(host => (host === 'n3' ? {stdout: '7: br0    inet 10.0.3.200/24'} : {}));
  const answered = fakeCluster(() => ({}));
  for (const [{cluster}, by] of [
    [held, /taken by n3: name a free address/],
    [answered, /taken by a host that answers/],
  ] as const) {
    const refused = await refuseTaken(cluster, virtual);
    t.regex(refused.ok ? '' : refused.error, by);
  }
});

test('who does not answer holds nothing, and is told apart', async t => {
  const {cluster} = fakeCluster(host =>
    host === 'n1' ? {exit: {kind: 'unreachable', reason: 'no power'}} : {stdout: host === 'n2' ? '7: br0 inet' : ''},
  );
  t.deepEqual(await holdersOf(cluster, virtual), {holders: ['n2'], silent: ['n1']});
});

test('the resource is asked every 10 s, and does not go home by itself', t => {
  const xml = ipaddr2Xml(virtual);
  for (const part of [
    "name='ip' value='10.0.3.200'",
    "name='cidr_netmask' value='24'",
    "name='monitor' interval='10s'",
    "name='resource-stickiness' value='100'",
  ])
    t.true(xml.includes(part), part);
});

test('members of etcd speak to each other at the port after the clients', t => {
  const members = ['n1', 'n2', 'n3'].map((node, index) => ({node, url: `http://10.0.0.${index + 1}:2379`}));
  const argv = etcdArgv({members}, 'n2');
  t.true(argv.includes('--listen-client-urls=http://10.0.0.2:2379'));
  t.true(argv.includes('--listen-peer-urls=http://10.0.0.2:2380'));
  t.true(argv.includes('--initial-cluster=n1=http://10.0.0.1:2380,n2=http://10.0.0.2:2380,n3=http://10.0.0.3:2380'));
});
