/**
 * The beacon as a program: one static binary for guests and client hosts, compiled once and kept by the hash of its
 * source.
 */
import {join} from 'node:path';
import {cached, hashOf} from '../../guest/cache.ts';
import {runLocally} from '../../transport/local.ts';
import type {Result} from '../../types.ts';

const source = join(import.meta.dirname, 'beacon.c');
const flags = ['-std=gnu11', '-static', '-O2', '-Wall', '-Wextra', '-Wshadow', '-Werror', '-pthread', '-s'] as const;

export interface BeaconBinary {
  path: string;
  /** Hash of source and compiler flags; part of the name under which hosts keep the program. */
  hash: string;
}

/** Compiles the beacon if it has not been compiled before. Errors are sentences that say what to install. */
export async function buildBeacon(): Promise<Result<BeaconBinary, string>> {
  const hash = await hashOf([
    {name: 'beacon.c', file: source},
    {name: 'flags', text: flags.join(' ')},
  ]);
  const folder = await cached(`beacon-${hash}`, async building => {
    const outcome = await runLocally({
      argv: ['gcc', ...flags, '-o', join(building, 'beacon'), source],
      timeoutMs: 120_000,
      idempotent: true,
    });
    if (outcome.exit.kind === 'exited' && outcome.exit.code === 0) return {ok: true, value: undefined};
    const said = outcome.stderr.trim().split('\n').slice(-3).join(' | ');
    return {
      ok: false,
      error: `cannot compile the beacon: ${said || outcome.exit.kind}; it needs gcc and libc6-dev (apt-get install gcc libc6-dev)`,
    };
  });
  return folder.ok ? {ok: true, value: {path: join(folder.value, 'beacon'), hash}} : folder;
}
