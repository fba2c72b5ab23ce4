/** A writer inside a guest to several of its stores at once (store.c): begun, looked at, ended. */
import {join} from 'node:path';
import {guestExec} from '../../guest/exec.ts';
import type {Cluster, Guest, Outcome, Result} from '../../types.ts';
import {complaint} from '../compiled.ts';
import {programInGuest, type Work} from '../in-guest.ts';

const source = join(import.meta.dirname, 'store.c');
const status = '/run/seatrial-stores';
/** Of each store, written over and over. */
const blocks = 1024;
const askMs = 15_000;
/** To finish what is under way, and to read again. */
const endSeconds = 90;

export interface WriterLook {
  /** The guest's clock, up to 0.2 s before it was asked. */
  guestNs: number;
  stores: readonly {acknowledged: number; lastNs: number; errors: number}[];
}

export interface StoreWriter {
  look(): Promise<Result<WriterLook, string>>;
  /** Ends it, and gives what it printed. */
  stop(): Promise<Outcome>;
}

/** As it would be typed in the guest. */
export function writerArgv(paths: readonly string[], intervalMs: number, seconds: number): Work['words'] {
  return ['write', String(intervalMs), String(seconds), String(blocks), status, ...paths];
}

/** `seconds`: it ends by itself after so long. Throws with a sentence where it does not begin. */
export async function startStoreWriter(
  cluster: Cluster,
  guest: Guest,
  paths: readonly string[],
  {intervalMs, seconds}: {intervalMs: number; seconds: number},
): Promise<StoreWriter> {
  const program = await programInGuest(cluster, guest, source);
  await program.begin({words: writerArgv(paths, intervalMs, seconds), seconds});
  return {
    async look() {
      const outcome = await guestExec(cluster, guest, {argv: ['cat', status], timeoutMs: askMs});
      const lines = outcome.stdout.trim().split('\n');
      const rows = lines.map(line => line.split(' ').map(Number));
      if (rows.length !== paths.length || !rows.every(row => row.length === 5 && row.every(Number.isFinite)))
        return {ok: false, error: `the writer in ${guest.name} does not tell how it stands: ${complaint(outcome)}`};
      const stores = rows.map(([, acknowledged = 0, lastNs = 0, errors = 0]) => ({acknowledged, lastNs, errors}));
      return {ok: true, value: {guestNs: rows[0]?.[4] ?? 0, stores}};
    },
    async stop() {
      await guestExec(cluster, guest, {argv: ['touch', `${status}.stop`], timeoutMs: askMs});
      return program.collect({words: ['write'], seconds: endSeconds});
    },
  };
}
