/** The sources of this repository, as git knows them. */
import {execFileSync} from 'node:child_process';
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import type {Source} from './imports.ts';

export const top = join(import.meta.dirname, '../..');

/** Every TypeScript file, committed or not, that git does not ignore. */
export function sourcesOfTheHouse(): Source[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard', '*.ts'], {
    cwd: top,
    encoding: 'utf8',
  });
  return listed
    .split('\0')
    .filter(path => path !== '' && existsSync(join(top, path)))
    .map(path => ({path, text: readFileSync(join(top, path), 'utf8')}));
}
