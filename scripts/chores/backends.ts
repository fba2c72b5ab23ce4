/**
 * `node scripts/chores/backends.ts RUN…`: keeps what these runs say of stores beside each other, in
 * docs/trials/backends/, and makes the tables of docs/backends.md from all that is kept. Ends 3 where a run cannot be
 * read.
 */
import {mkdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {readRun} from '../../harness/run/store.ts';
import {keptFolder, pageFile, withTables} from './backends/files.ts';
import {storesOf} from './backends/stored.ts';

for (const folder of process.argv.slice(2)) {
  const run = await readRun(folder);
  if (!run.ok || run.value.damage.length > 0) {
    process.stderr.write(`${folder} is not kept: ${run.ok ? 'it is damaged' : run.error.found}\n`);
    process.exit(3);
  }
  const kept = storesOf(run.value);
  mkdirSync(keptFolder, {recursive: true});
  writeFileSync(join(keptFolder, `${kept.run}.json`), `${JSON.stringify(kept, null, 1)}\n`);
}
writeFileSync(pageFile, withTables(readFileSync(pageFile, 'utf8')));
