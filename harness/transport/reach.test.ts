import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import type {Host, Outcome} from '../types.ts';
import {fingerprintOf, reach} from './reach.ts';
import {reachSentences, type Unreached} from './reach-sentences.ts';

const fine: Outcome = {stdout: '0\n', stderr: '', durationMs: 1, exit: {kind: 'exited', code: 0}};
const said = (stderr: string): Outcome => ({...fine, stderr, exit: {kind: 'exited', code: 255}});
const refused = said('ssh: connect to host 10.0.0.1 port 22: Connection refused\r\n');
const dropped = said('kex_exchange_identification: Connection closed by remote host\r\n');
const hostNumber = (index: number): Host => ({
  name: `n${index}`,
  role: 'node',
  addresses: {management: `10.0.0.${index}`},
  interfaces: {},
  scratch: [],
});
const hosts = (count: number) => Array.from({length: count}, (_, index) => hostNumber(index + 1));
const login = {user: 'root', port: 22, key: '/root/.ssh/seatrial', knownHosts: '/etc/seatrial/known_hosts'};
const quick = {deadlineMs: 1000, connectSeconds: 1, parallel: 128};

test('hosts that answer are not told of, and the others in their order', async t => {
  const connect = async (host: Host) => (host.name === 'n2' || host.name === 'n4' ? refused : fine);
  const found = await reach(hosts(5), {connect, exec: async () => fine}, quick);
  t.deepEqual(found, [
    {name: 'n2', address: '10.0.0.2', cause: {kind: 'refused'}},
    {name: 'n4', address: '10.0.0.4', cause: {kind: 'refused'}},
  ]);
});

test('a login that takes no command is no reachable host', async t => {
  const exec = async (): Promise<Outcome> => ({
    ...fine,
    stdout: 'This account is currently not available.\n',
    exit: {kind: 'unreachable', reason: 'ssh ended with 1'},
  });
  const [found] = await reach(hosts(1), {connect: async () => fine, exec}, quick);
  t.deepEqual(found?.cause, {kind: 'no-shell', said: 'This account is currently not available.'});
});

test('hundreds of hosts are asked side by side, no more at once than was said', async t => {
  let now = 0;
  let most = 0;
  const connect = async () => {
    most = Math.max(most, ++now);
    await sleep(20);
    now--;
    return fine;
  };
  t.deepEqual(await reach(hosts(200), {connect, exec: async () => fine}, {...quick, deadlineMs: 10_000}), []);
  t.is(most, 128);
});

test('hosts that never answer cost the deadline once, and those in the queue are not begun after it', async t => {
  let begun = 0;
  const connect = () => {
    begun++;
    return new Promise<Outcome>(() => {});
  };
  const started = performance.now();
  const found = await reach(hosts(200), {connect, exec: async () => fine}, {...quick, deadlineMs: 200});
  t.true(performance.now() - started < 2000);
  t.is(found.length, 200);
  t.true(found.every(({cause}) => cause.kind === 'timeout'));
  t.is(begun, 128);
});

test('hosts that answer one after the other on a slow machine are all waited for, and a silent one only so long', async t => {
  const slow = {deadlineMs: 200, connectSeconds: 0.4, parallel: 4};
  const connect = async ({name}: Host) => {
    if (name === 'n7') return new Promise<Outcome>(() => {});
    await sleep(30);
    return fine;
  };
  const started = performance.now();
  const found = await reach(hosts(100), {connect, exec: async () => fine}, slow);
  t.deepEqual(
    found.map(({name, cause}) => [name, cause.kind]),
    [['n7', 'timeout']],
  );
  t.true(performance.now() - started > 600);
});

test('an abort ends the asking at once', async t => {
  const abort = new AbortController();
  setTimeout(() => abort.abort(), 50);
  const started = performance.now();
  const connect = () => new Promise<Outcome>(() => {});
  await reach(hosts(3), {connect, exec: async () => fine}, {...quick, deadlineMs: 60_000, signal: abort.signal});
  t.true(performance.now() - started < 2000);
});

test('hosts that a busy jump host turned away are asked again, few at a time', async t => {
  let now = 0;
  const connect = async () => {
    const turnedAway = ++now > 10;
    await sleep(5);
    now--;
    return turnedAway ? dropped : fine;
  };
  t.deepEqual(await reach(hosts(60), {connect, exec: async () => fine}, quick), []);
  const always = await reach(hosts(2), {connect: async () => dropped, exec: async () => fine}, quick);
  t.deepEqual(
    always.map(({cause}) => cause.kind),
    ['dropped', 'dropped'],
  );
});

test('the fingerprint is the one that ssh-keygen prints', t => {
  const line = '10.0.0.1 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIIx6HBu1ZFe7U1nkwXKfrvDUikURsmP1y+TMBpPoRtvf';
  t.is(
    fingerprintOf(`# 10.0.0.1:22 SSH-2.0-OpenSSH_9.2\n${line}\n`),
    'SHA256:ftxtVdoSQiQk2l2K7mHZl8LxnvENeeLWOWNYW0AEJ+U',
  );
  t.is(fingerprintOf('# n1:22 SSH-2.0-OpenSSH_9.2\n'), undefined);
  t.is(fingerprintOf(''), undefined);
});

const at = {address: '10.0.0.1'};
const unreached = (name: string, cause: Unreached['cause'], address = `10.0.0.${name.slice(1)}`): Unreached => ({
  name,
  address,
  cause,
});

test('hosts with one cause are told in one sentence, by name, with what to do', t => {
  const lines = reachSentences(
    [
      unreached('n1', {kind: 'unknown-key', keyType: 'ED25519', at, fingerprint: 'SHA256:one'}),
      unreached('n2', {kind: 'timeout'}),
      unreached('n3', {
        kind: 'unknown-key',
        keyType: 'ED25519',
        at: {address: '10.0.0.3'},
        fingerprint: 'SHA256:three',
      }),
      unreached('n4', {kind: 'timeout'}),
      unreached('n5', {kind: 'timeout'}),
    ],
    login,
  );
  t.deepEqual(lines, [
    'n1 (10.0.0.1) and n3 (10.0.0.3): the host key is not in /etc/seatrial/known_hosts. Compare on the host\'s console with "ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub": n1 SHA256:one, n3 SHA256:three. Then run: ssh-keyscan -t ed25519 10.0.0.1 10.0.0.3 >> /etc/seatrial/known_hosts',
    'n2 (10.0.0.2), n4 (10.0.0.4) and n5 (10.0.0.5): no answer on port 22: switch the host on, or open the way to it (a firewall may drop the connection)',
  ]);
});

test('hosts that are logged in to otherwise have a sentence of their own, and a jump host is named', t => {
  const hosts = new Map([['n2', {port: 2222, jump: 'ops@gate'}]]);
  const silent = (name: string) => unreached(name, {kind: 'refused'});
  t.deepEqual(reachSentences([silent('n1'), silent('n2'), silent('n3')], {hosts}), [
    "n1 (10.0.0.1) and n3 (10.0.0.3): ssh's port refuses the connection: start sshd there, or correct ssh.port in the inventory",
    'n2 (10.0.0.2): port 2222 refuses the connection: start sshd there, or correct ssh.port in the inventory; the way leads through the jump host ops@gate: does that answer?',
  ]);
  const denied = (name: string, address: string): Unreached => {
    const as = `ops@${address}`;
    return {name, address, cause: {kind: 'denied', methods: 'publickey', as}};
  };
  const lines = reachSentences([denied('n1', '10.0.0.1'), denied('n2', '10.0.0.2')], {});
  t.is(lines.length, 1);
  t.regex(
    lines[0] ?? '',
    /^n1 .* and n2 .*: logging in as ops with ssh's own keys was denied .*: ssh-copy-id ops@10\.0\.0\.1;/,
  );
});

const sentences: readonly [Unreached['cause'], RegExp][] = [
  [
    {kind: 'changed-key', keyType: 'RSA', at: {address: 'h', port: 2222}, fingerprint: 'SHA256:x', file: '/k', line: 3},
    /another one than in \/k \(line 3\).*SHA256:x.*ssh-keygen -f \/k -R '\[h\]:2222'; ssh-keyscan -t rsa -p 2222 h >> \/k$/,
  ],
  [{kind: 'revoked-key', keyType: 'RSA', at}, /marked as revoked in \/etc\/seatrial\/known_hosts/],
  [{kind: 'key-open', file: '/k', mode: '0644'}, /others can read it \(mode 0644\)\. Run: chmod 600 \/k$/],
  [{kind: 'key-unusable', file: '/k', said: 'error in libcrypto'}, /cannot load the key \/k \(error in libcrypto\)/],
  [
    {kind: 'denied', methods: 'publickey'},
    /logging in as root with the key \/root\/\.ssh\/seatrial was denied .*takes publickey.*ssh-copy-id -i \S+\.pub root@10\.0\.0\.1/,
  ],
  [
    {kind: 'denied', methods: 'publickey', as: 'ops@gate'},
    /logging in as ops to the jump host gate with .* was denied.*ssh-copy-id -i \S+\.pub ops@gate;/,
  ],
  [
    {kind: 'sudo', trouble: 'wrong-password', said: 'sudo: 1 incorrect password attempt'},
    /as root works, and sudo does not: the password for it is wrong \(it was tried once\)/,
  ],
  [{kind: 'sudo', trouble: 'asks', said: ''}, /asks for a password, and none is given: name ssh\.become\.passwordFile/],
  [
    {kind: 'sudo', trouble: 'denied', said: 'ops is not in the sudoers file.'},
    /may not run commands as root \(ops is not in the sudoers file\.\).*>\/etc\/sudoers\.d\/seatrial/,
  ],
  [{kind: 'sudo', trouble: 'tty', said: ''}, /wants a terminal \(requiretty\).*!requiretty/],
  [{kind: 'sudo', trouble: 'missing', said: ''}, /there is none\..*apt-get install sudo/],
  [{kind: 'sudo', trouble: 'other', said: 'sudo: no answer within 6 s'}, /it says: sudo: no answer within 6 s/],
  [{kind: 'not-root'}, /commands run as root, and not as root: log in as root, or say .*become: \{method: sudo/],
  [{kind: 'no-name', said: 'x'}, /does not resolve: correct addresses\.management/],
  [{kind: 'refused'}, /port 22 refuses.*start sshd/],
  [{kind: 'no-route'}, /no route there/],
  [{kind: 'dropped'}, /closed before ssh was spoken/],
  [{kind: 'no-program'}, /apt-get install openssh-client/],
  [{kind: 'no-shell', said: 'not available'}, /as root works.*\(not available\)/],
  [{kind: 'other', said: 'Bad owner'}, /ssh says: Bad owner\. Try: ssh -v/],
];
for (const [cause, expected] of sentences) {
  test(`said of a host: ${JSON.stringify(cause)}`, t => {
    const [line = '', ...more] = reachSentences([unreached('n1', cause)], login);
    t.regex(line, expected);
    t.regex(line, /^n1 \(10\.0\.0\.1\): /);
    t.deepEqual(more, []);
  });
}
