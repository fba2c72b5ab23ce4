/** How a kernel's free memory lies: /proc/buddyinfo. Pure. */
import type {ParseError, Result} from '../types.ts';

/** Free blocks by order over all zones: of one page, of two, of four … */
export function parseFreeMemory(text: string, artefact: string): Result<readonly number[], ParseError> {
  const free: number[] = [];
  // `Node 0, zone   Normal  62453  94427 …`
  for (const line of text.split('\n').filter(each => each.trim() !== '')) {
    const [, counts = ''] = /^Node \d+, zone +\w+((?: +\d+)+) *$/.exec(line) ?? [];
    if (counts === '')
      return {ok: false, error: {artefact, path: '', expected: 'free blocks of a zone', found: line.slice(0, 80)}};
    for (const [order, count] of counts.trim().split(/ +/).entries()) free[order] = (free[order] ?? 0) + Number(count);
  }
  return free.some(count => count > 0)
    ? {ok: true, value: free}
    : {ok: false, error: {artefact, path: '', expected: '/proc/buddyinfo', found: 'nothing'}};
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
