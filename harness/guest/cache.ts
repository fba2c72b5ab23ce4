/**
 * What is built once and kept: a folder per content hash, complete or not there. Two builds at once are safe: each
 * builds in a folder of its own, the first to finish is kept.
 */
import {createHash} from 'node:crypto';
import {chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, stat} from 'node:fs/promises';
import {join} from 'node:path';
import type {Result} from '../types.ts';

/** `$SEATRIAL_CACHE`, else /var/cache/seatrial. */
export function cacheFolder(): string {
  const asked = process.env.SEATRIAL_CACHE;
  return asked === undefined || asked === '' ? '/var/cache/seatrial' : asked;
}

/** Longer than any build may take. */
const abandonedAfterMs = 600_000;
const buildingPrefix = '.building-';

/**
 * The folder `name` of the cache, made by `build` if it is not there. `build` fills an empty folder; what it leaves
 * behind on success appears under the name at once and as a whole. Errors are sentences.
 */
export async function cached(
  name: string,
  build: (folder: string) => Promise<Result<void, string>>,
): Promise<Result<string, string>> {
  const cache = cacheFolder();
  const wanted = join(cache, name);
  if (await exists(wanted)) return {ok: true, value: wanted};
  let building: string | undefined;
  try {
    await mkdir(cache, {recursive: true});
    await removeAbandoned(cache);
    building = await mkdtemp(join(cache, buildingPrefix));
    const built = await build(building);
    if (!built.ok) return built;
    await chmod(building, 0o755);
    await rename(building, wanted);
    return {ok: true, value: wanted};
  } catch (reason) {
    // Another build of the same content was faster: its result is as good as ours.
    if (await exists(wanted)) return {ok: true, value: wanted};
    const what = reason instanceof Error ? reason.message : String(reason);
    return {ok: false, error: `cannot keep ${name} in ${cache}: ${what}; make room, or set SEATRIAL_CACHE`};
  } finally {
    if (building !== undefined) await rm(building, {recursive: true, force: true});
  }
}

/** First 16 hex digits of the sha256 over names and contents. */
export async function hashOf(parts: readonly {name: string; file?: string; text?: string}[]): Promise<string> {
  const hash = createHash('sha256');
  for (const part of parts) {
    const content = part.file === undefined ? (part.text ?? '') : await readFile(part.file);
    hash.update(`${part.name}\0${content.length}\0`).update(content);
  }
  return hash.digest('hex').slice(0, 16);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** Folders of builds that were killed. Younger ones may still be worked on by another process. */
async function removeAbandoned(cache: string): Promise<void> {
  for (const entry of await readdir(cache)) {
    if (!entry.startsWith(buildingPrefix)) continue;
    const path = join(cache, entry);
    const status = await stat(path).catch(() => undefined);
    if (status !== undefined && Date.now() - status.mtimeMs > abandonedAfterMs)
      await rm(path, {recursive: true, force: true});
  }
}
