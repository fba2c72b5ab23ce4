import {readFileSync} from 'node:fs';
import test from 'ava';
import type {Exit} from '../types.ts';
import {type Cause, causeOf, isSilence} from './ssh-cause.ts';

/** What the recorded ssh did. */
function recorded(name: string): Cause {
  const read = (end: string) =>
    readFileSync(new URL(`../../fixtures/openssh-9.2/${name}.${end}`, import.meta.url), 'utf8');
  const {exit: code}: {exit: number} = JSON.parse(read('meta.json'));
  return causeOf({stdout: '', stderr: read('err'), durationMs: 1, exit: {kind: 'exited', code}});
}

const at = {address: '127.0.0.1', port: 2222};
const expected: Readonly<Record<string, Cause>> = {
  'unknown-key': {kind: 'unknown-key', keyType: 'ED25519', at},
  'revoked-key': {kind: 'revoked-key', keyType: 'ED25519', at},
  'permission-denied': {kind: 'denied', methods: 'publickey,password,keyboard-interactive', as: 'root@127.0.0.1'},
  'key-missing': {kind: 'denied', methods: 'publickey,password,keyboard-interactive', as: 'root@127.0.0.1'},
  'key-locked': {kind: 'denied', methods: 'publickey,password,keyboard-interactive', as: 'root@127.0.0.1'},
  'key-open': {kind: 'key-open', file: '/tmp/seatrial-record/open', mode: '0644'},
  'key-garbage': {kind: 'key-unusable', file: '/tmp/seatrial-record/garbage', said: 'error in libcrypto'},
  refused: {kind: 'refused'},
  timeout: {kind: 'timeout'},
  silent: {kind: 'timeout'},
  dropped: {kind: 'dropped'},
  'not-ssh': {kind: 'dropped'},
  'no-route': {kind: 'no-route'},
  'no-network': {kind: 'no-route'},
  'no-name': {kind: 'no-name', said: 'no-such-host.invalid: Name or service not known'},
};
for (const [name, cause] of Object.entries(expected)) {
  test(`what ssh said: ${name}`, t => t.deepEqual(recorded(name), cause));
}

test('a changed host key names what was sent, and where the other one stands', t => {
  const cause = recorded('changed-key');
  if (cause.kind !== 'changed-key') return t.fail(JSON.stringify(cause));
  const {fingerprint, ...rest} = cause;
  t.regex(fingerprint, /^SHA256:[A-Za-z0-9+/]{43}$/);
  t.deepEqual(rest, {kind: 'changed-key', keyType: 'ED25519', at, file: '/tmp/seatrial-record/changed', line: 1});
});

const ended = (exit: Exit, stderr = '') => causeOf({stdout: '', stderr, durationMs: 1, exit});

test('ssh that never ended, never began, or said something new', t => {
  t.deepEqual(ended({kind: 'timed-out'}), {kind: 'timeout'});
  t.deepEqual(ended({kind: 'unreachable', reason: 'spawn ssh ENOENT'}), {kind: 'no-program'});
  t.deepEqual(ended({kind: 'exited', code: 255}, 'Bad owner or permissions on /root/.ssh/config\r\n'), {
    kind: 'other',
    said: 'Bad owner or permissions on /root/.ssh/config',
  });
  t.is(ended({kind: 'exited', code: 255}).kind, 'other');
});

test("a jump host's trouble is told as what it is", t => {
  const said = 'No ED25519 host key is known for bastion and you have requested strict checking.\r\n';
  const more = 'Host key verification failed.\r\nkex_exchange_identification: Connection closed by remote host\r\n';
  t.deepEqual(ended({kind: 'exited', code: 255}, said + more), {
    kind: 'unknown-key',
    keyType: 'ED25519',
    at: {address: 'bastion'},
  });
});

test('only silence may pass by itself', t => {
  const silent = Object.values(expected).filter(isSilence);
  t.deepEqual([...new Set(silent.map(({kind}) => kind))].sort(), ['dropped', 'no-route', 'refused', 'timeout']);
});
