import {answer, refuse, type Stat} from './answer.ts';

export interface SteadyState {
  steady: boolean;
  /** The round, counted from 1, that completed the first steady window; of the last window tried where none was. */
  round: number;
  /** Of that window. */
  mean: number;
  range: number;
  /** Rise of the fitted line over the window: abs(slope)·4. */
  excursion: number;
}

export const steadyWindow = 5;
export const mostRounds = 25;
const what = 'steady state';

/**
 * Steady state by the SNIA Performance Test Specification: in 5 successive rounds max − min ≤ 0.20·mean and
 * abs(slope)·4 ≤ 0.10·mean, equality included. The first such window decides; rounds beyond 25 are not looked at. Needs
 * 5 rounds of 0 or more (they are rates); a window in which nothing was done (mean 0) is not steady.
 */
export function steadyState(rounds: readonly number[]): Stat<SteadyState> {
  // Beyond 1e100 squares and products leave the range of a double.
  const bad = rounds.find(round => !(Math.abs(round) <= 1e100));
  if (bad !== undefined) return refuse(what, 'finite numbers up to 1e100', String(bad));
  if (rounds.length < steadyWindow) return refuse(what, `at least ${steadyWindow} values`, String(rounds.length));
  const negative = rounds.find(round => round < 0);
  if (negative !== undefined) return refuse(what, 'rounds of 0 or more', String(negative));
  const windowAt = (end: number): SteadyState => {
    const values = rounds.slice(end - steadyWindow, end);
    const centre = values.reduce((total, value) => total + value, 0) / steadyWindow;
    const range = Math.max(...values) - Math.min(...values);
    const slope = values.reduce((total, value, i) => total + (i - 2) * value, 0) / 10;
    const excursion = Math.abs(slope) * (steadyWindow - 1);
    // A hair of slack, so that equality survives binary fractions.
    const within = (value: number, share: number) => value <= share * centre * (1 + 1e-12);
    const steady = centre > 0 && within(range, 0.2) && within(excursion, 0.1);
    return {steady, round: end, mean: centre, range, excursion};
  };
  const last = Math.min(rounds.length, mostRounds);
  for (let end = steadyWindow; end < last; end++) {
    const here = windowAt(end);
    if (here.steady) return answer(here);
  }
  return answer(windowAt(last));
}
