/**
 * fio's own verification as a second witness of acknowledged writes. fio's state of what it has written
 * (`verify_state`) dies with a guest that loses its power, and `verify_only` takes the headers of an earlier trial for
 * good. So: blocks in their order, one at a time, each durable before the next; in each a header, a pattern of this
 * trial alone and the block's own place. How many the kernel has completed is how many must still be there afterwards,
 * with that content.
 */
import type {Cluster, Guest, Result} from '../types.ts';
import {guestExec} from './exec.ts';
import {type Begun, startBeside, stopBeside, told, writesSince} from './fio-beside.ts';

const name = 'witness';
export const witnessBlockBytes = 4096;
const mostMiB = 128;
const verifyMs = 180_000;

export interface WitnessOptions {
  perSecond: number;
  /** It ends by itself after so long. */
  seconds: number;
  /** 16 hex digits, of this trial alone. */
  pattern: string;
}

export async function startWitness(
  cluster: Cluster,
  guest: Guest,
  {perSecond, seconds, pattern}: WitnessOptions,
): Promise<Result<Begun, string>> {
  const mebibytes = Math.min(mostMiB, Math.ceil((perSecond * seconds * witnessBlockBytes) / 2 ** 20));
  const rate = [`--rate_iops=,${perSecond}`, `--runtime=${seconds}`, '--sync=dsync', '--do_verify=0'];
  return startBeside(cluster, guest, {name, argv: [...common(guest, pattern, `${mebibytes}m`), ...rate]});
}

/** Blocks that were acknowledged as durable: the last one that was written may still wait for its flush. */
export async function acknowledgedBlocks(
  cluster: Cluster,
  guest: Guest,
  begun: Begun,
): Promise<Result<number, string>> {
  const writes = await writesSince(cluster, guest, begun);
  return writes.ok ? {ok: true, value: Math.max(0, writes.value - 1)} : writes;
}

/** Where the guest has lived on. */
export async function stopWitness(cluster: Cluster, guest: Guest): Promise<Result<void, string>> {
  const stopped = await stopBeside(cluster, guest, name);
  return stopped.ok ? {ok: true, value: undefined} : stopped;
}

/** Reads the first blocks again; fio's report of it, with the number of those that are not as they were written. */
export async function verifyBlocks(
  cluster: Cluster,
  guest: Guest,
  blocks: number,
  pattern: string,
): Promise<Result<string, string>> {
  const size = String(blocks * witnessBlockBytes);
  const argv = [
    'fio',
    `--name=${name}`,
    ...common(guest, pattern, size),
    '--verify_only',
    '--continue_on_error=verify',
  ];
  // A word for each bad block is more than the agent carries.
  const script = 'said=/run/seatrial-witness.said; "$@" 2>$said; head -c 2000 $said >&2; rm -f $said';
  const words = ['sh', '-c', script, 'verify', ...argv, '--output-format=json'] as const;
  const outcome = await guestExec(cluster, guest, {argv: words, timeoutMs: verifyMs});
  const from = outcome.stdout.indexOf('{');
  if (outcome.exit.kind === 'exited' && from >= 0) return {ok: true, value: outcome.stdout.slice(from)};
  return {ok: false, error: `${guest.name} could not be read again: ${told(outcome)}`};
}

function common(guest: Guest, pattern: string, size: string): readonly string[] {
  return [
    `--filename=${guest.scratchDevice}`,
    '--allow_file_create=0',
    '--ioengine=libaio',
    '--direct=1',
    '--thread',
    '--rw=write',
    `--bs=${witnessBlockBytes}`,
    `--size=${size}`,
    // A header with the block's place, and the pattern, and the place again, over the whole block.
    '--verify=meta',
    `--verify_pattern=0x${pattern}%o`,
    '--verify_state_save=0',
  ];
}
