/** A shared folder is tried for real: every node is this machine. Ceph is, in scripts/cli/provision/guests.long.ts. */
import {mkdir, mkdtemp, readdir, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test, {type ExecutionContext} from 'ava';
import {fakeCluster} from '../../../fixtures/kit/fake-cluster.ts';
import {examplePlan} from '../../../fixtures/kit/guests-plan.ts';
import {localTransport} from '../../transport/local.ts';
import type {Cluster} from '../../types.ts';
import {type DiskStore, openStore, type Words} from './stores.ts';

const [guest] = examplePlan().guests;
if (guest === undefined) throw new Error('no guest');
const {mark} = guest;

async function folderOn(
  t: ExecutionContext,
  change: Partial<Cluster> = {},
): Promise<{path: string; store: DiskStore; run: (words: Words) => Promise<number>}> {
  const path = await mkdtemp(join(tmpdir(), 'seatrial-store-'));
  t.teardown(() => rm(path, {recursive: true, force: true}));
  const cluster: Cluster = {...fakeCluster(() => undefined).cluster, transport: localTransport(), ...change};
  const [host] = cluster.nodes;
  if (host === undefined) throw new Error('no node');
  const opened = await openStore({kind: 'folder', path}, 'sea-', cluster, host);
  if (!opened.ok) throw new Error(opened.error);
  const run = async (argv: Words) => {
    const {exit} = await cluster.transport.exec(host, {argv, timeoutMs: 10_000, idempotent: true});
    return exit.kind === 'exited' ? exit.code : -1;
  };
  return {path, store: opened.value, run};
}

test('a folder: made with its mark, found again, taken away without a trace', async t => {
  const {path, store, run} = await folderOn(t);
  t.is(await run(store.seen ?? ['true']), 1);
  const before = await store.find();
  t.true(before.ok && before.value.absent);
  t.is(await run(store.open?.(mark) ?? ['false']), 0);
  t.is(await run(store.make({name: 'sea-vm1-ledger', bytes: 3 * 2 ** 20}, mark)), 0);
  t.is(await run(store.seen ?? ['false']), 0);
  t.is((await stat(join(path, 'seatrial-sea/sea-vm1-ledger'))).size, 3 * 2 ** 20);
  t.deepEqual(store.source('sea-vm1-ledger'), {protocol: 'file', path: join(path, 'seatrial-sea/sea-vm1-ledger')});
  const found = await store.find();
  t.deepEqual(found.ok && found.value.disks, [{name: 'sea-vm1-ledger', mark}]);
  t.deepEqual(found.ok && found.value.mark, mark);
  t.false(found.ok && (found.value.absent ?? false));
  t.deepEqual(found.ok && found.value.troubles, []);
  t.true(found.ok && found.value.freeBytes > 0);
  t.is(await run(store.remove('sea-vm1-ledger')), 0);
  t.is(await run(store.close ?? ['false']), 0);
  t.deepEqual(await readdir(path), []);
  // Twice is once.
  t.is(await run(store.remove('sea-vm1-ledger')), 0);
  t.is(await run(store.close ?? ['false']), 0);
});

test('a folder: what is there and not ours has no mark, and is not written over', async t => {
  const {path, store, run} = await folderOn(t);
  await mkdir(join(path, 'seatrial-sea'));
  await writeFile(join(path, 'seatrial-sea/sea-vm1-ledger'), 'theirs');
  const found = await store.find();
  t.deepEqual(found.ok && found.value.disks, [{name: 'sea-vm1-ledger'}]);
  t.is(found.ok && found.value.mark, undefined);
  t.not(await run(store.close ?? ['true']), 0);
  t.is((await stat(join(path, 'seatrial-sea/sea-vm1-ledger'))).size, 6);
});

test('a folder that is not on every node, or not the same there, is told', async t => {
  const local = localTransport();
  const answering = (n2: {code: number; inode: string}) => ({
    transport: {
      ...local,
      exec: async (host: Parameters<typeof local.exec>[0], command: Parameters<typeof local.exec>[1]) => {
        const outcome = await local.exec(host, command);
        if (host.name !== 'n2' || command.argv[0] !== 'stat') return outcome;
        return {
          ...outcome,
          stdout: n2.inode,
          stderr: 'No such file or directory',
          exit: {kind: 'exited' as const, code: n2.code},
        };
      },
    },
  });
  const other = await (await folderOn(t, answering({code: 0, inode: '2\n'}))).store.find();
  t.regex((other.ok ? other.value.troubles : []).join(), /is not the same folder on every node$/);
  const gone = await (await folderOn(t, answering({code: 1, inode: ''}))).store.find();
  t.deepEqual(gone.ok ? gone.value.troubles : [], ['stat on n2 exited 1: No such file or directory']);
});

const monitors = JSON.stringify({
  mons: [
    {
      public_addrs: {
        addrvec: [
          {type: 'v2', addr: '10.0.2.1:3300'},
          {type: 'v1', addr: '10.0.2.1:6789'},
        ],
      },
    },
    {public_addrs: {addrvec: [{type: 'v2', addr: '[fd00::2]:3300'}]}},
  ],
});

test('RBD: the monitors are those that Ceph names, and a pool that it does not name is told', async t => {
  const {cluster} = fakeCluster((_, words) => {
    if (words.includes('mon dump')) return {stdout: monitors};
    if (words.includes('df'))
      return {
        stdout: JSON.stringify({stats: {total_avail_bytes: 30}, pools: [{name: 'other', stats: {max_avail: 5}}]}),
      };
    return {stdout: ''};
  });
  const [host] = cluster.nodes;
  if (host === undefined) return t.fail();
  const auth = {user: 'libvirt', secret: '0a1b2c3d-0000-4000-8000-000000000000'};
  const order = {kind: 'rbd', pool: 'vms', makePool: false, auth} as const;
  const store = await openStore(order, 'sea-', cluster, host);
  if (!store.ok) return t.fail(store.error);
  t.deepEqual(store.value.source('sea-vm1-ledger'), {
    protocol: 'rbd',
    pool: 'vms',
    image: 'sea-vm1-ledger',
    monitors: [
      {host: '10.0.2.1', port: 6789},
      {host: 'fd00::2', port: 3300},
    ],
    auth: {username: 'libvirt', secretUuid: auth.secret},
  });
  const troubles = ['Ceph has no pool vms: make it, or say makePool: true'];
  t.deepEqual(await store.value.find(), {
    ok: true,
    value: {disks: [], others: 0, freeBytes: 10, troubles, absent: true},
  });
  const making = await openStore({...order, makePool: true}, 'sea-', cluster, host);
  t.deepEqual(making.ok && (await making.value.find()), {
    ok: true,
    value: {disks: [], others: 0, freeBytes: 10, troubles: [], absent: true},
  });
});
