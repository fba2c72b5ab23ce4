import {spawnSync} from 'node:child_process';
import test from 'ava';
import {bondHook, bondText} from './bond.ts';
import {planLab} from './build.ts';
import {fabricPrograms, fabricText, switchOf, vlansText} from './fabric.ts';
import {labUp} from './index.ts';
import {preflight} from './preflight.ts';

test('planes are bridges of the kernel, or VLANs of two switches with the management plane first', t => {
  t.is(fabricText('bridge').match(/type bridge stp_state 0/g)?.length, 4);
  t.false(fabricText('ovs').includes('bridge'));
  t.regex(fabricText('ovs'), /addr add 10\.77\.0\.1\/24 dev management\n$/);
  t.is(vlansText(), 'management 10\ncluster 20\nstorage 30\nservice 40\n');
  t.deepEqual([0, 1, 2].map(switchOf), ['sw1', 'sw2', 'sw1']);
});

test('a lab has bridges unless Open vSwitch is asked for, whose programs must be there', t => {
  const hardware = {emulated: true, shared: true, note: ''};
  const options = {name: 'a', nodes: 3, storage: 'nbd', guests: 1} as const;
  t.is(planLab(options, 1, hardware, () => 's').fabric, 'bridge');
  t.is(planLab({...options, fabric: 'ovs'}, 1, hardware, () => 's').fabric, 'ovs');
  const ground = {userId: 0, hasProgram: (name: string) => name !== 'ovs-vswitchd', freeDiskBytes: undefined};
  t.true(preflight(ground, 'nbd', '/labs').ok);
  const refused = preflight(ground, 'nbd', '/labs', fabricPrograms);
  t.regex(refused.ok ? '' : refused.error.sentence, /missing on this machine: ovs-vswitchd$/);
});

test('a bond needs the switches that speak LACP', async t => {
  const options = {
    name: 'a',
    nodes: 3,
    storage: 'nbd',
    guests: 0,
    bond: 'active-backup',
    stateRoot: '/nowhere',
  } as const;
  const refused = await labUp(options, () => {}, AbortSignal.timeout(1000));
  t.deepEqual(refused.ok ? undefined : [refused.error.sentence, refused.error.todo], [
    'a bond needs switches that speak LACP, and the lab has bridges of the kernel',
    'Add: --fabric ovs',
  ]);
});

test('a bond and a vhost-user port are refused together: two Open vSwitches of one node take each other away', async t => {
  const both = {
    name: 'a',
    nodes: 3,
    storage: 'nbd',
    guests: 2,
    bond: 'balance-tcp',
    fabric: 'ovs',
    vhostUser: true,
    stateRoot: '/nowhere',
  } as const;
  const refused = await labUp(both, () => {}, AbortSignal.timeout(1000));
  t.is(refused.ok ? undefined : refused.error.todo, 'Take two labs: one with --bond, one with --vhost-user');
});

test('the hook of a bond bundles the links that the boot has made, and a shell reads it', t => {
  const hook = bondHook('balance-tcp', 'br-service')['05-bond'] ?? '';
  t.is(spawnSync('sh', ['-n'], {input: hook}).status, 0);
  t.regex(hook, /add-bond br-bond bond0 serv0a serv0b bond_mode=balance-tcp lacp=active/);
  t.is(bondText('balance-tcp'), 'serv0 balance-tcp\n');
});
