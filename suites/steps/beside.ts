import {waitFor} from '../../harness/wait.ts';

export interface BesideOptions {
  /** Before the first look; default: none. */
  firstAfterMs?: number;
  /** Between two looks. */
  intervalMs: number;
  /** The looks end by themselves after so long, should nobody stop them. */
  longestMs: number;
  /** Ends them too. */
  signal?: AbortSignal;
}

/** Looks again and again beside what the caller does, until stopped. `stop` waits for the look at hand. */
export function beside(
  what: string,
  look: () => Promise<void>,
  {longestMs, signal, ...pauses}: BesideOptions,
): {stop(): Promise<void>} {
  const stopped = new AbortController();
  const either = signal === undefined ? stopped.signal : AbortSignal.any([signal, stopped.signal]);
  const looking = waitFor(
    `${what} to be stopped`,
    longestMs,
    async () => {
      await look();
      return undefined;
    },
    {...pauses, signal: either},
  );
  return {
    async stop() {
      stopped.abort();
      await looking;
    },
  };
}
