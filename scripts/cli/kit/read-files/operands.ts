import {readdirSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {byCount} from '../../../../reports/words/text.ts';
import {CommandError} from '../command-error.ts';

const mostFiles = 100_000;

/**
 * The files that operands name: a file stands for itself, a folder for all files below it, by name and with numbers in
 * order. Left out are hidden ones and `.meta.json`, which says how a tool ended. What does not exist stays: reading it
 * says so.
 */
export function filesOf(operands: readonly string[]): readonly string[] {
  const files = operands.flatMap(operand => {
    if (!statSync(operand, {throwIfNoEntry: false})?.isDirectory()) return [operand];
    const below = filesBelow(operand);
    if (below.length === 0)
      throw new CommandError(`there are no files below ${operand}`, 'Name a folder with results.');
    return below;
  });
  if (files.length > mostFiles) {
    throw new CommandError(`these are ${files.length} files; at most ${mostFiles} are read at once`, 'Name fewer.');
  }
  return files;
}

function filesBelow(folder: string): readonly string[] {
  return readdirSync(folder, {withFileTypes: true})
    .filter(({name}) => !name.startsWith('.') && !name.endsWith('.meta.json'))
    .sort((a, b) => byCount(a.name, b.name))
    .flatMap(entry => {
      const path = join(folder, entry.name);
      if (entry.isDirectory()) return filesBelow(path);
      return entry.isFile() || entry.isSymbolicLink() ? [path] : [];
    });
}
