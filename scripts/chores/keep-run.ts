/**
 * Keeps a stored run as one file, to be judged again by tests: `node scripts/chores/keep-run.ts RUN FILE`, and back
 * again: `node scripts/chores/keep-run.ts --open FILE FOLDER`.
 */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {packed, unpack} from '../../fixtures/kit/packed-run.ts';

const given = process.argv.slice(2);
const opens = given[0] === '--open';
const [from, to] = opens ? given.slice(1) : given;
if (from === undefined || to === undefined) {
  process.stderr.write('usage: node scripts/chores/keep-run.ts RUN FILE, or --open FILE FOLDER\n');
  process.exitCode = 3;
} else if (opens) unpack(readFileSync(from), to);
else {
  const file = packed(from);
  const again = mkdtempSync(join(tmpdir(), 'seatrial-keep-'));
  // It throws where a byte did not come back.
  unpack(file, again);
  rmSync(again, {recursive: true});
  writeFileSync(to, file);
  process.stdout.write(`${to}: ${(file.length / 1e3).toFixed(0)} kB\n`);
}
