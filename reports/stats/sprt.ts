import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import {unfitCounts} from './numbers.ts';

export interface Sprt {
  /** Accept at failures ≤ −h1 + slope·trials, reject at failures ≥ h2 + slope·trials. */
  h1: number;
  h2: number;
  slope: number;
  /** `accept`: the failure rate is p0 or better. `reject`: it is p1 or worse. */
  decision: 'accept' | 'reject' | 'go on';
}

/**
 * Wald's sequential test of a failure rate: good at p0, bad at p1 > p0; α is the chance to reject a good one, β to
 * accept a bad one. `failures` of `trials` so far. Source: Wald 1947; NIST handbook 6.2.3.4.
 */
export function sprt(
  plan: {p0: number; p1: number; alpha: number; beta: number},
  failures: number,
  trials: number,
): Stat<Sprt> {
  const what = 'sequential test';
  const {p0, p1, alpha, beta} = plan;
  if (!(p0 > 0 && p0 < p1 && p1 < 1)) return refuse(what, '0 < p0 < p1 < 1', `p0 ${p0}, p1 ${p1}`);
  if (!(alpha > 0 && beta > 0 && alpha + beta < 1)) {
    return refuse(what, 'alpha and beta above 0, together below 1', `alpha ${alpha}, beta ${beta}`);
  }
  const wrong = unfitCounts(what, ['failures', failures], ['trials', trials]);
  if (wrong) return wrong;
  const k = Math.log((p1 * (1 - p0)) / (p0 * (1 - p1)));
  if (!(k > 0 && Number.isFinite(k))) return refuse(what, 'p0 and p1 further apart', `p0 ${p0}, p1 ${p1}`);
  const h1 = Math.log((1 - alpha) / beta) / k;
  const h2 = Math.log((1 - beta) / alpha) / k;
  const slope = Math.log((1 - p0) / (1 - p1)) / k;
  const decision = failures <= -h1 + slope * trials ? 'accept' : failures >= h2 + slope * trials ? 'reject' : 'go on';
  return answer({h1, h2, slope, decision});
}
