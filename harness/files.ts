/** How a file comes to be: whole or not at all. Everything that is kept goes through here. */
import {closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {open, rename, rm} from 'node:fs/promises';

/** Where a file is written before it has its name: beside it, so that the renaming stays within one file system. */
function asideOf(path: string): string {
  return `${path}.writing`;
}

const usualMode = 0o666;

/**
 * Written aside, synced, renamed: a process killed at any moment leaves the file as it was before, or as it was to be.
 * `mode` is that of a new file. Throws the file system's own error; nothing is left beside the file then.
 */
export async function writeWhole(path: string, content: string | Uint8Array, mode = usualMode): Promise<void> {
  const aside = asideOf(path);
  try {
    const file = await open(aside, 'w', mode);
    try {
      await file.writeFile(content);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
  } catch (error) {
    await rm(aside, {force: true}).catch(() => {});
    throw error;
  }
}

/** The same for code that cannot wait. */
export function writeWholeSync(path: string, content: string | Uint8Array, mode = usualMode): void {
  const aside = asideOf(path);
  try {
    const file = openSync(aside, 'w', mode);
    try {
      writeFileSync(file, content);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(aside, path);
  } catch (error) {
    rmSync(aside, {force: true});
    throw error;
  }
}

/**
 * Adds to a file: all of it, or nothing where the disk is full. `synced`: it survives a loss of power. Throws the
 * file system's own error.
 */
export async function appendWhole(path: string, text: string, {mode = usualMode, synced = false} = {}): Promise<void> {
  const file = await open(path, 'a', mode);
  try {
    const {size} = await file.stat();
    try {
      await file.appendFile(text);
      if (synced) await file.sync();
    } catch (error) {
      await file.truncate(size).catch(() => {});
      throw error;
    }
  } finally {
    await file.close();
  }
}

/** Whether it says that a disk, or somebody's share of it, is full. */
export function isFull(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
}
