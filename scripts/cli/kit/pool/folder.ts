/**
 * A sign-off folder of several runs: all of them, one report, one manifest.
 *
 *     FOLDER/pool.json     which runs, and which are not among them, with the reason
 *     FOLDER/claims.yaml   the register they are judged by
 *     FOLDER/runs/ID/…     each run as it was stored
 *     FOLDER/report/…      made of the rest, again and again
 */
import {existsSync} from 'node:fs';
import {cp, mkdir, readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {z} from 'zod';
import {writeWhole} from '../../../../harness/files.ts';
import {readJson} from '../../../../harness/parse/json.ts';
import {type LeftOut, runsFolder} from '../../../../reports/pool/pooled.ts';
import type {Report} from '../../../../reports/run/report.ts';
import {scenarios} from '../../../../suites/index.ts';
import {type Register, registerOf} from '../claims-register.ts';
import {CommandError} from '../command-error.ts';
import {judgePool} from '../judge-run.ts';
import {saveReports} from '../save-report.ts';
import {type GivenRun, givenRuns} from './known.ts';
import {selectRuns} from './select.ts';

const poolName = 'pool.json';
const leftOut = z.object({id: z.string(), reason: z.string(), forbids: z.boolean()});
const poolJson = z.object({
  schema: z.literal('seatrial-pool/1'),
  runs: z.array(z.string().regex(/^[^/]+$/)).min(1),
  /** Runs that were known and not given. */
  leftOut: z.array(leftOut),
});

export function isPool(folder: string): boolean {
  return existsSync(join(folder, poolName));
}

/** Copies the runs, judges them together, and closes the folder; the report's paths. */
export async function writePool(
  folder: string,
  given: readonly [GivenRun, ...GivenRun[]],
  notGiven: readonly LeftOut[],
  register: Register,
): Promise<{report: Report; paths: readonly string[]}> {
  await mkdir(join(folder, runsFolder), {recursive: true});
  for (const {folder: from, run} of given)
    await cp(from, join(folder, runsFolder, run.header.id), {recursive: true, errorOnExist: true, force: false});
  const pool = {schema: 'seatrial-pool/1', runs: given.map(({run}) => run.header.id), leftOut: notGiven};
  await writeWhole(join(folder, poolName), `${JSON.stringify(pool, null, 1)}\n`);
  await writeWhole(join(folder, 'claims.yaml'), register.text);
  const {report} = await readPool(folder);
  return {report, paths: await saveReports(report, folder)};
}

/** The folder, judged as it lies there. */
export async function readPool(folder: string): Promise<{report: Report; given: readonly GivenRun[]}> {
  const pool = readJson(await readFile(join(folder, poolName), 'utf8'), poolName, poolJson);
  if (!pool.ok) {
    const {artefact, path, expected, found} = pool.error;
    throw new CommandError(
      `${folder} is no folder of several runs: ${artefact} at ${path}: found ${found}, expected ${expected}`,
      'Restore it from a copy.',
    );
  }
  const {runs: names, leftOut: known} = pool.value;
  const given = await givenRuns(names.map(id => join(folder, runsFolder, id)));
  const {claims} = registerOf(await readFile(join(folder, 'claims.yaml'), 'utf8'), 'claims.yaml');
  const [first, ...more] = given;
  const {runs, leftOut: apart} = selectRuns([first.run, ...more.map(({run}) => run)], []);
  const said = new Set(known.map(({id}) => id));
  const unlisted = (await readdir(join(folder, runsFolder)))
    .filter(name => !names.includes(name))
    .map((id): LeftOut => ({id, reason: `it lies in ${runsFolder}, and ${poolName} does not name it`, forbids: true}));
  const leftOut = [...apart.filter(({id}) => !said.has(id)), ...known, ...unlisted];
  return {report: judgePool(runs, leftOut, claims, scenarios), given};
}
