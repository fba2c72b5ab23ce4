import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';
import {normalQuantile} from './distributions.ts';

/**
 * Trials a side to see a relative difference `delta` (0.03 is 3 %) at spread `cv` (deviation ÷ mean):
 * n ≈ 2·(z₁₋α⁄₂ + z_power)²·(CV/δ)², which is 15.7·(CV/δ)² at α = 0.05 and power 0.80. At least 2.
 */
export function trialsPerSide(cv: number, delta: number, alpha = 0.05, power = 0.8): Stat<number> {
  const what = 'trials a side';
  if (!(cv >= 0 && Number.isFinite(cv))) return refuse(what, 'a spread ≥ 0', String(cv));
  if (!(Math.abs(delta) > 0)) return refuse(what, 'a difference other than 0', String(delta));
  if (!(alpha > 0 && alpha < 1 && power > 0 && power < 1)) {
    return refuse(what, 'alpha and power between 0 and 1', `alpha ${alpha}, power ${power}`);
  }
  const z = normalQuantile(1 - alpha / 2) + normalQuantile(power);
  return answer(Math.max(2, Math.ceil(2 * z * z * (cv / delta) ** 2)));
}
