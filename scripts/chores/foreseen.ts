/**
 * Writes into docs/window.md what kept runs foresaw and what came: `node scripts/chores/foreseen.ts FILE…`, for example
 * of fixtures/runs/window-resumed.packed; without files, of those that it tells of already.
 */
import {readFileSync, writeFileSync} from 'node:fs';
import {filesOn, windowFile, withForeseen} from './foreseen/page.ts';

const given = process.argv.slice(2);
const page = readFileSync(windowFile, 'utf8');
writeFileSync(windowFile, await withForeseen(page, given.length === 0 ? filesOn(page) : given));
