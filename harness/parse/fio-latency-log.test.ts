import test from 'ava';
import {parseLatencyLog} from './fio-latency-log.ts';

test('times of completion and of submission, in order; other versions add columns', t => {
  const text = '42706402, 197984, 1, 4096, 0\n42707974, 202470226, 1, 4096, 0, 0\n42706407, 91840, 1, 4096, 0\n';
  const log = parseLatencyLog(text, 'load.log');
  if (!log.ok) return t.fail(log.error.found);
  t.deepEqual(
    log.value.map(({completedSeconds}) => completedSeconds),
    [42706.402, 42706.407, 42707.974],
  );
  t.is(log.value[2]?.issuedSeconds.toFixed(4), '42707.7715');
});

test('planted: nothing, a cut line and another text are no log', t => {
  for (const [text, path] of [
    ['', 'line 1'],
    ['42706402, 197984, 1, 4096, 0\n427064', 'line 2'],
    ['42706402, 197984, 1\n', 'line 1'],
    ['cat: no such file\n', 'line 1'],
  ] as const) {
    const log = parseLatencyLog(text, 'load.log');
    t.is(log.ok ? '' : log.error.path, path, text);
  }
});
