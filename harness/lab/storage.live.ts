import test from 'ava';
import {setPower} from '../cluster/bmc.ts';
import {
  type CephTarget,
  cephCommands,
  cephConfigDump,
  cephConfigInForce,
  cephConfigRemove,
  cephConfigSet,
  cephHealth,
  cephReadiness,
  imageCreate,
  imageList,
  imageRemove,
  osdTree,
} from '../cluster/storage.ts';
import type {Cluster, Host} from '../types.ts';
import {waitFor} from '../wait.ts';
import {createGuestDisks, labPool} from './ceph.ts';
import {labDown, labUp} from './index.ts';
import {deadNbd, failNbd, killNbd, limitNbd, makeNbdDisks, type NbdDisk, pauseNbd, startNbd} from './nbd.ts';

const name = 'storage-live';
let cluster: Cluster;

test.before(async t => {
  t.timeout(180_000);
  await labDown(name);
  const up = await labUp({name, nodes: 3, storage: 'ceph', guests: 0}, t.log, AbortSignal.timeout(120_000));
  if (!up.ok) throw new Error(JSON.stringify(up.error));
  cluster = up.value;
});

test.after.always(async () => {
  await labDown(name);
});

function node(index: number): Host {
  const host = cluster.nodes[index];
  if (host === undefined) throw new Error(`no node ${index}`);
  return host;
}
const on = (host: Host): CephTarget => ({transport: cluster.transport, host});

test.serial('Ceph is up: whole, healthy, one OSD a host, no setting but defaults', async t => {
  t.deepEqual(await cephReadiness(on(node(1))), {ok: true, value: undefined});
  const health = await cephHealth(on(node(1)));
  if (!health.ok) return t.fail(health.error);
  t.deepEqual([health.value.osdsUp, health.value.quorum, health.value.managerAvailable], [3, ['n1', 'n2', 'n3'], true]);
  const tree = await osdTree(on(node(1)));
  if (!tree.ok) return t.fail(tree.error);
  t.deepEqual(
    tree.value.map(place => `${place.osd} ${place.host} ${place.up}`),
    ['0 n1 true', '1 n2 true', '2 n3 true'],
  );
  const database = await cephConfigDump(on(node(0)));
  if (!database.ok) return t.fail(database.error);
  t.deepEqual(
    database.value.filter(entry => !entry.option.startsWith('mgr/')),
    [],
  );
  t.deepEqual(await cephConfigInForce(on(node(0)), 'osd.1', 'osd_heartbeat_grace'), {ok: true, value: '20'});
});

test.serial('a setting takes effect on the running daemons, and goes away again', async t => {
  const target = on(node(0));
  t.true((await cephConfigSet(target, 'global', 'osd_heartbeat_grace', '3')).ok);
  t.deepEqual(await cephConfigInForce(target, 'osd.2', 'osd_heartbeat_grace'), {ok: true, value: '3'});
  t.deepEqual(await cephConfigInForce(target, 'mon.n2', 'osd_heartbeat_grace'), {ok: true, value: '3'});
  t.true((await cephConfigRemove(target, 'global', 'osd_heartbeat_grace')).ok);
  t.deepEqual(await cephConfigInForce(target, 'osd.2', 'osd_heartbeat_grace'), {ok: true, value: '20'});
  const typo = await cephCommands(target, ['config set global osd_hartbeat_grace 3']);
  t.false(typo.ok);
});

test.serial('disks of a guest: made once, a second time refused', async t => {
  const scratchBytes = 8 * 1024 ** 2;
  const guests = [{name: 'probe'}];
  t.deepEqual(await createGuestDisks(cluster.transport, cluster.nodes, guests, () => undefined, scratchBytes), {
    ok: true,
    value: undefined,
  });
  const images = await imageList(on(node(2)), labPool);
  if (!images.ok) return t.fail(images.error);
  t.true(images.value.includes('probe-ledger') && images.value.includes('probe-scratch'));
  const again = await createGuestDisks(cluster.transport, cluster.nodes, guests, () => undefined, scratchBytes);
  t.false(again.ok);
  t.true((await imageRemove(on(node(0)), labPool, 'probe-scratch')).ok);
});

test.serial('long: a node whose power went comes back by itself, and the store is whole again', async t => {
  t.timeout(90_000);
  // Ceph's own 20 s of grace would be most of this test.
  const grace = (verb: 'set' | 'rm') =>
    [
      ['osd_heartbeat_grace', '4'],
      ['osd_heartbeat_interval', '1'],
      ['mon_lease', '3'],
      ['mon_election_timeout', '2'],
    ].map(([option, value]) => `config ${verb} global ${option}${verb === 'set' ? ` ${value}` : ''}`);
  t.true((await cephCommands(on(node(0)), grace('set'))).ok);
  t.true((await setPower(cluster, node(2), 'off', 20_000)).ok);
  // Found by the planted fault itself: what was whole before must not be called whole now, at any second.
  const noticed = await waitFor('the loss to be noticed', 45_000, async () => {
    const readiness = await cephReadiness(on(node(0)), {timeoutMs: 5000});
    return readiness.ok && readiness.value !== undefined ? readiness.value : undefined;
  });
  t.true(noticed.ok);
  t.log(noticed);
  t.true((await setPower(cluster, node(2), 'on', 20_000)).ok);
  const start = performance.now();
  const whole = await waitFor('the store to be whole', 60_000, async () => {
    const readiness = await cephReadiness(on(node(0)), {timeoutMs: 5000});
    return readiness.ok && readiness.value === undefined ? true : undefined;
  });
  t.true(whole.ok);
  t.log(`whole again ${((performance.now() - start) / 1000).toFixed(1)} s after power-on`);
  t.true((await imageCreate(on(node(2)), labPool, 'after', 1024 ** 2)).ok);
  t.true((await cephCommands(on(node(0)), grace('rm'))).ok);
});

const disk: NbdDisk = {name: 'live-ledger', port: 10899, bytes: 1024 ** 2, content: 'zeros'};

/** As a guest's disk is used: no cache of the client's own. `write -f` is acknowledged only when it is durable. */
async function io(...commands: readonly string[]): Promise<'ok' | 'failed' | 'timed-out'> {
  const address = node(1).addresses.storage ?? '';
  const outcome = await cluster.transport.exec(node(0), {
    argv: [
      'qemu-io',
      ...['-t', 'none', '-f', 'raw'],
      ...commands.flatMap(command => ['-c', command]),
      `nbd://${address}:${disk.port}/x`,
    ],
    timeoutMs: 3000,
    idempotent: false,
  });
  if (outcome.exit.kind === 'timed-out') return 'timed-out';
  return outcome.exit.kind === 'exited' && outcome.exit.code === 0 ? 'ok' : 'failed';
}

test.serial('nbd: an honest server keeps what it acknowledged over kill -9, a lying one loses it', async t => {
  const target = {transport: cluster.transport, host: node(1)};
  t.true((await makeNbdDisks(target, [disk])).ok);
  t.true((await startNbd(target, disk, {lying: false})).ok);
  t.is(await io('write -f -P 0x11 4k 4k'), 'ok');
  t.true((await killNbd(target, disk)).ok);
  t.deepEqual(await deadNbd(target, [disk]), {ok: true, value: [disk.name]});
  t.true((await startNbd(target, disk, {lying: false})).ok);
  t.is(await io('read -P 0x11 4k 4k'), 'ok');

  t.true((await killNbd(target, disk)).ok);
  t.true((await startNbd(target, disk, {lying: true})).ok);
  t.is(await io('write -f -P 0x22 4k 4k', 'flush'), 'ok');
  t.is(await io('read -P 0x22 4k 4k'), 'ok');
  t.true((await killNbd(target, disk)).ok);
  t.true((await startNbd(target, disk, {lying: false})).ok);
  t.is(await io('read -P 0x22 4k 4k'), 'failed');
  t.is(await io('read -P 0x11 4k 4k'), 'ok');
});

test.serial('nbd: pause, errors and a limit, each there and gone again', async t => {
  const target = {transport: cluster.transport, host: node(1)};
  t.true((await pauseNbd(target, disk, true)).ok);
  t.is(await io('read 0 4k'), 'timed-out');
  t.true((await pauseNbd(target, disk, false)).ok);
  t.is(await io('read 0 4k'), 'ok');
  t.true((await failNbd(target, disk, true)).ok);
  t.is(await io('write -f -P 0x33 8k 4k'), 'failed');
  t.true((await failNbd(target, disk, false)).ok);
  t.is(await io('write -f -P 0x33 8k 4k'), 'ok');
  t.true((await limitNbd(target, disk, 64 * 1024)).ok);
  t.is(await io('read 0 512k', 'read 512k 512k'), 'timed-out');
  t.true((await limitNbd(target, disk, undefined)).ok);
  t.is(await io('read 0 512k', 'read 512k 512k'), 'ok');
  t.true((await killNbd(target, disk)).ok);
});
