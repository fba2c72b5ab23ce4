/** Faults that take away what a node lives on, with their commands run for real where nothing is harmed. */
import {spawnSync} from 'node:child_process';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {allOnline, fakeCluster} from '../../fixtures/kit/fake-cluster.ts';
import {runLocally} from '../transport/local.ts';
import type {Cluster, Command, Outcome} from '../types.ts';
import {clockCommands, clockFile} from './clock-step.ts';
import {diskCommands, fillFolder} from './disk-full.ts';
import {cpuHog, hogFolder, loadHog, memoryHog} from './hog.ts';

const outcomeOf = async (of: Promise<{ok: boolean; value?: unknown; error?: string}>) => {
  const {ok, value, error} = await of;
  return ok ? `yes: ${String(value)}` : `no: ${error}`;
};

/** Every node is this machine, with the hogs' files in a folder of the test. */
function here(t: ExecutionContext): {cluster: Cluster; eaten: string} {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-hog-test-'));
  const eaten = join(folder, 'hogs');
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  const {cluster} = fakeCluster(() => undefined);
  const exec = async (_host: unknown, command: Command): Promise<Outcome> =>
    command.argv[0] === 'crm_mon'
      ? {stdout: allOnline, stderr: '', durationMs: 1, exit: {kind: 'exited', code: 0}}
      : runLocally({
          ...command,
          argv: command.argv.map(word => word.replaceAll(hogFolder, eaten)) as [string, ...string[]],
        });
  return {cluster: {...cluster, transport: {...cluster.transport, exec}}, eaten};
}

for (const kind of [cpuHog, memoryHog, loadHog]) {
  test(`${kind.name}: it eats, one at a time, and is gone when it is healed, twice and for nothing`, async t => {
    const {cluster, eaten} = here(t);
    const fault = kind.at(cluster.nodes.slice(0, 1), {seconds: 60});
    t.regex(await outcomeOf(fault.reached(cluster)), /^no: /, 'not before it is injected');
    t.deepEqual(await fault.heal(cluster), {ok: true, value: undefined});
    const injected = await fault.inject(cluster);
    t.deepEqual(injected.exit, {kind: 'exited', code: 0}, injected.stderr);
    t.not((await fault.inject(cluster)).exit, {kind: 'exited', code: 0});
    let said = '';
    for (let tries = 0; tries < 100 && !said.startsWith('yes'); tries += 1) {
      await sleep(200);
      said = await outcomeOf(fault.reached(cluster));
    }
    const words = {'cpu-hog': /^yes: 1 busy loop had \d+ s/, 'memory-hog': /^yes: [45]\d\d of 512 MiB/};
    t.regex(said, words[kind.name as keyof typeof words] ?? /^yes: 12 busy loops have run/);
    const pid = readFileSync(join(eaten, `${kind.name}.pid`), 'utf8').trim();
    // One that is dead and not yet taken note of by its new parent eats nothing.
    const group = () =>
      spawnSync('ps', ['-o', 'pid=,stat=', '--ppid', pid, '--pid', pid], {encoding: 'utf8'})
        .stdout.split('\n')
        .filter(line => line !== '' && !/Z/.test(line))
        .join();
    t.not(group(), '');
    for (let time = 0; time < 2; time += 1) t.deepEqual(await fault.heal(cluster), {ok: true, value: undefined});
    t.is(group(), '');
    t.false(existsSync(eaten));
    t.regex(await outcomeOf(fault.reached(cluster)), /^no: /);
  });
}

test('a hog whose harness is gone ends by itself', async t => {
  const {cluster, eaten} = here(t);
  const fault = cpuHog.at(cluster.nodes.slice(0, 1), {seconds: 1});
  t.deepEqual((await fault.inject(cluster)).exit, {kind: 'exited', code: 0});
  const pid = readFileSync(join(eaten, 'cpu-hog.pid'), 'utf8').trim();
  for (let tries = 0; existsSync(`/proc/${pid}`) && tries < 100; tries += 1) await sleep(100);
  t.false(existsSync(`/proc/${pid}`));
  t.regex(await outcomeOf(fault.reached(cluster)), /^no: .*it has ended/);
});

test('of a node that has a machine of its own all is eaten, and of one that shares it little', async t => {
  const {cluster, asked} = fakeCluster((_, words) =>
    words.includes('nproc') ? {stdout: '16\n'} : words.includes('MemAvailable') ? {stdout: '104857600\n'} : {},
  );
  const sizeOf = async (kind: typeof cpuHog, shared: boolean) => {
    await kind
      .at(cluster.nodes.slice(0, 1), {seconds: 60})
      .inject({...cluster, hardware: {...cluster.hardware, shared}});
    return asked.at(-1)?.words.split(' ').at(-1);
  };
  t.is(await sizeOf(cpuHog, false), '32');
  t.is(await sizeOf(cpuHog, true), '1');
  t.is(await sizeOf(memoryHog, false), '92160');
  t.is(await sizeOf(memoryHog, true), '512');
});

/** A script with a small file system of its own for what it fills. */
function onSmallDisk(type: string, ...commands: readonly Command[]) {
  const scripts = commands.map(({argv: [, flags, script]}) => [flags, script ?? '']);
  const folder = '/mnt';
  const lines = scripts.map(
    ([flags], index) => `sh ${flags} "$s${index}" disk ${folder}; echo "$? $(ls ${folder} | tr '\\n' ' ')"`,
  );
  const env = Object.fromEntries(scripts.map(([, script = ''], index) => [`s${index}`, script]));
  const whole = `mount -t ${type} && ${lines.join('\n')}`;
  const ran = spawnSync('unshare', ['--map-root-user', '--mount', 'sh', '-c', whole], {
    encoding: 'utf8',
    env: {...process.env, ...env},
  });
  return ran.stdout
    .split('\n')
    .filter(line => line !== '')
    .concat(ran.stderr);
}

const small = 'tmpfs -o size=8m small /mnt';

test('a disk is full to the last block, says so, and is as before when it is healed, twice', t => {
  const {fill, ask, free} = diskCommands;
  const [notYet, none, filled, ...rest] = onSmallDisk(small, ask, fill, ask, free, free, ask);
  t.is(fillFolder, '/var/lib');
  t.regex(notYet ?? '', /nothing of ours fills \/mnt/);
  t.is(none, '1 ');
  t.is(filled, '0 seatrial-disk-full seatrial-disk-full-reserve ');
  t.deepEqual(rest.slice(0, 4), [
    'a write to /mnt fails: No space left on device',
    '0 seatrial-disk-full seatrial-disk-full-reserve ',
    '0 ',
    '0 ',
  ]);
  t.regex(rest[4] ?? '', /nothing of ours/);
});

test('planted: a disk that others have made room on is no longer full', t => {
  const argv = ['sh', '-c', 'truncate -s 1M "$1"/seatrial-disk-full'] as const;
  const truncate: Command = {argv, timeoutMs: 1000, idempotent: true};
  const said = onSmallDisk(small, diskCommands.fill, truncate, diskCommands.ask);
  t.regex(said.join('\n'), /a write to \/mnt went through\n1 seatrial-disk-full seatrial-disk-full-reserve/);
});

test('a disk in memory that is larger than what may be taken of it is left alone', t => {
  const said = onSmallDisk('tmpfs -o size=90% large /mnt', diskCommands.fill);
  t.is(said[0], '1 ');
  t.regex(said[1] ?? '', /may be in memory, and is too large/);
});

/** `date` and `systemctl` that only write down what they were told; the clock they show is the test's own. */
function clock(t: ExecutionContext) {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-clock-test-'));
  t.teardown(() => rmSync(folder, {recursive: true, force: true}));
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const put = (name: string, text: string) => {
    writeFileSync(join(bin, name), `#!/bin/sh\n${text}\n`);
    chmodSync(join(bin, name), 0o755);
  };
  const shift = join(folder, 'shift');
  writeFileSync(shift, '0');
  const told = join(folder, 'told');
  put(
    'date',
    `now=$(/bin/date +%s.%N)
case $1 in
  +*) awk -v now="$now" -v shift="$(cat ${shift})" 'BEGIN {printf "%.3f", now + shift}' ;;
  --set=*' seconds') by=\${1#--set=}; awk -v is="$(cat ${shift})" -v by="$by" 'BEGIN {printf "%.3f", is + by}' >${shift}.new; mv ${shift}.new ${shift}; echo "date by $by" >>${told} ;;
esac`,
  );
  put('systemctl', `case $1 in is-active) [ "$3" = chronyd.service ] ;; *) echo "$*" >>${told} ;; esac`);
  const run = ({argv: [program, ...words]}: Command) =>
    spawnSync(
      program,
      words.map(word => word.replaceAll(clockFile, join(folder, 'kept')).replaceAll('/run/systemd/system', folder)),
      {encoding: 'utf8', env: {...process.env, PATH: `${bin}:${process.env.PATH}`}},
    );
  const log = () => (existsSync(told) ? readFileSync(told, 'utf8').trim().split('\n') : []);
  return {run, log, shift: (by: string) => writeFileSync(shift, by), kept: () => existsSync(join(folder, 'kept'))};
}

for (const by of [60, -3600]) {
  test(`a clock that is stepped by ${by} s: its keeper is stopped first, and goes on when it is right again`, t => {
    const {run, log, kept} = clock(t);
    t.is(run(clockCommands.back).status, 0);
    t.deepEqual(log(), [], 'for nothing');
    t.is(run(clockCommands.step(by)).status, 0);
    t.not(run(clockCommands.step(by)).status, 0, 'a second step');
    t.true(Math.abs(Number(run(clockCommands.off).stdout) - by) < 0.5);
    for (let time = 0; time < 2; time += 1) t.is(run(clockCommands.back).status, 0);
    const [stopped, there, back, started, ...more] = log();
    t.deepEqual([stopped, started, more], ['stop chronyd.service', 'start chronyd.service', []]);
    t.is(there, `date by ${by} seconds`);
    t.true(Math.abs(Number(back?.split(' ')[2]) + by) < 0.5, back);
    t.false(kept());
  });
}

test('planted: a clock that somebody has set right meanwhile did not stay stepped, and is not set again', t => {
  const {run, log, shift} = clock(t);
  run(clockCommands.step(60));
  shift('0');
  t.true(Math.abs(Number(run(clockCommands.off).stdout)) < 0.5);
  t.is(run(clockCommands.back).status, 0);
  t.deepEqual(log(), ['stop chronyd.service', 'date by 60 seconds', 'start chronyd.service']);
});
