import {answer, type Stat} from '../../harness/parse/answer.ts';
import {median, unfit} from './numbers.ts';

/** abs(x − median)/MAD beyond this: ten standard deviations of normal data (10 · 1.4826). */
const far = 14.826;

/**
 * Indices of values that stand far out: flagged for a reader, never dropped. Where more than half are equal (MAD 0),
 * every other value stands out. Needs 3 values.
 */
export function outliers(values: readonly number[]): Stat<readonly number[]> {
  const wrong = unfit('outliers', values, 3);
  if (wrong) return wrong;
  const centre = median(values);
  const distances = values.map(value => Math.abs(value - centre));
  const spread = median(distances);
  return answer(distances.flatMap((distance, index) => (distance > far * spread ? [index] : [])));
}
