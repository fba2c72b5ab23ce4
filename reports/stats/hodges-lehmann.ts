import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import type {Estimate} from '../../harness/types.ts';
import {lnChoose, normalQuantile} from './distributions.ts';
import {waysWithoutTies} from './mann-whitney.ts';
import {ascending, median, unfit, unfitConfidence} from './numbers.ts';
import {waysOfSignedRanks} from './wilcoxon.ts';

/** The place from either end (counted from 1) among all Walsh averages of n values; 0 when there are too few. */
function placeAmongWalsh(n: number, alpha: number): number {
  if (n > 50) {
    const z = -normalQuantile(alpha / 2);
    return Math.max(0, Math.floor((n * (n + 1)) / 4 - z * Math.sqrt((n * (n + 1) * (2 * n + 1)) / 24) + 0.5));
  }
  const ways = waysOfSignedRanks(Array.from({length: n}, (_, index) => index + 1));
  let below = 0;
  for (const [place, count] of ways.entries()) {
    below += count;
    if (below / 2 ** n > alpha / 2) return place;
  }
  return 0;
}

/**
 * The centre of paired differences: the median of their Walsh averages, with the interval that belongs to Wilcoxon's
 * signed-rank test (exact up to 50 pairs, then normal). In the values' unit. Needs 6 at 95 %.
 * Source: Tukey 1949; Hollander & Wolfe §3.3.
 */
export function hodgesLehmannPaired(differences: readonly number[], confidence = 0.95): Stat<Estimate> {
  const what = 'Hodges–Lehmann centre';
  const wrong = unfit(what, differences, 1) ?? unfitConfidence(what, confidence);
  if (wrong) return wrong;
  const n = differences.length;
  if ((n * (n + 1)) / 2 > mostPairs) return refuse(what, 'at most 4,471 values', String(n));
  const averages = ascending(
    differences.flatMap((one, index) => differences.slice(index).map(other => (one + other) / 2)),
  );
  const place = placeAmongWalsh(n, 1 - confidence);
  const low = averages[place - 1];
  const high = averages[averages.length - place];
  if (place === 0 || low === undefined || high === undefined)
    return refuse(what, `more values for an interval at confidence ${confidence}, e.g. 6 at 0.95`, String(n));
  const method = 'Hodges–Lehmann, median of the Walsh averages of paired differences';
  return answer({value: median(averages), low, high, n, confidence, method});
}

/**
 * The place from either end (counted from 1) among all m·n differences that bounds the shift; 0 when there are too
 * few.
 */
function placeFromEnd(m: number, n: number, alpha: number): number {
  if (Math.max(m, n) > 50) {
    const z = -normalQuantile(alpha / 2);
    return Math.max(0, Math.floor((m * n) / 2 - z * Math.sqrt((m * n * (m + n + 1)) / 12) + 0.5));
  }
  const ways = waysWithoutTies(m, n);
  const all = Math.exp(lnChoose(m + n, m));
  let below = 0;
  let place = 0;
  for (let total = (m * (m + 1)) / 2; total < ways.length; total++) {
    below += ways[total] ?? Number.NaN;
    // A hair of slack: `all` went through a logarithm.
    if (below / all > (alpha / 2) * (1 + 1e-12)) break;
    place++;
  }
  return place;
}

const mostPairs = 1e7;

/**
 * The shift second − first: the median of all pairwise differences, with the interval that belongs to the
 * Mann–Whitney test (exact up to 50 a side, then normal). In the values' unit; n counts both sides. Needs 4 and 4 at
 * 95 %. Source: Hodges & Lehmann 1963; Hollander & Wolfe §4.3.
 */
export function hodgesLehmann(first: readonly number[], second: readonly number[], confidence = 0.95): Stat<Estimate> {
  const what = 'Hodges–Lehmann shift';
  const wrong = unfit(what, first, 1) ?? unfit(what, second, 1) ?? unfitConfidence(what, confidence);
  if (wrong) return wrong;
  const pairs = first.length * second.length;
  if (pairs > mostPairs) return refuse(what, 'at most 10 million pairs of values', String(pairs));
  const differences = ascending(second.flatMap(after => first.map(before => after - before)));
  const place = placeFromEnd(first.length, second.length, 1 - confidence);
  const low = differences[place - 1];
  const high = differences[differences.length - place];
  if (place === 0 || low === undefined || high === undefined) {
    return refuse(
      what,
      `more values for an interval at confidence ${confidence}, e.g. 4 and 4 at 0.95`,
      `${first.length} and ${second.length}`,
    );
  }
  return answer({
    value: median(differences),
    low,
    high,
    n: first.length + second.length,
    confidence,
    method: 'Hodges–Lehmann, median of pairwise differences',
  });
}
