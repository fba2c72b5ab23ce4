import test from 'ava';
import {fakeCluster, type Script} from '../../fixtures/kit/fake-cluster.ts';
import {
  type CephTarget,
  cephCommands,
  cephConfigDump,
  cephConfigInForce,
  cephHealth,
  cephReadiness,
  complaintOf,
  type OsdState,
  osdTree,
  type PlacementGroup,
  unreadiness,
} from './storage.ts';

// Printed by Ceph 16.2.15 on the lab; fields that nobody reads are left out.
const status = {
  fsid: '969a0998-dc34-4988-8134-d49fb224dfdb',
  health: {
    status: 'HEALTH_WARN',
    checks: {
      OSD_DOWN: {severity: 'HEALTH_WARN', summary: {message: '1 osds down', count: 1}, muted: false},
      PG_DEGRADED: {severity: 'HEALTH_WARN', summary: {message: 'Degraded data redundancy', count: 8}, muted: true},
    },
    mutes: [],
  },
  quorum: [0, 1],
  quorum_names: ['n1', 'n2'],
  monmap: {epoch: 1, min_mon_release_name: 'pacific', num_mons: 3},
  osdmap: {epoch: 22, num_osds: 3, num_up_osds: 2, num_in_osds: 3, num_remapped_pgs: 0},
  pgmap: {
    pgs_by_state: [
      {state_name: 'active+undersized+degraded', count: 7},
      {state_name: 'active+clean', count: 1},
    ],
    num_pgs: 8,
    data_bytes: 70,
    bytes_used: 913281024,
    bytes_avail: 11971620864,
    bytes_total: 12884901888,
  },
  mgrmap: {available: true, num_standbys: 0, modules: [], services: {}},
};

function target(script: Script): {at: CephTarget; asked: {words: string; stdin?: string}[]} {
  const {cluster, asked} = fakeCluster(script);
  const host = cluster.nodes[0];
  if (host === undefined) throw new Error('no host');
  return {at: {transport: cluster.transport, host}, asked};
}

const answering = (value: unknown) => target(() => ({stdout: JSON.stringify(value)})).at;

test('status: what is up, what is complained of, and what was muted', async t => {
  const health = await cephHealth(answering(status));
  t.deepEqual(health, {
    ok: true,
    value: {
      status: 'HEALTH_WARN',
      checks: {OSD_DOWN: '1 osds down'},
      monitors: 3,
      quorum: ['n1', 'n2'],
      osds: 3,
      osdsUp: 2,
      osdsIn: 3,
      placementGroups: {'active+undersized+degraded': 7, 'active+clean': 1},
      managerAvailable: true,
      usedBytes: 913281024,
      totalBytes: 12884901888,
    },
  });
});

test('status without a field is an error that names it, never a zero', async t => {
  const {pgmap: _, ...rest} = status;
  const health = await cephHealth(answering(rest));
  t.false(health.ok);
  if (!health.ok) t.regex(health.error, /^ceph status on n1: \/pgmap: expected .*, found nothing$/);
  t.false((await cephHealth(answering('HEALTH_OK'))).ok);
  t.false((await cephHealth(answering({...status, quorum_names: 'n1'}))).ok);
});

const osd = (number: number, upFrom: number, up = true): OsdState => ({osd: number, up, in: true, upFrom});
const pg = (state: string, reportedEpoch: number, acting: readonly number[] = [0, 1, 2]): PlacementGroup => ({
  id: '1.0',
  state,
  reportedEpoch,
  up: acting,
  acting,
});

test('ready: every OSD up, every PG clean and reported since', t => {
  t.is(unreadiness([osd(0, 11), osd(1, 8), osd(2, 8)], [pg('active+clean', 22)]), undefined);
  t.is(unreadiness([osd(0, 11), osd(1, 8), osd(2, 8)], [pg('active+clean+scrubbing+deep', 11)]), undefined);
});

test('not ready: planted cases', t => {
  const osds = [osd(0, 11), osd(1, 8), osd(2, 8)];
  t.regex(unreadiness([], [pg('active+clean', 22)]) ?? '', /no OSDs/);
  t.regex(unreadiness(osds, []) ?? '', /no placement groups/);
  t.regex(unreadiness([osd(0, 11, false), osd(1, 8)], [pg('active+clean', 22)]) ?? '', /OSDs not up and in: 0/);
  t.regex(unreadiness(osds, [pg('unknown', 22)]) ?? '', /PG 1.0 is unknown/);
  t.regex(unreadiness(osds, [pg('active+clean+laggy', 22)]) ?? '', /laggy/);
  t.regex(unreadiness(osds, [pg('active+clean', 22, [0, 1, 7])]) ?? '', /OSD 7/);
});

test('a clean report from before an OSD came back is stale', t => {
  // The state of the first second after a power-on: all OSDs up, all PGs clean, all of it from before the crash.
  t.regex(unreadiness([osd(0, 31), osd(1, 8), osd(2, 8)], [pg('active+clean', 22)]) ?? '', /not reported since OSD 0/);
  // A PG that is not on that OSD need not report again.
  t.is(unreadiness([osd(0, 31), osd(1, 8), osd(2, 8), osd(3, 8)], [pg('active+clean', 22, [1, 2, 3])]), undefined);
});

test('readiness asks monitors and manager by one process, and says when nobody answers', async t => {
  const dump = JSON.stringify({osds: [{osd: 0, up: 1, in: 1, up_from: 5}]});
  const pgs = JSON.stringify({
    pg_ready: true,
    pg_stats: [{pgid: '1.7', state: 'active+clean', reported_epoch: 22, up: [0], acting: [0]}],
  });
  const good = target(() => ({stdout: `\n${dump}\n\n${pgs}\n`, stderr: 'dumped pgs\n'}));
  t.deepEqual(await cephReadiness(good.at), {ok: true, value: undefined});
  t.deepEqual(
    good.asked.map(({words, stdin}) => [words, stdin]),
    [['ceph --connect-timeout=15 --format=json', 'osd dump\npg dump pgs\n']],
  );
  const silent = await cephReadiness(target(() => ({exit: {kind: 'timed-out'}})).at);
  t.false(silent.ok);
  if (!silent.ok) t.regex(silent.error, /pg dump.*n1.*gave no answer/);
  const cut = await cephReadiness(target(() => ({stdout: dump, stderr: 'Error ETIMEDOUT: \n'})).at);
  t.false(cut.ok);
  if (!cut.ok) t.regex(cut.error, /Error ETIMEDOUT/);
  const one = await cephReadiness(target(() => ({stdout: dump})).at);
  t.false(one.ok);
  if (!one.ok) t.regex(one.error, /expected 2 answers, one a line, found 1/);
});

test('several commands in one process: exit code 0 proves nothing', async t => {
  const stderr =
    "pool 'guests' created\nError EINVAL: unrecognized config option 'osd_hartbeat_grace'\nadded bucket x type host\n";
  t.is(complaintOf(stderr), "Error EINVAL: unrecognized config option 'osd_hartbeat_grace'");
  t.is(
    complaintOf('no valid command found; 10 closest matches:\npg stat\n'),
    'no valid command found; 10 closest matches:',
  );
  t.is(complaintOf("pool 'guests' created\n"), undefined);
  const bad = target(() => ({stderr}));
  const answer = await cephCommands(bad.at, ['config set global osd_hartbeat_grace 3', 'osd tree']);
  t.false(answer.ok);
  t.is(bad.asked[0]?.stdin, 'config set global osd_hartbeat_grace 3\nosd tree\n');
  t.true((await cephCommands(target(() => ({stderr: "pool 'guests' created\n"})).at, ['x'])).ok);
});

test('a setting is read back from the daemon', async t => {
  const asked = target((_, words) =>
    words.includes('tell osd.0 config get osd_heartbeat_grace') ? {stdout: '{"osd_heartbeat_grace":"20"}'} : undefined,
  );
  t.deepEqual(await cephConfigInForce(asked.at, 'osd.0', 'osd_heartbeat_grace'), {ok: true, value: '20'});
  const empty = await cephConfigInForce(target(() => ({stdout: '{}'})).at, 'osd.0', 'osd_heartbeat_grace');
  t.false(empty.ok);
  const cut = await cephHealth(target(() => ({stdout: '{"fsid":"96'})).at);
  t.false(cut.ok);
  if (!cut.ok) t.regex(cut.error, /expected JSON/);
});

test('tree and database', async t => {
  const host = {id: -9, name: 'n1', type: 'host', children: [0]};
  const osd0 = {id: 0, device_class: 'hdd', name: 'osd.0', type: 'osd', status: 'down', reweight: 1, exists: 1};
  const root = {id: -1, name: 'default', type: 'root', children: [-9]};
  const tree = await osdTree(answering({nodes: [root, host, osd0], stray: []}));
  t.deepEqual(tree, {ok: true, value: [{osd: 0, host: 'n1', up: false, in: true, class: 'hdd'}]});
  const database = answering([{section: 'mon', name: 'mon_lease', value: '3.000000', level: 'advanced', mask: ''}]);
  t.deepEqual(await cephConfigDump(database), {
    ok: true,
    value: [{who: 'mon', option: 'mon_lease', value: '3.000000'}],
  });
});

test('an OSD without its weight, or a host without its children, is no other bucket', async t => {
  for (const node of [
    {type: 'osd', id: 0, status: 'up', device_class: 'hdd'},
    {type: 'host', name: 'n1'},
  ]) {
    const tree = await osdTree(answering({nodes: [node]}));
    t.false(tree.ok);
    if (!tree.ok) t.regex(tree.error, /\/nodes\/0: expected an OSD with id/);
  }
});
