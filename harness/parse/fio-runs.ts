/**
 * Whether several documents in one file are one run that told of itself as it went (`--status-interval`), or several
 * runs.
 */
import {optionsOf, secondsOf} from './fio-options.ts';
import {isArray, isObject} from './json-place.ts';
import type {JsonDocument, JsonObject, JsonValue} from './json-scan.ts';

/** `elapsed` is in whole seconds. */
const clockSlackMs = 1500;
/** fio is not started again in less. */
const promptMs = 100;
const directions = ['read', 'write', 'trim', 'mixed'];

/** Groups of documents, each of one run, in the order of the text. */
export function runsIn(documents: readonly JsonDocument[]): readonly (readonly JsonDocument[])[] {
  const runs: JsonDocument[][] = [];
  for (const document of documents) {
    const current = runs.at(-1);
    const before = current?.at(-1);
    if (current !== undefined && before !== undefined && isSameRun(before.value, document.value))
      current.push(document);
    else runs.push([document]);
  }
  return runs;
}

function isSameRun(before: JsonObject, after: JsonObject): boolean {
  return continues(before, after) || leavesRamp(before, after);
}

/**
 * Whether a ramp (`ramp_time`) ended between two documents of one run: there all figures begin anew, and `job_start`
 * too. Only `elapsed` goes on, as the times do at which they were printed.
 */
function leavesRamp(before: JsonObject, after: JsonObject): boolean {
  const [old, now] = [entriesOf(before), entriesOf(after)];
  const [began, ended] = [printedAt(before), printedAt(after)];
  if (old.length === 0 || old.length !== now.length) return false;
  if (began === undefined || ended === undefined || ended < began) return false;
  return now.every((entry, index) => {
    const earlier = old[index];
    if (earlier === undefined || !isSameEntry(earlier, entry)) return false;
    const ramp = secondsOf(optionsOf({value: entry, path: ''}, {value: after, path: ''}).get('ramp_time') ?? '0') ?? 0;
    const [first, second] = [earlier.get('elapsed'), entry.get('elapsed')];
    if (ramp === 0 || typeof first !== 'number' || typeof second !== 'number') return false;
    // In whole seconds, rounded up.
    if (first > ramp + 1 || second < ramp) return false;
    return Math.abs(ended - began - (second - first) * 1000) <= clockSlackMs;
  });
}

/**
 * Figures of a run accumulate: no total falls, and the run has lasted for longer than the time between two of its
 * documents. Those of separate runs fall or repeat, or lie further apart than the second lasted.
 */
function continues(before: JsonObject, after: JsonObject): boolean {
  const [old, now] = [entriesOf(before), entriesOf(after)];
  if (old.length === 0 || old.length !== now.length) return false;
  let went: Went = {operations: 0, grownMs: 0, lastedMs: 0};
  for (const [index, entry] of now.entries()) {
    const earlier = old[index];
    const its = earlier && isSameJob(earlier, entry) ? wentOn(earlier, entry) : undefined;
    if (its === undefined) return false;
    went = {
      operations: went.operations + its.operations,
      grownMs: went.grownMs + its.grownMs,
      lastedMs: Math.max(went.lastedMs, its.lastedMs),
      elapsedMs: its.elapsedMs,
    };
  }
  const [began, ended] = [printedAt(before), printedAt(after)];
  if (began === undefined || ended === undefined) return went.operations > 0;
  return ended >= began && (isIdle(old) || agrees(ended - began, went));
}

/** How an entry, or all of them, went on from one document to the next. */
interface Went {
  operations: number;
  grownMs: number;
  /** As long as it is known to have run, since its start. */
  lastedMs: number;
  /** By fio's own clock. */
  elapsedMs?: number | undefined;
}

function wentOn(earlier: JsonObject, entry: JsonObject): Went | undefined {
  const went: Went = {operations: 0, grownMs: 0, lastedMs: 0};
  for (const direction of directions) {
    const [one, other] = [earlier.get(direction), entry.get(direction)];
    const [operations, bytes, runtime] = ['total_ios', 'io_bytes', 'runtime'].map(key => growth(one, other, key));
    if (operations === undefined || bytes === undefined || runtime === undefined) return undefined;
    if (operations < 0 || bytes < 0 || runtime < 0 || (operations > 0 && runtime === 0)) return undefined;
    went.operations += operations;
    went.grownMs = Math.max(went.grownMs, runtime);
    went.lastedMs = Math.max(went.lastedMs, countIn(other, 'runtime'));
  }
  if (!entry.has('elapsed')) return went;
  const seconds = growth(earlier, entry, 'elapsed');
  const lastedMs = Math.max(went.lastedMs, (countIn(entry, 'elapsed') - 1) * 1000);
  return {...went, lastedMs, elapsedMs: seconds === undefined ? undefined : seconds * 1000};
}

function agrees(apartMs: number, {grownMs, lastedMs, elapsedMs}: Went): boolean {
  if (elapsedMs !== undefined && Math.abs(apartMs - elapsedMs) > clockSlackMs) return false;
  return lastedMs > apartMs || apartMs - grownMs <= promptMs;
}

/** Nothing was done yet: there is nothing that the next document could leave out. */
function isIdle(entries: readonly JsonObject[]): boolean {
  return entries.every(entry => directions.every(direction => countIn(entry.get(direction), 'total_ios') === 0));
}

function countIn(place: JsonValue | undefined, key: string): number {
  const value = isObject(place) ? place.get(key) : undefined;
  return typeof value === 'number' ? value : 0;
}

/** Milliseconds; clients print seconds only, of which a part may be missing. */
function printedAt(document: JsonObject): number | undefined {
  const [milliseconds, seconds] = [document.get('timestamp_ms'), document.get('timestamp')];
  if (typeof milliseconds === 'number') return milliseconds;
  return typeof seconds === 'number' ? seconds * 1000 : undefined;
}

function isSameJob(one: JsonObject, other: JsonObject): boolean {
  // 0 until it has started.
  const started = !one.get('job_start') || one.get('job_start') === other.get('job_start');
  return started && isSameEntry(one, other);
}

function isSameEntry(one: JsonObject, other: JsonObject): boolean {
  return ['jobname', 'groupid', 'hostname', 'port'].every(key => one.get(key) === other.get(key));
}

/** How much a count went up; 0 where neither has it, nothing where it went away. */
function growth(one: JsonValue | undefined, other: JsonValue | undefined, key: string): number | undefined {
  const [before, after] = [one, other].map(place => (isObject(place) ? place.get(key) : undefined));
  if (before === undefined && after === undefined) return 0;
  if (typeof after !== 'number') return undefined;
  return after - (typeof before === 'number' ? before : 0);
}

function entriesOf(document: JsonObject): readonly JsonObject[] {
  const entries = document.get('client_stats') ?? document.get('jobs');
  return isArray(entries) ? entries.filter(entry => isObject(entry)) : [];
}
