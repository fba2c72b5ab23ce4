/** A run as one more night: what comparable runs have shown goes into its plan, and into a verdict over all of them. */
import type {StoredRun} from '../../../../harness/types.ts';
import type {LeftOut} from '../../../../reports/pool/pooled.ts';
import type {Report} from '../../../../reports/run/report.ts';
import {scenarios} from '../../../../suites/index.ts';
import {registerOf} from '../claims-register.ts';
import {defaultHistory, importFolders, withHistory} from '../history/index.ts';
import {judgePool} from '../judge-run.ts';
import {givenRuns, knownRuns} from './known.ts';
import {type KnownRun, type Selection, selectRuns} from './select.ts';

/** The run in the folder with every run that is known and comparable; the others are named. */
export async function withKnown(folder: string, history: string): Promise<Selection & {own: StoredRun}> {
  const [{run: own}] = await givenRuns([folder]);
  return {...comparableWith(own, await knownRuns([{folder}], own.header.cluster, [history, defaultHistory])), own};
}

/** Of a run that is yet to begin. */
export interface Earlier {
  earlier: readonly StoredRun[];
  leftOut: readonly LeftOut[];
}

/** The same of a run that is yet to begin in that folder. */
export async function earlierThan(own: StoredRun, folder: string, history: string): Promise<Earlier> {
  return earlierAmong(own, await knownRuns([{folder}], own.header.cluster, [history, defaultHistory]));
}

/** The same where nothing is asked of the cluster: it is taken to be what it was when it was tried last. */
export async function earlierThanPlanned(own: StoredRun, folder: string, history: string): Promise<Earlier> {
  const known = await knownRuns([{folder}], own.header.cluster, [history, defaultHistory]);
  const headers = known.flatMap(({run}) => (run === undefined ? [] : [run.header]));
  const last = headers.sort((a, b) => Date.parse(a.startedAt) - Date.parse(b.startedAt)).at(-1);
  if (last === undefined) return {earlier: [], leftOut: []};
  const {fingerprints, hardware, machines} = last;
  const header = {...own.header, fingerprints, hardware, ...(machines === undefined ? {} : {machines})};
  return earlierAmong({...own, header}, known);
}

function earlierAmong(own: StoredRun, known: readonly KnownRun[]): Earlier {
  const {runs, leftOut} = comparableWith(own, known);
  return {earlier: runs.slice(1), leftOut};
}

function comparableWith(own: StoredRun, known: readonly KnownRun[]): Selection {
  const others = known.flatMap(({id, run}) => (run === undefined || id === own.header.id ? [] : [run]));
  const once = others.filter((run, index) => others.findIndex(({header}) => header.id === run.header.id) === index);
  // Those that began later are no history of this one.
  const earlier = once.filter(({header}) => Date.parse(header.startedAt) < Date.parse(own.header.startedAt));
  return selectRuns([own, ...earlier], known);
}

/** The verdict over all nights, once the run is over; the history knows of it from then on. */
export async function judgeWithHistory(folder: string, history: string): Promise<Report> {
  await withHistory(history, file => importFolders(file, [folder]));
  const {runs, leftOut, own} = await withKnown(folder, history);
  return judgePool(runs, leftOut, registerOf(own.claims, 'claims.yaml').claims, scenarios);
}
