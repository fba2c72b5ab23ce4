import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {deadNbd, limitNbd, makeNbdDisks, type NbdDisk, nbdArgv, nbdBootHook, planNbdDisks, startNbd} from './nbd.ts';

const disk: NbdDisk = {name: 'vm1-ledger', port: 10809, bytes: 4096, content: 'zeros'};

function target(answer: {exit?: number; stdout?: string; stderr?: string} = {}) {
  const {cluster, asked} = fakeCluster(() => answer, ['storage']);
  const host = cluster.nodes[0];
  if (host === undefined) throw new Error('no host');
  return {at: {transport: cluster.transport, host}, asked};
}

test('two disks a guest, a port each', t => {
  const disks = planNbdDisks([{name: 'vm1'}, {name: 'vm2'}], 1024);
  t.deepEqual(
    disks.map(each => `${each.name} ${each.port} ${each.content}`),
    ['vm1-ledger 10809 zeros', 'vm1-scratch 10810 noise', 'vm2-ledger 10811 zeros', 'vm2-scratch 10812 noise'],
  );
  t.is(disks[1]?.bytes, 1024);
});

test('an honest server has no cache at all; a lying one ignores flushes', t => {
  const honest = nbdArgv(disk, '10.77.2.240', {lying: false}).join(' ');
  const lying = nbdArgv(disk, '10.77.2.240', {lying: true}).join(' ');
  t.notRegex(honest, /cache/);
  t.regex(lying, /--filter=cache file .* cache=unsafe/);
  t.regex(honest, /--ipaddr=10\.77\.2\.240 --port=10809/);
  t.notRegex(honest, /delay/);
  t.regex(nbdArgv(disk, '10.77.2.240', {lying: false, delayMs: 20}).join(' '), /--filter=delay .*wdelay=20ms/);
});

test('what lies is said in the boot hook', t => {
  t.regex(nbdBootHook(disk, '10.77.2.240', {lying: true}), /# .*acknowledges flushes it has not done/);
  t.notRegex(nbdBootHook(disk, '10.77.2.240', {lying: false}), /flushes/);
});

test('files that are there are never made again', async t => {
  const {at, asked} = target();
  t.true((await makeNbdDisks(at, [disk])).ok);
  t.regex(asked[0]?.stdin ?? '', /\[ -e \/var\/lib\/seatrial\/disk\/nbd\/vm1-ledger \] \|\|/);
});

test('the limit is told in bits, and lifted by 0', async t => {
  const {at, asked} = target();
  await limitNbd(at, disk, 1024 ** 2);
  await limitNbd(at, disk, undefined);
  t.regex(asked[0]?.stdin ?? '', /echo 8388608 >/);
  t.regex(asked[1]?.stdin ?? '', /echo 0 >/);
});

test('a server that does not start says why', async t => {
  const failed = await startNbd(target({exit: 1, stderr: 'nbdkit: bind: Address already in use'}).at, disk, {
    lying: false,
  });
  t.false(failed.ok);
  if (!failed.ok) t.regex(failed.error, /vm1-ledger on storage exited with 1.*Address already in use/);
  const {at} = target();
  const nowhere = await startNbd({...at, host: {...at.host, addresses: {}}}, disk, {lying: false});
  t.false(nowhere.ok);
});

test('dead servers by name', async t => {
  t.deepEqual(await deadNbd(target({stdout: 'vm1-ledger\n'}).at, [disk]), {ok: true, value: ['vm1-ledger']});
  t.deepEqual(await deadNbd(target({stdout: ''}).at, [disk]), {ok: true, value: []});
  t.false((await deadNbd(target({exit: 127}).at, [disk])).ok);
});
