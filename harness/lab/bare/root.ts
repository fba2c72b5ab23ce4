/** The golden root of a release: made once on this machine, then lower layer of every host's own disk. */
import {existsSync, mkdirSync, renameSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import path from 'node:path';
import {runLocally} from '../../transport/local.ts';
import type {Result} from '../../types.ts';
import {markOf} from '../enclosure.ts';
import type {LabPlace} from '../state.ts';
import type {Mirrors} from './mirrors.ts';
import {mmdebstrap, type Release, rootName} from './releases.ts';

const rootsFolder = '/var/lib/seatrial/roots';
const makingMs = 20 * 60_000;

/**
 * Path of the release's root. Made in the lab's own folder and moved when it is whole, so that a kill leaves nothing
 * that the end of the lab does not remove. Of two labs that make the same one, the second waits for the first.
 */
export async function goldenRoot(
  place: LabPlace,
  release: Release,
  mirrors: Mirrors,
  say: (text: string) => void,
  signal: AbortSignal,
): Promise<Result<string, string>> {
  const root = path.join(rootsFolder, rootName(release, mirrors));
  if (existsSync(root)) return {ok: true, value: root};
  say(`making a bare ${release} by mmdebstrap, once on this machine: half a minute to five minutes`);
  mkdirSync(rootsFolder, {recursive: true, mode: 0o700});
  const aside = path.join(place.state, 'root.part');
  const made = await runLocally(
    {
      argv: [
        'env',
        ...[markOf(place), 'flock', `${root}.lock`, 'sh', '-c', makeUnlessThere, 'make', root],
        ...mmdebstrap(release, mirrors, aside),
      ],
      timeoutMs: makingMs,
      idempotent: false,
    },
    signal,
  );
  if (signal.aborted) return {ok: false, error: 'interrupted'};
  if (made.exit.kind !== 'exited' || made.exit.code !== 0) {
    const said = made.stderr.trim().split('\n').slice(-4).join(' / ') || JSON.stringify(made.exit);
    return {ok: false, error: `mmdebstrap made no ${release} from ${mirrors.archive}: ${said}`};
  }
  return moved(aside, root, say, made.durationMs);
}

/** Its mounts, and whatever a hook started, end with it. */
const makeUnlessThere =
  'root=$1; shift; [ -e "$root" ] || exec unshare --mount --propagation private --pid --fork --kill-child -- "$@"';

async function moved(
  aside: string,
  root: string,
  say: (text: string) => void,
  durationMs: number,
): Promise<Result<string, string>> {
  try {
    if (!existsSync(root)) renameSync(aside, root);
    await rm(aside, {recursive: true, force: true});
  } catch (reason) {
    return {ok: false, error: `the new root could not be moved to ${root}: ${String(reason)}`};
  }
  say(`${path.basename(root)} is made, in ${Math.round(durationMs / 1000)} s`);
  return {ok: true, value: root};
}
