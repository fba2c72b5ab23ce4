import test from 'ava';
import {parseQemuThreads, processorList} from './qemu-threads.ts';

const whole = `uptime 100.50
online 0-3
thread 1 0-3 2000000000 500000000 CPU 0/KVM
thread 3 2-3 10 20 IO mon_iothread
memory 9223372036854771712
memory max
memory 34359738368
end
`;

test('threads, what they may use, and the limits above them', t => {
  const read = parseQemuThreads(whole, 'a');
  if (!read.ok) return t.fail(read.error.found);
  t.deepEqual(read.value, {
    uptimeSeconds: 100.5,
    online: [0, 1, 2, 3],
    threads: [
      {name: 'CPU 0/KVM', processor: 1, allowed: [0, 1, 2, 3], ranSeconds: 2, waitedSeconds: 0.5},
      {name: 'IO mon_iothread', processor: 3, allowed: [2, 3], ranSeconds: 1e-8, waitedSeconds: 2e-8},
    ],
    // No limit is not a very high one.
    memoryLimits: [32 * 2 ** 30],
  });
});

test('a guest that is not here has no threads, and half a reading is none', t => {
  const without = whole.replaceAll(/^thread.*\n/gm, '');
  const read = parseQemuThreads(without, 'a');
  t.regex(read.ok ? '' : read.error.found, /does not run here/);
  t.false(parseQemuThreads(whole.slice(0, 60), 'a').ok);
  t.false(parseQemuThreads('', 'a').ok);
  t.false(parseQemuThreads(whole.replace('0-3 2000000000', 'all 2000000000'), 'a').ok);
});

test('lists of processors', t => {
  t.deepEqual(processorList('0-2,8\n'), [0, 1, 2, 8]);
  t.deepEqual(processorList('5'), [5]);
  for (const wrong of ['', 'all', '1-', '-1', '3-1', '0-9999999']) t.is(processorList(wrong), undefined, wrong);
});
