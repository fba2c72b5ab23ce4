/** Snapshots of RBD images, as an administrator would type them. Removals are no errors where there is nothing left. */
import type {Command, Result} from '../types.ts';
import {stdoutOf} from './commands.ts';
import type {CephTarget} from './storage.ts';

export interface Snapshot {
  pool: string;
  image: string;
  snapshot: string;
}

const takeMs = 120_000;
/** Of an image that was written over as a whole: 10 MB/s at least. */
const rollBackMs = 600_000;

const nameOf = ({pool, image, snapshot}: Snapshot) => `${pool}/${image}@${snapshot}`;

function rbd(timeoutMs: number, ...words: string[]): Command {
  return {argv: ['rbd', ...words], timeoutMs, idempotent: false};
}

export function snapshotCreate(snapshot: Snapshot): Command {
  return rbd(takeMs, 'snap', 'create', '--no-progress', nameOf(snapshot));
}

export function snapshotRollBack(snapshot: Snapshot): Command {
  return rbd(rollBackMs, 'snap', 'rollback', '--no-progress', nameOf(snapshot));
}

/** Lines that say each its own place, so that no block of it is like another. */
const pattern = (bytes: number) => `seq -f 'seatrial %014.0f' 1 ${Math.ceil(bytes / 24)} | head -c ${bytes}`;

/** Lays the pattern as a new image, and prints the SHA-256 of what was laid. */
export function imageLay(pool: string, image: string, bytes: number): Command {
  const script = `${pattern(bytes)} | rbd import --no-progress - "$1" && ${pattern(bytes)} | sha256sum`;
  return {argv: ['sh', '-c', script, 'lay', `${pool}/${image}`], timeoutMs: rollBackMs, idempotent: false};
}

/** Writes all of it over. */
export function imageOverwrite(pool: string, image: string, bytes: number): Command {
  const words = ['--io-type', 'write', '--io-size', '1M', '--io-pattern', 'seq', '--io-total', String(bytes)];
  return rbd(rollBackMs, 'bench', ...words, `${pool}/${image}`);
}

/** The SHA-256 of the whole image. */
export function imageSum(pool: string, image: string): Command {
  const script = 'rbd export --no-progress "$1" - | sha256sum';
  return {argv: ['sh', '-c', script, 'sum', `${pool}/${image}`], timeoutMs: rollBackMs, idempotent: true};
}

export async function snapshotRemove({transport, host}: CephTarget, snapshot: Snapshot): Promise<Result<void, string>> {
  const script = `there=$(rbd snap ls "$1") || exit 1
echo "$there" | grep -qw "$2" || exit 0
rbd snap rm --no-progress "$1@$2"`;
  return done(stdoutOf(transport, host, gone(script, `${snapshot.pool}/${snapshot.image}`, snapshot.snapshot)));
}

/** With its snapshots. */
export async function imageGone(
  {transport, host}: CephTarget,
  pool: string,
  image: string,
): Promise<Result<void, string>> {
  const script = `there=$(rbd ls "$1") || exit 1
echo "$there" | grep -qx "$2" || exit 0
rbd snap purge --no-progress "$1/$2" && rbd rm --no-progress "$1/$2"`;
  return done(stdoutOf(transport, host, gone(script, pool, image)));
}

function gone(script: string, ...words: string[]): Command {
  return {argv: ['sh', '-c', script, 'gone', ...words], timeoutMs: takeMs, idempotent: true};
}

async function done(said: Promise<Result<string, string>>): Promise<Result<void, string>> {
  const answer = await said;
  return answer.ok ? {ok: true, value: undefined} : answer;
}
