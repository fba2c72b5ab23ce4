/** docs/window.md's table of what kept runs foresaw, and what came. */
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {unpack} from '../../../fixtures/kit/packed-run.ts';
import {readRun} from '../../../harness/run/store.ts';
import type {StoredRun} from '../../../harness/types.ts';
import {foreseenAndCame, foreseenSentence} from '../../../reports/run/foreseen.ts';
import type {Report} from '../../../reports/run/report.ts';
import {formatDuration} from '../../../reports/words/units.ts';
import {plural} from '../../../reports/words/words.ts';
import {scenarios} from '../../../suites/index.ts';
import {registerOf} from '../../cli/kit/claims-register.ts';
import {judgePool, judgeRun} from '../../cli/kit/judge-run.ts';
import {selectRuns} from '../../cli/kit/pool/select.ts';

const root = join(import.meta.dirname, '../../..');
export const windowFile = join(root, 'docs/window.md');
const part = /<!-- foreseen: (.*) -->\n[\s\S]*?<!-- foreseen -->/;

/** Files of the runs that the page tells of, from the root. */
export function filesOn(page: string): readonly string[] {
  return part.exec(page)?.[1]?.split(' ') ?? [];
}

/** The page with the tables of these runs. */
export async function withForeseen(page: string, files: readonly string[]): Promise<string> {
  const at = mkdtempSync(join(tmpdir(), 'seatrial-foreseen-'));
  try {
    const runs: StoredRun[] = [];
    for (const file of files) runs.push(await packedRun(join(root, file), join(at, String(runs.length))));
    const inner = foreseenTables(runs);
    return page.replace(part, () => `<!-- foreseen: ${files.join(' ')} -->\n${inner}\n<!-- foreseen -->`);
  } finally {
    rmSync(at, {recursive: true});
  }
}

async function packedRun(file: string, folder: string): Promise<StoredRun> {
  unpack(readFileSync(file), folder);
  const run = await readRun(folder);
  if (!run.ok) throw new Error(`${file}: ${run.error.found}`);
  return run.value;
}

/** A table for each run, judged together with those before it where its forecast rests on them. */
export function foreseenTables(given: readonly StoredRun[]): string {
  const runs = given.toSorted((a, b) => Date.parse(a.header.startedAt) - Date.parse(b.header.startedAt));
  const tables = runs.map((run, index) => {
    const known = run.plan.window?.forecast?.runs ?? [];
    const earlier = runs.slice(0, index).filter(({header}) => known.includes(header.id));
    const head = runs.length === 1 ? [] : [`Run \`${run.header.id}\`:`, ''];
    return [...head, tableOf(judged([run, ...earlier]))].join('\n');
  });
  const [first, ...more] = runs;
  if (first === undefined || more.length === 0) return tables.join('\n\n');
  const {verdicts} = judged([first, ...more]);
  const count = (wanted: string) => verdicts.filter(({kind}) => kind === wanted).length;
  const both = count('met') + count('missed');
  const together = `Judged together, these runs decide ${plural(both, 'promise')}: ${count('met')} met, ${count('missed')} missed.`;
  return [...tables, together].join('\n\n');
}

function judged(runs: readonly [StoredRun, ...StoredRun[]]): Report {
  if (runs.length === 1) return judgeRun(runs[0], registerOf(runs[0].claims, 'claims.yaml').claims, scenarios);
  const selected = selectRuns(runs, []);
  const newest = selected.runs.reduce((last, run) => (run.header.startedAt > last.header.startedAt ? run : last));
  const {claims} = registerOf(newest.claims, 'claims.yaml');
  return judgePool(selected.runs, selected.leftOut, claims, scenarios);
}

function tableOf(report: Report): string {
  const rows = foreseenAndCame(report).map(({foreseen: {id, chance, seconds: expected}, came, seconds}) => {
    const times = [expected, seconds].map(each => (each === undefined ? '' : formatDuration(each)));
    return `| \`${id}\` | ${Math.round(100 * chance)} % | ${times[0]} | ${came} | ${times[1]} |`;
  });
  const head = ['| promise | chance | foreseen after | came | after |', '| --- | --- | --- | --- | --- |'];
  return [foreseenSentence(report), '', ...head, ...rows].join('\n');
}
