/** The load on a guest while it moves: what it writes, and whether it did so all the while. */

import {parseFio} from '../../harness/parse/fio.ts';
import type {Artefacts, Command, Guest, ParseError} from '../../harness/types.ts';
import type {FioOptions} from '../../harness/workloads/fio.ts';
import {parsedArtefact, stderrOf, withLastWords} from '../steps/artefacts.ts';
import {onGuests} from '../steps/fio-load.ts';
import {warningProblems} from '../steps/fio-report.ts';
import type {MigrationRecord, MigrationSettings} from './record.ts';

export const loadArtefact = 'load.json';

/**
 * Writes to the guest's memory (a file in its /dev/shm, mapped) and to its disk, both at a fixed rate; nothing where
 * neither is asked for.
 */
export function memoryAndDiskLoad(guest: Guest, asked: MigrationSettings, seconds: number): Command | undefined {
  const random = {rw: 'randwrite', bs: '4k'};
  const memory: FioOptions = {
    ioengine: 'mmap',
    directory: '/dev/shm',
    size: `${asked.dirtyMiB}m`,
    ...random,
    rate: asked.dirtyBytesPerSecond,
  };
  const disk: FioOptions = {
    ioengine: 'libaio',
    direct: 1,
    filename: guest.scratchDevice,
    allow_file_create: 0,
    size: '64m',
    ...random,
    iodepth: 4,
    rate_iops: asked.diskOperationsPerSecond,
  };
  const options = {memory, disk};
  const jobs = Object.fromEntries(jobsAsked(asked).map(name => [name, options[name]]));
  if (Object.keys(jobs).length === 0) return undefined;
  return onGuests([guest], () => ({global: {time_based: 1, runtime: seconds, thread: 1}, jobs}), seconds);
}

function jobsAsked({dirtyMiB, diskOperationsPerSecond}: MigrationSettings): readonly ('memory' | 'disk')[] {
  return [...(dirtyMiB > 0 ? ['memory' as const] : []), ...(diskOperationsPerSecond > 0 ? ['disk' as const] : [])];
}

/**
 * What is wrong with the load: no report, a job that is missing or failed, or one that wrote for less long than the
 * moves took.
 */
export function loadProblems(raw: Artefacts, asked: MigrationSettings, {legs}: MigrationRecord): readonly ParseError[] {
  const artefact = loadArtefact;
  const jobs = jobsAsked(asked);
  if (jobs.length === 0) return [];
  const report = parsedArtefact(raw, artefact, parseFio);
  const stderr = stderrOf(raw, artefact);
  if (!report.ok) return [withLastWords({...report.error, expected: 'the report of the load on the guest'}, stderr)];
  const [first, last] = [legs[0], legs.at(-1)];
  const movedSeconds = first && last ? (last.wallEndMs - first.wallBeginMs) / 1000 : 0;
  const missing = jobs.flatMap((name): readonly ParseError[] => {
    const own = report.value.jobs.find(job => job.name === name);
    const work = own?.work.write;
    if (work !== undefined && work.operations > 0 && work.runtimeSeconds >= movedSeconds) return [];
    const found = work ? `${work.operations} in ${work.runtimeSeconds} s` : 'none';
    const expected = `writes of the ${name} job during all of the ${movedSeconds.toFixed(1)} s of both legs`;
    return [withLastWords({artefact, path: own?.path ?? '/client_stats', expected, found}, stderr)];
  });
  // The load is stopped when the guest is back: that it ran shorter than it might have is meant.
  return [...missing, ...warningProblems(report.value, artefact, ['short', 'saturated'])];
}
