import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import {greatest, least, unfit} from './numbers.ts';

export interface KneedleOptions {
  /** `concave`: gains shrink (throughput over load). `convex`: growth speeds up (latency over load). */
  curve: 'concave' | 'convex';
  direction: 'increasing' | 'decreasing';
  /** Larger is more conservative. */
  sensitivity?: number;
}

/**
 * Indices of the knees of a curve, in order of x; empty where it has none. x strictly ascending, y finite and not
 * constant; needs 4 points. No smoothing: give means or medians. Source: Satopää et al. 2011, S = 1 by default.
 */
export function kneedle(
  xs: readonly number[],
  ys: readonly number[],
  {curve, direction, sensitivity = 1}: KneedleOptions,
): Stat<readonly number[]> {
  const what = 'knee';
  if (xs.length !== ys.length) return refuse(what, 'as many y as x', `${ys.length} and ${xs.length}`);
  const wrong = unfit(what, xs, 4) ?? unfit(what, ys, 4);
  if (wrong) return wrong;
  const [first] = xs;
  const last = xs.at(-1);
  if (first === undefined || last === undefined || xs.some((x, i) => i > 0 && !(x > (xs[i - 1] ?? Number.NaN)))) {
    return refuse(what, 'x strictly ascending', xs.join(', '));
  }
  if (!(sensitivity >= 0)) return refuse(what, 'a sensitivity ≥ 0', String(sensitivity));
  const low = least(ys);
  const high = greatest(ys);
  if (low === high) return refuse(what, 'a curve that is not flat', `${low} throughout`);

  // Every shape is turned into the concave rising one: upside down when convex, back to front when that made it fall.
  const backwards = (curve === 'convex') === (direction === 'increasing');
  let points = xs.map((x, i) => {
    const y = ((ys[i] ?? Number.NaN) - low) / (high - low);
    return {x: (x - first) / (last - first), y: curve === 'convex' ? 1 - y : y};
  });
  if (backwards) points = points.map(({x, y}) => ({x: 1 - x, y})).reverse();
  const above = points.map(({x, y}) => y - x);
  const step = 1 / (points.length - 1);

  const knees: number[] = [];
  let candidate: number | undefined;
  let threshold = Number.NEGATIVE_INFINITY;
  for (let i = 1; i < above.length; i++) {
    const here = above[i] ?? Number.NaN;
    const before = above[i - 1] ?? Number.NaN;
    const next = above[i + 1];
    if (candidate !== undefined && here < threshold) {
      knees.push(candidate);
      candidate = undefined;
    }
    if (next !== undefined && here >= before && here > next) {
      candidate = i;
      threshold = here - sensitivity * step;
    }
  }
  return answer(backwards ? knees.map(i => points.length - 1 - i).reverse() : knees);
}
