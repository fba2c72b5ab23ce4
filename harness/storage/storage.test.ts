import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {storageOf} from './index.ts';

const dump = {osds: [{osd: 0, up: 1, in: 1, up_from: 3}]};
const pgs = (state: string) => ({pg_stats: [{pgid: '1.0', state, reported_epoch: 5, up: [0], acting: [0]}]});

function cephSaying(state: string, silent: readonly string[]) {
  const {cluster} = fakeCluster((host, words) => {
    if (silent.includes(host)) return undefined;
    return {stdout: JSON.stringify(words.includes('osd dump') ? dump : pgs(state))};
  });
  return {...cluster, storage: 'ceph' as const};
}

test('the first node that answers is believed; where none does, that is a gap', async t => {
  const {readiness} = storageOf({storage: 'ceph'});
  t.is(await readiness(cephSaying('active+clean', ['n1'])), undefined);
  t.is(await readiness(cephSaying('peering', ['n1', 'n2'])), 'PG 1.0 is peering');
  t.regex((await readiness(cephSaying('active+clean', ['n1', 'n2', 'n3']))) ?? '', /n1 .*; .*n2 .*; .*n3 /);
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
