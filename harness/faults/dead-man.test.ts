import {execFileSync, spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {allOnline, fakeCluster, type Script} from '../../fixtures/kit/fake-cluster.ts';
import type {Cluster, Command, Fault, Host, Parameters} from '../types.ts';
import {armDeadMan, disarmAll, disarmDeadMan} from './dead-man.ts';
import {faultNamed} from './index.ts';

function faultOn(cluster: Cluster, kind: string, nodes: readonly string[], parameters: Parameters = {}): Fault {
  const fault = faultNamed(cluster, kind, nodes, parameters);
  if (!fault.ok) throw new Error(fault.error);
  return fault.value;
}

/** An OSD 0 on n1, an OSD 1 on n2; every command goes well. */
const willing: Script = (_, words) => {
  if (words.includes(' osd tree')) {
    const osd = (id: number) => ({
      id,
      name: `osd.${id}`,
      type: 'osd',
      device_class: 'hdd',
      status: 'up',
      reweight: 1,
    });
    const hosts = ['n1', 'n2'].map((name, id) => ({id: -1 - id, name, type: 'host', children: [id]}));
    return {stdout: JSON.stringify({nodes: [...hosts, osd(0), osd(1)], stray: []})};
  }
  if (words.startsWith('crm_mon')) return {stdout: allOnline};
  return {};
};

const kinds: readonly [string, readonly string[], Parameters, readonly [string, RegExp][]][] = [
  ['nic-down', ['n1'], {plane: 'cluster'}, [['n1', /ip link set dev clus0 up$/]]],
  [
    'partition',
    ['n1'],
    {plane: 'cluster'},
    [
      ['n1', /-X seatrial-partition/],
      ['n2', /-X seatrial-partition/],
      ['n3', /-X seatrial-partition/],
    ],
  ],
  [
    'host-crash',
    ['n2'],
    {},
    [
      ['n1', /stonith_admin --unfence n2 --timeout 120$/],
      ['n3', /stonith_admin --unfence n2 --timeout 120$/],
    ],
  ],
  // Only who is left can.
  [
    'host-crash',
    ['n1', 'n2'],
    {},
    [
      ['n3', /stonith_admin --unfence n1 --timeout 120$/],
      ['n3', /stonith_admin --unfence n2 --timeout 120$/],
    ],
  ],
  [
    'node-lost',
    ['n2'],
    {},
    [
      ['n1', /stonith_admin --unfence n2/],
      ['n3', /stonith_admin --unfence n2/],
      ['n1', /ceph --connect-timeout=60 osd in 1$/],
      ['n3', /ceph --connect-timeout=60 osd in 1$/],
    ],
  ],
  [
    'osd-killed',
    ['n1', 'n2'],
    {nth: 0},
    [
      ['n1', / daemon osd 0$/],
      ['n2', / daemon osd 1$/],
    ],
  ],
  // The node itself has lost its power where this strikes together with a crash.
  [
    'fence-path-cut',
    ['n2'],
    {},
    [
      ['n1', /-X seatrial-fence-path/],
      ['n3', /-X seatrial-fence-path/],
    ],
  ],
  ['osd-hung', ['n2'], {nth: 0}, [['n2', /kill -CONT \$p daemon osd 1$/]]],
  ['monitor-hung', ['n2'], {}, [['n2', /kill -CONT \$p daemon mon $/]]],
  ['manager-killed', ['n2'], {}, [['n2', / daemon mgr $/]]],
  ['metadata-server-killed', ['n2'], {}, [['n2', / daemon mds $/]]],
  ['nfs-server-killed', ['n2'], {}, [['n2', / daemon ganesha\.nfsd $/]]],
  ['iscsi-server-killed', ['n2'], {}, [['n2', / daemon tgtd $/]]],
  ['nbd-server-killed', ['n2'], {}, [['n2', / daemon nbdkit $/]]],
  ['brick-killed', ['n2'], {}, [['n2', / daemon glusterfsd $/]]],
  ['member-pulled', ['n1'], {guest: 'vm1', serial: 'array-2'}, [['n1', /attach-device .* pull vm1 array-2$/s]]],
  ['packet-loss', ['n1'], {plane: 'cluster', percent: 5}, [['n1', /nft delete table inet seatrial-loss/]]],
  [
    'packet-delay',
    ['n1'],
    {plane: 'cluster', delayMs: 20, jitterMs: 5, reorderPercent: 5},
    [['n1', /delete table netdev seatrial-delay.* kill -9 "\$pid"/s]],
  ],
  ['packet-duplicates', ['n1'], {plane: 'cluster', percent: 5}, [['n1', /delete table netdev seatrial-duplicates/]]],
  ['rate-limit', ['n1'], {plane: 'cluster', megabits: 5}, [['n1', /tc qdisc del dev "\$device" root/]]],
  [
    'link-flapping',
    ['n1'],
    {plane: 'cluster', downMs: 200, upMs: 800, times: 3},
    [['n1', /duty link-flapping-cluster sh .* ip link set dev clus0 up$/s]],
  ],
  ['disk-slow', ['n2'], {nth: 0, stoppedMs: 500, goingMs: 500, times: 3}, [['n2', /duty disk-slow sh .* osd 1$/s]]],
  ['cpu-hog', ['n2'], {seconds: 60}, [['n2', / hog cpu-hog$/]]],
  ['memory-hog', ['n2'], {seconds: 60}, [['n2', / hog memory-hog$/]]],
  ['disk-full', ['n2'], {}, [['n2', /rm -f "\$file-reserve" && rm -f .* disk \/var\/lib$/]]],
  ['zabbix-killed', ['n2'], {}, [['n2', / daemon zabbix_server $/]]],
  ['rsyslogd-killed', ['n3'], {}, [['n3', / daemon rsyslogd $/]]],
  ['space-taken', ['n2'], {folder: '/srv/store', leavesPercent: 15}, [['n2', /rm -f \/srv\/store\/seatrial-space$/]]],
  ['logs-grown', ['n2'], {folder: '/srv/logs', bytes: 5}, [['n2', /rm -f \/srv\/logs\/seatrial-grown.log.1$/]]],
  ['load-hog', ['n2'], {seconds: 60}, [['n2', / hog load-hog$/]]],
  [
    'guest-flapping',
    ['n2'],
    {guest: 'vm1', pausedMs: 200, runsMs: 800, times: 3},
    [['n2', /duty guest-flapping-vm1 .*virsh resume/s]],
  ],
  ['clock-step', ['n2'], {seconds: 60}, [['n2', /date --set=/]]],
  ['disk-errors', ['n2'], {}, [['n1', / undo 1$/]]],
  ['osd-killed', ['n2'], {nth: 0}, [['n2', /exec ceph-osd -i "\$2".* daemon osd 1$/s]]],
];
for (const [kind, nodes, parameters, expected] of kinds) {
  test(`${kind} of ${nodes.join(' and ')}: who undoes it without the harness, and how`, async t => {
    const {cluster, asked} = fakeCluster(willing);
    const ceph = {...cluster, storage: 'ceph' as const};
    const armed = await armDeadMan(ceph, faultOn(ceph, kind, nodes, parameters), 299.2);
    if (!armed.ok) return t.fail(armed.error);
    const timers = asked.filter(({words}) => / arm seatrial-heal-/.test(words));
    t.deepEqual(
      timers.map(({host}) => host),
      expected.map(([host]) => host),
    );
    for (const [index, [, command]] of expected.entries()) {
      t.regex(timers[index]?.words ?? '', command);
      t.regex(timers[index]?.words ?? '', new RegExp(`arm ${armed.value.name}-${index + 1} 300 `));
    }
    t.false(JSON.stringify(timers).includes('secret-of-the-controller'));
    t.true(timers.every(({stdin}) => stdin === undefined));
  });
}

test('a timer that cannot be armed is a sentence', async t => {
  const {cluster} = fakeCluster((host, words) =>
    host === 'n2' && words.includes(' arm ')
      ? {exit: 1, stderr: 'Failed to start transient timer unit'}
      : willing(host, words, {} as never),
  );
  const armed = await armDeadMan(cluster, faultOn(cluster, 'partition', ['n1'], {plane: 'cluster'}), 60);
  t.regex(armed.ok ? '' : armed.error, /^no dead-man timer can be armed: sh on n2 exited 1: Failed to start/);
});

test('a host that still has one after disarming is told; one that does not answer is told elsewhere', async t => {
  const {cluster} = fakeCluster(host =>
    host === 'n1'
      ? {exit: 1, stderr: 'still armed: seatrial-heal-x.timer'}
      : host === 'n2'
        ? {exit: {kind: 'unreachable', reason: 'off'}}
        : {},
  );
  t.deepEqual(await disarmAll(cluster), ['sh on n1 exited 1: still armed: seatrial-heal-x.timer']);
  const [, , n3] = cluster.nodes;
  t.deepEqual(await disarmDeadMan(cluster, {name: 'seatrial-heal-x', hosts: n3 ? [n3] : []}), []);
});

test('the scripts are ones that a POSIX shell reads', async t => {
  const {cluster, asked} = fakeCluster(() => ({}));
  await armDeadMan(cluster, faultOn(cluster, 'nic-down', ['n1'], {plane: 'cluster'}), 60);
  await disarmAll(cluster);
  t.true(asked.length >= 2);
  for (const {words} of asked) {
    const script = words.replace(/^sh -e?c /, '').replace(/ (?:arm|disarm) seatrial-heal-.*$/s, '');
    t.notThrows(() => execFileSync('sh', ['-n'], {input: script}), script);
  }
});

test('systemd is given the command so that it comes out as it was, dollar signs and all', async t => {
  const {cluster, asked} = fakeCluster(() => ({}));
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-dead-man-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const argv = ['sh', '-c', `pid=$$; echo "\${pid}" $1 'a b'\n`, '', `\${HOME}`] as const;
  const fault = {...faultOn(cluster, 'packet-loss', ['n1'], {plane: 'cluster', percent: 5})};
  const deadMan = async () => ({ok: true as const, value: cluster.nodes.slice(0, 1).map(host => ({host, argv}))});
  const words: string[] = [];
  const exec = async (host: Host, command: Command) => {
    words.push(...command.argv);
    return cluster.transport.exec(host, command);
  };
  t.true((await armDeadMan({...cluster, transport: {...cluster.transport, exec}}, {...fault, deadMan}, 60)).ok);
  t.is(asked.length, 1);
  // What a unit's command line is read as (systemd.service, "Command lines"): two dollar signs are one.
  writeFileSync(
    join(folder, 'systemd-run'),
    '#!/bin/sh\nwhile [ "$1" != -- ]; do shift; done; shift\nprintf "%s\\0" "$@" | sed "s/[$][$]/$/g"\n',
    {mode: 0o755},
  );
  const [program = '', ...rest] = words.map(word => word.replaceAll('/run/systemd/system', folder));
  const {stdout} = spawnSync(program, rest, {
    encoding: 'utf8',
    env: {...process.env, PATH: `${folder}:${process.env.PATH}`},
  });
  t.deepEqual(stdout.split('\0').slice(0, -1), [...argv]);
});
