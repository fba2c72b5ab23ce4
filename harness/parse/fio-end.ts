/** Whether fio ended as it was asked to: its jobs not early, no signal, and with the exit code that its words give. */

import {bytesOf, countOption, isOn, type Options, secondsOf} from './fio-options.ts';
import type {FioContext, FioJob, FioWarning, FioWork} from './fio-report.ts';
import {type FioVersion, fioVersions} from './fio-version.ts';

/** A job that ran for less than this share of what was asked is short. */
const longEnough = 0.99;

export interface Ending {
  version: FioVersion;
  /** The text holds one document only, so that it is the last word of its run. */
  isWhole: boolean;
  context: FioContext;
}

/** Jobs that ran shorter than asked: `short` where that forbids judging, `remarks` where the time was only a limit. */
export function checkRuntime(jobs: readonly FioJob[], options: readonly Options[], ending: Ending) {
  const short: FioWarning[] = [];
  const remarks: FioWarning[] = [];
  for (const [index, job] of jobs.entries()) {
    const own = options[index];
    const work = Object.values(job.work);
    if (own === undefined || work.length === 0 || job.steadyState?.attained === true) continue;
    const runtime = Math.max(...work.map(one => one.runtimeSeconds));
    const {requestedRuntimeSeconds} = ending.context;
    const spelled = own.get('runtime');
    const asked = requestedRuntimeSeconds ?? (spelled === undefined ? 0 : secondsOf(spelled));
    const found = `${runtime} s`;
    if (asked === undefined) {
      short.push({kind: 'short', path: job.path, expected: `a runtime that can be read, not "${spelled}"`, found});
    } else if (runtime < asked * longEnough) {
      const clones = clonesIn(job, jobs, own);
      const isLimit = requestedRuntimeSeconds === undefined && endedByItself(job, own, clones, ending);
      if (isLimit) remarks.push({kind: 'limit', path: job.path, expected: `at most ${asked} s of runtime`, found});
      else short.push({kind: 'short', path: job.path, expected: `${asked} s of runtime`, found});
    }
  }
  return {short, remarks};
}

/** Options with which a job ends before its time without having moved a given amount. */
const otherEnds = ['fill_device', 'read_iolog', 'exitall', 'exit_what', 'steadystate'];

/**
 * How many clones an entry adds up: all of them where it is the only one of its job (`group_reporting`, a flag that
 * may be hidden), else each has an entry of its own. Nothing where their number cannot be read.
 */
function clonesIn(job: FioJob, jobs: readonly FioJob[], options: Options): number | undefined {
  const entries = jobs.filter(
    ({name, client, group}) => name === job.name && client === job.client && group === job.group,
  );
  return entries.length === 1 ? countOption(options, 'numjobs') : 1;
}

/**
 * Without `time_based` the runtime is a limit: a job ends once its amount is done, at the latest with its file. Each
 * clone has the whole amount to do; of several sections, those of the last at least. Before 3.39 fio hides that flag;
 * then a job that moved more than its amount was `time_based`.
 */
function endedByItself(job: FioJob, options: Options, clones: number | undefined, {version, isWhole}: Ending): boolean {
  if (isOn(options, 'time_based')) return false;
  const work = Object.values(job.work);
  const parts = Math.max(1, clones ?? 1);
  const number = options.get('number_ios');
  const operations = sum(work, one => one.operations);
  if (number !== undefined && operations >= Number(number) * parts) return true;
  const amount = options.get('io_size') ?? options.get('size');
  const each = bytesOf(amount ?? '', options.get('kb_base'));
  if (each !== undefined && each > 0) {
    // The reads of a verify phase come on top.
    const done = job.apart === undefined ? sum(work, one => one.bytes) : (job.work.write?.bytes ?? 0);
    // The last block of each round may not fit, or reach beyond.
    const block = done / operations;
    if (done < (each - block) * parts) return otherEnds.some(key => isOn(options, key));
    const loops = countOption(options, 'loops');
    const most = loops === undefined || clones === undefined ? undefined : (each + block) * loops * clones;
    return version >= fioVersions.flags || job.ofSeveral === true || most === undefined || done <= most;
  }
  // To the end of the file or device, whose size is not known: an earlier document of a run that was killed looks the
  // same.
  return isWhole;
}

function sum(work: readonly FioWork[], of: (one: FioWork) => number): number {
  return work.reduce((all, one) => all + of(one), 0);
}

export function checkEnd(jobs: readonly FioJob[], outside: readonly string[], context: FioContext): FioWarning[] {
  const found: FioWarning[] = [];
  const signal = outside.find(line => line.includes('terminating on signal'));
  if (signal !== undefined)
    found.push({kind: 'interrupted', path: 'line 1', expected: 'no signal', found: signal.trim()});
  const failed = jobs.some(job => job.error !== 0);
  const {exitCode} = context;
  if (exitCode !== undefined && (exitCode !== 0) !== failed) {
    const expected = failed ? 'a failure, as a job reports an error' : '0, as no job reports an error';
    found.push({kind: 'exit', path: 'exit code', expected, found: `${exitCode}`});
  }
  return found;
}
