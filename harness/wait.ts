/**
 * The only polling loop. Everything that waits for a machine goes through here, so every wait has a deadline.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import type {Result} from './types.ts';

export interface WaitOptions {
  /** Pause between two looks, in milliseconds; default 250. */
  intervalMs?: number;
  /** Pause before the first look, part of the deadline; default: none. Looking takes processors too. */
  firstAfterMs?: number;
  signal?: AbortSignal;
}

/**
 * Looks again and again until `poll` gives a value.
 *
 * `what` completes the sentence "waited 30.0 s for …". `deadlineMs` is the time allowed from now, on the monotonic
 * clock; a look that hangs is abandoned at the deadline. `poll` may only look: it can be called any number of times.
 * The first look is at once, or when asked for, the last one at the deadline, so a deadline of 0 looks exactly once.
 *
 * Errors are sentences: the deadline passed, the signal was aborted, or the look itself threw.
 */
export async function waitFor<T>(
  what: string,
  deadlineMs: number,
  poll: () => Promise<T | undefined>,
  options: WaitOptions = {},
): Promise<Result<T, string>> {
  const intervalMs = options.intervalMs ?? 250;
  const start = performance.now();
  const elapsed = () => performance.now() - start;
  const aborted = (): Result<T, string> => ({
    ok: false,
    error: `stopped waiting for ${what} after ${seconds(elapsed())}: interrupted`,
  });

  if (options.firstAfterMs !== undefined) {
    await pause(Math.min(options.firstAfterMs, deadlineMs), options.signal);
  }
  for (;;) {
    if (options.signal?.aborted) return aborted();
    const lastLook = elapsed() >= deadlineMs;
    // A look that was begun before the deadline gets at least one interval to end: a deadline of 0 must still look
    // once.
    const look = await bounded(poll, Math.max(deadlineMs - elapsed(), intervalMs), options.signal);
    if (look.kind === 'value' && look.value !== undefined) return {ok: true, value: look.value};
    if (look.kind === 'threw') return {ok: false, error: `looking for ${what} failed: ${look.reason}`};
    if (look.kind === 'aborted') return aborted();
    if (lastLook || elapsed() >= deadlineMs) {
      const hung = look.kind === 'hung' ? ' (the last look did not end)' : '';
      return {ok: false, error: `waited ${seconds(elapsed())} for ${what}${hung}`};
    }
    await pause(Math.min(intervalMs, Math.max(deadlineMs - elapsed(), 0)), options.signal);
  }
}

/** The promise's value, or nothing once the signal is aborted; what the promise stands for goes on by itself then. */
export async function unlessAborted<T>(signal: AbortSignal | undefined, promise: Promise<T>): Promise<T | undefined> {
  if (signal === undefined) return promise;
  const done = new AbortController();
  const either = AbortSignal.any([signal, done.signal]);
  const aborted = new Promise<undefined>(resolve => {
    if (either.aborted) resolve(undefined);
    else either.addEventListener('abort', () => resolve(undefined), {once: true});
  });
  try {
    return await Promise.race([promise, aborted]);
  } finally {
    done.abort();
  }
}

type Look<T> = {kind: 'value'; value: T | undefined} | {kind: 'threw'; reason: string} | {kind: 'hung' | 'aborted'};

async function bounded<T>(
  poll: () => Promise<T | undefined>,
  limitMs: number,
  signal: AbortSignal | undefined,
): Promise<Look<T>> {
  const done = new AbortController();
  const either = signal === undefined ? done.signal : AbortSignal.any([signal, done.signal]);
  const timer = sleep(limitMs, undefined, {signal: either}).then(
    (): Look<T> => ({kind: 'hung'}),
    (): Look<T> => ({kind: 'aborted'}),
  );
  const look = Promise.resolve()
    .then(poll)
    .then(
      (value): Look<T> => ({kind: 'value', value}),
      (reason: unknown): Look<T> => ({
        kind: 'threw',
        reason: reason instanceof Error ? reason.message : String(reason),
      }),
    );
  const first = await Promise.race([look, timer]);
  done.abort();
  return first;
}

async function pause(ms: number, signal: AbortSignal | undefined): Promise<void> {
  // An abort ends the pause early; the loop then sees the signal itself.
  await sleep(ms, undefined, signal === undefined ? {} : {signal}).catch(() => undefined);
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
