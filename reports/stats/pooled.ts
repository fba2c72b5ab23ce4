import {answer, refuse, type Stat} from '../../harness/parse/answer.ts';

export interface Moments {
  n: number;
  mean: number;
  /** Sample deviation (n − 1). */
  deviation: number;
}

/**
 * Mean and deviation of several groups together, equal to those of the pooled data. Each n ≥ 1; needs 2 values in all.
 */
export function pooledMoments(groups: readonly Moments[]): Stat<Moments> {
  const what = 'pooled deviation';
  const bad = groups.find(
    ({n, mean, deviation}) => !(Number.isInteger(n) && n >= 1 && Number.isFinite(mean) && deviation >= 0),
  );
  if (bad) return refuse(what, 'n ≥ 1, a finite mean, a deviation ≥ 0', JSON.stringify(bad));
  const n = groups.reduce((total, group) => total + group.n, 0);
  if (n < 2) return refuse(what, 'at least 2 values', String(n));
  const mean = groups.reduce((total, group) => total + group.n * group.mean, 0) / n;
  const squares = groups.reduce(
    (total, group) => total + (group.n - 1) * group.deviation ** 2 + group.n * (group.mean - mean) ** 2,
    0,
  );
  return answer({n, mean, deviation: Math.sqrt(squares / (n - 1))});
}
