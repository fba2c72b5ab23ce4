/**
 * Which runs are evidence of the same thing: the same cluster, settings, versions and scenarios. Nobody chooses: a run
 * is in, or named with its reason, and what is comparable and not here takes every "met" away.
 */
import {isDeepStrictEqual} from 'node:util';
import {eventsName} from '../../../../harness/run/damage.ts';
import type {Profile, StoredRun} from '../../../../harness/types.ts';
import type {LeftOut} from '../../../../reports/pool/pooled.ts';
import {damageSentence} from '../../../../reports/run/build.ts';
import {contentOf, factsOf, fingerprintOf} from '../history/night.ts';

/** A run that is known of: from the history, or by its folder beside the others. */
export interface KnownRun {
  id: string;
  /** Where it lies, or lay. */
  folder: string;
  cluster: string;
  /** Absent where its folder is gone or cannot be read. */
  run?: StoredRun;
  /** Digest of what it holds, where the history knows it and it will never be another one. */
  content?: string;
}

export interface Selection {
  runs: readonly [StoredRun, ...StoredRun[]];
  leftOut: readonly LeftOut[];
}

/**
 * Of the runs that were given those that are comparable with the newest, and all others that are known, each with its
 * reason.
 */
export function selectRuns(given: readonly [StoredRun, ...StoredRun[]], known: readonly KnownRun[]): Selection {
  const newest = given.reduce((last, run) => (startOf(run) > startOf(last) ? run : last));
  const leftOut: LeftOut[] = [];
  const runs: StoredRun[] = [];
  for (const run of given) {
    const reason = apartFrom(newest, run);
    if (reason === undefined) runs.push(withComparableTrials(newest, run, leftOut));
    else leftOut.push({id: run.header.id, reason, forbids: false});
  }
  const ids = new Map<string, StoredRun | undefined>(given.map(run => [run.header.id, run]));
  for (const one of known) {
    if (one.cluster !== newest.header.cluster) continue;
    if (!ids.has(one.id)) leftOut.push(reasonFor(newest, one));
    else leftOut.push(...otherThanKnown(ids.get(one.id), one));
    if (!ids.has(one.id)) ids.set(one.id, one.run);
  }
  for (const run of runs)
    for (const id of run.plan.window?.forecast?.runs ?? []) {
      if (!ids.has(id))
        leftOut.push({
          id,
          reason: `run ${run.header.id} was planned by it, and nothing is known of it now`,
          forbids: true,
        });
      ids.set(id, ids.get(id));
    }
  const [first = newest, ...more] = runs;
  return {runs: [first, ...more], leftOut};
}

function startOf({header}: StoredRun): number {
  return Date.parse(header.startedAt);
}

/** What makes a run comparable or not; where one of them was changed, nothing of it is believed. */
const heads: ReadonlySet<string> = new Set(['run.json', 'plan.json', eventsName, 'end.json']);
const whereTrue = 'a run never changes after its end; where the folder is the true one: seatrial history rebuild RUNS';

/** Why a run that was not given is not in it. */
function reasonFor(newest: StoredRun, {id, folder, run, content}: KnownRun): LeftOut {
  if (run === undefined)
    return {id, reason: `it is known, and ${folder} is not there or cannot be read`, forbids: true};
  const [damage] = run.damage;
  if (content !== undefined && content !== contentOf(run))
    return {id, reason: `what lies in ${folder} is not what was entered; ${whereTrue}`, forbids: true};
  const apart = apartFrom(newest, run);
  const told = damage === undefined || (run.trials.length > 0 && !run.damage.some(({artefact}) => heads.has(artefact)));
  if (apart !== undefined && told) return {id, reason: apart, forbids: false};
  if (damage !== undefined) return {id, reason: `it is damaged: ${damageSentence(damage)}`, forbids: true};
  const trials = withComparableTrials(newest, run, []).trials.length;
  if (trials === 0) return {id, reason: 'it tried nothing of what is judged here', forbids: false};
  const status = run.ended?.status ?? 'aborted';
  return {id, reason: `it is comparable (${trials} trials, ${status}) and was not given`, forbids: true};
}

/** What is known of a run that was given, or that lies in two folders, may contradict it: one of them was changed. */
function otherThanKnown(own: StoredRun | undefined, {id, folder, run, content}: KnownRun): readonly LeftOut[] {
  if (own === undefined) return [];
  if (content !== undefined && content !== contentOf(own))
    return [{id, reason: `it is not what was entered into the history; ${whereTrue}`, forbids: true}];
  // A copy of before it was resumed holds less of the same.
  const records = (of: StoredRun) => [...of.trials, ...(of.resumed?.interrupted ?? [])].map(({record}) => record);
  const [mine, theirs] = [records(own), run === undefined ? [] : records(run)];
  const another = theirs.find(
    record => record.status === 'done' && !mine.some(each => isDeepStrictEqual(each, record)),
  );
  if (another === undefined) return [];
  return [{id, reason: `${folder} is of the same run and has another trial ${another.planned.slot}`, forbids: true}];
}

/** What makes a run evidence of something else; undefined where nothing does. */
function apartFrom(newest: StoredRun, run: StoredRun): string | undefined {
  if (run === newest) return undefined;
  const [is, was] = [newest.header, run.header];
  if (is.cluster !== was.cluster) return `another cluster, ${was.cluster}`;
  for (const key of ['storage', 'nodes', 'guests', 'machines', 'quick'] as const)
    if (!isDeepStrictEqual(is[key], was[key])) return `other ${key}: ${told(was[key])}, and here ${told(is[key])}`;
  const [now, then] = [factsOf(newest), factsOf(run)];
  if (fingerprintOf(now) !== fingerprintOf(then)) {
    const differing = [...new Set([...Object.keys(now), ...Object.keys(then)])].filter(key => now[key] !== then[key]);
    return `another fingerprint: ${differing.map(key => `${key} ${then[key] ?? 'not known'}, and here ${now[key] ?? 'not known'}`).join('; ')}`;
  }
  const profile = was.profiles.find(one => otherSettings(is.profiles, one));
  if (profile !== undefined) return `profile ${profile.name} held other settings`;
  const readBack = otherReadBack(newest, run);
  if (readBack !== undefined) return readBack;
  return run.trials.length === 0 ? 'too few trials: none was begun' : undefined;
}

function told(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function otherSettings(profiles: readonly Profile[], {name, settings}: Profile): boolean {
  const own = profiles.find(profile => profile.name === name);
  return own !== undefined && !isDeepStrictEqual(own.settings, settings);
}

/** Settings that were found to be others than in the newest run, under the same profile. */
function otherReadBack(newest: StoredRun, run: StoredRun): string | undefined {
  const now = readBackOf(newest);
  for (const [key, found] of readBackOf(run)) {
    const is = now.get(key);
    if (is !== undefined && is !== found) return `read back otherwise: ${key} was ${found}, and here ${is}`;
  }
  return undefined;
}

function readBackOf({trials}: StoredRun): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const {record} of trials.filter(trial => trial.record.status === 'done'))
    for (const entry of record.readBack) {
      const key = `${record.planned.profile} ${entry.id} on ${entry.where}`;
      if (!found.has(key)) found.set(key, String(entry.found));
    }
  return found;
}

/** The run without trials of other parameters than in the newest; they are named. */
function withComparableTrials(newest: StoredRun, run: StoredRun, leftOut: LeftOut[]): StoredRun {
  if (run === newest) return run;
  const parameters = new Map<string, unknown>();
  for (const {scenario, parameters: own} of [...newest.plan.trials, ...(newest.plan.window?.offers ?? [])])
    if (!parameters.has(scenario)) parameters.set(scenario, own);
  const other = (trial: {scenario: string; parameters: unknown}) =>
    parameters.has(trial.scenario) && !isDeepStrictEqual(parameters.get(trial.scenario), trial.parameters);
  const names = [...new Set(run.plan.trials.filter(other).map(({scenario}) => scenario))];
  if (names.length === 0) return run;
  leftOut.push({id: run.header.id, reason: `${names.join(', ')} ran with other parameters`, forbids: false});
  return {
    ...run,
    plan: {...run.plan, trials: run.plan.trials.filter(trial => !other(trial))},
    trials: run.trials.filter(({record}) => !other(record.planned)),
  };
}
