import test from 'ava';
import {fakeCluster} from '../../../fixtures/kit/fake-cluster.ts';
import {guestsApartFromServers, needsClients, planStores} from '../../lab/stores.ts';
import type {Guest, Host, Store} from '../../types.ts';
import {readyOrAttached} from './attach.ts';
import {storeBackends} from './index.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

interface Said {
  /** What the guest's shell ends with, by a part of its script; 0 without one. */
  inside?: readonly [script: string, exitcode: number, err: string][];
  /** What Ceph says to these words. */
  ceph?: Readonly<Record<string, string>>;
}

const status = JSON.stringify({
  fsmap: {max: 1, by_rank: [{rank: 0, name: 'n1', status: 'up:active'}], 'up:standby': 1},
});
const stock = {status, mds_beacon_grace: '15', mds_beacon_interval: '4', mon_tick_interval: '5'};

/** A guest on n1 whose agent answers, beside a Ceph. */
function saying({inside = [], ceph = stock}: Said) {
  const scripts: string[] = [];
  const fake = fakeCluster((host, words) => {
    if (words.includes('domstate')) return host === 'n1' ? {stdout: 'running\n\n'} : {exit: 1};
    if (words.includes('"guest-exec"')) {
      scripts.push(words);
      return {stdout: `{"return":{"pid":${scripts.length}}}\n`};
    }
    if (words.includes('guest-exec-status')) {
      const script = scripts.at(-1) ?? '';
      const [, exitcode, err] = inside.find(([part]) => script.includes(part)) ?? ['', 0, ''];
      return {stdout: JSON.stringify({return: {exited: true, exitcode, 'err-data': base64(err)}})};
    }
    if (!words.startsWith('ceph ')) return undefined;
    const found = Object.entries(ceph).find(([word]) => words.split(' ').includes(word));
    return found === undefined ? {exit: 22} : {stdout: `${found[1]}\n`};
  });
  return {...fake, scripts};
}

const store = (kind: Store['kind'], path: string): Store => ({name: kind, kind, guest: 'vm1', path, servers: ['n1']});
const onCephFs = store('cephfs', '/mnt/cephfs/file');

test('CephFS whose metadata can be worked with is ready', async t => {
  const {cluster, scripts} = saying({});
  t.is(await storeBackends.cephfs.readiness(cluster, onCephFs), undefined);
  t.true(scripts.some(script => script.includes('mv ') && script.includes('/mnt/cephfs')));
});

test('CephFS whose metadata stand still is not, whatever Ceph says of its servers', async t => {
  const {cluster} = saying({inside: [['mv ', 1, 'mv: I/O error']]});
  const gap = await storeBackends.cephfs.readiness(cluster, onCephFs);
  t.regex(gap ?? '', /rename and remove a file on \/mnt\/cephfs .*; Ceph says that n1 is active$/);
});

test('CephFS whose dead server would not be noticed, or has no second, is refused', async t => {
  const trap = saying({ceph: {...stock, mds_beacon_grace: '4', mds_beacon_interval: '1'}});
  t.regex((await storeBackends.cephfs.readiness(trap.cluster, onCephFs)) ?? '', /a dead metadata server would stay/);
  const alone = saying({ceph: {...stock, status: status.replace('"up:standby":1', '"up:standby":0')}});
  t.is(await storeBackends.cephfs.readiness(alone.cluster, onCephFs), 'no metadata server stands by');
});

test('NFS that is not mounted, or does not answer, is refused with its words', async t => {
  const onNfs = store('nfs', '/mnt/nfs/file');
  t.is(await storeBackends.nfs.readiness(saying({}).cluster, onNfs), undefined);
  const {cluster} = saying({inside: [['/proc/mounts', 1, '/mnt/nfs has nothing mounted, expected nfs4']]});
  t.regex((await storeBackends.nfs.readiness(cluster, onNfs)) ?? '', /has nothing mounted, expected nfs4/);
});

/** A guest that was started anew: nothing is mounted until `mount` was run in it. */
function startedAnew({mends}: {mends: boolean}) {
  const asked: string[] = [];
  let mounted = false;
  const fake = fakeCluster((host, words) => {
    if (words.includes('domstate')) return host === 'n1' ? {stdout: 'running\n\n'} : {exit: 1};
    if (words.includes('"guest-exec"')) {
      asked.push(words);
      mounted ||= mends && words.includes('"path":"mount"');
      return {stdout: `{"return":{"pid":${asked.length}}}\n`};
    }
    if (!words.includes('guest-exec-status')) return undefined;
    const mounting = asked.at(-1)?.includes('"path":"mount"') ?? false;
    const exitcode = mounting ? (mends ? 0 : 32) : mounted ? 0 : 1;
    return {stdout: JSON.stringify({return: {exited: true, exitcode, 'err-data': base64('nothing mounted')}})};
  });
  const said: string[] = [];
  return {...fake, asked, said, say: (text: string) => said.push(text)};
}

const byOwner = {...store('nfs', '/mnt/nfs/file'), attach: ['mount', '/mnt/nfs']} as const;
const mounts = (asked: readonly string[]) => asked.filter(words => words.includes('"path":"mount"')).length;

test('a store that its guest has lost is attached again by its own command, once, and is then looked at', async t => {
  const {cluster, asked, said, say} = startedAnew({mends: true});
  t.is(await readyOrAttached(cluster, byOwner, say), undefined);
  t.is(mounts(asked), 1);
  t.regex(said.join(), /^store nfs is not as it should be \(.*nothing mounted\): attaching it again$/);
  t.is(await readyOrAttached(cluster, byOwner, say), undefined);
  t.is(mounts(asked), 1, 'one that is there is left alone');
});

test('a store that cannot be attached again, or that nobody attaches, is refused with its reason', async t => {
  const failing = startedAnew({mends: false});
  const why = (await readyOrAttached(failing.cluster, byOwner, failing.say)) ?? '';
  t.regex(why, /nothing mounted.*; it cannot be attached again: mount in vm1: /);
  const nobody = startedAnew({mends: true});
  t.regex((await readyOrAttached(nobody.cluster, store('nfs', '/mnt/nfs/file'), nobody.say)) ?? '', /nothing mounted/);
  t.deepEqual([mounts(nobody.asked), nobody.said.length], [0, 0]);
});

test('a cluster that attaches its stores by itself is asked to', async t => {
  const {cluster, said, say} = startedAnew({mends: true});
  const asked: string[] = [];
  const attaching = {
    ...cluster,
    attachStore: async (_: unknown, own: Store) => {
      asked.push(own.name);
      await readyOrAttached(cluster, byOwner, () => {});
      return {ok: true, value: undefined} as const;
    },
  };
  t.is(await readyOrAttached(attaching, store('nfs', '/mnt/nfs/file'), say), undefined);
  t.deepEqual([asked, said.length], [['nfs'], 1]);
});

test('what is wrong with the servers of a store is nothing that attaching it would mend', async t => {
  const {cluster, scripts} = saying({ceph: {...stock, status: status.replace('"up:standby":1', '"up:standby":0')}});
  const said: string[] = [];
  const own = {...onCephFs, attach: ['mount', '/mnt/cephfs']} as const;
  t.is(await readyOrAttached(cluster, own, text => said.push(text)), 'no metadata server stands by');
  t.deepEqual([said, scripts.filter(script => script.includes('"path":"mount"'))], [[], []]);
});

test('a target is believed when a block was read from it', async t => {
  const onNvme = {...store('nvme-tcp', '/dev/seatrial-nvme'), source: 'nqn.x:y'};
  const good = saying({});
  t.is(await storeBackends['nvme-tcp'].readiness(good.cluster, onNvme), undefined);
  t.true(good.scripts.some(script => script.includes('iflag=direct') && script.includes('nqn.x:y')));
  const silent = saying({inside: [['iflag=direct', 1, 'dd: I/O error']]});
  t.regex((await storeBackends['nvme-tcp'].readiness(silent.cluster, onNvme)) ?? '', /cannot read from .*I\/O error/);
});

test('a lab has them in its last guest; a target is its first, and no node is kept free for that', t => {
  const nodes = ['n1', 'n2', 'n3'].map(
    (name): Host => ({
      name,
      role: 'node',
      addresses: {},
      interfaces: {},
      scratch: [],
    }),
  );
  const guests = ['vm1', 'vm2'].map(name => ({name}) as Guest);
  const stores = planStores(['nfs', 'cephfs', 'nvme-tcp', 'md-raid10'], nodes, guests);
  t.deepEqual(
    stores.map(({guest, path, servers}) => `${guest} ${path} ${servers.join()}`),
    [
      'vm2 /mnt/nfs/seatrial-store n3',
      'vm2 /mnt/cephfs/seatrial-store n1,n2,n3',
      'vm2 /dev/seatrial-nvme vm1',
      'vm2 /dev/md127 ',
    ],
  );
  t.deepEqual(guestsApartFromServers({stores, nodes}), [{guest: 'vm2', node: 'n3'}]);
  t.deepEqual([needsClients(['nfs']), needsClients(['null', 'nbd'])], [true, false]);
});
