/**
 * The files and variables that an inventory names, as they are on this machine. Contents are looked at for being
 * there, and never kept or told.
 */
import {accessSync, constants, readFileSync, statSync} from 'node:fs';
import type {Surroundings} from './inventory.ts';

export const surroundings: Surroundings = {
  file: path => troubleOf(path),
  // As ssh itself: it looks at the mode of keys that belong to who runs it.
  privateKey: path => troubleOf(path) ?? openTo(path, 'and ssh does not use such a key'),
  secretFile: path => troubleOf(path) ?? openTo(path, 'and with it anybody here may do what it lets do'),
  variable: name => (process.env[name] ? undefined : 'that variable is not set, or empty; export it'),
};

function openTo(path: string, why: string): string | undefined {
  const {mode, uid} = statSync(path);
  if (uid !== process.getuid?.() || (mode & 0o077) === 0) return undefined;
  return `others can read it (mode ${(mode & 0o777).toString(8)}), ${why}; run: chmod 600 ${path}`;
}

function troubleOf(path: string): string | undefined {
  try {
    if (statSync(path).isDirectory()) return 'it is a folder; name the file in it';
    accessSync(path, constants.R_OK);
    return readFileSync(path, 'utf8').trim() === '' ? 'that file is empty' : undefined;
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return 'there is no such file; put it there, or name another one';
    if (code === 'EACCES') return 'it cannot be read by this user; run as its owner, or change its mode';
    return `it cannot be read (${String(code)})`;
  }
}
