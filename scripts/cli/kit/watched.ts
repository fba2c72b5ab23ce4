import {type Interrupt, onInterrupt} from './interrupt.ts';
import {type Watch, watchOn} from './progress.ts';

/**
 * Does what takes long: a person sees on standard error how it goes, and Ctrl-C is heard. Both end with the work,
 * whatever became of it; work that prints its result closes the watch before.
 */
export async function watched<T>(work: (watch: Watch, interrupt: Interrupt) => Promise<T>): Promise<T> {
  const watch = watchOn(process.stderr);
  const ticking = setInterval(watch.tick, 1000);
  const interrupt = onInterrupt(watch.say);
  try {
    return await work(watch, interrupt);
  } finally {
    clearInterval(ticking);
    watch.close();
    interrupt.release();
  }
}
