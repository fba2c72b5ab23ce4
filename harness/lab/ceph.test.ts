import test from 'ava';
import type {Host} from '../types.ts';
import {
  type CephPlan,
  cephAdminKeyring,
  cephBootHook,
  cephConf,
  cephFormatScript,
  cephSeedKeyring,
  cephxSecret,
  guestDisks,
  planCeph,
} from './ceph.ts';

const host = (name: string, storage?: string): Host => ({
  name,
  role: 'node',
  addresses: storage === undefined ? {cluster: '10.77.1.11'} : {storage},
  interfaces: {},
  scratch: [],
});
let next = 0;
const seed = {bytes: (count: number) => Uint8Array.from({length: count}, () => next++ % 256), nowSeconds: 1795534122};

function plan(): CephPlan {
  const planned = planCeph([host('n1', '10.77.2.11'), host('n2', '10.77.2.12'), host('n3', '10.77.2.13')], seed);
  if (!planned.ok) throw new Error(planned.error);
  return planned.value;
}

test('a cephx secret has the layout that ceph-authtool writes', t => {
  // Printed by `ceph-authtool --gen-print-key` of Ceph 16.2.15. Ours leaves the nanoseconds of the creation time at 0.
  const printed = Buffer.from('AQDNsQVrc5ItBRAAzMK5DNp6sVKTIVI/zCsjgA==', 'base64');
  const ours = Buffer.from(cephxSecret(printed.subarray(12), printed.readUInt32LE(2)), 'base64');
  const withoutNanoseconds = Buffer.from(printed).fill(0, 6, 10);
  t.deepEqual(ours, withoutNanoseconds);
});

test('a node without an address on the storage plane is refused by name', t => {
  const planned = planCeph([host('n1', '10.77.2.11'), host('n2')], seed);
  t.false(planned.ok);
  if (!planned.ok) t.regex(planned.error, /node n2: .*storage plane/);
  t.false(planCeph([], seed).ok);
});

test('plan: numbers in the order of the nodes, no identity twice', t => {
  const {nodes, keys, network, fsid} = plan();
  t.deepEqual(
    nodes.map(node => node.osd),
    [0, 1, 2],
  );
  t.is(network, '10.77.2.0/24');
  t.is(new Set([fsid, ...nodes.map(node => node.osdUuid)]).size, 4);
  t.is(new Set([keys.mon, keys.admin, keys.mgr, ...keys.osd]).size, 6);
  t.regex(fsid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/);
});

test('ceph.conf: both networks are the storage plane, and every monitor is named with both protocols', t => {
  const conf = cephConf(plan());
  t.regex(conf, /^public_network = 10\.77\.2\.0\/24$/m);
  t.regex(conf, /^cluster_network = 10\.77\.2\.0\/24$/m);
  t.true(conf.includes('[v2:10.77.2.13:3300,v1:10.77.2.13:6789]'));
  t.regex(conf, /^osd_pool_default_min_size = 2$/m);
});

test('ceph.conf holds no setting that a profile switches: the file would win over the database', t => {
  const switched =
    /heartbeat|watch_timeout|min_down|laggy|mon_lease|election|mon_tick|ping_|hunt_|objecter_t|paxos|rbd_cache|down_out/;
  const kept = cephConf(plan())
    .split('\n')
    .filter(line => switched.test(line) && !/^debug_|auth_/.test(line));
  t.deepEqual(kept, []);
});

test('keyrings: monitors know everyone from the start; hosts get the admin alone', t => {
  const made = plan();
  const all = cephSeedKeyring(made);
  for (const name of ['mon.', 'client.admin', 'mgr.n1', 'osd.0', 'osd.1', 'osd.2']) t.true(all.includes(`[${name}]`));
  t.is(cephAdminKeyring(made), `[client.admin]\n\tkey = ${made.keys.admin}\n`);
});

test('boot hook: the manager on the first node only, nothing started before it was made', t => {
  const made = plan();
  const [first, second] = made.nodes;
  if (first === undefined || second === undefined) throw new Error('no nodes');
  t.regex(cephBootHook(made, first), /mgr\.made \] && setsid ceph-mgr -i n1 /);
  t.notRegex(cephBootHook(made, second), /ceph-mgr/);
  t.regex(cephBootHook(made, second), /osd\.made \] && setsid ceph-osd -i 1 /);
  t.notRegex(cephBootHook(made, second), /^wait/m, 'what boots after it need not wait for Ceph');
  t.regex(cephFormatScript(made, second), /--osd-uuid/);
  t.true(cephFormatScript(made, second).includes(made.nodes[1]?.osdUuid ?? 'nothing'));
});

test('disks of a guest', t => {
  t.deepEqual(guestDisks('vm1'), {ledger: 'vm1-ledger', scratch: 'vm1-scratch'});
});
