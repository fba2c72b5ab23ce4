/** Against a real sshd on the loopback interface, with keys of its own. */
import {execFileSync} from 'node:child_process';
import {existsSync, mkdtempSync, readFileSync, readlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {freePort, type Sshd, startSshd} from '../../fixtures/kit/sshd.ts';
import type {Host} from '../types.ts';
import {reach} from './reach.ts';
import {type SshTransport, sshTransport} from './ssh.ts';

const host: Host = {name: 'h', role: 'node', addresses: {management: '127.0.0.1'}, interfaces: {}, scratch: []};
let server: Sshd;
let folder: string;
let login: {user: string; port: number; key: string; knownHosts: string};
let transport: SshTransport;

test.before(async () => {
  server = await startSshd();
  folder = server.folder;
  const {port, key, knownHosts} = server;
  login = {user: 'root', port, key, knownHosts};
  transport = await sshTransport(login);
});

test.after.always(async () => {
  await transport.close();
  server.stop();
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
  t.is(server.logins(), 1);
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
  const ending = await sshTransport(login);
  t.is((await ending.exec(host, {argv: ['true'], ...once})).exit.kind, 'exited');
  const running = ending.exec(host, {argv: ['sleep', '5'], ...once});
  await sleep(300);
  await ending.close();
  t.is((await running).exit.kind, 'unreachable');
  const before = server.logins();
  const {exit} = await ending.exec(host, {argv: ['true'], timeoutMs: 10_000, idempotent: true});
  t.regex(exit.kind === 'unreachable' ? exit.reason : '', /connections of this run are closed/);
  t.is(server.logins(), before);
});

test.serial('an unknown host key, a wrong port and a missing address are unreachable, never a question', async t => {
  const empty = join(folder, 'empty');
  writeFileSync(empty, '');
  const stranger = await sshTransport({...login, knownHosts: empty});
  t.is((await stranger.exec(host, {argv: ['true'], ...once})).exit.kind, 'unreachable');
  await stranger.close();
  const closed = await sshTransport({...login, port: await freePort()});
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

test.serial(
  "through a jump host, with the inventory's key and known hosts; a strange jump host is refused",
  async t => {
    const gate = await startSshd({key: login.key});
    t.teardown(() => gate.stop());
    const both = join(folder, 'both');
    writeFileSync(both, readFileSync(login.knownHosts, 'utf8') + readFileSync(gate.knownHosts, 'utf8'));
    const jump = `root@127.0.0.1:${gate.port}`;
    const behind = await sshTransport({...login, knownHosts: both, jump});
    t.teardown(() => behind.close());
    t.deepEqual(await reach([host], behind), []);
    t.is((await behind.exec(host, {argv: ['printf', '%s', 'a b'], ...once})).stdout, 'a b');
    t.is(gate.logins(), 1);
    const strange = await sshTransport({...login, jump});
    t.teardown(() => strange.close());
    const [found] = await reach([host], strange);
    t.like(found?.cause, {kind: 'unknown-key', at: {address: '127.0.0.1', port: gate.port}});
  },
);

test.serial(
  "what the inventory leaves out is ssh's own: a configuration's name, port and user, and an agent's key",
  async t => {
    const config = join(folder, 'config');
    const {port, knownHosts, key} = login;
    const lines = `Host h-alias\n HostName 127.0.0.1\n Port ${port}\n User root\n UserKnownHostsFile ${knownHosts}\n`;
    writeFileSync(config, lines);
    const alias: Host = {...host, addresses: {management: 'h-alias'}};
    const said = execFileSync('ssh-agent', ['-s'], {encoding: 'utf8'});
    const [, socket = '', pid = ''] = /SSH_AUTH_SOCK=([^;]+);[\s\S]*SSH_AGENT_PID=(\d+);/.exec(said) ?? [];
    const before = process.env.SSH_AUTH_SOCK;
    process.env.SSH_AUTH_SOCK = socket;
    t.teardown(() => {
      process.kill(Number(pid));
      if (before === undefined) delete process.env.SSH_AUTH_SOCK;
      else process.env.SSH_AUTH_SOCK = before;
    });
    execFileSync('ssh-add', ['-q', key]);
    const plain = await sshTransport({config});
    t.teardown(() => plain.close());
    t.deepEqual(await reach([alias], plain), []);
    execFileSync('ssh-add', ['-q', '-D']);
    const without = await sshTransport({config});
    t.teardown(() => without.close());
    t.like((await reach([alias], without))[0]?.cause, {kind: 'denied', as: 'root@127.0.0.1'});
  },
);

test.serial('one host may differ from the others', async t => {
  const hosts = new Map([['h', {port: login.port, key: login.key}]]);
  const mixed = await sshTransport({user: 'root', port: 1, knownHosts: login.knownHosts, hosts});
  t.teardown(() => mixed.close());
  t.deepEqual(await reach([host], mixed), []);
  t.deepEqual((await reach([{...host, name: 'other'}], mixed))[0]?.cause, {kind: 'refused'});
});

test.serial('what a killed process left of its connections goes at the next start, and what lives stays', async t => {
  const left = mkdtempSync(join(tmpdir(), 'seatrial-ssh-'));
  const namespace = readlinkSync('/proc/self/ns/pid');
  const master = ['-M', '-N', '-f', '-o', 'ControlPersist=600', '-o', `ControlPath=${join(left, 'socket')}`];
  const {port, key, knownHosts} = login;
  const options = ['-i', key, '-p', String(port), '-o', `UserKnownHostsFile=${knownHosts}`];
  execFileSync('ssh', [...master, ...options, 'root@127.0.0.1'], {stdio: 'ignore'});
  t.not(running(join(left, 'socket')), '');
  writeFileSync(join(left, 'owner'), `${namespace} ${process.pid} 1\n`);
  const next = await sshTransport(login);
  t.teardown(() => next.close());
  t.false(existsSync(left));
  await sleep(200);
  t.is(running(join(left, 'socket')), '');
  t.is((await transport.exec(host, {argv: ['true'], ...once})).exit.kind, 'exited');
});

function running(command: string): string {
  return execFileSync('sh', ['-c', `ps -eo pid,args | grep -F '${command}' | grep -v grep || true`], {
    encoding: 'utf8',
  });
}
