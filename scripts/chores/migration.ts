/**
 * `node scripts/chores/migration.ts RUN…`: keeps what these runs say of their migrations in docs/trials/migration/, and
 * makes the figures of docs/migration.md and their picture from all that is kept. Ends 3 where a run cannot be read.
 */
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {readRun} from '../../harness/run/store.ts';
import {keptCells, keptFolder, pageFile, pictureFile, withFigures} from './migration/files.ts';
import {picture} from './migration/picture.ts';
import {compact} from './migration/stored.ts';

for (const folder of process.argv.slice(2)) {
  const run = await readRun(folder);
  if (!run.ok || run.value.damage.length > 0) {
    const why = run.ok ? `it is damaged: see seatrial verify ${folder}` : `${run.error.artefact}: ${run.error.found}`;
    process.stderr.write(`${folder} shows nothing: ${why}\n`);
    process.exit(3);
  }
  const kept = compact(run.value);
  mkdirSync(keptFolder, {recursive: true});
  writeFileSync(join(keptFolder, `${kept.run}.json`), `${JSON.stringify(kept, null, 1)}\n`);
  process.stdout.write(
    `${kept.run}: ${kept.cells.length} migrations kept, ${kept.critical.length} critical findings\n`,
  );
}
writeFileSync(pageFile, withFigures(readFileSync(pageFile, 'utf8')));
writeFileSync(pictureFile, await picture(keptCells()));
