/** Against a real sshd on the loopback interface, with keys of its own. */
import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import type {Host} from '../types.ts';
import {type SshTransport, sshTransport} from './ssh.ts';

const folder = mkdtempSync(join(tmpdir(), 'seatrial-sshd-'));
const key = join(folder, 'key');
const knownHosts = join(folder, 'known_hosts');
const host: Host = {name: 'h', role: 'node', addresses: {management: '127.0.0.1'}, interfaces: {}, scratch: []};
let madeRunFolder = false;
let port = 0;
let server: ChildProcess;
let logins = 0;
let transport: SshTransport;

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await new Promise(resolve => probe.once('listening', resolve));
  const address = probe.address();
  await new Promise(resolve => probe.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

async function startServer(): Promise<void> {
  const options = [
    `HostKey=${join(folder, 'host')}`,
    `AuthorizedKeysFile=${key}.pub`,
    'StrictModes=no',
    'UsePAM=no',
    'PidFile=none',
    'ListenAddress=127.0.0.1',
    'PermitRootLogin=yes',
  ];
  server = spawn(
    '/usr/sbin/sshd',
    ['-D', '-e', '-f', '/dev/null', '-p', String(port), ...options.flatMap(o => ['-o', o])],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  );
  server.stderr?.on('data', (said: Buffer) => {
    logins += said.toString().match(/Accepted publickey/g)?.length ?? 0;
  });
  for (let tries = 0; tries < 50; tries++) {
    const keys = execFileSync('sh', ['-c', `ssh-keyscan -T 2 -p ${port} 127.0.0.1 2>/dev/null || true`], {
      encoding: 'utf8',
    });
    if (keys !== '') return;
    await sleep(100);
  }
  throw new Error('sshd did not come up');
}

test.before(async () => {
  if (!existsSync('/run/sshd')) {
    mkdirSync('/run/sshd', {mode: 0o755});
    madeRunFolder = true;
  }
  for (const file of [key, join(folder, 'host')]) {
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  }
  port = await freePort();
  const [kind, hostKey] = readFileSync(join(folder, 'host.pub'), 'utf8').split(' ');
  writeFileSync(knownHosts, `[127.0.0.1]:${port} ${kind} ${hostKey}\n`);
  await startServer();
  transport = await sshTransport({user: 'root', port, key, knownHosts});
});

test.after.always(async () => {
  await transport.close();
  server.kill('SIGKILL');
  if (madeRunFolder) rmSync('/run/sshd', {recursive: true, force: true});
  rmSync(folder, {recursive: true, force: true});
});

const once = {timeoutMs: 10_000, idempotent: false} as const;

test.serial('words, output, error output and exit code come through as they are', async t => {
  const words = ['a b', "it's", '$HOME', '"', '*', '', 'ü\n'];
  const said = await transport.exec(host, {argv: ['printf', '%s\\0', ...words], ...once});
  t.deepEqual(said.stdout.split('\0').slice(0, -1), words);
  t.deepEqual(said.exit, {kind: 'exited', code: 0});
  const failed = await transport.exec(host, {argv: ['sh', '-c', 'echo out; echo err >&2; exit 255'], ...once});
  t.is(failed.stdout, 'out\n');
  t.is(failed.stderr, 'err\n');
  t.deepEqual(failed.exit, {kind: 'exited', code: 255});
});

test.serial('standard input comes through, and is empty where none was given', async t => {
  const said = await transport.exec(host, {argv: ['cat'], stdin: 'in\n', ...once});
  t.is(said.stdout, 'in\n');
  t.is((await transport.exec(host, {argv: ['cat'], ...once})).stdout, '');
});

test.serial('many commands, one connection', async t => {
  await Promise.all(Array.from({length: 5}, () => transport.exec(host, {argv: ['true'], ...once})));
  t.is(logins, 1);
});

test.serial('a deadline ends the process on the host, with what it started', async t => {
  const token = `sleep 98${process.pid % 1000}`;
  const said = await transport.exec(host, {
    argv: ['sh', '-c', `${token} & ${token}`],
    timeoutMs: 500,
    idempotent: false,
  });
  t.deepEqual(said.exit, {kind: 'timed-out'});
  t.true(said.durationMs < 3000);
  await sleep(200);
  t.is(running(token), '');
});

test.serial('stop interrupts the process on the host and lets it have its last words', async t => {
  const script = 'trap "echo last words; exit 7" INT; echo ready; while :; do sleep 0.05; done';
  const command = await transport.start(host, {argv: ['sh', '-c', script], ...once});
  await sleep(500);
  const said = await command.stop();
  t.is(said.stdout, 'ready\nlast words\n');
  t.deepEqual(said.exit, {kind: 'exited', code: 7});
  t.is(await command.stop(), said);
});

test.serial('stop kills what does not listen', async t => {
  const command = await transport.start(host, {
    argv: ['sh', '-c', 'trap "" INT; while :; do sleep 0.05; done'],
    ...once,
  });
  await sleep(500);
  const said = await command.stop(300);
  t.deepEqual(said.exit, {kind: 'signalled', signal: 'SIGKILL'});
});

test.serial('files go up and down byte by byte, with their mode', async t => {
  const local = join(folder, 'local');
  const remote = join(folder, "re'mote");
  const back = join(folder, 'back');
  const bytes = Buffer.from(Array.from({length: 300_000}, (_, i) => (i * 7919) % 256));
  writeFileSync(local, bytes);
  t.deepEqual((await transport.upload(host, local, remote, 0o750)).exit, {kind: 'exited', code: 0});
  t.is(execFileSync('stat', ['-c', '%a', remote], {encoding: 'utf8'}), '750\n');
  t.deepEqual((await transport.download(host, remote, back)).exit, {kind: 'exited', code: 0});
  t.true(readFileSync(back).equals(bytes));
  t.deepEqual((await transport.download(host, '/nowhere', back)).exit, {kind: 'exited', code: 1});
});

test.serial('what is asked after the end is unreachable, and opens no connection', async t => {
  const ending = await sshTransport({user: 'root', port, key, knownHosts});
  t.is((await ending.exec(host, {argv: ['true'], ...once})).exit.kind, 'exited');
  const running = ending.exec(host, {argv: ['sleep', '5'], ...once});
  await sleep(300);
  await ending.close();
  t.is((await running).exit.kind, 'unreachable');
  const before = logins;
  const {exit} = await ending.exec(host, {argv: ['true'], timeoutMs: 10_000, idempotent: true});
  t.regex(exit.kind === 'unreachable' ? exit.reason : '', /connections of this run are closed/);
  t.is(logins, before);
});

test.serial('an unknown host key, a wrong port and a missing address are unreachable, never a question', async t => {
  const empty = join(folder, 'empty');
  writeFileSync(empty, '');
  const stranger = await sshTransport({user: 'root', port, key, knownHosts: empty});
  t.is((await stranger.exec(host, {argv: ['true'], ...once})).exit.kind, 'unreachable');
  await stranger.close();
  const closed = await sshTransport({user: 'root', port: await freePort(), key, knownHosts});
  const said = await closed.exec(host, {argv: ['true'], ...once});
  t.is(said.exit.kind, 'unreachable');
  t.regex(said.exit.kind === 'unreachable' ? said.exit.reason : '', /refused/i);
  await closed.close();
  const nowhere = await transport.exec({...host, addresses: {}}, {argv: ['true'], ...once});
  t.deepEqual(nowhere.exit, {kind: 'unreachable', reason: 'h has no management address'});
});

test.serial(
  'when the connection goes, a measurement is unreachable and only idempotent commands run again',
  async t => {
    const cut = async (idempotent: boolean) => {
      const marks = join(folder, `marks-${idempotent}`);
      // The first run cuts its own connection: its session's sshd is the parent of the parent of the shell that sshd
      // started.
      const script = `echo run >>${marks}
[ "$(wc -l <${marks})" -gt 1 ] && exit 0
pid=$$
while [ "$(cat /proc/$pid/comm)" != sshd ]; do pid=$(awk '{print $4}' /proc/$pid/stat); done
kill -9 "$pid"; sleep 1`;
      const said = await transport.exec(host, {argv: ['sh', '-c', script], timeoutMs: 10_000, idempotent});
      return {said, runs: readFileSync(marks, 'utf8').split('\n').length - 1};
    };
    const measurement = await cut(false);
    t.is(measurement.said.exit.kind, 'unreachable');
    t.is(measurement.runs, 1);
    const question = await cut(true);
    t.deepEqual(question.said.exit, {kind: 'exited', code: 0});
    t.is(question.runs, 2);
  },
);

function running(command: string): string {
  return execFileSync('sh', ['-c', `ps -eo pid,args | grep -F '${command}' | grep -v grep || true`], {
    encoding: 'utf8',
  });
}
