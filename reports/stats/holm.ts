import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';

/**
 * Holm's step-down adjustment of p values, in the order given: compare each with α and the chance of any false alarm
 * among them stays ≤ α. Source: Holm 1979. Each p from 0 to 1.
 */
export function holm(ps: readonly number[]): Stat<readonly number[]> {
  const bad = ps.find(p => !(p >= 0 && p <= 1));
  if (bad !== undefined) return refuse('Holm adjustment', 'p values from 0 to 1', String(bad));
  const adjusted = new Array<number>(ps.length).fill(1);
  let running = 0;
  ps.map((p, index) => ({p, index}))
    .sort((a, b) => a.p - b.p)
    .forEach(({p, index}, place) => {
      running = Math.max(running, Math.min(1, (ps.length - place) * p));
      adjusted[index] = running;
    });
  return answer(adjusted);
}
