/** Where docs/migration.md and what its figures are made of lie. */
import {globSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {type MigrationCell, type StoredMigration, storedMigrationSchema} from './stored.ts';
import {figures} from './table.ts';

const docs = join(import.meta.dirname, '../../../docs');
export const keptFolder = join(docs, 'trials/migration');
export const pageFile = join(docs, 'migration.md');
export const pictureFile = join(docs, 'migration.svg');

const begin = '<!-- made by scripts/chores/migration.ts -->';
const end = '<!-- end of what is made -->';

/** Throws where something that is kept is no such file. */
function keptRuns(): readonly StoredMigration[] {
  return globSync('*.json', {cwd: keptFolder})
    .sort()
    .map(file => storedMigrationSchema.parse(JSON.parse(readFileSync(join(keptFolder, file), 'utf8'))));
}

export function keptCells(): readonly MigrationCell[] {
  return keptRuns().flatMap(({cells}) => cells);
}

/** The page with its made part as it is to be now. Throws where the page has no place for it. */
export function withFigures(page: string): string {
  const [before, rest] = page.split(begin);
  const after = rest?.split(end)[1];
  if (before === undefined || after === undefined) throw new Error(`docs/migration.md has no ${begin} … ${end}`);
  return `${before}${begin}\n${figures(keptRuns())}${end}${after}`;
}
