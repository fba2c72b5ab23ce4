import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {ceph} from '../cluster/storage.ts';
import {onCephHost} from './ceph-host.ts';
import {storageOf} from './index.ts';

const dump = {osds: [{osd: 0, up: 1, in: 1, up_from: 3}]};
const pgs = (state: string) => ({pg_stats: [{pgid: '1.0', state, reported_epoch: 5, up: [0], acting: [0]}]});

const status = (health: string, monitors: number) => ({
  health: {
    status: health,
    checks:
      health === 'HEALTH_OK' ? {} : {OSD_FULL: {severity: health, summary: {message: '1 full osd(s)'}, muted: false}},
  },
  quorum_names: ['n1'],
  monmap: {num_mons: monitors},
  osdmap: {num_osds: 1, num_up_osds: 1, num_in_osds: 1},
  pgmap: {pgs_by_state: [{state_name: 'active+clean', count: 1}], bytes_used: 1, bytes_total: 10},
  mgrmap: {available: true},
});

/** `contained`: the program is in cephadm's container alone. */
function cephSaying(
  state: string,
  silent: readonly string[],
  {health = 'HEALTH_OK', contained = false, monitors = 1} = {},
) {
  const answers: Record<string, unknown> = {
    status: status(health, monitors),
    'osd dump': dump,
    'pg dump pgs': pgs(state),
  };
  const {cluster, asked} = fakeCluster((host, words, {stdin}) => {
    if (silent.includes(host) || words.startsWith('cephadm shell -- ') !== contained) return undefined;
    const lines = stdin?.trim().split('\n') ?? ['status'];
    return {stdout: lines.map(line => `\n${JSON.stringify(answers[line])}\n`).join('')};
  });
  return {cluster: {...cluster, storage: 'ceph' as const}, asked};
}

test('the first node that answers is believed; where none does, that is a gap', async t => {
  const {readiness} = storageOf({storage: 'ceph'});
  t.is(await readiness(cephSaying('active+clean', ['n1']).cluster), undefined);
  t.is(await readiness(cephSaying('peering', ['n1', 'n2']).cluster), 'PG 1.0 is peering');
  t.regex((await readiness(cephSaying('active+clean', ['n1', 'n2', 'n3']).cluster)) ?? '', /n1 .*; .*n2 .*; .*n3 /);
});

test('what Ceph itself calls an error is a gap with its reason, and a warning is none', async t => {
  const {readiness} = storageOf({storage: 'ceph'});
  const saying = (health: string) => readiness(cephSaying('active+clean', [], {health}).cluster);
  t.is(await saying('HEALTH_ERR'), 'Ceph says HEALTH_ERR: OSD_FULL: 1 full osd(s)');
  t.is(await saying('HEALTH_WARN'), undefined);
});

test('a monitor that is not back in quorum is a gap, though Ceph only warns of it', async t => {
  const {readiness} = storageOf({storage: 'ceph'});
  const saying = (monitors: number) =>
    readiness(cephSaying('active+clean', [], {monitors, health: 'HEALTH_WARN'}).cluster);
  t.is(await saying(3), '1 of 3 monitors are in quorum: n1');
  t.is(await saying(1), undefined);
});

test("a ceph that is in cephadm's container alone is found there, on the first host that has a keyring", async t => {
  const {cluster, asked} = cephSaying('active+clean', ['n1'], {contained: true});
  t.is(await storageOf({storage: 'ceph'}).readiness(cluster), undefined);
  t.true(asked.some(({host, words}) => host === 'n2' && words.startsWith('cephadm shell -- ceph ')));
  t.false(asked.some(({host}) => host === 'n3'));
  const said = await onCephHost(cluster, target => ceph(target, ['status']));
  t.true(said.ok);
  const none = await onCephHost(cephSaying('active+clean', ['n1', 'n2', 'n3']).cluster, target =>
    ceph(target, ['status']),
  );
  t.regex(none.ok ? '' : none.error, /^no node can run ceph: .*n1 .*; .*n2 .*; .*n3 /);
});

test('a host that can run ceph and fails ends the search: its error is that of the store', async t => {
  const {cluster, asked} = fakeCluster((_, words) =>
    words.startsWith('ceph ') ? {exit: 22, stderr: 'Error EINVAL: no such pool'} : undefined,
  );
  const said = await onCephHost(cluster, target => ceph(target, ['status']));
  t.regex(said.ok ? '' : said.error, /EINVAL: no such pool/);
  t.is(asked.filter(({words}) => words.startsWith('ceph ')).length, 1);
});

test('a store outside the cluster has no gap, and nothing of it is given up', async t => {
  const {cluster, asked} = fakeCluster(() => undefined);
  const [node] = cluster.nodes;
  if (node === undefined) return t.fail();
  for (const storage of ['nbd', 'none'] as const) {
    const backend = storageOf({storage});
    t.is(await backend.readiness(cluster), undefined);
    t.true((await backend.giveUp(cluster, node)).ok && (await backend.takeBack(cluster, node)).ok);
  }
  t.deepEqual(asked, []);
});

test('a lab without a storage host cannot have nbd', async t => {
  const {cluster} = fakeCluster(() => undefined);
  const signal = new AbortController().signal;
  const built = await storageOf({storage: 'nbd'}).lab?.({cluster, storageHost: undefined, say: () => {}, signal});
  t.regex(built && !built.ok ? built.error : '', /needs a storage host/);
  t.is(storageOf({storage: 'none'}).lab, undefined);
});
