import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import {chiSquareQuantile} from './distributions.ts';
import {unfitConfidence} from './numbers.ts';

/**
 * One-sided lower bound of the mean time between failures after `failures` in `time` (any unit; the answer has the
 * same): 2T/χ²(confidence; 2r + 2), for a constant rate and a test ended by time. Source: NIST handbook 8.4.5.1.
 */
export function mtbfLowerBound(time: number, failures: number, confidence = 0.95): Stat<number> {
  const what = 'MTBF lower bound';
  if (!(time > 0 && Number.isFinite(time))) return refuse(what, 'a time above 0', String(time));
  if (!Number.isInteger(failures) || failures < 0 || failures > 1e6) {
    return refuse(what, 'a whole number of failures, 0 to a million', String(failures));
  }
  return unfitConfidence(what, confidence) ?? answer((2 * time) / chiSquareQuantile(confidence, 2 * failures + 2));
}
