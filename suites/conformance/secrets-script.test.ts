import {execFileSync, spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {secretsScript, withoutSecretWords} from './secrets-script.ts';

const folder = mkdtempSync(join(tmpdir(), 'seatrial-secrets-'));
test.after.always(() => rmSync(folder, {recursive: true, force: true}));

const value = 'v4lue-that-nobody-sees';
const config = [
  'totem {',
  `  secret: ${value} password=${value}`,
  '  # password: in a comment',
  '  keyfile_password_file: /etc/keys/a',
  `Environment=API_PASSWORD=${value}`,
  `spice_password = "${value}"`,
  'auth_secret: none',
  '}',
].join('\n');

test('the script says where secrets stand, and under which name, and never what they are', t => {
  const file = join(folder, 'a.conf');
  writeFileSync(file, `${config}\n`);
  const script = secretsScript.replace('/etc/corosync/corosync.conf', file);
  t.not(script, secretsScript);
  const said = execFileSync('sh', ['-c', script], {encoding: 'utf8'});
  const own = said.split('\n').filter(line => line.startsWith(folder));
  t.deepEqual(own, [`${file}:2: secret`, `${file}:5: API_PASSWORD`, `${file}:6: spice_password`]);
  t.false(said.includes(value));
  t.true(said.endsWith('asked\n'));
});

test('a process that was given a secret is told by its name alone', t => {
  const sleeper = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 20000)', '--', `--db-password=${value}`]);
  const said = execFileSync('sh', ['-c', secretsScript], {encoding: 'utf8'});
  sleeper.kill('SIGKILL');
  t.regex(said, new RegExp(`process ${sleeper.pid} \\S+: --db-password`));
  t.false(said.includes(value));
});

test('settings travel without the values of secrets', t => {
  const said = execFileSync('sh', ['-c', withoutSecretWords], {input: `${config}\n`, encoding: 'utf8'});
  t.false(said.includes(value));
  t.regex(said, /secret: \(secret\)/);
  t.regex(said, /spice_password = \(secret\)/);
});
