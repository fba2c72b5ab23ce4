import {spawn} from 'node:child_process';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {identify, isEnding, lives, processesMarked, readIdentity, readLiving} from './proc.ts';

test('a process is known by its PID and its start time together', async t => {
  const child = spawn('sleep', ['60'], {env: {...process.env, SEATRIAL_TEST_MARK: `mark-${process.pid}`}});
  await new Promise(resolve => child.once('spawn', resolve));
  const identity = identify(child.pid ?? 0);
  if (identity === undefined) return t.fail('it was just started');
  t.true(lives(identity));
  t.false(isEnding(identity));
  t.false(lives({...identity, startTicks: '1'}), 'another process of the same PID');
  t.deepEqual(processesMarked(`SEATRIAL_TEST_MARK=mark-${process.pid}`), [identity]);
  t.deepEqual(processesMarked(`SEATRIAL_TEST_MARK=mark-${process.pid}x`), []);
  t.deepEqual(processesMarked(`SEATRIAL_TEST_MARK=mark-`), [], 'the whole value counts');
  child.kill('SIGKILL');
  await new Promise(resolve => child.once('exit', resolve));
  t.false(lives(identity));
  t.true(isEnding(identity));
});

test('a half-written identity is none', t => {
  const folder = mkdtempSync(path.join(tmpdir(), 'proc-'));
  t.teardown(() => rmSync(folder, {recursive: true}));
  const file = path.join(folder, 'pid');
  t.is(readIdentity(file), undefined);
  for (const text of ['', '12', '12 34', 'x 34\n', '12 34 \n']) {
    writeFileSync(file, text);
    t.is(readIdentity(file), undefined, JSON.stringify(text));
  }
  writeFileSync(file, '12 34\n');
  t.deepEqual(readIdentity(file), {pid: 12, startTicks: '34'});
  t.is(readLiving(file), undefined);
});
