/** A night that is far off, and that the look at jumps cannot speak of. */
import {median} from '../stats/numbers.ts';
import {isWorse, leastPoints, smallestVisible} from './changes.ts';
import type {Trend} from './trend.ts';

/** Nights before tonight that may have been odd ones. */
const odd = 3;
/** So many times as noisy as before is no longer the series' own noise. */
const inflated = 2;

/**
 * Whether tonight is worse by more than the noise of the nights before lets pass, and yet no jump: the nights on its
 * level are too few to hold it against, or a lucky one among them makes every spread wide. Measured again settles it.
 */
export function isUnseen({points, eras, segments, better, threshold, changes}: Trend): boolean {
  const era = eras.at(-1);
  const segment = segments.at(-1);
  const tonight = points.at(-1);
  if (era === undefined || segment === undefined || tonight === undefined) return false;
  if (tonight.again !== undefined || changes.some(({index}) => index === points.length - 1)) return false;
  const values = (start: number, end: number) => points.slice(start, end).map(({value}) => value);
  const last = segment.end - 1;
  const young = segment.start > era.start && segment.end - segment.start < leastPoints;
  const calm = young ? values(segments.at(-2)?.start ?? era.start, segment.start) : values(segment.start, last - odd);
  const visible = smallestVisible(calm, {threshold});
  if (visible === undefined) return false;
  const now = smallestVisible(values(segment.start, last), {threshold});
  if (!young && !(now !== undefined && now > inflated * visible)) return false;
  const level = median(young ? values(segment.start, last) : calm);
  return isWorse(level, tonight.value, {better, threshold: visible});
}
