import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import type {Estimate} from '../../harness/types.ts';
import {dependence, stretched} from './dependence.ts';
import {tQuantileTwoSided, tTwoSided} from './distributions.ts';
import {mean, sum, unfit, unfitConfidence, unfitForLogs} from './numbers.ts';

/** One trial in the order in which all ran: places count from anywhere, and no two trials share one. */
export interface Placed {
  place: number;
  value: number;
}

export interface DriftAdjusted extends Estimate {
  p: number;
  /** Of one side around its line, on logarithms. */
  logDeviation: number;
  /** All of one side ran before all of the other. */
  inBlocks: boolean;
}

/** More steps than this between the sides (see `lag`), and a drift is taken out: A B B A has none, A B A B has one. */
export const mostLag = 0.5;

/** What a reader is told of sides in blocks. */
export const blocksNote =
  'measured in blocks: interleave (A B B A); a steady drift is taken out, which makes the interval about twice as wide';

/** Whether all of one side ran before all of the other. */
export function inBlocks(first: readonly Placed[], second: readonly Placed[]): boolean {
  const places = (side: readonly Placed[]) => side.map(({place}) => place);
  return (
    Math.max(...places(first)) < Math.min(...places(second)) || Math.max(...places(second)) < Math.min(...places(first))
  );
}

/**
 * How far the sides lie apart in time, in places of their common order (mean rank of the second less that of the
 * first): 0 for A B B A, 1 for A B A B, half of all trials in blocks. A steady drift moves their difference by this
 * many steps.
 */
export function lag(first: readonly Placed[], second: readonly Placed[]): number {
  const [a, b] = ranked(first, second);
  return mean(b.map(({place}) => place)) - mean(a.map(({place}) => place));
}

/** Places as ranks of the common order, from 1. */
function ranked(first: readonly Placed[], second: readonly Placed[]): readonly [readonly Placed[], readonly Placed[]] {
  const order = [...first, ...second].map(({place}) => place).sort((x, y) => x - y);
  const rank = new Map(order.map((place, index) => [place, index + 1]));
  const of = (side: readonly Placed[]) => side.map(({place, value}) => ({place: rank.get(place) ?? Number.NaN, value}));
  return [of(first), of(second)];
}

/**
 * The ratio second ÷ first, told apart from a steady drift: analysis of covariance on logarithms, with one slope over
 * the common order of all trials (Fisher 1932; Cochran 1957, Biometrics 13, 261–281). In blocks (A A A B B B) the
 * interval is about twice as wide as interleaved, and stretched further where what is left follows itself. Needs
 * numbers above 0, 2 a side and 4 in all, each place once.
 */
export function driftAdjustedRatio(
  first: readonly Placed[],
  second: readonly Placed[],
  confidence = 0.95,
): Stat<DriftAdjusted> {
  const what = 'ratio adjusted for drift';
  const all = [...first, ...second];
  const values = (side: readonly Placed[]) => side.map(({value}) => value);
  const wrong =
    unfitForLogs(what, values(first), 2) ??
    unfitForLogs(what, values(second), 2) ??
    unfit(
      what,
      all.map(({place}) => place),
      4,
    ) ??
    unfitConfidence(what, confidence);
  if (wrong) return wrong;
  if (new Set(all.map(({place}) => place)).size < all.length) {
    return refuse(what, 'each place in the order once', 'one twice');
  }
  const sides = ranked(first, second).map(side => fitted(side));
  const [a, b] = sides;
  if (a === undefined || b === undefined) return refuse(what, 'two sides', 'fewer');
  const spreadOfPlaces = a.placeSquares + b.placeSquares;
  const slope = (a.products + b.products) / spreadOfPlaces;
  const apart = b.place - a.place;
  const difference = b.log - a.log - slope * apart;
  const freedom = all.length - 3;
  const residuals = sides.flatMap(({points}) => points.map(({at, place, log}) => ({at, rest: log - slope * place})));
  const rests = residuals.toSorted((x, y) => x.at - y.at).map(({rest}) => rest);
  const logDeviation = Math.sqrt(sum(rests.map(rest => rest ** 2)) / freedom);
  const error = logDeviation * Math.sqrt(1 / first.length + 1 / second.length + apart ** 2 / spreadOfPlaces);
  // Interleaved, what neighbours share cancels out of the difference.
  const blocks = inBlocks(first, second);
  const found = dependence(rests);
  const by = blocks && found.ok ? found.value.stretch : 1;
  const half = tQuantileTwoSided(confidence, freedom) * error;
  const value = Math.exp(difference);
  return answer({
    value,
    ...stretched({low: Math.exp(difference - half), high: Math.exp(difference + half)}, value, by),
    n: all.length,
    confidence,
    method: `analysis of covariance on logs, a steady drift over the order of the trials taken out${by === 1 ? '' : `, stretched ${Number(by.toPrecision(3))} times`}`,
    p: error === 0 ? (difference === 0 ? 1 : 0) : tTwoSided(difference / (error * by), freedom),
    logDeviation,
    inBlocks: blocks,
  });
}

/** Means of one side, and its places and logarithms around them. */
function fitted(side: readonly Placed[]) {
  const place = mean(side.map(one => one.place));
  const log = mean(side.map(one => Math.log(one.value)));
  const points = side.map(one => ({at: one.place, place: one.place - place, log: Math.log(one.value) - log}));
  return {
    place,
    log,
    points,
    placeSquares: sum(points.map(point => point.place ** 2)),
    products: sum(points.map(point => point.place * point.log)),
  };
}
