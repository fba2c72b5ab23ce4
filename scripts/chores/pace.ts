/** `npm run pace -- RUN…`: how many trials an hour each stored run came to, and where their seconds went. */
import {readRun} from '../../harness/run/store.ts';
import {aligned} from '../../reports/document/text.ts';
import {paceTable} from '../../reports/run/pace.ts';

const runs = process.argv.slice(2);
if (runs.length === 0) {
  process.stderr.write('expected folders of runs: npm run pace -- RUN…\n');
  process.exit(3);
}
for (const folder of runs) {
  const run = await readRun(folder);
  if (!run.ok) {
    process.stderr.write(
      `${folder}: ${run.error.artefact}: expected ${run.error.expected}, found ${run.error.found}\n`,
    );
    process.exit(3);
  }
  const {header, trials} = run.value;
  const pace = paceTable(trials.map(({record: {planned, ...record}}) => ({...planned, ...record})));
  process.stdout.write(`${folder}: ${header.suite}, ${header.storage}, commit ${header.commit.slice(0, 10)}\n`);
  process.stdout.write(
    pace === undefined
      ? 'its trials kept no phases\n\n'
      : `${aligned(
          pace.columns,
          pace.rows,
          pace.columns.map((_, index) => index > 0),
        )}${pace.changes}\n\n`,
  );
}
