import {answer, type Stat} from '../../harness/parse/answer.ts';
import {ascending, unfit, unfitConfidence} from './numbers.ts';

export interface EcdfStep {
  value: number;
  /** Share of values ≤ `value`, with its simultaneous band. */
  share: number;
  low: number;
  high: number;
}

/**
 * The empirical distribution, one step for each distinct value, ascending, with the Dvoretzky–Kiefer–Wolfowitz band
 * that holds everywhere at once (Massart's constant): ± √(ln(2/(1−confidence))/2n). Needs 1 value.
 */
export function ecdf(values: readonly number[], confidence = 0.95): Stat<readonly EcdfStep[]> {
  const what = 'empirical distribution';
  const wrong = unfit(what, values, 1) ?? unfitConfidence(what, confidence);
  if (wrong) return wrong;
  const sorted = ascending(values);
  const band = Math.sqrt(Math.log(2 / (1 - confidence)) / (2 * sorted.length));
  const steps = sorted.flatMap((value, i) => {
    if (sorted[i + 1] === value) return [];
    const share = (i + 1) / sorted.length;
    return [{value, share, low: Math.max(0, share - band), high: Math.min(1, share + band)}];
  });
  return answer(steps);
}
