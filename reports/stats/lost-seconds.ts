import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import {median, unfit} from './numbers.ts';

export interface LostSeconds {
  /**
   * Seconds of full service that are gone: Σ (median − v)/median · interval over intervals below 95 % of the baseline
   * median.
   */
  lostSeconds: number;
  /** The longest stretch below 95 % or without a value. */
  worstGapSeconds: number;
  /** Intervals without a value; they are not in `lostSeconds`, since nothing is known of them. */
  missingSeconds: number;
  baselineMedian: number;
}

const undisturbed = 0.95;

/**
 * What a fault elsewhere cost a bystander. `baseline`: its rate per interval before the fault (any unit, needs 1,
 * median above 0); `during`: the same from the fault on, `null` where there is no value; `intervalSeconds`: length of
 * one interval.
 */
export function lostSeconds(
  baseline: readonly number[],
  during: readonly (number | null)[],
  intervalSeconds: number,
): Stat<LostSeconds> {
  const what = 'lost seconds';
  const known = during.filter(value => value !== null);
  const wrong = unfit(what, baseline, 1) ?? unfit(what, known, 0);
  if (wrong) return wrong;
  if (!(intervalSeconds > 0 && Number.isFinite(intervalSeconds))) {
    return refuse(what, 'an interval above 0 s', String(intervalSeconds));
  }
  if (during.length === 0) return refuse(what, 'at least 1 interval', 'none');
  const baselineMedian = median(baseline);
  if (!(baselineMedian > 0)) return refuse(what, 'a baseline above 0', String(baselineMedian));
  let lost = 0;
  let missing = 0;
  let stretch = 0;
  let worst = 0;
  for (const value of during) {
    if (value !== null && value >= undisturbed * baselineMedian) {
      stretch = 0;
      continue;
    }
    stretch++;
    worst = Math.max(worst, stretch);
    if (value === null) missing++;
    else lost += (baselineMedian - value) / baselineMedian;
  }
  return answer({
    lostSeconds: lost * intervalSeconds,
    worstGapSeconds: worst * intervalSeconds,
    missingSeconds: missing * intervalSeconds,
    baselineMedian,
  });
}
