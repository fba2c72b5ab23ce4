/** Every run of a cluster that is known: those of the history, and those whose folders lie beside the ones given. */
import {existsSync, realpathSync} from 'node:fs';
import {readdir, readFile} from 'node:fs/promises';
import {basename, dirname, join, resolve} from 'node:path';
import {z} from 'zod';
import {readJson} from '../../../../harness/parse/json.ts';
import {eventsName} from '../../../../harness/run/damage.ts';
import {readRun} from '../../../../harness/run/store.ts';
import type {StoredRun} from '../../../../harness/types.ts';
import {CommandError} from '../command-error.ts';
import {withHistory} from '../history/index.ts';
import {placesOf} from '../history/queries.ts';
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

/** `histories`: files that need not be there. */
export async function knownRuns(
  given: readonly {folder: string}[],
  cluster: string,
  histories: readonly string[],
): Promise<readonly KnownRun[]> {
  const known: KnownRun[] = [];
  for (const history of new Set(histories.map(file => resolve(file)))) {
    const places = existsSync(history) ? await withHistory(history, file => placesOf(file, cluster)) : [];
    for (const place of places) known.push(await opened({...place, cluster}));
  }
  for (const folder of await besides(given.map(one => one.folder))) {
    const run = await readRun(folder);
    if (run.ok) known.push({id: run.value.header.id, folder, cluster: run.value.header.cluster, run: run.value});
    else known.push({id: basename(folder), cluster, ...(await saidOf(folder)), folder});
  }
  return known;
}

/** Another run that lies there now is not the one that was known. */
async function opened(one: KnownRun): Promise<KnownRun> {
  const run = await readRun(one.folder);
  return run.ok && run.value.header.id === one.id ? {...one, run: run.value} : one;
}

/** What a run that cannot be read says of itself: only one that was of another cluster is none of ours. */
async function saidOf(folder: string): Promise<{id?: string; cluster?: string}> {
  const header = readJson(
    await readFile(join(folder, 'run.json'), 'utf8').catch(() => ''),
    'run.json',
    z.object({id: z.string(), cluster: z.string()}),
  );
  return header.ok ? header.value : {};
}

/** Folders of runs, or of what is left of some, beside those; by links too, where these are named and where they are */
async function besides(given: readonly string[]): Promise<readonly string[]> {
  const real = (path: string) => (existsSync(path) ? realpathSync(path) : path);
  const own = new Set(given.map(folder => real(resolve(folder))));
  const parents = new Set(
    given.map(folder => resolve(folder)).flatMap(folder => [dirname(folder), dirname(real(folder))]),
  );
  const found = new Set<string>();
  // Of a run that is yet to begin it may not be there.
  for (const parent of [...parents].filter(each => existsSync(each)))
    for (const name of await readdir(parent)) {
      const folder = real(join(parent, name));
      if (['run.json', 'plan.json', eventsName].some(file => existsSync(join(folder, file)))) found.add(folder);
    }
  return [...found].filter(folder => !own.has(folder)).sort();
}
