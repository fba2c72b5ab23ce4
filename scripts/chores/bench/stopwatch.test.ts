import {execFileSync} from 'node:child_process';
import {setTimeout as sleep} from 'node:timers/promises';
import test from 'ava';
import {Stopwatch} from './stopwatch.ts';

const busy = 'const end = process.cpuUsage().user + 5e4; while (process.cpuUsage().user < end);';

test.serial('waiting takes time by the clock, and no CPU time', async t => {
  const watch = new Stopwatch();
  await watch.time(() => sleep(150));
  t.true(watch.wallSeconds >= 0.14);
  t.true(watch.cpuSeconds < 0.1, String(watch.cpuSeconds));
});

test.serial('work of a child counts', async t => {
  const watch = new Stopwatch();
  await watch.time(() => execFileSync(process.execPath, ['--eval', busy]));
  t.true(watch.cpuSeconds >= 0.05, String(watch.cpuSeconds));
});
