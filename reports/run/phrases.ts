/** What only the report of a run says; what targets and verdicts say everywhere is in `render/words.ts`. */
import type {Unit} from '../../harness/types.ts';
import {metricNamed} from '../metrics.ts';
import {formatEstimate} from '../words/units.ts';
import type {Comparison} from './report.ts';

export function unitOf(comparison: Comparison): Unit {
  return metricNamed(comparison.metric)?.unit ?? 'ratio';
}

/** `0.62× [0.55, 0.70]`; says so where there is no effect to speak of. */
export function effectText(comparison: Comparison): string {
  return comparison.effect ? formatEstimate(comparison.effect, 'ratio', 'factor').text : 'no interval';
}
