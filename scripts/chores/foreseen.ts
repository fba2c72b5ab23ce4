/**
 * Writes into docs/window.md what a kept run foresaw and what came:
 * `node scripts/chores/foreseen.ts fixtures/runs/NAME.packed`.
 */
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {unpack} from '../../fixtures/kit/packed-run.ts';
import {readRun} from '../../harness/run/store.ts';
import {foreseenAndCame, foreseenSentence} from '../../reports/run/foreseen.ts';
import type {Report} from '../../reports/run/report.ts';
import {formatDuration} from '../../reports/words/units.ts';
import {scenarios} from '../../suites/index.ts';
import {readRegister} from '../cli/kit/claims-register.ts';
import {judgeRun} from '../cli/kit/judge-run.ts';

const page = join(import.meta.dirname, '../../docs/window.md');
const mark = '<!-- foreseen -->';

function tableOf(report: Report): string {
  const rows = foreseenAndCame(report).map(({foreseen: {id, chance, seconds}, came}) => {
    const expected = seconds === undefined ? '' : formatDuration(seconds);
    const after = came === undefined ? '' : formatDuration(came.seconds);
    return `| \`${id}\` | ${Math.round(100 * chance)} % | ${expected} | ${came?.kind ?? 'undecided'} | ${after} |`;
  });
  const head = ['| promise | chance | foreseen after | came | after |', '| --- | --- | --- | --- | --- |'];
  return [foreseenSentence(report), '', ...head, ...rows].join('\n');
}

const [file] = process.argv.slice(2);
if (file === undefined) throw new Error('usage: node scripts/chores/foreseen.ts FILE');
const folder = mkdtempSync(join(tmpdir(), 'seatrial-foreseen-'));
unpack(readFileSync(file), folder);
const run = await readRun(folder);
if (!run.ok) throw new Error(`${file}: ${run.error.found}`);
const report = judgeRun(run.value, readRegister(join(folder, 'claims.yaml')).claims, scenarios);
rmSync(folder, {recursive: true});
const [before, , after] = readFileSync(page, 'utf8').split(mark);
writeFileSync(page, `${before}${mark}\n${tableOf(report)}\n${mark}${after}`);
