import {existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import path from 'node:path';
import test from 'ava';
import {waitFor} from '../wait.ts';
import {type ProcessRequest, startProcess} from './process.ts';

const run = (argv: readonly [string, ...string[]], more: Partial<ProcessRequest> = {}) =>
  startProcess({argv, timeoutMs: 20_000, signals: 'group', ...more}).outcome;

test('output, exit code and environment are the command’s own', async t => {
  const outcome = await run(['sh', '-c', 'cat; echo oops >&2; echo "$HOME"; exit 3'], {stdin: 'ä\n'});
  t.like(outcome, {stdout: 'ä\n/root\n', stderr: 'oops\n', exit: {kind: 'exited', code: 3}});
});

test('a signal is told apart from an exit', async t => {
  t.deepEqual((await run(['sh', '-c', 'kill -SEGV $$'])).exit, {kind: 'signalled', signal: 'SIGSEGV'});
});

test('a program that is not there is unreachable, with the reason', async t => {
  const {exit} = await run(['/no/such/program']);
  t.is(exit.kind, 'unreachable');
  t.regex(exit.kind === 'unreachable' ? exit.reason : '', /ENOENT/);
});

test('the deadline ends the whole group and keeps what was said until then', async t => {
  const outcome = await run(['sh', '-c', 'echo begun; sleep 50 & sleep 50'], {timeoutMs: 150});
  t.deepEqual(outcome.exit, {kind: 'timed-out'});
  t.is(outcome.stdout, 'begun\n');
  t.true(outcome.durationMs < 4_000);
});

test('a daemon that holds the pipe open delays nobody', async t => {
  const outcome = await run(['sh', '-c', 'setsid sleep 6 & echo done'], {timeoutMs: 20_000});
  t.deepEqual([outcome.stdout, outcome.exit], ['done\n', {kind: 'exited', code: 0}]);
  t.true(outcome.durationMs < 5_000);
});

const folder = mkdtempSync(path.join(tmpdir(), 'process-'));
test.after.always(() => rmSync(folder, {recursive: true}));

/** Starts a script and waits until it says, by making the file `$ready`, that its traps are set. */
async function begun(name: string, script: string, signals: ProcessRequest['signals']) {
  const ready = path.join(folder, name);
  const running = startProcess({argv: ['sh', '-c', `ready=${ready}; ${script}`], timeoutMs: 10_000, signals});
  await waitFor('the script to begin', 5_000, async () => (existsSync(ready) ? true : undefined), {intervalMs: 5});
  return running;
}

test('stop interrupts, waits for the last words, and can be asked twice', async t => {
  const script = 'trap "echo last; exit 4" INT; : >$ready; while :; do sleep 0.02; done';
  const running = await begun('interrupted', script, 'group');
  const [first, second] = await Promise.all([running.stop(), running.stop()]);
  t.is(first, second);
  t.like(first, {stdout: 'last\n', exit: {kind: 'exited', code: 4}});
});

test('who does not listen to the interrupt is killed after the grace', async t => {
  const running = await begun('deaf', 'trap "" INT; : >$ready; sleep 30', 'group');
  t.deepEqual((await running.stop(50)).exit, {kind: 'signalled', signal: 'SIGKILL'});
});

test('followers hear the interrupt, the leader ends with them', async t => {
  // As nsenter does: the leader only waits for what it leads to.
  const follower = 'trap "sleep 0.1; echo follower" INT; sleep 30 & : >$1; wait';
  const running = await begun('followed', `sh -c '${follower}' follower $ready; echo leader`, 'followers');
  const outcome = await running.stop();
  t.is(outcome.stdout, 'follower\nleader\n');
  t.deepEqual(outcome.exit, {kind: 'exited', code: 0});
});

test('who prints without end is ended, and told so', async t => {
  const outcome = await run(['yes'], {timeoutMs: 30_000});
  t.deepEqual(outcome.exit, {kind: 'signalled', signal: 'SIGKILL'});
  t.regex(outcome.stderr, /stopped yes because it printed more than 67108864 bytes/);
});
