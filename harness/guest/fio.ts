/**
 * The guests' own fio for a client: fio drives only servers of its own protocol, whose number changes with its version.
 * Taken out of the image with the libraries that lie in there, so it runs on any release.
 */
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {runLocally} from '../transport/local.ts';
import type {Result} from '../types.ts';
import {cached} from './cache.ts';
import type {GuestImage} from './image.ts';

/** $1 initramfs, $2 folder: fio, its loader and all libraries of the image, flat. */
const unpack = `set -e; cd "$2"; mkdir all fio
(cd all && cpio -id --quiet 'bin/fio' '*.so' '*.so.*' <"$1")
find all \\( -path 'all/bin/fio' -o -path 'all/lib*' -name '*.so*' \\) \\( -type f -o -type l \\) -exec cp -L {} fio/ \\;
rm -rf all
"./fio/$3" --library-path ./fio ./fio/fio --version >version
tar -C fio --sort=name --mtime=@0 --owner=0 --group=0 --numeric-owner -cf fio.tar .
rm -rf fio`;

const loader = 'ld-linux-x86-64.so.2';

export interface CarriedFio {
  /** Path of a tar archive with a folder's content: fio, its loader, its libraries (12 MB). */
  tar: string;
  /** `fio-3.33`. */
  version: string;
}

export async function carriedFio(image: Pick<GuestImage, 'initramfs' | 'hash'>): Promise<Result<CarriedFio, string>> {
  const folder = await cached(`fio-${image.hash}`, async building => {
    const outcome = await runLocally({
      argv: ['sh', '-c', unpack, 'unpack', image.initramfs, building, loader],
      timeoutMs: 60_000,
      idempotent: true,
    });
    if (outcome.exit.kind === 'exited' && outcome.exit.code === 0) return {ok: true, value: undefined};
    return {ok: false, error: `fio cannot be taken out of ${image.initramfs}: ${outcome.stderr.trim()}`};
  });
  if (!folder.ok) return folder;
  const version = (await readFile(join(folder.value, 'version'), 'utf8')).trim();
  return {ok: true, value: {tar: join(folder.value, 'fio.tar'), version}};
}

/** What stands for fio on the client: runs the one that was unpacked into the folder. `comment` is one line. */
export function fioWrapper(folder: string, comment: string): string {
  return `#!/bin/sh\n# ${comment}\nexec ${folder}/${loader} --library-path ${folder} ${folder}/fio "$@"\n`;
}
