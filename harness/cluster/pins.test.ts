import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {pinGuest, pinsOf, unpinGuest} from './pins.ts';

// As libvirt 9.0 prints.
const vcpus = ' VCPU   CPU Affinity\n----------------------\n 0      0-3\n 1      0,2\n';
const emulator = 'emulator: CPU Affinity\n----------------------------------\n       *: 0-3\n';
const list = ' Id   Name   State\n----------------------\n 1    vm1    running\n';
const was = {emulator: '0-3', '0': '0-3', '1': '0,2'};

test('what is in force is read, of every virtual CPU and of the emulator', async t => {
  const {cluster} = fakeCluster((_, words) => ({stdout: words.includes('emulatorpin') ? emulator : vcpus}));
  const [node] = cluster.nodes;
  const [guest] = cluster.guests;
  if (node === undefined || guest === undefined) return t.fail();
  t.deepEqual(await pinsOf(cluster, node, guest), {ok: true, value: was});
  const mute = fakeCluster(() => ({stdout: vcpus}));
  t.false((await pinsOf(mute.cluster, node, guest)).ok, 'without the emulator it could not be put back');
});

test('it is put back part by part, where the guest is now; one that is gone has nothing to put back', async t => {
  const here = fakeCluster((host, words) => ({stdout: words.endsWith('list') && host === 'n2' ? list : ''}));
  t.true((await unpinGuest(here.cluster, 'vm1', was)).ok);
  const set = here.asked.filter(({words}) => words.includes('pin '));
  t.deepEqual(set.map(({host, words}) => [host, words.replace(/.*system /, '')]).sort(), [
    ['n2', 'emulatorpin vm1 0-3 --live'],
    ['n2', 'vcpupin vm1 0 0-3 --live'],
    ['n2', 'vcpupin vm1 1 0,2 --live'],
  ]);
  const gone = fakeCluster(() => ({}));
  t.true((await unpinGuest(gone.cluster, 'vm1', was)).ok);
  t.deepEqual(
    gone.asked.filter(({words}) => words.includes('pin ')),
    [],
  );
});

test('a node that does not answer may have it still, and what libvirt refuses is told', async t => {
  const cut = fakeCluster(host => (host === 'n3' ? {exit: {kind: 'unreachable', reason: 'no power'}} : {}));
  t.regex(JSON.stringify(await unpinGuest(cut.cluster, 'vm1', was)), /n3 does not say whether it has vm1/);
  const refused = fakeCluster(() => ({exit: {kind: 'exited', code: 1}, stderr: 'error: Invalid value'}));
  const [node] = refused.cluster.nodes;
  if (node === undefined) return t.fail();
  t.regex(JSON.stringify(await pinGuest(refused.cluster, node, 'vm1', was)), /Invalid value/);
});
