import {chmodSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import test from 'ava';
import {surroundings} from './surroundings.ts';

const folder = mkdtempSync(join(tmpdir(), 'surroundings-'));
test.after.always(() => rmSync(folder, {recursive: true, force: true}));

function made(name: string, text: string, mode: number): string {
  const path = join(folder, name);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

test('files', t => {
  t.is(surroundings.file(made('whole', 'secret\n', 0o600)), undefined);
  t.regex(surroundings.file(made('empty', '\n', 0o600)) ?? '', /is empty/);
  t.regex(surroundings.file(join(folder, 'none')) ?? '', /there is no such file/);
  t.regex(surroundings.file(join(folder, 'whole/none')) ?? '', /there is no such file/);
  t.regex(surroundings.file(folder) ?? '', /is a folder/);
});

test('a key that others can read is one that ssh does not use', t => {
  t.is(surroundings.privateKey(made('key', 'a key', 0o600)), undefined);
  t.is(surroundings.privateKey(made('read-only', 'a key', 0o400)), undefined);
  t.regex(surroundings.privateKey(made('open', 'a key', 0o640)) ?? '', /mode 640.*chmod 600/);
  t.regex(surroundings.privateKey(join(folder, 'none')) ?? '', /there is no such file/);
});

test('planted: a password that others can read', t => {
  t.is(surroundings.secretFile(made('password', 'secret\n', 0o600)), undefined);
  t.regex(surroundings.secretFile(made('told', 'secret\n', 0o644)) ?? '', /mode 644.*anybody here.*chmod 600/);
  t.regex(surroundings.secretFile(join(folder, 'none')) ?? '', /there is no such file/);
});

test('variables', t => {
  process.env.SEATRIAL_TEST_SET = 'x';
  process.env.SEATRIAL_TEST_EMPTY = '';
  t.is(surroundings.variable('SEATRIAL_TEST_SET'), undefined);
  t.regex(surroundings.variable('SEATRIAL_TEST_EMPTY') ?? '', /not set, or empty/);
  t.regex(surroundings.variable('SEATRIAL_TEST_NONE') ?? '', /not set, or empty/);
});
