/** The history: every night's figures in one file, made again from the run folders at any time. */
import {existsSync, statSync} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {runHeader} from '../../../../harness/schema.ts';
import {CommandError, exitCodes} from '../command-error.ts';
import {readText} from '../package-files.ts';
import {type HistoryFile, openHistoryFile, replaceHistoryFile} from './file.ts';
import {type Imported, importRun} from './import.ts';
import {type RunToImport, readRunToImport} from './night.ts';

export const defaultHistory = 'runs/history.sqlite';

/**
 * Works on the history and closes it, whatever happens. A damaged file is refused with what is wrong and what to do.
 */
export async function withHistory<T>(
  path: string,
  work: (file: HistoryFile) => T | Promise<T>,
  options: {mustExist?: boolean} = {},
): Promise<T> {
  if (options.mustExist && !existsSync(path)) {
    throw new CommandError(
      `there is no history ${path}`,
      'Make it of the runs there are: seatrial history import RUN…, or name another one with --history.',
    );
  }
  const opened = await openHistoryFile(path);
  if (!opened.ok) throw damaged(path, opened.error);
  try {
    return await work(opened.value);
  } finally {
    await opened.value.close();
  }
}

function damaged(path: string, damage: string): CommandError {
  return new CommandError(
    `the history ${path} is not whole and is not used: ${damage}`,
    'Make it anew from the run folders: seatrial history rebuild RUNS. Baselines and acknowledgements are kept: they lie in a file of their own.',
    exitCodes.aborted,
  );
}

/** What is wrong with the file, if it is there and not whole. */
export async function damageIn(path: string): Promise<string | undefined> {
  if (!existsSync(path)) return undefined;
  const opened = await openHistoryFile(path);
  if (!opened.ok) return opened.error;
  await opened.value.close();
  return undefined;
}

export interface Rebuilt {
  imported: number;
  /** Folders that look like runs and could not be imported, and why. */
  skipped: readonly {folder: string; reason: string}[];
}

/** The run folders in `folders`: themselves runs, or folders that hold runs. */
async function runFolders(folders: readonly string[]): Promise<readonly string[]> {
  const found: string[] = [];
  for (const folder of folders) {
    if (!existsSync(folder) || !statSync(folder).isDirectory())
      throw new CommandError(`there is no folder ${folder}`, 'Name the folder that holds the runs.');
    if (existsSync(join(folder, 'run.json'))) found.push(folder);
    for (const name of (await readdir(folder)).sort()) {
      if (existsSync(join(folder, name, 'run.json'))) found.push(join(folder, name));
    }
  }
  return found;
}

/** Enough of run.json to bring runs into their order. */
const heading = runHeader.pick({id: true, startedAt: true, confirms: true});

/**
 * A new file from run folders, in the order of their nights. It takes the old one's place only when it is complete and
 * has every run of `mustHave` (ids): a run whose folder is gone would be lost for good.
 */
export async function rebuildHistory(
  path: string,
  folders: readonly string[],
  mustHave: readonly string[],
): Promise<Rebuilt> {
  const skipped: {folder: string; reason: string}[] = [];
  const order: {folder: string; startedAt: string; again: boolean}[] = [];
  for (const folder of await runFolders(folders)) {
    try {
      const {startedAt, confirms} = heading.parse(JSON.parse(readText(join(folder, 'run.json'))));
      order.push({folder, startedAt, again: confirms !== undefined});
    } catch {
      skipped.push({folder, reason: 'its run.json cannot be read'});
    }
  }
  order.sort((a, b) => Number(a.again) - Number(b.again) || (a.startedAt < b.startedAt ? -1 : 1));
  const held = new Set<string>();
  await replaceHistoryFile(path, async file => {
    for (const {folder} of order) {
      try {
        const run = await readRunToImport(folder);
        importRun(file, run);
        held.add(run.night.id);
      } catch (error) {
        if (!(error instanceof CommandError)) throw error;
        skipped.push({folder, reason: error.message});
      }
    }
    const lost = mustHave.filter(id => !held.has(id));
    if (lost.length > 0) {
      const some = lost.slice(0, 3).join(', ');
      throw new CommandError(
        `${lost.length} runs of the history have no folder there and would be lost: ${some}${lost.length > 3 ? ', …' : ''}`,
        'Name their folders too, or say --forget. Nothing has been changed.',
      );
    }
  });
  return {imported: held.size, skipped};
}

export async function importFolders(
  file: HistoryFile,
  folders: readonly string[],
): Promise<readonly {folder: string; id: string; outcome: Imported; run: RunToImport}[]> {
  const done = [];
  for (const folder of folders) {
    const run = await readRunToImport(folder);
    done.push({folder, id: run.night.id, outcome: importRun(file, run), run});
  }
  return done;
}
