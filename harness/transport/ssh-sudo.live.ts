/**
 * Root by sudo, on a real sshd with accounts of its own: what needs root works, and the password is nowhere to be
 * seen.
 */
import {execFileSync} from 'node:child_process';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import test, {type ExecutionContext} from 'ava';
import {type Sshd, startSshd} from '../../fixtures/kit/sshd.ts';
import type {Host, Outcome} from '../types.ts';
import {reach} from './reach.ts';
import {type SshTransport, sshTransport} from './ssh.ts';
import type {SshOptions} from './ssh-argv.ts';
import {type Cause, causeOf, type SudoTrouble} from './ssh-cause.ts';

const secret = `pass word'"$${process.pid}\\`;
const host: Host = {name: 'h', role: 'node', addresses: {management: '127.0.0.1'}, interfaces: {}, scratch: []};
const users = [
  {name: 'ops', password: secret, sudoers: 'ops ALL=(ALL) ALL\nDefaults:ops lecture=always'},
  {name: 'free', password: secret, sudoers: 'free ALL=(root) NOPASSWD: ALL'},
  {name: 'nobody2', password: secret, sudoers: ''},
  {name: 'tty', password: secret, sudoers: 'tty ALL=(ALL) ALL\nDefaults:tty requiretty'},
];
let server: Sshd;
const open: SshTransport[] = [];

test.before(async () => {
  server = await startSshd({users});
});

test.after.always(async () => {
  await Promise.all(open.map(each => each.close()));
  server.stop();
});

async function as(user: string, password: string | undefined): Promise<SshTransport> {
  const {port, key, knownHosts} = server;
  const options: SshOptions = {user, port, key, knownHosts, sudo: {password}};
  const transport = await sshTransport(options);
  open.push(transport);
  return transport;
}

const once = {timeoutMs: 10_000, idempotent: false} as const;
const exited = (code: number) => ({kind: 'exited', code});

/** Files and processes of this machine that hold the password; this process is not asked. */
function holders(): string[] {
  const found: string[] = [];
  for (const pid of readdirSync('/proc').filter(name => /^\d+$/.test(name) && Number(name) !== process.pid)) {
    for (const file of ['cmdline', 'environ']) {
      try {
        if (readFileSync(`/proc/${pid}/${file}`, 'latin1').includes(secret)) found.push(`${pid}/${file}`);
      } catch {
        // Ended meanwhile.
      }
    }
  }
  return found;
}

for (const [user, password] of [
  ['ops', secret],
  ['free', undefined],
  // sudo asks for nothing, and leaves the password to be read by what comes after it.
  ['free', secret],
] as const) {
  const how = `${user} with${password === undefined ? 'out' : ''} a password`;

  test.serial(`${how}: commands run as root, with their own words, input and output`, async t => {
    const transport = await as(user, password);
    const who = await transport.exec(host, {argv: ['sh', '-c', 'id -u; echo err >&2; exit 7'], ...once});
    t.deepEqual([who.stdout, who.stderr, who.exit], ['0\n', 'err\n', {kind: 'exited', code: 7}]);
    const said = await transport.exec(host, {argv: ['cat'], stdin: 'first\nsecond', ...once});
    t.is(said.stdout, 'first\nsecond');
    t.is((await transport.exec(host, {argv: ['cat'], ...once})).stdout, '');
    const words = await transport.exec(host, {argv: ['printf', '%s\\0', "it's", '$HOME', ''], ...once});
    t.is(words.stdout, "it's\0$HOME\0\0");
  });

  test.serial(`${how}: files that only root may write and read go up and down`, async t => {
    const transport = await as(user, password);
    const local = join(server.folder, 'local');
    const remote = join(server.folder, 'remote');
    const bytes = Buffer.from(Array.from({length: 300_000}, (_, i) => (i * 7919) % 256));
    writeFileSync(local, bytes);
    t.deepEqual((await transport.upload(host, local, remote, 0o600)).exit, exited(0));
    t.is(execFileSync('stat', ['-c', '%a %u', remote], {encoding: 'utf8'}), '600 0\n');
    t.deepEqual((await transport.download(host, remote, `${local}-back`)).exit, exited(0));
    t.true(readFileSync(`${local}-back`).equals(bytes));
  });

  test.serial(`${how}: what runs long is stopped with its last words, with all that it started`, async t => {
    const transport = await as(user, password);
    const mark = `sleep 97${process.pid % 1000}`;
    const script = `${mark} & trap "echo last words; exit 7" INT; echo ready; while :; do sleep 0.05; done`;
    const command = await transport.start(host, {argv: ['sh', '-c', script], ...once});
    await sleep(800);
    t.deepEqual(holders(), []);
    const said = await command.stop();
    t.is(said.stdout, 'ready\nlast words\n');
    t.deepEqual(said.exit, exited(7));
    const late = await transport.exec(host, {
      argv: ['sh', '-c', `${mark} & ${mark}`],
      timeoutMs: 500,
      idempotent: false,
    });
    t.is(late.exit.kind, 'timed-out');
    await sleep(300);
    t.is(execFileSync('sh', ['-c', `ps -eo args | grep -F '${mark}' | grep -v grep || true`], {encoding: 'utf8'}), '');
  });
}

async function refusal(t: ExecutionContext, user: string, password: string | undefined): Promise<Cause | undefined> {
  const transport = await as(user, password);
  const started = performance.now();
  const [found] = await reach([host], transport);
  const ms = performance.now() - started;
  t.log(`${ms.toFixed(0)} ms`);
  t.true(ms < 15_000);
  return found?.cause;
}

const refusals: readonly [string, string, string | undefined, SudoTrouble][] = [
  ['a wrong password', 'ops', 'wrong', 'wrong-password'],
  ['a password that is wanted and not given', 'ops', undefined, 'asks'],
  ['a user who is not in sudoers', 'nobody2', secret, 'denied'],
  ['a sudo that wants a terminal', 'tty', secret, 'tty'],
];
for (const [title, user, password, trouble] of refusals) {
  test.serial(`refused: ${title}`, async t => {
    const cause = await refusal(t, user, password);
    t.log(cause);
    t.like(cause, {kind: 'sudo', trouble});
  });
}

test.serial('a user who is not root, without sudo', async t => {
  const {port, key, knownHosts} = server;
  const transport = await sshTransport({user: 'nobody2', port, key, knownHosts});
  open.push(transport);
  t.deepEqual((await reach([host], transport))[0]?.cause, {kind: 'not-root'});
});

test.serial('a wrong password is tried once a connection, and the command is not run', async t => {
  const transport = await as('ops', 'wrong');
  const said: Outcome = await transport.exec(host, {argv: ['touch', join(server.folder, 'touched')], ...once});
  t.is(said.exit.kind, 'unreachable');
  t.false(readdirSync(server.folder).includes('touched'));
  t.is(said.stderr.match(/Sorry, try again/g)?.length, 1);
});

test('a host without sudo', t => {
  const outcome = (stderr: string): Outcome => ({stdout: '', stderr, durationMs: 1, exit: {kind: 'exited', code: 127}});
  for (const stderr of ["env: 'sudo': No such file or directory\n", 'env: ‘sudo’: No such file or directory\n']) {
    t.like(causeOf(outcome(stderr)), {kind: 'sudo', trouble: 'missing'});
  }
});
