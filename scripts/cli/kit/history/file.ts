/**
 * The history's file: SQLite in WAL mode, one process at a time, and never trusted unless it is whole.
 *
 * SQLite finds a broken tree, not a flipped bit in a value. So the file is sealed when a command has ended: its sha256
 * lies beside it in FILE.seal. A file whose seal fits is whole. One without a seal (a copy, or a process that was
 * killed while it wrote back) is checked in full: SQLite's own integrity check and the sha256 that every run's rows had
 * when they were imported; then it is sealed anew. Until a write is committed it is in FILE-wal only, whose frames
 * carry checksums: a process killed in the middle of an import leaves the state before.
 */
import {createHash} from 'node:crypto';
import {createReadStream, existsSync, readFileSync, renameSync, rmSync, statSync} from 'node:fs';
import {open} from 'node:fs/promises';
import {DatabaseSync} from 'node:sqlite';
import {pipeline} from 'node:stream/promises';
import {writeWhole} from '../../../../harness/files.ts';
import type {Result} from '../../../../harness/types.ts';
import {CommandError, exitCodes} from '../command-error.ts';
import {makeAllPoints} from './import.ts';
import {rowsSha256} from './rows.ts';
import {applicationId, layout, layoutSql} from './schema.ts';

export interface HistoryFile {
  path: string;
  db: DatabaseSync;
  /** All of it, or nothing of it. */
  write<T>(change: () => T): T;
  /** Writes back, seals, and lets others in. */
  close(): Promise<void>;
}

/** How long one waits for another process to be done with the file. */
const busyMs = 15_000;

/** What is wrong with a file that is not whole: half a sentence. */
export type Damage = string;

/** Opens the file, or makes an empty one where there is none. Damage is returned, nothing is read then. */
export async function openHistoryFile(path: string): Promise<Result<HistoryFile, Damage>> {
  const release = lock(path);
  try {
    if (!existsSync(path)) {
      rmSync(`${path}-wal`, {force: true});
      await removeSeal(path);
      makeEmpty(path);
      await seal(path);
    }
    const opened = await openWhole(path);
    if (!opened.ok) {
      release();
      return opened;
    }
    const db = opened.value;
    return {
      ok: true,
      value: {path, db, write: change => transaction(db, change), close: () => closeFile(path, db, release)},
    };
  } catch (error) {
    release();
    throw error;
  }
}

/**
 * A new, empty file at the same place, whatever is there now. What `fill` writes appears under the name only when it is
 * complete.
 */
export async function replaceHistoryFile(path: string, fill: (file: HistoryFile) => Promise<void>): Promise<void> {
  const release = lock(path);
  const aside = `${path}.rebuilding`;
  try {
    discard(aside);
    makeEmpty(aside);
    const db = connect(aside);
    await fill({path: aside, db, write: change => transaction(db, change), close: async () => db.close()});
    db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    await synced(aside);
    await removeSeal(path);
    rmSync(`${path}-wal`, {force: true});
    rmSync(`${path}-shm`, {force: true});
    renameSync(aside, path);
    await seal(path);
  } finally {
    discard(aside);
    release();
  }
}

function discard(path: string): void {
  for (const each of [path, `${path}-wal`, `${path}-shm`]) rmSync(each, {force: true});
}

/** The kernel takes this lock back when the process ends, however it ends: it is SQLite's own, on an empty file. */
function lock(path: string): () => void {
  try {
    const held = new DatabaseSync(`${path}.lock`, {timeout: busyMs});
    try {
      held.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      held.close();
      if (!/locked|busy/i.test(messageOf(error))) throw error;
      throw new CommandError(
        `another process is using the history ${path}`,
        'Wait until it is done.',
        exitCodes.aborted,
      );
    }
    return () => held.close();
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError(
      `the history ${path} cannot be opened: ${messageOf(error)}`,
      'Name a file in a folder that exists, with --history.',
    );
  }
}

function makeEmpty(path: string): void {
  const db = new DatabaseSync(path);
  db.exec(
    `PRAGMA journal_mode = WAL; PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${layout}; BEGIN; ${layoutSql} COMMIT; PRAGMA wal_checkpoint(TRUNCATE)`,
  );
  db.close();
}

function connect(path: string): DatabaseSync {
  const db = new DatabaseSync(path, {enableForeignKeyConstraints: true});
  // The main file is only written by `closeFile`, after its seal was broken: until then it is as it was sealed.
  db.exec(
    'PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = FULL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -65536',
  );
  return db;
}

async function openWhole(path: string): Promise<Result<DatabaseSync, Damage>> {
  const size = statSync(path).size;
  if (size === 0) return {ok: false, error: 'it is empty'};
  const sealed = readSeal(path);
  const found = await sha256(path);
  if (sealed !== undefined && sealed !== found)
    return {
      ok: false,
      error: `its bytes are not those that were written: sha256 ${found.slice(0, 12)}…, sealed ${sealed.slice(0, 12)}…`,
    };
  let db: DatabaseSync;
  try {
    db = connect(path);
  } catch (error) {
    return {ok: false, error: messageOf(error)};
  }
  const damage = damageOf(db, sealed === undefined);
  if (damage === undefined) {
    // Points have no digest: they are made of what has one.
    if (sealed === undefined) transaction(db, () => makeAllPoints(db));
    return {ok: true, value: db};
  }
  db.close();
  return {ok: false, error: damage};
}

function damageOf(db: DatabaseSync, full: boolean): Damage | undefined {
  try {
    const id = pragma(db, 'application_id');
    if (id !== applicationId) return `it is no history of seatrial: application id ${id}, expected ${applicationId}`;
    const version = pragma(db, 'user_version');
    if (version !== layout) return `its layout is ${version}, and this seatrial reads layout ${layout}`;
    if (!full) return undefined;
    const checked = pragma(db, 'integrity_check(1)');
    if (checked !== 'ok') return `SQLite's integrity check says: ${String(checked)}`;
    for (const {run, id: name, rows_sha256: wanted} of db.prepare('SELECT run, id, rows_sha256 FROM runs').all()) {
      if (rowsSha256(db, Number(run)) !== wanted)
        return `the rows of run ${String(name)} are not those that were imported`;
    }
    return undefined;
  } catch (error) {
    return messageOf(error);
  }
}

function pragma(db: DatabaseSync, name: string): unknown {
  const row = db.prepare(`PRAGMA ${name}`).get();
  return row === undefined ? undefined : Object.values(row)[0];
}

function transaction<T>(db: DatabaseSync, change: () => T): T {
  db.exec('BEGIN IMMEDIATE');
  try {
    const value = change();
    db.exec('COMMIT');
    return value;
  } catch (error) {
    db.exec('ROLLBACK');
    throw error;
  }
}

async function closeFile(path: string, db: DatabaseSync, release: () => void): Promise<void> {
  try {
    const written = existsSync(`${path}-wal`) && statSync(`${path}-wal`).size > 0;
    if (written) await removeSeal(path);
    if (written) db.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    db.close();
    if (written || readSeal(path) === undefined) await seal(path);
  } finally {
    release();
  }
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path, {highWaterMark: 2 ** 20}), hash);
  return hash.digest('hex');
}

function readSeal(path: string): string | undefined {
  try {
    return /^[0-9a-f]{64}$/.exec(readFileSync(`${path}.seal`, 'utf8').trim())?.[0];
  } catch {
    return undefined;
  }
}

async function removeSeal(path: string): Promise<void> {
  rmSync(`${path}.seal`, {force: true});
}

async function seal(path: string): Promise<void> {
  await writeWhole(`${path}.seal`, `${await sha256(path)}\n`);
}

async function synced(path: string): Promise<void> {
  const file = await open(path, 'r+');
  try {
    await file.sync();
  } finally {
    await file.close();
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
