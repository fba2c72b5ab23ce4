/** A stored run by its folder, for commands that need one. */
import {resolve} from 'node:path';
import {readRun} from '../../../harness/run/store.ts';
import type {StoredRun} from '../../../harness/types.ts';
import {CommandError} from './command-error.ts';

/** Refuses, with what was found there, where the folder holds none. */
export async function storedRunIn(folder: string): Promise<StoredRun> {
  const run = await readRun(resolve(folder));
  if (run.ok) return run.value;
  const {artefact, path, expected, found} = run.error;
  throw new CommandError(
    `${folder} is no stored run: ${artefact}${path === '' ? '' : ` at ${path}`}: found ${found}, expected ${expected}`,
    'Name the folder that seatrial accept or nightly printed; it holds run.json.',
  );
}
