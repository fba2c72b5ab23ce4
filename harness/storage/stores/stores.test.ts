import test from 'ava';
import {fakeCluster} from '../../../fixtures/kit/fake-cluster.ts';
import {buildDomain, readDomain} from '../../cluster/domain-xml.ts';
import {guestsApartFromServers, planStores, storePrograms} from '../../lab/stores.ts';
import type {Guest, Host, Store} from '../../types.ts';
import {storeKinds} from '../../types.ts';
import {controlOf, storesBeside} from './beside.ts';
import {nothingToCopy, writeBehind} from './gluster.ts';
import {storeBackends} from './index.ts';

const nodes = [1, 2, 3].map((n): Host => ({name: `n${n}`, role: 'node', addresses: {}, interfaces: {}, scratch: []}));
const guests = ['vm1', 'vm2'].map(name => ({name}) as Guest);
const store = (kind: Store['kind'], servers: readonly string[] = ['n2']): Store => ({
  name: kind,
  kind,
  guest: 'vm2',
  path: `/dev/disk/by-id/virtio-store-${kind}`,
  servers,
});

test('a lab has all stores in its last guest, which is kept off the one node that serves alone', t => {
  const planned = planStores(['null', 'nbd', 'gluster', 'nbd'], nodes, guests);
  t.deepEqual(
    planned.map(({name, guest, path, servers}) => [name, guest, path, servers.join()]),
    [
      ['null', 'vm2', '/dev/disk/by-id/virtio-store-null', ''],
      ['nbd', 'vm2', '/dev/disk/by-id/virtio-store-nbd', 'n3'],
      ['gluster', 'vm2', '/dev/disk/by-id/virtio-store-gluster', 'n1,n2,n3'],
    ],
  );
  t.deepEqual(guestsApartFromServers({stores: planned, nodes}), [{guest: 'vm2', node: 'n3'}]);
  t.deepEqual(storePrograms(['nbd', 'iscsi']), ['nbdkit', 'tgtd', 'tgtadm', 'tgt-admin']);
});

test("a serial fits into virtio's twenty characters, and tells the kinds apart", t => {
  const serials = planStores(storeKinds, nodes, guests).flatMap(({serial}) => serial ?? []);
  t.true(
    serials.every(serial => serial.length <= 18),
    "room for the number of an array's part",
  );
  t.is(new Set(serials).size, serials.length);
});

test('stores are held against the null disk of their own guest, and without one against nothing', t => {
  const all = [store('null'), store('nbd'), {...store('iscsi'), guest: 'vm1'}];
  t.deepEqual(
    storesBeside(all).map(({kind}) => kind),
    ['nbd'],
  );
  t.is(controlOf([store('null')]), undefined);
  t.deepEqual(storesBeside([store('nbd'), store('iscsi')]), []);
});

test('a domain takes every kind of disk, and QEMU is told of the null disk past libvirt', t => {
  const xml = buildDomain({
    name: 'vm2',
    memoryBytes: 2 ** 29,
    vcpus: 1,
    accelerator: 'qemu',
    kernelPath: '/kernel',
    initramfsPath: '/initramfs',
    commandLine: '',
    card: {bridge: 'br0'},
    consolePath: '/console',
    disks: [
      {serial: 'store-null', source: {protocol: 'null', bytes: 4096}},
      {serial: 'store-iscsi', source: {protocol: 'iscsi', target: 'iqn.x:y', lun: 1, host: '10.0.0.1', port: 3260}},
      {serial: 'store-gluster', source: {protocol: 'gluster', volume: 'v', file: 'f', hosts: ['10.0.0.1', '10.0.0.2']}},
    ],
  });
  const read = readDomain(xml, 'vm2.xml');
  t.deepEqual(read.ok ? read.value.serials : read.error, ['store-iscsi', 'store-gluster']);
  t.regex(xml, /<source protocol='iscsi' name='iqn\.x:y\/1'>\s*<host name='10\.0\.0\.1' port='3260'\/>/);
  t.regex(xml, /<source protocol='gluster' name='v\/f'>\s*<host [^>]*\/>\s*<host name='10\.0\.0\.2' port='24007'\/>/);
  t.regex(xml, /dev='vda'[\s\S]*dev='vdb'/, 'the first disk that libvirt knows is the first');
  t.regex(
    xml,
    /driver=null-co,node-name=seatrial-null0,size=4096[\s\S]*virtio-blk-pci,drive=seatrial-null0,serial=store-null/,
  );
});

const options = (strict: string, remote: string) =>
  `Option                                  Value\nperformance.strict-o-direct             ${strict}\nnetwork.remote-dio                      ${remote}\n`;

test('a Gluster volume that answers from write-behind, or takes O_DIRECT away, is refused', t => {
  t.is(writeBehind(options('on', 'disable'), 'v'), undefined);
  // As "volume get" prints a value that is the default.
  t.regex(
    writeBehind(options('off (DEFAULT)', 'disable'), 'v') ?? '',
    /v answers direct writes from write-behind: set/,
  );
  t.regex(writeBehind(options('on', 'enable'), 'v') ?? '', /takes O_DIRECT away/);
  t.regex(writeBehind('', 'v') ?? '', /does not tell/);
});

test('Gluster is whole when every brick is connected and has nothing to be copied', t => {
  const brick = (status: string, entries: string) =>
    `Brick n1:/b\nStatus: ${status}\nNumber of entries: ${entries}\n\n`;
  t.true(nothingToCopy(brick('Connected', '0') + brick('Connected', '0')));
  t.false(nothingToCopy(brick('Connected', '0') + brick('Connected', '2')));
  t.false(nothingToCopy(brick('Connected', '0') + brick('Transport endpoint is not connected', '-')));
  t.false(nothingToCopy(''));
});

const targets = 'Target 1: iqn.x:y\n    System information:\n        Driver: iscsi\n';

function tgtSaying({shown = targets, kept = '<target iqn.x:y>\n'}: {shown?: string; kept?: string}) {
  return fakeCluster((_, __, {stdin = ''}) => {
    if (stdin.includes('--op show')) return {stdout: shown};
    if (stdin.includes('targets.conf')) return {stdout: kept};
    return undefined;
  }).cluster;
}

test('a target that tgtd would forget is refused, and one that is not there', async t => {
  const {readiness} = storeBackends.iscsi;
  const wanted = {...store('iscsi'), source: 'iqn.x:y'};
  t.is(await readiness(tgtSaying({}), wanted), undefined);
  t.is(await readiness(tgtSaying({}), store('iscsi')), undefined);
  t.regex((await readiness(tgtSaying({kept: '# none\n'}), wanted)) ?? '', /n2 would forget iqn\.x:y .* no file under/);
  t.regex((await readiness(tgtSaying({shown: ''}), wanted)) ?? '', /has no target iqn\.x:y/);
  t.regex((await readiness(fakeCluster(() => undefined).cluster, wanted)) ?? '', /n2 exited 127/);
});

test('healing reads the files of tgtd again on every server', async t => {
  const {cluster, asked} = fakeCluster(() => ({}));
  t.true((await storeBackends.iscsi.heal(cluster, store('iscsi', ['n1', 'n3']))).ok);
  t.deepEqual(
    asked.map(({host, stdin}) => `${host}: ${stdin?.trim()}`),
    ['n1: tgt-admin --execute', 'n3: tgt-admin --execute'],
  );
});
