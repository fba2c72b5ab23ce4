import test from 'ava';
import {watched} from './watched.ts';

const listeners = () => process.listenerCount('SIGTERM');

test.serial('the result comes through; signals are heard during the work and given back after it', async t => {
  const before = listeners();
  const during = await watched(async (_watch, interrupt) => {
    process.emit('SIGTERM', 'SIGTERM');
    return {listeners: listeners(), asked: interrupt.signal.aborted, hurried: interrupt.hurried};
  });
  t.deepEqual(during, {listeners: before + 1, asked: true, hurried: false});
  t.is(listeners(), before);
});

test.serial('planted: work that fails fails with its own error, and gives the signals back too', async t => {
  const before = listeners();
  await t.throwsAsync(
    watched(() => Promise.reject(new Error('planted'))),
    {message: 'planted'},
  );
  t.is(listeners(), before);
});
