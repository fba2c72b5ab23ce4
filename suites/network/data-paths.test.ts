import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import type {Cluster, Guest} from '../../harness/types.ts';
import {dataPathsOf} from './data-paths.ts';

/** vm1 runs on n3, vm2 on n2. */
const crmMon = readFileSync(join(import.meta.dirname, '../../fixtures/pacemaker-2.1.5/crm_mon-healthy.xml'), 'utf8');
const guest = (name: string, address: string): Guest => ({
  name,
  address,
  resource: name,
  memoryBytes: 2 ** 29,
  vcpus: 1,
  ports: {fio: 8765, iperf3: 5201, beacon: 7007},
  scratchDevice: '/dev/scratch',
});
const cards = {
  tap: "<interface type='bridge'><mac address='52:54:00:00:00:01'/></interface>",
  fast: "<interface type='vhostuser'><mac address='52:54:00:00:00:02'/></interface>",
};
const domain = (name: string, interfaces: string) =>
  `<domain type='kvm'><name>${name}</name><memory>1048576</memory><vcpu>1</vcpu><devices>${interfaces}</devices></domain>`;
const links = (xdp: readonly string[]) =>
  JSON.stringify(
    ['10.0.0.1', '10.0.1.1', '10.0.2.1', '10.0.3.1'].map(local => ({
      ifname: 'e',
      ...(xdp.includes(local) ? {xdp: {mode: 1, prog: {id: 7}}} : {}),
      addr_info: [{family: 'inet', local}],
    })),
  );

interface Sight {
  /** Interfaces of each guest, and addresses on n1 whose interface has a program. */
  guests: Readonly<Record<string, string>>;
  xdp?: readonly string[];
  addresses?: string;
}

async function seen({guests, xdp = [], addresses = ''}: Sight) {
  const {cluster} = fakeCluster((host, words) => {
    const name = /(vm\d)/.exec(words)?.[1] ?? '';
    if (words.includes('dumpxml')) return {stdout: domain(name, guests[name] ?? '')};
    if (words.includes('domifaddr')) return {stdout: addresses};
    if (words.startsWith('ip -json')) return {stdout: host === 'n1' ? links(xdp) : links([])};
    if (words.includes('crm_mon')) return {stdout: crmMon};
    return undefined;
  });
  const own = Object.keys(guests).map((name, index) => guest(name, `10.0.3.10${index + 1}`));
  const sight: Cluster = {...cluster, guests: own};
  return (await dataPathsOf(sight)).map(({path, ends, fast, client, address, node}) =>
    [path, ends, fast ? 'fast' : 'plain', client, address, node].join(' '),
  );
}

test('a guest on a vhost-user port and one on a tap are two ways; taps alone are none', async t => {
  t.deepEqual(await seen({guests: {vm1: cards.tap, vm2: cards.fast}}), [
    'tap guest plain client 10.0.3.101 n3',
    'vhost-user guest fast client 10.0.3.102 n2',
  ]);
  t.deepEqual(await seen({guests: {vm1: cards.tap, vm2: cards.tap}}), []);
  t.deepEqual(await seen({guests: {vm1: "<interface type='hostdev'/>", vm2: cards.fast}}), [
    'vhost-user guest fast client 10.0.3.102 n2',
  ]);
});

test('of several interfaces the one with the address counts', async t => {
  const told = (mac: string) => ` eth0       ${mac}    ipv4         10.0.3.101/24\n`;
  const both = {guests: {vm1: cards.tap + cards.fast}};
  t.deepEqual(await seen({...both, addresses: told('52:54:00:00:00:02')}), [
    'vhost-user guest fast client 10.0.3.101 n3',
  ]);
  t.deepEqual(await seen({...both, addresses: told('52:54:00:00:00:01')}), []);
});

test('a plane with an XDP program at its receiver is held against one without', async t => {
  t.deepEqual(await seen({guests: {}, xdp: ['10.0.2.1']}), [
    'xdp hosts fast n2 10.0.2.1 n1',
    'kernel hosts plain n2 10.0.0.1 n1',
  ]);
});
