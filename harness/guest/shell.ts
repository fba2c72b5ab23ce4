/** A line of shell in a guest that must succeed. */
import type {Cluster, Guest, Result} from '../types.ts';
import {guestExec} from './exec.ts';
import {told} from './fio-beside.ts';

export interface InGuest {
  /** Completes "cannot … in vm1". */
  what: string;
  script: string;
  /** `$1` and on. */
  words?: readonly string[];
  timeoutMs: number;
}

/** What it printed, without the last line's end; a sentence where it failed. */
export async function inGuest(
  cluster: Cluster,
  guest: Guest,
  {what, script, words = [], timeoutMs}: InGuest,
): Promise<Result<string, string>> {
  const outcome = await guestExec(cluster, guest, {argv: ['sh', '-c', script, 'seatrial', ...words], timeoutMs});
  return outcome.exit.kind === 'exited' && outcome.exit.code === 0
    ? {ok: true, value: outcome.stdout.trimEnd()}
    : {ok: false, error: `cannot ${what} in ${guest.name}: ${told(outcome)}`};
}
