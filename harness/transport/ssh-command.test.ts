import test from 'ava';
import type {Outcome} from '../types.ts';
import {readOutcome} from './ssh-command.ts';

const raw = (stderr: string, code: number, durationMs = 10): Outcome => ({
  stdout: 'out',
  stderr,
  durationMs,
  exit: {kind: 'exited', code},
});

test("the command's exit code comes out of the last line, and the line goes away", t => {
  t.deepEqual(readOutcome(raw('said\n\nseatrial abc 3\n', 0), 'abc', 1000), {...raw('said\n', 3)});
  t.deepEqual(readOutcome(raw('\nseatrial abc 255\n', 0), 'abc', 1000).exit, {kind: 'exited', code: 255});
});

test('without the line the connection failed, whatever ssh ended with', t => {
  const exit = {kind: 'unreachable', reason: 'Connection closed'};
  t.deepEqual(readOutcome(raw('Connection closed\n', 255), 'abc', 1000).exit, exit);
  t.is(readOutcome(raw('', 0), 'abc', 1000).exit.kind, 'unreachable');
  t.is(readOutcome(raw('\nseatrial other 0\n', 0), 'abc', 1000).exit.kind, 'unreachable');
  t.is(readOutcome(raw('\nseatrial abc 0\nand more\n', 0), 'abc', 1000).exit.kind, 'unreachable');
});

test('a deadline and a signal are told from codes of the command itself', t => {
  t.is(readOutcome(raw('\nseatrial abc 124\n', 0, 1001), 'abc', 1000).exit.kind, 'timed-out');
  t.is(readOutcome(raw('\nseatrial abc 137\n', 0, 2001), 'abc', 1000).exit.kind, 'timed-out');
  t.deepEqual(readOutcome(raw('\nseatrial abc 124\n', 0, 10), 'abc', 1000).exit, {kind: 'exited', code: 124});
  t.deepEqual(readOutcome(raw('\nseatrial abc 130\n', 0), 'abc', 1000).exit, {kind: 'signalled', signal: 'SIGINT'});
  t.deepEqual(readOutcome(raw('\nseatrial abc 128\n', 0), 'abc', 1000).exit, {kind: 'exited', code: 128});
});
