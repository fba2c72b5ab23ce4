import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import {dependence, factLevel, mostStretch} from './dependence.ts';
import {tTwoSided} from './distributions.ts';
import {mean, sum, unfit} from './numbers.ts';

export interface ChangePoint {
  /** First index of the new segment. */
  index: number;
  /** Mean of the segment before and of the one from here on. */
  before: number;
  after: number;
  /** after ÷ before − 1; infinite from 0. */
  change: number;
  /** Two-sided, Student's t with pooled variance. */
  p: number;
  /** Lag 1, of what the two levels leave, where the points depend on each other; p allows for it. */
  autocorrelation?: number;
  /** Among the newest points: to be confirmed by a re-run. */
  suspected: boolean;
}

export interface ChangePointOptions {
  /** Points looked at together; the window moves by half of it. 4 to 1000. */
  window?: number;
  /** A change must have a p below this. */
  p?: number;
  /** A change must be larger than this, relative, in either direction. */
  change?: number;
  /** A change among this many newest points is only suspected. */
  newest?: number;
  /**
   * As Apache Otava computes: population variance, segments of a single point, its choice of what to compute anew. For
   * its published vectors.
   */
  compat?: boolean;
}

type Settings = Required<ChangePointOptions>;
interface Segment {
  start: number;
  end: number;
}

function segmentsOf({start, end}: Segment, cuts: readonly number[]): readonly Segment[] {
  const edges = [start, ...cuts, end];
  return edges.slice(1).map((edge, i) => ({start: edges[i] ?? start, end: edge}));
}

/** For windows up to the usual size: fresh memory for each segment takes as long as the reckoning. */
const scratch = new Float64Array(64 * 65);

/**
 * The cut τ of a segment that maximizes the energy distance Q between [start, τ) and [τ, κ), over all τ and κ ≤ end.
 * Quadratic in the segment's length. Source: Matteson & James 2014, eq. 5–7, exponent 1.
 */
function bestCut(
  values: readonly number[],
  {start, end}: Segment,
  least: number,
): {index: number; q: number} | undefined {
  const length = end - start;
  if (length < 2 * least || length < 2) return undefined;
  const at = Float64Array.from(values.slice(start, end));
  // before[k·(length+1) + i] = Σ |x_j − x_k| over j < i.
  const width = length + 1;
  const before = length * width <= scratch.length ? scratch : new Float64Array(length * width);
  for (let k = 0; k < length; k++) {
    let total = 0;
    before[k * width] = 0;
    for (let i = 0; i < length; i++) {
      total += Math.abs((at[i] ?? Number.NaN) - (at[k] ?? Number.NaN));
      before[k * width + i + 1] = total;
    }
  }
  let best = {tau: 0, q: Number.NEGATIVE_INFINITY};
  let withinLeft = 0;
  for (let tau = 1; tau <= length - least; tau++) {
    withinLeft += before[(tau - 1) * width + tau - 1] ?? Number.NaN;
    if (tau < least) continue;
    const q = mostEnergy(before, length, tau, least, withinLeft);
    if (q > best.q) best = {tau, q};
  }
  return best.tau === 0 ? undefined : {index: start + best.tau, q: best.q};
}

/** The largest Q of a cut at τ over all κ; `withinLeft` is the sum of distances within [0, τ). */
function mostEnergy(before: Float64Array, length: number, tau: number, least: number, withinLeft: number): number {
  const width = length + 1;
  const perLeft = tau - 1;
  let across = 0;
  let withinRight = 0;
  let most = Number.NEGATIVE_INFINITY;
  for (let last = tau; last < length; last++) {
    const row = last * width;
    const left = before[row + tau] ?? Number.NaN;
    across += left;
    withinRight += (before[row + last] ?? Number.NaN) - left;
    const m = last + 1 - tau;
    if (m < least) continue;
    const ofLeft = perLeft > 0 ? (m / perLeft) * withinLeft : 0;
    const ofRight = m > 1 ? (tau / (m - 1)) * withinRight : 0;
    const q = (2 / (m + tau)) * (across - ofLeft - ofRight);
    if (q > most) most = q;
  }
  return most;
}

interface Tested extends Omit<ChangePoint, 'suspected'> {
  t: number;
  left: Segment;
  right: Segment;
}

/** Student's t between [left.start, left.end) and [right.start, right.end), as if the points were independent. */
function test(values: readonly number[], left: Segment, right: Segment, settings: Settings): Tested {
  const first = values.slice(left.start, left.end);
  const second = values.slice(right.start, right.end);
  const before = mean(first);
  const after = mean(second);
  const squares = (those: readonly number[], centre: number) => sum(those.map(value => (value - centre) ** 2));
  const n = first.length;
  const m = second.length;
  const freedom = n + m - 2;
  let pooled: number;
  if (settings.compat) {
    // Otava hands population deviations to a formula for sample deviations.
    pooled = (((n - 1) / n) * squares(first, before) + ((m - 1) / m) * squares(second, after)) / freedom;
  } else pooled = (squares(first, before) + squares(second, after)) / freedom;
  const gap = after - before;
  const t = gap / Math.sqrt(pooled * (1 / n + 1 / m));
  let p = 1;
  if (freedom > 0 && gap !== 0) p = pooled === 0 ? 0 : tTwoSided(t, freedom);
  return {index: right.start, before, after, change: after / before - 1, p, t, left, right};
}

/**
 * The same where what the two levels leave follows itself, and so many points are worth less than they seem. Asked
 * last, of what would be told: it costs time.
 */
function inOrder(values: readonly number[], tested: Tested): Tested {
  const {left, right, before, after, t, p} = tested;
  const n = right.end - left.start;
  if (n < leastForOrder || p === 0) return tested;
  const rests = values
    .slice(left.start, right.end)
    .map((value, i) => value - (left.start + i < right.start ? before : after));
  const found = dependence(rests, factLevel);
  if (!found.ok || !found.value.seen) return tested;
  const {stretch, autocorrelation} = found.value;
  return {...tested, p: tTwoSided(t / stretch, n - 2), autocorrelation};
}

/** No order of the points can take its p above this. */
function mostP({left, right, t, p}: Tested): number {
  const n = right.end - left.start;
  return n < leastForOrder || p === 0 ? p : tTwoSided(t / mostStretch(n), n - 2);
}

/** The cut at `place` between its neighbours. */
function testAt(
  values: readonly number[],
  cuts: readonly number[],
  place: number,
  within: Segment,
  settings: Settings,
) {
  const at = cuts[place];
  if (at === undefined) return undefined;
  const left = {start: cuts[place - 1] ?? within.start, end: at};
  return test(values, left, {start: at, end: cuts[place + 1] ?? within.end}, settings);
}

/** Cuts of one window: the best cut of any segment, again and again, while it is significant at `p`. */
function cutsOf(values: readonly number[], window: Segment, p: number, settings: Settings): readonly number[] {
  const least = settings.compat ? 1 : 2;
  const known = new Map<string, ReturnType<typeof bestCut>>();
  let cuts: number[] = [];
  for (;;) {
    let best: {index: number; q: number} | undefined;
    for (const segment of segmentsOf(window, cuts)) {
      const key = `${segment.start} ${segment.end}`;
      const candidate = known.has(key) ? known.get(key) : bestCut(values, segment, least);
      known.set(key, candidate);
      if (candidate && (best === undefined || candidate.q > best.q)) best = candidate;
    }
    if (best === undefined) return cuts;
    const more = [...cuts, best.index].sort((a, b) => a - b);
    const point = testAt(values, more, more.indexOf(best.index), window, settings);
    if (point === undefined || !(point.p < p)) return cuts;
    cuts = more;
  }
}

/** The first pass is lenient: a point that looks weak in its window may be strong between its neighbours. */
function lenient(p: number): number {
  return p < 0.05 ? 10 * p : p < 0.5 ? 2 * p : p;
}

function magnitude({before, after}: Pick<ChangePoint, 'before' | 'after'>): number {
  return Math.max(Math.abs(after / before - 1), Math.abs(before / after - 1));
}

/** Around fewer points than this their order is not asked: a short stretch that rises would pass for dependence. */
const leastForOrder = 30;

/** Work and memory grow with the square of the window. */
const mostInWindow = 1000;

/**
 * Where a series (one value a night, oldest first) changed its level: E-divisive cuts in sliding windows of 50, then
 * the weakest cut is dropped until every one has p < 0.001 and a change above 5 %. Segments hold at least 2 points. p
 * allows for points that depend on each other (without it, 120 nights without a change had one in 69 % of series at an
 * autocorrelation of 0.6, now in 2 %). Slow drift hides from this: compare with a pinned baseline too. Needs 4 values.
 * Source: Fleming et al. 2023 ("Hunter"), Apache Otava.
 */
export function changePoints(
  values: readonly number[],
  options: ChangePointOptions = {},
): Stat<readonly ChangePoint[]> {
  const what = 'change points';
  const settings: Settings = {window: 50, p: 0.001, change: 0.05, newest: 5, compat: false, ...options};
  const wrong = unfit(what, values, 4);
  if (wrong) return wrong;
  if (!Number.isInteger(settings.window) || settings.window < 4 || settings.window > mostInWindow) {
    return refuse(what, `a window of 4 to ${mostInWindow} points`, String(settings.window));
  }
  if (!(settings.p > 0 && settings.p < 1 && settings.change >= 0 && settings.newest >= 0)) {
    return refuse(what, 'p between 0 and 1, change and newest ≥ 0', JSON.stringify(settings));
  }
  const whole = {start: 0, end: values.length};
  const found = new Set<number>();
  for (let start = 0; start < values.length; ) {
    const window = {start, end: Math.min(start + settings.window, values.length)};
    const cuts = cutsOf(values, window, lenient(settings.p), settings);
    for (const cut of cuts) found.add(cut);
    start = Math.max(cuts.at(-1) ?? 0, start + Math.floor(settings.window / 2));
  }

  const cuts = [...found].sort((a, b) => a - b);
  const points = cuts.flatMap((_, place) => testAt(values, cuts, place, whole, settings) ?? []);
  const known = new Map<Tested, Tested>();
  const orderOf = (point: Tested): Tested => {
    const order = known.get(point) ?? inOrder(values, point);
    known.set(point, order);
    return order;
  };
  // Windows may cut one point apart: the strongest of such neighbours stays by the merge below, which drops one cut at
  // a time.
  for (;;) {
    const weakest = firstMost(points, ({p}) => p);
    if (weakest === undefined) return answer([]);
    let drop = weakest;
    if (weakest.p < settings.p) {
      const smallest = firstMost(points, point => -magnitude(point)) ?? weakest;
      drop = smallest;
      if (magnitude(smallest) > settings.change) {
        const open = settings.compat ? [] : points.filter(point => mostP(point) >= settings.p).map(orderOf);
        const least = firstMost(open, ({p}) => p);
        if (least === undefined || least.p < settings.p) {
          const ordered = settings.compat ? points : points.map(orderOf);
          return answer(ordered.map(point => told(point, values.length - settings.newest)));
        }
        drop = least;
      }
    }
    const place = points.findIndex(({index}) => index === drop.index);
    cuts.splice(place, 1);
    points.splice(place, 1);
    // Only what stood beside it has another neighbour now. Otava looks one place further on (its `merge`), so a p there
    // may be stale.
    for (const beside of settings.compat ? [place, place + 1] : [place - 1, place]) {
      const again = testAt(values, cuts, beside, whole, settings);
      if (again !== undefined) points[beside] = again;
    }
  }
}

function told({t: _, left: __, right: ___, ...point}: Tested, newestFrom: number): ChangePoint {
  return {...point, suspected: point.index >= newestFrom};
}

/** The first of those with the largest measure. */
function firstMost<T>(all: readonly T[], measure: (one: T) => number): T | undefined {
  let most: {one: T; measured: number} | undefined;
  for (const one of all) {
    const measured = measure(one);
    if (most === undefined || measured > most.measured) most = {one, measured};
  }
  return most?.one;
}
