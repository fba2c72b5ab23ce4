/**
 * Writes the table of the README's section "Performance": `node scripts/chores/performance.ts` runs every bench, `node
 * scripts/chores/performance.ts FILE` takes what `npm run bench -- --json FILE` kept.
 */
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {resultsSchema} from './bench/line.ts';
import {withTable} from './bench/table.ts';

const readme = join(import.meta.dirname, '../../README.md');

function benched(): string {
  const folder = mkdtempSync(join(tmpdir(), 'seatrial-bench-'));
  try {
    const file = join(folder, 'results.json');
    execFileSync(process.execPath, [join(import.meta.dirname, 'bench.ts'), '--json', file], {stdio: 'inherit'});
    return readFileSync(file, 'utf8');
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

const file = process.argv[2];
const results = resultsSchema.parse(JSON.parse(file === undefined ? benched() : readFileSync(file, 'utf8')));
writeFileSync(readme, withTable(readFileSync(readme, 'utf8'), results));
