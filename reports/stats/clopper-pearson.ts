import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import type {Estimate} from '../../harness/types.ts';
import {betaQuantile} from './distributions.ts';
import {unfitConfidence, unfitCounts} from './numbers.ts';

/**
 * The share k of n with the exact two-sided interval of Clopper & Pearson (1934). `oneSided` asks for the one-sided
 * bounds instead: low and high then each hold at `confidence` alone. k = n one-sided gives low = (1−confidence)^(1/n).
 * `worth`: how many independent trials the n are worth, where they depend on each other (at most n; the share stays,
 * the interval widens). Needs whole numbers 0 ≤ k ≤ n, 1 ≤ n ≤ a million.
 */
export function clopperPearson(k: number, n: number, confidence = 0.95, oneSided = false, worth = n): Stat<Estimate> {
  const what = 'Clopper–Pearson interval';
  const wrong = unfitCounts(what, ['k', k], ['n', n]) ?? unfitConfidence(what, confidence);
  if (wrong) return wrong;
  if (n === 0) return refuse(what, 'at least 1 trial', 'none');
  if (!(worth > 0 && worth <= n)) return refuse(what, `a worth above 0 and up to ${n}`, String(worth));
  const good = (k / n) * worth;
  const tail = oneSided ? 1 - confidence : (1 - confidence) / 2;
  return answer({
    value: k / n,
    low: k === 0 ? 0 : betaQuantile(tail, good, worth - good + 1),
    // From the other end: 1 − tail has no digits left where the tail is small.
    high: k === n ? 1 : 1 - betaQuantile(tail, worth - good, good + 1),
    n,
    confidence,
    method: oneSided ? 'Clopper–Pearson, one-sided' : 'Clopper–Pearson',
  });
}
