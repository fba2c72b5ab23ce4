import test from 'ava';
import {monitoringNote, planLab, postNote} from './build.ts';
import {type Ground, preflight} from './preflight.ts';
import {labPlace} from './state.ts';

const hardware = {emulated: true, shared: true, note: ''};

test('on Ceph the nodes are the store; on nbd a host of its own is', t => {
  const roles = (storage: 'ceph' | 'nbd') =>
    planLab({name: 'a', nodes: 3, storage, guests: 2}, 1, hardware, () => 's').hosts.map(({host}) => host.name);
  t.deepEqual(roles('ceph'), ['n1', 'n2', 'n3', 'client']);
  t.deepEqual(roles('nbd'), ['n1', 'n2', 'n3', 'client', 'storage']);
});

test('every node has a controller with a password of its own', t => {
  let made = 0;
  const plan = planLab({name: 'a', nodes: 5, storage: 'ceph', guests: 0}, 1, hardware, () => `s${++made}`);
  t.deepEqual(
    plan.record.nodes.map(({bmc}) => `${bmc?.address} ${bmc?.password}`),
    [1, 2, 3, 4, 5].map(index => `10.77.0.10${index} s${index}`),
  );
});

test('of two fencing levels the second has an address and a password of its own, and switches the same node', t => {
  let made = 0;
  const options = {name: 'a', nodes: 3, storage: 'nbd', guests: 0, fenceLevels: 2} as const;
  const {bmcs} = planLab(options, 1, hardware, () => `s${++made}`);
  t.deepEqual(
    bmcs
      .filter(({host}) => host === 'n1')
      .map(({host, outlet, address, password}) => [host, outlet, address, password]),
    [
      ['n1', undefined, '10.77.0.101', 's1'],
      ['n1', true, '10.77.0.151', 's4'],
    ],
  );
  t.is(new Set(bmcs.map(({index}) => index)).size, 6, 'a GUID each');
  t.is(planLab({...options, fenceLevels: 1}, 1, hardware, () => 's').bmcs.length, 3);
});

test('how long a host takes to be back is told', t => {
  const plan = (postSeconds?: number) =>
    planLab(
      {name: 'a', nodes: 3, storage: 'nbd', guests: 1, ...(postSeconds === undefined ? {} : {postSeconds})},
      1,
      hardware,
      () => 's',
    ).record.postSeconds;
  t.deepEqual([plan(), plan(0), plan(40)], [10, 0, 40]);
  t.regex(postNote(40), /takes 40 s to its operating system/);
});

test('what else takes the processors is told: with monitoring it is other ground than without', t => {
  t.is(monitoringNote(), '');
  t.regex(monitoringNote('1s'), /asks every exporter each 1s/);
});

test('names that would leave the folder of labs are refused', t => {
  for (const name of ['', '..', 'a/b', 'Trial', '1st', 'a'.repeat(33), 'a b']) {
    const place = labPlace(name, '/labs');
    t.is(place.ok ? place.value.state : place.error.exitCode, 3, name);
  }
  const place = labPlace('trial-2', '/labs');
  t.is(place.ok ? place.value.state : place.error.sentence, '/labs/trial-2');
});

test('a machine that is not fit is refused with what is missing', t => {
  const fit: Ground = {userId: 0, hasProgram: () => true, freeDiskBytes: 2 * 1024 ** 3};
  const said = (ground: Ground, storage: 'ceph' | 'nbd' | 'bare' = 'nbd') => {
    const result = preflight(ground, storage, '/labs');
    return result.ok ? 'fit' : result.error.sentence;
  };
  t.is(said(fit), 'fit');
  t.regex(said({...fit, userId: 1000}), /only root may/);
  t.regex(said({...fit, hasProgram: name => name !== 'nbdkit' && name !== 'tini'}), /missing.*: tini, nbdkit$/);
  t.is(said({...fit, hasProgram: name => name !== 'ceph-osd'}), 'fit', 'nbd needs no Ceph');
  const lacking = {
    ...fit,
    freeDiskBytes: 2 ** 33,
    hasProgram: (name: string) => !/mmdebstrap|corosync|virsh/.test(name),
  };
  t.regex(said(lacking, 'bare'), /missing on this machine: mmdebstrap$/, 'bare hosts need nothing of a cluster');
  t.regex(said(fit, 'bare'), /at least 4096 MiB for a lab of bare hosts/);
  t.regex(said(fit, 'ceph'), /2048 MiB free under \/labs, expected at least 3072 MiB/);
  t.is(said({...fit, freeDiskBytes: undefined}), 'fit');
});
