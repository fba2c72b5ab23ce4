/** Processor time of a node, and in it that of a guest's processes and of the switch in user space. Pure. */
import type {ParseError, Result} from '../types.ts';

export const costSides = ['node', 'guest', 'switch'] as const;
export type CostSide = (typeof costSides)[number];

/** Since boot, in seconds: of the whole node by `all`, else by process number. */
export type PathCost = Readonly<Record<CostSide, ReadonlyMap<string, number>>>;

/** What `pathCost` prints (harness/cluster/path-cost.ts). */
export function parsePathCost(text: string, artefact: string): Result<PathCost, ParseError> {
  const lines = text.trim().split('\n');
  const wrong = (path: string, expected: string, found = ''): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path, expected, found: found.slice(0, 120)},
  });
  if (lines.at(-1) !== 'end') return wrong('end', 'a reading that is whole', lines.at(-1));
  const ticks = Number(/^ticks (\d+)$/m.exec(text)?.[1] ?? 0);
  if (ticks < 1) return wrong('ticks', 'ticks of a second', lines[0]);
  // Idle and waiting are the fourth and fifth; what guests used, from the ninth on, is in the first two already.
  const node = /^node (\d+(?: \d+){7,})$/m.exec(text)?.[1]?.split(' ').slice(0, 8).map(Number);
  if (node === undefined) return wrong('node', 'the processors of the node', lines[1]);
  const busy = node.filter((_, index) => index !== 3 && index !== 4).reduce((sum, each) => sum + each, 0);
  const of = (side: CostSide) =>
    new Map(
      [...text.matchAll(new RegExp(`^${side} (\\d+) (\\d+)$`, 'gm'))].map(([, pid, spent]) => [
        pid ?? '',
        Number(spent) / ticks,
      ]),
    );
  return {ok: true, value: {node: new Map([['all', busy / ticks]]), guest: of('guest'), switch: of('switch')}};
}

/**
 * What was spent between two readings, in seconds; nothing of a side that is not there. An error where its processes
 * are not the same.
 */
export function spentBetween(before: PathCost, after: PathCost, side: CostSide): Result<number | undefined, string> {
  const [then, now] = [before[side], after[side]];
  const same = then.size === now.size && [...then.keys()].every(pid => now.has(pid));
  if (!same) return {ok: false, error: `processes ${[...then.keys()].join()} before, ${[...now.keys()].join()} after`};
  if (then.size === 0) return {ok: true, value: undefined};
  return {ok: true, value: [...now].reduce((sum, [pid, spent]) => sum + spent - (then.get(pid) ?? 0), 0)};
}
