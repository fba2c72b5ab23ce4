/** Whether several documents in one file are one run that told of itself as it went (`--status-interval`), or several runs. */
import {isArray, isObject} from './json-place.ts';
import type {JsonDocument, JsonObject, JsonValue} from './json-scan.ts';

/** Documents of one run are apart by as much as its own clock went on; `elapsed` is in whole seconds. */
const clockSlackMs = 1500;
/** Below this the whole seconds of `elapsed` say nothing. */
const shortMs = 4000;
/** fio is not started again in less. */
const promptMs = 100;
const directions = ['read', 'write', 'trim', 'mixed'];

/** Groups of documents, each of one run, in the order of the text. */
export function runsIn(documents: readonly JsonDocument[]): readonly (readonly JsonDocument[])[] {
  const runs: JsonDocument[][] = [];
  for (const document of documents) {
    const current = runs.at(-1);
    const before = current?.at(-1);
    if (current !== undefined && before !== undefined && continues(before.value, document.value))
      current.push(document);
    else runs.push([document]);
  }
  return runs;
}

/**
 * Figures of a run accumulate: no total falls, and between two documents the jobs ran about as long as the clock says. Those of separate runs
 * fall or repeat, or lie further apart in time than the jobs went on.
 */
function continues(before: JsonObject, after: JsonObject): boolean {
  const [old, now] = [entriesOf(before), entriesOf(after)];
  if (old.length === 0 || old.length !== now.length) return false;
  let grownMs = 0;
  let longestMs = 0;
  let grew = false;
  let elapsed: number | undefined;
  for (const [index, entry] of now.entries()) {
    const earlier = old[index];
    if (earlier === undefined || !isSameJob(earlier, entry)) return false;
    let longest = 0;
    for (const direction of directions) {
      const [one, other] = [earlier.get(direction), entry.get(direction)];
      const [operations, bytes, runtime] = ['total_ios', 'io_bytes', 'runtime'].map(key => growth(one, other, key));
      if (operations === undefined || bytes === undefined || runtime === undefined) return false;
      if (operations < 0 || bytes < 0 || runtime < 0 || (operations > 0 && runtime === 0)) return false;
      grew ||= operations > 0;
      longest = Math.max(longest, runtime);
    }
    grownMs += longest;
    if (longest > 0) longestMs = Math.max(longestMs, ...directions.map(key => milliseconds(entry.get(key))));
    const went = growth(earlier, entry, 'elapsed');
    if (went !== undefined && entry.has('elapsed')) elapsed = Math.max(elapsed ?? 0, went);
  }
  const [began, ended] = [printedAt(before), printedAt(after)];
  if (began === undefined || ended === undefined) return grew;
  return ended >= began && agrees(ended - began, {grownMs, longestMs}, elapsed);
}

function milliseconds(direction: JsonValue | undefined): number {
  const runtime = isObject(direction) ? direction.get('runtime') : undefined;
  return typeof runtime === 'number' ? runtime : 0;
}

/** Milliseconds; clients print seconds only. */
function printedAt(document: JsonObject): number | undefined {
  const [milliseconds, seconds] = [document.get('timestamp_ms'), document.get('timestamp')];
  if (typeof milliseconds === 'number') return milliseconds;
  return typeof seconds === 'number' ? seconds * 1000 : undefined;
}

interface Went {
  /** By how much the runtimes of all jobs grew. */
  grownMs: number;
  /** The longest runtime, now, of a job that went on. */
  longestMs: number;
}

function agrees(apartMs: number, {grownMs, longestMs}: Went, elapsedSeconds: number | undefined): boolean {
  const idleMs = apartMs - grownMs;
  if (elapsedSeconds === undefined) return idleMs <= Math.max(clockSlackMs, apartMs / 4);
  if (Math.abs(apartMs - elapsedSeconds * 1000) > clockSlackMs) return false;
  // A run that began after the other had ended is no longer than the time between what they printed.
  return apartMs > shortMs || longestMs > apartMs || idleMs <= promptMs;
}

function isSameJob(one: JsonObject, other: JsonObject): boolean {
  const same = (key: string): boolean => one.get(key) === other.get(key);
  // 0 until it has started.
  const started = !one.get('job_start') || same('job_start');
  return started && ['jobname', 'groupid', 'hostname', 'port'].every(same);
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
