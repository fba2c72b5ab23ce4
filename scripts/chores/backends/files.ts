/** Where docs/backends.md and what its tables are made of lie. */
import {globSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {type StoredStores, storedSchema} from './stored.ts';
import {tables} from './tables.ts';

const docs = join(import.meta.dirname, '../../../docs');
export const keptFolder = join(docs, 'trials/backends');
export const pageFile = join(docs, 'backends.md');

const [begin, end] = ['<!-- made by scripts/chores/backends.ts -->', '<!-- end of what is made -->'];

/** The page with its tables as they are to be now. Throws where the page has no place for them, or a file is none. */
export function withTables(page: string): string {
  const files = globSync('*.json', {cwd: keptFolder}).sort();
  const runs: StoredStores[] = files.map(file =>
    storedSchema.parse(JSON.parse(readFileSync(join(keptFolder, file), 'utf8'))),
  );
  const made = new RegExp(`${begin}[\\s\\S]*${end}`);
  if (!made.test(page)) throw new Error(`docs/backends.md has no ${begin} … ${end}`);
  return page.replace(made, () => `${begin}\n\n${tables(runs)}\n${end}`);
}
