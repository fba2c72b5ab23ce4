/** Where docs/faults.md and what it is made of lie. */
import {globSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {faults} from '../../../harness/faults/index.ts';
import {faultsPage} from './page.ts';
import {storedFaultsSchema} from './stored.ts';

const docs = join(import.meta.dirname, '../../../docs');
export const keptFolder = join(docs, 'trials/faults');
export const faultsFile = join(docs, 'faults.md');

/** The page as it is to be now. Throws where something that is kept is no such file. */
export function madePage(): string {
  const stored = globSync('*.json', {cwd: keptFolder})
    .sort()
    .map(file => storedFaultsSchema.parse(JSON.parse(readFileSync(join(keptFolder, file), 'utf8'))));
  return faultsPage(
    faults.map(({name}) => name),
    stored,
  );
}
