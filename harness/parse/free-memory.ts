/** How a kernel's free memory lies: /proc/buddyinfo. Pure. */
import type {ParseError, Result} from '../types.ts';

/** Free blocks by order over all zones: of one page, of two, of four … */
export function parseFreeMemory(text: string, artefact: string): Result<readonly number[], ParseError> {
  const wrong = (expected: string, found: string): Result<never, ParseError> => ({
    ok: false,
    error: {artefact, path: '', expected, found: found.slice(0, 80)},
  });
  const free: number[] = [];
  if (!text.endsWith('\n')) return wrong('/proc/buddyinfo to its end', text.slice(-80) || 'nothing');
  // `Node 0, zone   Normal  62453  94427 …`
  for (const line of text.split('\n').filter(each => each.trim() !== '')) {
    const [, counts = ''] = /^Node \d+, zone +\w+((?: +\d+)+) *$/.exec(line) ?? [];
    if (counts === '') return wrong('free blocks of a zone', line);
    const zone = counts.trim().split(/ +/).map(Number);
    // Large blocks that are missing would be memory that is broken up.
    if (free.length > 0 && zone.length !== free.length) return wrong(`${free.length} sizes in every zone`, line);
    for (const [order, count] of zone.entries()) free[order] = (free[order] ?? 0) + count;
  }
  return free.some(count => count > 0) ? {ok: true, value: free} : wrong('/proc/buddyinfo', 'nothing');
}

/**
 * The share of free memory that is of no use for a block of that order, since it lies in smaller ones: 0 where all is
 * in blocks that are large enough, 1 where none is. The kernel's own `unusable_index`.
 */
export function unusableShare(free: readonly number[], order: number): number {
  const pages = free.map((count, each) => count * 2 ** each);
  const sum = (counts: readonly number[]) => counts.reduce((total, each) => total + each, 0);
  return 1 - sum(pages.slice(order)) / sum(pages);
}
