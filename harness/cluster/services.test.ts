import {spawn, spawnSync} from 'node:child_process';
import {chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {daemonState, killDaemon, startDaemon} from './services.ts';

const osd = {kind: 'osd', id: 3} as const;

/**
 * Runs the commands for real where every tool is one that writes down its words. `unit`: what systemctl lists;
 * `pid`: what pgrep finds.
 */
function played(t: {teardown(fn: () => void): void}, {unit, pid}: {unit?: string; pid?: string}) {
  const folder = mkdtempSync(join(tmpdir(), 'services-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const said = join(folder, 'said');
  writeFileSync(said, '');
  const tool = (name: string, body: string) => {
    writeFileSync(join(folder, name), `#!/bin/sh\necho "${name} $*" >>"${said}"\n${body}\n`);
    chmodSync(join(folder, name), 0o755);
  };
  tool(
    'systemctl',
    `[ "$1" = list-units ] && [ -n "${unit ?? ''}" ] && echo "${unit ?? ''} loaded active running OSD"; true`,
  );
  tool('gluster', 'case "$*" in *" list") echo vms; echo old ;; *"info vms") echo "Status: Started" ;; esac');
  tool('pgrep', pid === undefined ? 'exit 1' : `printf '%s\\n' '${pid}'`);
  tool('ceph-osd', 'true');
  const {cluster} = fakeCluster((_, _words, {argv}) => {
    // A machine with systemd has this folder; a function of the shell stands for the builtin `kill`.
    const [shell, flags, script = '', ...rest] = argv;
    const body = script.replace('/run/systemd/system', unit === undefined ? '/nonexistent' : folder);
    const ran = spawnSync(shell, [flags ?? '', `kill() { echo "kill $*" >>"${said}"; }\n${body}`, ...rest], {
      encoding: 'utf8',
      env: {...process.env, PATH: `${folder}:${process.env.PATH}`},
    });
    return {stdout: ran.stdout, stderr: ran.stderr, exit: ran.status ?? 1};
  });
  const [host] = cluster.nodes;
  if (host === undefined) throw new Error('no host');
  const words = () =>
    readFileSync(said, 'utf8')
      .split('\n')
      .filter(line => line !== '' && !/^(pgrep|systemctl list-units)/.test(line));
  return {cluster, host, words};
}

for (const unit of ['ceph-osd@3.service', 'ceph-0f2c@osd.3.service']) {
  test(`${unit} is masked before it is killed, and unmasked before it is started`, async t => {
    const {cluster, host, words} = played(t, {unit});
    t.deepEqual((await killDaemon(cluster, host, osd)).exit, {kind: 'exited', code: 0});
    t.deepEqual(words(), [
      `systemctl mask --runtime --quiet ${unit}`,
      `systemctl kill --kill-who=all --signal=KILL ${unit}`,
    ]);
    t.deepEqual(await startDaemon(cluster, host, osd), {ok: true, value: undefined});
    t.deepEqual(words().slice(2), [
      `systemctl unmask --runtime --quiet ${unit}`,
      `systemctl reset-failed ${unit}`,
      `systemctl start ${unit}`,
    ]);
  });
}

test('a plain process is killed by its number; where there is none, that is an error', async t => {
  const running = played(t, {pid: '77'});
  t.deepEqual((await killDaemon(running.cluster, running.host, osd)).exit, {kind: 'exited', code: 0});
  t.deepEqual(running.words(), ['kill -KILL 77']);
  const absent = played(t, {});
  const killed = await killDaemon(absent.cluster, absent.host, osd);
  t.deepEqual(killed.exit, {kind: 'exited', code: 1});
});

test('a process that runs is left alone; one that does not is started', async t => {
  const running = played(t, {pid: '77'});
  t.true((await startDaemon(running.cluster, running.host, osd)).ok);
  t.deepEqual(running.words(), []);
  const absent = played(t, {});
  t.true((await startDaemon(absent.cluster, absent.host, osd)).ok);
  t.deepEqual(absent.words(), ['ceph-osd -i 3']);
});

for (const unit of ['ceph-mgr@n1.service', 'ceph-0f2c@mgr.n1.kqjwui.service']) {
  test(`${unit}: a manager is found whatever it is called`, async t => {
    const {cluster, host, words} = played(t, {unit});
    t.deepEqual((await killDaemon(cluster, host, {kind: 'mgr'})).exit, {kind: 'exited', code: 0});
    t.deepEqual(words(), [
      `systemctl mask --runtime --quiet ${unit}`,
      `systemctl kill --kill-who=all --signal=KILL ${unit}`,
    ]);
  });
}

test("of a host's own daemons the main process is killed: Pacemaker's others live on", async t => {
  const {cluster, host, words} = played(t, {unit: 'pacemaker.service'});
  await killDaemon(cluster, host, {kind: 'pacemakerd'});
  t.is(words()[1], 'systemctl kill --kill-who=main --signal=KILL pacemaker.service');
});

test('a host that has no manager has none to start', async t => {
  const {cluster, host, words} = played(t, {});
  t.true((await startDaemon(cluster, host, {kind: 'mgr'})).ok);
  t.deepEqual(words(), []);
  t.false((await startDaemon(cluster, host, {kind: 'corosync'})).ok);
});

test('whether a daemon runs, hangs or is gone is asked of the kernel', async t => {
  const child = spawn('sleep', ['60']);
  t.teardown(() => child.kill('SIGKILL'));
  const {cluster, host} = played(t, {pid: String(child.pid)});
  t.deepEqual(await daemonState(cluster, host, osd), {ok: true, value: 'runs'});
  child.kill('SIGSTOP');
  let state = await daemonState(cluster, host, osd);
  for (let tries = 0; state.ok && state.value === 'runs' && tries < 50; tries += 1)
    state = await daemonState(cluster, host, osd);
  t.deepEqual(state, {ok: true, value: 'hangs'});
  const absent = played(t, {});
  t.deepEqual(await daemonState(absent.cluster, absent.host, osd), {ok: true, value: 'is gone'});
});

for (const [kind, unit, who] of [
  ['mds', 'ceph-mds@n1.service', 'all'],
  ['ganesha.nfsd', 'nfs-ganesha.service', 'main'],
  ['tgtd', 'tgt.service', 'main'],
  ['nbdkit', 'nbdkit@vm1.service', 'main'],
] as const) {
  test(`${unit} is killed as ${kind}, and a host that has none is left alone by whoever heals`, async t => {
    const {cluster, host, words} = played(t, {unit});
    t.deepEqual((await killDaemon(cluster, host, {kind})).exit, {kind: 'exited', code: 0});
    t.is(words().at(-1), `systemctl kill --kill-who=${who} --signal=KILL ${unit}`);
    const none = played(t, {});
    t.notDeepEqual((await killDaemon(none.cluster, none.host, {kind})).exit, {kind: 'exited', code: 0});
    t.deepEqual(await startDaemon(none.cluster, none.host, {kind}), {ok: true, value: undefined});
  });
}

test('several servers of NBD on a host cannot be told apart, and none is killed', async t => {
  const {cluster, host, words} = played(t, {pid: '77\n78'});
  const killed = await killDaemon(cluster, host, {kind: 'nbdkit'});
  t.deepEqual(killed.exit, {kind: 'exited', code: 1});
  t.regex(killed.stderr, /several processes of nbdkit/);
  t.deepEqual(words(), []);
});

test('bricks are started by Gluster, and none of a volume that is stopped', async t => {
  const {cluster, host, words} = played(t, {});
  t.true((await startDaemon(cluster, host, {kind: 'glusterfsd'})).ok);
  t.deepEqual(
    words().filter(line => line.includes(' start ')),
    ['gluster --mode=script volume start vms force'],
  );
});
