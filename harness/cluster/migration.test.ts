import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {atRest, migrateCommand} from './migration.ts';

const {cluster} = fakeCluster(() => ({}));
const [guest] = cluster.guests;
const [, to] = cluster.nodes;

const words = (parameters: Record<string, string>, more: object = {}) => {
  if (guest === undefined || to === undefined) throw new Error('no guest');
  const request = {guest, to, parameters, option: 'pre-copy' as const, bandwidthMiBPerSecond: 0, timeoutMs: 1};
  return migrateCommand({...request, ...more})
    .argv.slice(3)
    .join(' ');
};

test("a peer is reached as the cluster's agent reaches it", t => {
  t.is(words({migration_transport: 'tcp'}), 'migrate --live vm1 qemu+tcp://n2/system');
  t.is(words({}), 'migrate --live vm1 qemu://n2/system');
  const suffixed = {migration_transport: 'ssh', migration_network_suffix: '-mig', migration_user: 'root'};
  t.is(words(suffixed), 'migrate --live vm1 qemu+ssh://root@n2-mig/system tcp:n2-mig');
  t.is(words({...suffixed, migrateport: '49152'}), 'migrate --live vm1 qemu+ssh://root@n2-mig/system tcp:n2-mig:49152');
  t.is(words({remoteuri: 'qemu+tls://%n.lan/system'}), 'migrate --live vm1 qemu+tls://n2.lan/system');
});

test('options and limits', t => {
  const over = {migration_transport: 'tcp'};
  t.is(
    words(over, {option: 'multifd', bandwidthMiBPerSecond: 16}),
    'migrate --live --parallel --parallel-connections 2 --bandwidth 16 vm1 qemu+tcp://n2/system',
  );
  t.regex(words(over, {option: 'post-copy', bandwidthMiBPerSecond: 16}), /--bandwidth 16 --postcopy-bandwidth 16 vm1/);
});

const table = (state: string) => ` Id   Name   State\n----\n 1    vm1    ${state}\n\n`;

test('a guest on its way is called back, and its limits are taken away where it stays', async t => {
  let called = false;
  const fake = fakeCluster((host, words) => {
    if (words.endsWith(' list')) {
      if (host === 'n1') return {stdout: table('running')};
      return {stdout: host === 'n2' && !called ? table('paused') : ''};
    }
    if (words.includes('domjobabort') && host === 'n1') called = true;
    return {};
  });
  const rest = await atRest(fake.cluster, 'vm1', 'hand');
  t.is(rest.ok ? rest.value?.name : rest.error, 'n1');
  const reset = fake.asked.filter(({words}) => /setspeed|setmaxdowntime/.test(words));
  t.deepEqual(
    reset.map(({host}) => host),
    ['n1', 'n1'],
  );
});

test('a guest that is nowhere has nothing to call back', async t => {
  const fake = fakeCluster(() => ({}));
  t.deepEqual(await atRest(fake.cluster, 'vm1', 'hand'), {ok: true, value: undefined});
  t.false(fake.asked.some(({words}) => words.includes('domjobabort')));
});

test('a move of the cluster is not called back, but let go at full speed', async t => {
  let fast = false;
  const fake = fakeCluster((host, words) => {
    if (words.endsWith(' list')) {
      if (host === 'n1') return {stdout: fast ? '' : table('running')};
      return {stdout: host === 'n2' ? table(fast ? 'running' : 'paused') : ''};
    }
    if (words.includes('migrate-setspeed') && host === 'n1') fast = true;
    return {};
  });
  const rest = await atRest(fake.cluster, 'vm1', 'cluster');
  t.is(rest.ok ? rest.value?.name : rest.error, 'n2');
  t.false(fake.asked.some(({words}) => words.includes('domjobabort')));
});
