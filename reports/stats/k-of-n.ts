import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import {binomialCdf} from './distributions.ts';
import {unfitCounts} from './numbers.ts';

/**
 * Availability of a group that works while at least k of n independent parts do, each available with share `a` (0…1):
 * ΣC(n,i)·aⁱ·(1−a)ⁿ⁻ⁱ for i from k. n up to a million.
 */
export function kOfN(k: number, n: number, a: number): Stat<number> {
  const what = 'k of n';
  const wrong = unfitCounts(what, ['k', k], ['n', n]);
  if (wrong) return wrong;
  if (!(a >= 0 && a <= 1)) return refuse(what, 'an availability from 0 to 1', String(a));
  // At most n − k parts may be down.
  return answer(binomialCdf(n - k, n, 1 - a));
}
