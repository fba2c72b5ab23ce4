import type {Trial} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';

/** Lets time pass. Throws at once when the trial is interrupted. */
export async function pause({signal}: Trial, seconds: number): Promise<void> {
  await waitFor('time to pass', seconds * 1000, async () => undefined, {intervalMs: 200, signal});
  if (signal.aborted) throw new Error('interrupted');
}
