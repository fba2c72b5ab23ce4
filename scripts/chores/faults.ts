/**
 * `node scripts/chores/faults.ts RUN…`: keeps what these runs say of faults in docs/trials/faults/, and writes
 * docs/faults.md from all that is kept there. Without a run, the page alone. Ends 3 where a run cannot be read.
 */
import {mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {readRun} from '../../harness/run/store.ts';
import {scenarios} from '../../suites/index.ts';
import {judgeRun} from '../cli/kit/judge-run.ts';
import {faultsFile, keptFolder, madePage} from './faults/files.ts';
import {compact} from './faults/stored.ts';

for (const folder of process.argv.slice(2)) {
  const run = await readRun(folder);
  if (!run.ok) {
    process.stderr.write(`${folder}: ${run.error.artefact}: ${run.error.found}\n`);
    process.exit(3);
  }
  if (run.value.damage.length > 0) {
    process.stderr.write(`${folder} is damaged, and shows nothing: see seatrial verify ${folder}\n`);
    process.exit(3);
  }
  const kept = compact(run.value, judgeRun(run.value, [], scenarios));
  mkdirSync(keptFolder, {recursive: true});
  writeFileSync(join(keptFolder, `${kept.run}.json`), `${JSON.stringify(kept, null, 1)}\n`);
  process.stdout.write(`${kept.run}: ${kept.trials.length} trials kept\n`);
}
writeFileSync(faultsFile, madePage());
