/** Where a guest's memory and its virtual CPUs lie among the NUMA nodes of its host (`numaOfGuest`). Pure. */
import type {ParseError, Result} from '../types.ts';
import {processorList} from './qemu-threads.ts';
import {readingLines} from './reading.ts';

export interface NumaPlacement {
  /** Processors of each NUMA node, by its number. */
  nodes: ReadonlyMap<number, readonly number[]>;
  /** The processor that each virtual CPU ran on last. */
  processors: readonly number[];
  /** Bytes of QEMU's memory on each NUMA node. */
  memory: ReadonlyMap<number, number>;
}

const shapes = [/^node \d+(?: .*)?$/, /^cpu \d+$/, /^memory \d+ \d+$/] as const;

export function parseNuma(text: string, artefact: string): Result<NumaPlacement, ParseError> {
  const read = readingLines(text, artefact, shapes);
  if (!read.ok) return read;
  const failed = (path: string, expected: string, found: string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path, expected, found: found.slice(0, 120)},
  });
  const nodes = new Map<number, readonly number[]>();
  for (const [, number, list = ''] of text.matchAll(/^node (\d+) ?(.*)$/gm)) {
    // A NUMA node of memory alone has no processors.
    const processors = list === '' ? [] : processorList(list);
    if (processors === undefined) return failed(`node ${number}`, 'a list of processors', list);
    nodes.set(Number(number), processors);
  }
  const processors = [...text.matchAll(/^cpu (\d+)$/gm)].map(([, each]) => Number(each));
  const memory = new Map(
    [...text.matchAll(/^memory (\d+) (\d+)$/gm)].map(([, node, kib]) => [Number(node), Number(kib) * 1024]),
  );
  if (nodes.size === 0) return failed('node', 'the NUMA nodes of the host', 'none');
  if (processors.length === 0 || memory.size === 0) return failed('cpu', 'a guest that runs here', 'none');
  return {ok: true, value: {nodes, processors, memory}};
}

/** The share of the memory that is as near as can be to the virtual CPUs: averaged over them. */
export function localShare({nodes, processors, memory}: NumaPlacement): number {
  const all = [...memory.values()].reduce((sum, each) => sum + each, 0);
  const near = processors.map(processor => {
    const [node] = [...nodes].find(([, own]) => own.includes(processor)) ?? [];
    return (node === undefined ? 0 : (memory.get(node) ?? 0)) / all;
  });
  return near.reduce((sum, each) => sum + each, 0) / near.length;
}
