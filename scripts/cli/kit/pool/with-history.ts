/** A run as one more night: what comparable runs have shown goes into its plan, and into a verdict over all of them. */
import type {StoredRun} from '../../../../harness/types.ts';
import type {Report} from '../../../../reports/run/report.ts';
import {scenarios} from '../../../../suites/index.ts';
import {registerOf} from '../claims-register.ts';
import {importFolders, withHistory} from '../history/index.ts';
import {judgePool} from '../judge-run.ts';
import {givenRuns, knownRuns} from './known.ts';
import {type Selection, selectRuns} from './select.ts';

/** The run in the folder with every run that is known and comparable; the others are named. */
export async function withKnown(folder: string, history: string): Promise<Selection & {own: StoredRun}> {
  const [{run: own}] = await givenRuns([folder]);
  const known = await knownRuns([{folder}], own.header.cluster, history);
  const others = known.flatMap(({id, run}) => (run === undefined || id === own.header.id ? [] : [run]));
  const once = others.filter((run, index) => others.findIndex(({header}) => header.id === run.header.id) === index);
  // Those that began later are no history of this one.
  const earlier = once.filter(({header}) => Date.parse(header.startedAt) < Date.parse(own.header.startedAt));
  return {...selectRuns([own, ...earlier], known), own};
}

/** The verdict over all nights, once the run is over; the history knows of it from then on. */
export async function judgeWithHistory(folder: string, history: string): Promise<Report> {
  await withHistory(history, file => importFolders(file, [folder]));
  const {runs, leftOut, own} = await withKnown(folder, history);
  return judgePool(runs, leftOut, registerOf(own.claims, 'claims.yaml').claims, scenarios);
}
