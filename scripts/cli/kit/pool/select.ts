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
 * Of the runs that were given, newest first, those that are comparable with all newer ones that are in, and all others
 * that are known, each with its reason.
 */
export function selectRuns(given: readonly [StoredRun, ...StoredRun[]], known: readonly KnownRun[]): Selection {
  const newest = given.reduce((last, run) => (startOf(run) > startOf(last) ? run : last));
  const leftOut: LeftOut[] = [];
  const runs: StoredRun[] = [];
  // The newest may say nothing of what two others tried, each in its own way.
  for (const run of given.toSorted((a, b) => startOf(b) - startOf(a))) {
    const speaking = speakingOf(runs);
    const reason = run === newest ? undefined : apartFrom(speaking, run);
    if (reason === undefined) runs.push(withComparableTrials(speaking, run, leftOut));
    else leftOut.push({id: run.header.id, reason, forbids: false});
  }
  const ids = new Map<string, StoredRun | undefined>(given.map(run => [run.header.id, run]));
  for (const one of known) {
    if (one.cluster !== newest.header.cluster) continue;
    if (!ids.has(one.id)) leftOut.push(reasonFor(runs, one));
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

/** Those that others are held against: the newest, even where it is yet to begin, and what has any trial left. */
function speakingOf(runs: readonly StoredRun[]): readonly StoredRun[] {
  return runs.filter((run, index) => index === 0 || run.trials.length > 0);
}

/** What makes a run comparable or not; where one of them was changed, nothing of it is believed. */
const heads: ReadonlySet<string> = new Set(['run.json', 'plan.json', eventsName, 'end.json']);
const whereTrue = 'a run never changes after its end; where the folder is the true one: seatrial history rebuild RUNS';

/** Why a run that was not given is not in it. `runs`: those that are, newest first. */
function reasonFor(runs: readonly StoredRun[], {id, folder, run, content}: KnownRun): LeftOut {
  if (run === undefined)
    return {id, reason: `it is known, and ${folder} is not there or cannot be read`, forbids: true};
  const [damage] = run.damage;
  if (content !== undefined && content !== contentOf(run))
    return {id, reason: `what lies in ${folder} is not what was entered; ${whereTrue}`, forbids: true};
  // Had it been given, older ones would have been held against it, not it against them.
  const speaking = speakingOf(runs).filter((one, index) => index === 0 || startOf(one) > startOf(run));
  const apart = apartFrom(speaking, run);
  const told = damage === undefined || (run.trials.length > 0 && !run.damage.some(({artefact}) => heads.has(artefact)));
  if (apart !== undefined && told) return {id, reason: apart, forbids: false};
  if (damage !== undefined) return {id, reason: `it is damaged: ${damageSentence(damage)}`, forbids: true};
  const trials = withComparableTrials(speaking, run, []).trials.length;
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

/** What makes a run evidence of something else than one of the others; undefined where nothing does. */
function apartFrom(others: readonly StoredRun[], run: StoredRun): string | undefined {
  for (const other of others) {
    const reason = apartFromOne(other, run);
    if (reason !== undefined) return reason;
  }
  return run.trials.length === 0 ? 'too few trials: none was begun' : undefined;
}

function apartFromOne(newer: StoredRun, run: StoredRun): string | undefined {
  const [is, was] = [newer.header, run.header];
  if (is.cluster !== was.cluster) return `another cluster, ${was.cluster}`;
  for (const key of ['storage', 'nodes', 'guests', 'machines', 'quick'] as const)
    if (!isDeepStrictEqual(is[key], was[key])) return `other ${key}: ${told(was[key])}, and here ${told(is[key])}`;
  const [now, then] = [factsOf(newer), factsOf(run)];
  if (fingerprintOf(now) !== fingerprintOf(then)) {
    const differing = [...new Set([...Object.keys(now), ...Object.keys(then)])].filter(key => now[key] !== then[key]);
    return `another fingerprint: ${differing.map(key => `${key} ${then[key] ?? 'not known'}, and here ${now[key] ?? 'not known'}`).join('; ')}`;
  }
  const profile = was.profiles.find(one => otherSettings(is.profiles, one));
  if (profile !== undefined) return `profile ${profile.name} held other settings`;
  return otherReadBack(newer, run);
}

function told(value: unknown): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function otherSettings(profiles: readonly Profile[], {name, settings}: Profile): boolean {
  const own = profiles.find(profile => profile.name === name);
  return own !== undefined && !isDeepStrictEqual(own.settings, settings);
}

/** Settings that were found to be others than in the newer run, under the same profile. */
function otherReadBack(newer: StoredRun, run: StoredRun): string | undefined {
  const now = readBackOf(newer);
  for (const [key, found] of readBackOf(run)) {
    const is = now.get(key);
    if (is !== undefined && is !== found) return `read back otherwise: ${key} was ${found}, and here ${is}`;
  }
  return undefined;
}

/** Each run is held against many. */
const readBacks = new WeakMap<StoredRun, ReadonlyMap<string, string>>();

function readBackOf(run: StoredRun): ReadonlyMap<string, string> {
  const found = readBacks.get(run) ?? firstReadBack(run);
  readBacks.set(run, found);
  return found;
}

function firstReadBack({trials}: StoredRun): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const {record} of trials.filter(trial => trial.record.status === 'done'))
    for (const entry of record.readBack) {
      const key = `${record.planned.profile} ${entry.id} on ${entry.where}`;
      if (!found.has(key)) found.set(key, String(entry.found));
    }
  return found;
}

/** The run without trials of other parameters than in the newest of the others with that scenario; they are named. */
function withComparableTrials(others: readonly StoredRun[], run: StoredRun, leftOut: LeftOut[]): StoredRun {
  const parameters = new Map<string, unknown>();
  for (const {scenario, parameters: own} of others.flatMap(({plan}) => [
    ...plan.trials,
    ...(plan.window?.offers ?? []),
  ]))
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
