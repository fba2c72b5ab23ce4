/** Every run of a cluster that is known: those of the history, and those whose folders lie beside the ones given. */
import {existsSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {dirname, join, resolve} from 'node:path';
import {readRun} from '../../../../harness/run/store.ts';
import type {StoredRun} from '../../../../harness/types.ts';
import {CommandError} from '../command-error.ts';
import {withHistory} from '../history/index.ts';
import {runRows} from '../history/queries.ts';
import {storedRunIn} from '../stored-run.ts';
import type {KnownRun} from './select.ts';

export interface GivenRun {
  folder: string;
  run: StoredRun;
}

/** The runs by their folders. The same run given twice is refused: it would count twice. */
export async function givenRuns(folders: readonly string[]): Promise<readonly [GivenRun, ...GivenRun[]]> {
  const given: GivenRun[] = [];
  for (const folder of folders) {
    const run = await storedRunIn(folder);
    const {id} = run.header;
    const twin = given.find(one => one.run.header.id === id);
    if (twin !== undefined)
      throw new CommandError(`${folder} and ${twin.folder} are the same run, ${id}`, 'Name each run once.');
    given.push({folder: resolve(folder), run});
  }
  const [first, ...more] = given;
  if (first === undefined) throw new CommandError('no run was named', 'Name the folders of runs.');
  return [first, ...more];
}

/** `history`: a file that need not be there. */
export async function knownRuns(
  given: readonly {folder: string}[],
  cluster: string,
  history: string,
): Promise<readonly KnownRun[]> {
  const rows = existsSync(history) ? await withHistory(history, file => runRows(file, cluster)) : [];
  const listed = rows.map(({night: {id, folder}}) => ({id, folder, cluster}));
  const known: KnownRun[] = [];
  for (const one of listed) known.push(await opened(one));
  for (const folder of await besides(given.map(one => one.folder))) {
    const run = await readRun(folder);
    if (run.ok) known.push({id: run.value.header.id, folder, cluster: run.value.header.cluster, run: run.value});
  }
  return known;
}

/** Another run that lies there now is not the one that was known. */
async function opened(one: KnownRun): Promise<KnownRun> {
  const run = await readRun(one.folder);
  return run.ok && run.value.header.id === one.id ? {...one, run: run.value} : one;
}

async function besides(given: readonly string[]): Promise<readonly string[]> {
  const folders = given.map(folder => resolve(folder));
  const found = new Set<string>();
  // Of a run that is yet to begin it may not be there.
  for (const parent of [...new Set(folders.map(folder => dirname(folder)))].filter(each => existsSync(each)))
    for (const entry of await readdir(parent, {withFileTypes: true}))
      if (entry.isDirectory() && existsSync(join(parent, entry.name, 'run.json'))) found.add(join(parent, entry.name));
  return [...found].filter(folder => !folders.includes(folder)).sort();
}
