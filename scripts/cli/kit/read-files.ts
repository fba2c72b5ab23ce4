/**
 * Reads files of fio, iperf3 and ping, however many: few in this thread, which starts at once; many over worker
 * threads, with memory that stays flat.
 */
import {statSync} from 'node:fs';
import {combine, type Gathered, startGathering} from '../../../reports/files/gather.ts';
import type {FileContents} from '../../../reports/files/records.ts';
import type {FileTarget} from '../../../reports/judge/targets.ts';
import {type Answer, type Batch, readBatch, type Task} from './read-files/batch.ts';
import {pooled} from './read-files/pool.ts';

/** Below this much text, starting threads takes longer than they save. */
const worthThreadsBytes = 32 * 2 ** 20;
/** Batches are cut by number alone, so that what is added up is added up in the same order with and without threads. */
const filesPerBatch = 16;

/** What each file holds, in the order given; a file that cannot be read is an entry with an error. */
export async function* inspectFiles(paths: readonly string[]): AsyncGenerator<FileContents> {
  for await (const answer of answersOf({kind: 'inspect'}, paths)) if (answer.kind === 'inspect') yield* answer.contents;
}

/** What the targets want of the files, gathered: for `judgeGathered`. */
export async function gatherFiles(paths: readonly string[], targets: readonly FileTarget[]): Promise<Gathered> {
  let state = startGathering(targets);
  for await (const answer of answersOf({kind: 'gather', targets}, paths)) {
    if (answer.kind === 'gather') state = combine(state, targets, answer.batch);
  }
  return state;
}

async function* answersOf(task: Task, paths: readonly string[]): AsyncGenerator<Answer> {
  const batches: Batch[] = [];
  for (let n = 0; n < paths.length; n += filesPerBatch) batches.push({task, paths: paths.slice(n, n + filesPerBatch)});
  if (batches.length > 1 && bytesOf(paths) >= worthThreadsBytes) yield* pooled(batches);
  else for (const batch of batches) yield readBatch(batch);
}

function bytesOf(paths: readonly string[]): number {
  return paths.reduce((sum, path) => sum + (statSync(path, {throwIfNoEntry: false})?.size ?? 0), 0);
}
