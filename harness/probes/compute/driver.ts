/** Work for processors and memory, done by the same program on hosts and in guests (compute.c says what it can do). */
import {join} from 'node:path';
import {readOnly} from '../../cluster/commands.ts';
import type {Cluster, Command, Guest, Host, Trial} from '../../types.ts';
import {compiled, pathOnHost, placeOnHost} from '../compiled.ts';
import {built, type GuestWork, graceSeconds, programInGuest, shortMs, type Work} from '../in-guest.ts';

export type {GuestWork, Work} from '../in-guest.ts';

const source = join(import.meta.dirname, 'compute.c');
/** As it would be typed on a host. */
export function workArgv({words}: Work): readonly [string, ...string[]] {
  return ['/var/tmp/seatrial-compute', ...words];
}

/** The program on a host, announced, and ready to be run. Throws with a sentence. */
export async function prepareHost(
  {cluster: {transport}, leave}: Pick<Trial, 'cluster' | 'leave'>,
  host: Host,
): Promise<{command(work: Work): Command; gone(): Promise<void>}> {
  const binary = built(await compiled(source));
  const path = pathOnHost(binary);
  const left = await leave({what: 'file', host: host.name, path});
  const there = await transport.exec(host, readOnly(['test', '-x', path]));
  built(await placeOnHost(transport, host, binary, there));
  return {
    command: ({words, seconds}) => ({
      argv: [path, ...words],
      timeoutMs: (seconds + graceSeconds) * 1000,
      idempotent: false,
    }),
    async gone() {
      await transport.exec(host, {argv: ['rm', '-f', path], timeoutMs: shortMs, idempotent: true});
      await left();
    },
  };
}

/** The program in a guest. Throws with a sentence. */
export function prepareGuest(cluster: Cluster, guest: Guest): Promise<GuestWork> {
  return programInGuest(cluster, guest, source);
}
