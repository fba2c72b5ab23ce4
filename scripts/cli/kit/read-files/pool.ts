/**
 * Batches of files over worker threads: answers in the order of the batches, and never more of them in memory than a
 * few a thread.
 */
import {availableParallelism} from 'node:os';
import {extname} from 'node:path';
import {Worker} from 'node:worker_threads';
import type {Answer, Batch} from './batch.ts';

const maxThreads = 8;
/** Batches that may be under way or waiting for an earlier one, a thread. */
const aheadPerThread = 4;
/**
 * For short-lived objects, a thread. Left alone it grows with the machine, and memory with it; a batch needs no more.
 */
const youngMb = 24;

interface Thread {
  worker: Worker;
  /** Index of the batch it works on. */
  batch?: number;
}

/**
 * Fails when a thread dies, with the files it had: what was not read must not look as if there were nothing to read.
 */
export async function* pooled(batches: readonly Batch[]): AsyncGenerator<Answer> {
  // The worker lies beside this file, as .ts in the repository and as .js in the package.
  const source = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);
  const count = Math.min(maxThreads, availableParallelism(), batches.length);
  const answers = new Map<number, Answer>();
  let given = 0;
  let taken = 0;
  let failure: Error | undefined;
  let wake = () => {};

  const give = (thread: Thread) => {
    const batch = batches[given];
    if (batch === undefined || given - taken >= count * aheadPerThread) return;
    thread.batch = given;
    given += 1;
    thread.worker.postMessage(batch);
  };
  const threads = Array.from({length: count}, () => {
    const thread: Thread = {worker: new Worker(source, {resourceLimits: {maxYoungGenerationSizeMb: youngMb}})};
    thread.worker.on('message', (answer: Answer) => {
      if (thread.batch !== undefined) answers.set(thread.batch, answer);
      delete thread.batch;
      give(thread);
      wake();
    });
    thread.worker.on('error', error => {
      const paths = thread.batch === undefined ? [] : (batches[thread.batch]?.paths ?? []);
      const reason = error instanceof Error ? error.message : String(error);
      failure = new Error(`a thread died on one of ${paths.join(', ') || 'no files'}: ${reason}`);
      wake();
    });
    return thread;
  });
  try {
    for (const thread of threads) give(thread);
    while (taken < batches.length) {
      if (failure !== undefined) throw failure;
      const answer = answers.get(taken);
      if (answer === undefined) {
        await new Promise<void>(resolve => {
          wake = resolve;
        });
        continue;
      }
      answers.delete(taken);
      taken += 1;
      for (const thread of threads) if (thread.batch === undefined) give(thread);
      yield answer;
    }
  } finally {
    await Promise.all(threads.map(({worker}) => worker.terminate()));
  }
}
