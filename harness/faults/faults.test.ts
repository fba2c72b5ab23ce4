import test from 'ava';
import {allOnline, fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {dropCommand, openCommand} from './drop-rules.ts';
import {faultNamed} from './index.ts';

const fine = fakeCluster(() => undefined).cluster;

test('every fault is found again by the words of the journal', t => {
  const words = [
    ['host-crash', ['n2'], {}],
    ['node-lost', ['n2'], {}],
    ['nic-down', ['n1'], {plane: 'cluster'}],
    ['osd-killed', ['n3'], {nth: 1}],
    ['partition', ['n1', 'n3'], {plane: 'storage', shape: 'bridge'}],
    ['migration-killed', ['n1'], {guest: 'vm1', phase: 'finish'}],
    ['migration-path-cut', ['n1', 'n2'], {}],
    ['bond-member-cut', ['n1'], {plane: 'service', bond: 'bond0', member: 'eno1', cut: 'silent'}],
    ['corosync-link-cut', ['n2'], {link: 1}],
  ] as const;
  for (const [name, nodes, parameters] of words) {
    const fault = faultNamed(fine, name, nodes, parameters);
    if (!fault.ok) return t.fail(fault.error);
    t.deepEqual([fault.value.kind, fault.value.nodes, fault.value.parameters], [name, [...nodes], parameters]);
  }
});

test('unknown faults, planes and nodes are sentences', t => {
  const words = [
    ['meteor', ['n1'], {}, /no fault is named meteor/],
    ['nic-down', ['n1'], {plane: 'sideways'}, /plane: expected .*cluster/],
    ['nic-down', ['n1'], {}, /plane/],
    ['osd-killed', ['n1'], {nth: -1}, /nth: expected at least 0/],
    ['host-crash', ['n9'], {}, /no node n9/],
    ['host-crash', [], {}, /no node/],
    ['partition', ['n1', 'n9'], {plane: 'cluster'}, /no node/],
  ] as const;
  for (const [name, nodes, parameters, sentence] of words) {
    const fault = faultNamed(fine, name, nodes, parameters);
    t.regex(fault.ok ? '' : fault.error, sentence);
  }
});

const shortTotem = 'runtime.config.totem.token (u32) = 10\nruntime.config.totem.consensus (u32) = 12\n';

test('a node that is fenced while its link is healed is waited for, not called healed', async t => {
  let flags = '0x1002';
  let dark = false;
  let looks = 0;
  const {cluster} = fakeCluster((_, words) => {
    if (words === 'corosync-cmapctl') return {stdout: shortTotem};
    if (words.endsWith(' give-back ip link set dev clus0 up')) {
      // The fence comes just now.
      [dark, flags] = [true, '0x1003'];
      return undefined;
    }
    if (words.endsWith(' give-back clus0')) return {};
    if (dark && (words === 'true' || words.startsWith('cat /sys/class/net/clus0'))) {
      looks += 1;
      dark = looks < 3;
      return undefined;
    }
    if (words.endsWith('chassis power status')) return {stdout: 'Chassis Power is on\n'};
    if (words === 'true') return {};
    if (words.startsWith('cat /sys/class/net/clus0')) return {stdout: `${flags}\n`};
    return words.startsWith('crm_mon') ? {stdout: allOnline} : undefined;
  });
  const fault = faultNamed(cluster, 'nic-down', ['n2'], {plane: 'cluster'});
  t.deepEqual(fault.ok ? await fault.value.heal(cluster) : fault, {ok: true, value: undefined});
  t.false(dark);
});

test('a link that is up is left alone; one that is down is raised and read back', async t => {
  for (const up of [true, false]) {
    let flags = up ? '0x1003' : '0x1002';
    const {cluster, asked} = fakeCluster((_, words) => {
      if (words === 'true') return {};
      if (words.startsWith('cat /sys/class/net/clus0')) return {stdout: `${flags}\n`};
      if (words.endsWith(' give-back ip link set dev clus0 up')) {
        flags = '0x1003';
        return {};
      }
      if (words.endsWith(' give-back clus0')) return {};
      if (words === 'corosync-cmapctl') return {stdout: shortTotem};
      return words.startsWith('crm_mon') ? {stdout: allOnline} : undefined;
    });
    const fault = faultNamed(cluster, 'nic-down', ['n2'], {plane: 'cluster'});
    if (!fault.ok) return t.fail(fault.error);
    t.deepEqual(await fault.value.heal(cluster), {ok: true, value: undefined});
    t.is(asked.filter(({words}) => words.endsWith('ip link set dev clus0 up')).length, up ? 0 : 1);
  }
});

test('a link that stays down is not called healed', async t => {
  const {cluster} = fakeCluster((_, words) =>
    words === 'true' || words.endsWith('ip link set dev clus0 up')
      ? {}
      : words.startsWith('cat /sys')
        ? {stdout: '0x1002\n'}
        : {stdout: allOnline},
  );
  const fault = faultNamed(cluster, 'nic-down', ['n2'], {plane: 'cluster'});
  const healed = fault.ok ? await fault.value.heal(cluster) : fault;
  t.regex(healed.ok ? '' : healed.error, /clus0 on n2: expected up, found flags 0x1002/);
});

test('planted: a link that is up, and has not got back what it had, is not called healed', async t => {
  for (const flags of ['0x1003', '0x1002']) {
    const said = 'clus0 has not got back: ip -4 route replace default via 10.0.1.254 dev clus0';
    const {cluster} = fakeCluster((_, words) => {
      if (/ give-back (ip link set dev clus0 up|clus0)$/.test(words)) return {exit: 1, stderr: said};
      return words.startsWith('cat /sys') ? {stdout: `${flags}\n`} : {stdout: allOnline};
    });
    const fault = faultNamed(cluster, 'nic-down', ['n2'], {plane: 'cluster'});
    const healed = fault.ok ? await fault.value.heal(cluster) : fault;
    t.is(healed.ok ? '' : healed.error, `sh on n2 exited 1: ${said}`);
  }
});

test('both sides of a partition drop what the other sends, and only that', async t => {
  const {cluster, asked} = fakeCluster(() => ({}));
  const fault = faultNamed(cluster, 'partition', ['n1'], {plane: 'cluster'});
  if (!fault.ok) return t.fail(fault.error);
  await fault.value.inject(cluster);
  const sources = (host: string) =>
    [...(asked.find(each => each.host === host)?.words.matchAll(/-s (\S+) -j DROP/g) ?? [])].map(match => match[1]);
  t.deepEqual(sources('n1'), ['10.0.1.2', '10.0.1.3']);
  t.deepEqual(sources('n2'), ['10.0.1.1']);
  t.deepEqual(sources('n3'), ['10.0.1.1']);
});

test('a deaf node that was fenced has lost its rules; while it has them and drops nothing, nothing bit', async t => {
  const reachedWith = async (shape: string, stdout: string) => {
    const {cluster} = fakeCluster(() => ({stdout}));
    const fault = faultNamed(cluster, 'partition', ['n1'], {plane: 'cluster', shape});
    const reached = fault.ok ? await fault.value.reached(cluster) : fault;
    return reached.ok ? reached.value : reached.error;
  };
  t.is(await reachedWith('deaf', ''), 'n1 has lost its rules with its power');
  t.is(await reachedWith('deaf', '0\n0\n'), 'no packet was dropped');
  t.is(await reachedWith('apart', ''), 'no packet was dropped');
  t.is(await reachedWith('apart', '3\n4\n'), '21 packets dropped');
});

test('the chain is filled before it is hooked in, and taken out whole', t => {
  const drop = dropCommand({table: 'seatrial-partition', hook: 'input'}, ['10.0.1.1']).argv[2] ?? '';
  t.true(drop.indexOf('-j DROP') < drop.indexOf('-I INPUT'));
  const open = openCommand({table: 'seatrial-partition'}).argv[2] ?? '';
  t.true(open.indexOf('-D $chain') > 0 && open.indexOf('-D $chain') < open.indexOf('-X '));
});

test('a lost node is fenced for good and its disks are given up; healed, they are taken in again', async t => {
  let given = false;
  let elections = 1;
  const tree = () =>
    JSON.stringify({
      nodes: [
        {id: -1, name: 'n2', type: 'host', children: [1, 4]},
        {id: -2, name: 'n1', type: 'host', children: [0]},
        ...[0, 1, 4].map(id => ({
          id,
          name: `osd.${id}`,
          type: 'osd',
          device_class: 'hdd',
          status: 'up',
          reweight: given && id !== 0 ? 0 : 1,
        })),
      ],
      stray: [],
    });
  const {cluster, asked} = fakeCluster((_, words) => {
    if (words.includes(' osd tree')) {
      // The first time nobody answers: the monitors are electing.
      elections -= 1;
      return elections >= 0 ? undefined : {stdout: tree()};
    }
    if (words.includes(' osd out ')) given = true;
    if (words.includes(' osd in ')) given = false;
    if (/^ceph|^stonith_admin|^true$/.test(words)) return {};
    return words.startsWith('crm_mon') ? {stdout: allOnline} : undefined;
  });
  const fault = faultNamed({...cluster, storage: 'ceph'}, 'node-lost', ['n2'], {});
  if (!fault.ok) return t.fail(fault.error);
  const ceph = {...cluster, storage: 'ceph' as const};
  const injected = await fault.value.inject(ceph);
  t.deepEqual(injected.exit, {kind: 'exited', code: 0});
  t.true(given);
  const fenced = asked.filter(({words}) => words === 'stonith_admin --fence n2');
  t.true(fenced.length === 1 && fenced[0]?.host !== 'n2');
  t.true(asked.some(({words}) => /osd out 1 4$/.test(words)));
  t.deepEqual(await fault.value.heal(ceph), {ok: true, value: undefined});
  t.false(given);
  const before = asked.length;
  t.deepEqual(await fault.value.heal(ceph), {ok: true, value: undefined});
  t.false(
    asked.slice(before).some(({words}) => words.includes(' osd in ')),
    'healed twice, marked once',
  );
});

/** Two OSDs on n2, of which those in `dead` do not run. */
function osdsOnN2() {
  const dead = new Set<string>();
  const osds = () =>
    [0, 4, 1].map(id => ({
      id,
      name: `osd.${id}`,
      type: 'osd',
      device_class: 'hdd',
      status: dead.has(`${id}`) ? 'down' : 'up',
      reweight: 1,
    }));
  const hosts = [
    {id: -1, name: 'n2', type: 'host', children: [4, 1]},
    {id: -2, name: 'n1', type: 'host', children: [0]},
  ];
  const scripted = fakeCluster((host, words) => {
    if (words.includes(' osd tree')) return {stdout: JSON.stringify({nodes: [...hosts, ...osds()], stray: []})};
    const [, id = ''] = / daemon osd (\d+)$/.exec(words) ?? [];
    if (host === 'n2' && words.includes('kill -KILL')) dead.add(id);
    if (host === 'n2' && words.includes('exec ceph-osd')) dead.delete(id);
    return words.startsWith('crm_mon')
      ? {stdout: allOnline}
      : words.startsWith('sh') || words === 'true'
        ? {}
        : undefined;
  });
  return {dead, ...scripted};
}

test("a node's nth OSD is killed by its number; healed, it is started and waited for, once or twice", async t => {
  const {cluster, dead} = osdsOnN2();
  const ceph = {...cluster, storage: 'ceph' as const};
  const fault = faultNamed(ceph, 'osd-killed', ['n2'], {nth: 1});
  if (!fault.ok) return t.fail(fault.error);
  t.deepEqual((await fault.value.inject(ceph)).exit, {kind: 'exited', code: 0});
  t.deepEqual([...dead], ['4']);
  for (let time = 0; time < 2; time += 1) {
    t.deepEqual(await fault.value.heal(ceph), {ok: true, value: undefined});
    t.deepEqual([...dead], []);
  }
});

/** One OSD each on n1 and n2; the state of each is what the last signal has made of it. */
function twoNodesWithOsds() {
  const states = new Map([
    ['0', 'S'],
    ['1', 'S'],
  ]);
  const tree = () => ({
    nodes: [
      {id: -1, name: 'n1', type: 'host', children: [0]},
      {id: -2, name: 'n2', type: 'host', children: [1]},
      ...[0, 1].map(id => ({
        id,
        name: `osd.${id}`,
        type: 'osd',
        device_class: 'hdd',
        status: states.get(`${id}`) === 'S' ? 'up' : 'down',
        reweight: 1,
      })),
    ],
    stray: [],
  });
  const scripted = fakeCluster((_, words) => {
    if (words.includes(' osd tree')) return {stdout: JSON.stringify(tree())};
    if (words.startsWith('crm_mon')) return {stdout: allOnline};
    const [, id = ''] = / daemon osd (\d+)$/.exec(words) ?? [];
    if (words.includes('/stat"')) return {stdout: `${states.get(id) ?? ''}\n`};
    if (words.includes('kill -KILL')) states.set(id, '');
    if (words.includes('kill -STOP')) states.set(id, 'T');
    if (words.includes('kill -CONT') || words.includes('exec ceph-osd')) states.set(id, 'S');
    return {};
  });
  return {states, ...scripted, cluster: {...scripted.cluster, storage: 'ceph' as const}};
}

for (const [name, nodes, evidence] of [
  ['osd-killed', ['n1', 'n2'], 'osd.0 on n1 is gone, osd.1 on n2 is gone'],
  ['osd-hung', ['n2'], 'osd.1 on n2 hangs'],
] as const) {
  test(`${name} of ${nodes.join(' and ')}: bites while it is in force, and is healed once or twice`, async t => {
    const {cluster, states} = twoNodesWithOsds();
    const fault = faultNamed(cluster, name, nodes, {nth: 0});
    if (!fault.ok) return t.fail(fault.error);
    t.false((await fault.value.reached(cluster)).ok, 'nothing has been injected');
    t.deepEqual((await fault.value.inject(cluster)).exit, {kind: 'exited', code: 0});
    t.deepEqual(await fault.value.reached(cluster), {ok: true, value: evidence});
    for (let time = 0; time < 2; time += 1) {
      t.deepEqual(await fault.value.heal(cluster), {ok: true, value: undefined});
      t.deepEqual([...states.values()], ['S', 'S']);
    }
  });
}

test('a monitor that hangs has bitten while it hangs; healed, the whole quorum is waited for', async t => {
  let state = 'S';
  let quorum = ['n1', 'n3'];
  const {cluster} = fakeCluster((_, words) => {
    if (words.startsWith('crm_mon')) return {stdout: allOnline};
    if (words.includes('/stat"')) return {stdout: `${state}\n`};
    if (words.includes('kill -STOP')) state = 'T';
    if (words.includes('kill -CONT')) state = 'S';
    if (words.startsWith('ceph')) {
      const said = JSON.stringify({
        health: {status: 'HEALTH_OK', checks: {}},
        quorum_names: quorum,
        monmap: {num_mons: 3},
        osdmap: {num_osds: 3, num_up_osds: 3, num_in_osds: 3},
        pgmap: {pgs_by_state: [], bytes_used: 1, bytes_total: 10},
        mgrmap: {available: true},
      });
      quorum = ['n1', 'n2', 'n3'];
      return {stdout: said};
    }
    return {};
  });
  const fault = faultNamed(cluster, 'monitor-hung', ['n2'], {});
  if (!fault.ok) return t.fail(fault.error);
  const blunt = await fault.value.reached(cluster);
  t.is(blunt.ok ? '' : blunt.error, 'mon on n2 runs, expected that it hangs');
  await fault.value.inject(cluster);
  t.deepEqual(await fault.value.reached(cluster), {ok: true, value: 'mon on n2 hangs'});
  t.deepEqual(await fault.value.heal(cluster), {ok: true, value: undefined});
  t.is(quorum.length, 3);
});

test('an OSD that the node has not is a sentence, and nothing is killed', async t => {
  const {cluster, dead} = osdsOnN2();
  const fault = faultNamed(cluster, 'osd-killed', ['n2'], {nth: 2});
  if (!fault.ok) return t.fail(fault.error);
  const {exit, stderr} = await fault.value.inject(cluster);
  t.is(exit.kind, 'unreachable');
  t.regex(stderr, /n2 has 2 OSDs, expected more than 2/);
  t.deepEqual([...dead], []);
});

test('a migration is killed by its own event, on its source; there is nothing to undo', async t => {
  const {cluster, asked} = fakeCluster(() => ({stdout: 'killed 7'}));
  for (const [phase, event] of [
    ['perform', 'migration-iteration'],
    ['finish', 'lifecycle'],
  ] as const) {
    const fault = faultNamed(cluster, 'migration-killed', ['n2'], {guest: 'vm1', phase});
    if (!fault.ok) return t.fail(fault.error);
    await fault.value.inject(cluster);
    t.is(asked.at(-1)?.host, 'n2');
    t.regex(asked.at(-1)?.words ?? '', new RegExp(`kill vm1 ${event} 90$`));
    const before = asked.length;
    t.deepEqual(await fault.value.heal(cluster), {ok: true, value: undefined});
    t.is(asked.length, before);
  }
});

test("a migration's path is cut by its ports alone on both ends, and opened on every node", async t => {
  const {cluster, asked} = fakeCluster(() => ({}));
  const fault = faultNamed(cluster, 'migration-path-cut', ['n1', 'n3'], {});
  if (!fault.ok) return t.fail(fault.error);
  await fault.value.inject(cluster);
  t.deepEqual(
    asked.map(({host}) => host),
    ['n1', 'n3'],
  );
  t.true(asked.every(({words}) => words.includes('  tcp dport 49152-49215 counter drop')));
  t.false(asked.some(({words}) => /saddr|daddr/.test(words)));
  asked.length = 0;
  t.deepEqual(await fault.value.heal(cluster), {ok: true, value: undefined});
  const opened = asked.filter(({words}) => words.includes('nft delete table inet seatrial-migration'));
  t.deepEqual(opened.map(({host}) => host).sort(), ['n1', 'n2', 'n3']);
});
