import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {startDeadline} from './deadline.ts';

test('a deadline that nobody puts off ends', async t => {
  const deadline = startDeadline(0.02);
  t.is(deadline.seconds(), 1);
  await sleep(200);
  t.true(deadline.signal.aborted);
});

test('it is put off from now on, and never drawn nearer', async t => {
  const deadline = startDeadline(0.02);
  deadline.allow(3600);
  const atMs = deadline.atMs();
  deadline.allow(1);
  t.is(deadline.atMs(), atMs);
  t.true(deadline.seconds() >= 3600);
  await sleep(200);
  t.false(deadline.signal.aborted);
  deadline.end();
});
