import test from 'ava';
import {unlessAborted, waitFor} from './wait.ts';

test('gives the first value that is found', async t => {
  let looks = 0;
  const found = await waitFor('three looks', 1000, async () => (++looks === 3 ? 'here' : undefined), {intervalMs: 5});
  t.deepEqual(found, {ok: true, value: 'here'});
  t.is(looks, 3);
});

test('false and 0 are values, only undefined means "not yet"', async t => {
  t.deepEqual(await waitFor('false', 100, async () => false), {ok: true, value: false});
  t.deepEqual(await waitFor('0', 100, async () => 0), {ok: true, value: 0});
});

test('a deadline of 0 looks exactly once', async t => {
  let looks = 0;
  const found = await waitFor('nothing', 0, async () => void looks++, {intervalMs: 5});
  t.is(looks, 1);
  t.false(found.ok);
});

test('the deadline ends the wait and says for what', async t => {
  const found = await waitFor('the node n1', 30, async () => undefined, {intervalMs: 5});
  t.false(found.ok);
  t.regex(found.ok ? '' : found.error, /^waited 0\.\d s for the node n1$/);
});

test('a look that hangs is abandoned at the deadline', async t => {
  const start = performance.now();
  const found = await waitFor('a hanging look', 30, () => new Promise<undefined>(() => {}), {intervalMs: 5});
  t.false(found.ok);
  t.regex(found.ok ? '' : found.error, /the last look did not end/);
  t.true(performance.now() - start < 500);
});

test('an abort ends the wait, also in the middle of a pause or a look', async t => {
  for (const poll of [async () => undefined, () => new Promise<undefined>(() => {})]) {
    const stop = new AbortController();
    const waiting = waitFor('something', 5000, poll, {intervalMs: 5000, signal: stop.signal});
    setTimeout(() => stop.abort(), 10);
    const found = await waiting;
    t.regex(found.ok ? '' : found.error, /^stopped waiting for something after 0\.\d s: interrupted$/);
  }
});

test('a look that throws is an error, not an endless loop', async t => {
  const found = await waitFor('trouble', 1000, async () => {
    throw new Error('no such thing');
  });
  t.deepEqual(found, {ok: false, error: 'looking for trouble failed: no such thing'});
});

test('what is not waited for after an abort gives nothing, and a value that came before stays', async t => {
  const abort = new AbortController();
  t.is(await unlessAborted(undefined, Promise.resolve(1)), 1);
  t.is(await unlessAborted(abort.signal, Promise.resolve(1)), 1);
  await t.throwsAsync(unlessAborted(abort.signal, Promise.reject(new Error('no'))), {message: 'no'});
  const hanging = unlessAborted(abort.signal, new Promise<number>(() => {}));
  abort.abort();
  t.is(await hanging, undefined);
  t.is(await unlessAborted(abort.signal, new Promise<number>(() => {})), undefined);
});
