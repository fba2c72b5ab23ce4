/**
 * What is done with a batch of files: in the process itself where they are few, in a worker where they are many. The
 * same bytes either way.
 */
import {readFileSync, statSync} from 'node:fs';
import {type Batch as GatheredBatch, gather, startBatch} from '../../../../reports/files/gather.ts';
import {inspectText, unreadable} from '../../../../reports/files/inspect.ts';
import type {FileContents} from '../../../../reports/files/records.ts';
import type {FileTarget} from '../../../../reports/judge/targets.ts';
import {exitCodeBeside} from '../recorded-exit.ts';
import {textOf} from './text.ts';

export type Task = {kind: 'inspect'} | {kind: 'gather'; targets: readonly FileTarget[]};

export interface Batch {
  task: Task;
  paths: readonly string[];
}

export type Answer = {kind: 'inspect'; contents: readonly FileContents[]} | {kind: 'gather'; batch: GatheredBatch};

/** Larger files are refused: their text alone would need all the memory that the whole run may take. */
export const maxFileBytes = 128 * 2 ** 20;

export function readBatch({task, paths}: Batch): Answer {
  switch (task.kind) {
    case 'inspect':
      // Bins are not printed, and would be most of what travels between threads.
      return {kind: 'inspect', contents: paths.map(path => withoutBins(contentsOf(path)))};
    case 'gather': {
      const batch = startBatch(task.targets);
      for (const path of paths) gather(batch, task.targets, contentsOf(path));
      return {kind: 'gather', batch};
    }
  }
}

/** What the file holds; why it cannot be read, where that is so. Never throws. */
export function contentsOf(path: string): FileContents {
  try {
    const {size} = statSync(path);
    if (size > maxFileBytes) {
      const expected = `at most ${maxFileBytes / 2 ** 20} MiB; split it`;
      return unreadable(path, {path: '', expected, found: `${Math.ceil(size / 2 ** 20)} MiB`});
    }
    const exitCode = exitCodeBeside(path);
    return inspectText(textOf(readFileSync(path)), path, exitCode === undefined ? {} : {exitCode});
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error);
    return unreadable(path, {path: '', expected: 'a file that can be read', found});
  }
}

function withoutBins(contents: FileContents): FileContents {
  return {...contents, records: contents.records.map(({bins: _bins, ...record}) => record)};
}
