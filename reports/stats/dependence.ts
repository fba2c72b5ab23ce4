import {answer, type Stat} from '../../harness/parse/answer.ts';
import {incompleteBeta} from './distributions.ts';
import {sum, unfit} from './numbers.ts';
import {midRanks} from './ranks.ts';

/** How far values depend on those before them, by ranks: lag 1, positive dependence only. */
export interface Dependence {
  n: number;
  /**
   * Σ(rᵢ − rᵢ₊₁)² ÷ Σ(rᵢ − r̄)² of the ranks r: about 2 where the order means nothing, less where neighbours are alike.
   * NaN where all values are equal.
   */
  ratio: number;
  /** One-sided: the chance of a ratio as small or smaller, were the order random. */
  p: number;
  /** Lag-1 autocorrelation of the ranks, corrected for the bias of few values; 0 … 0.95. */
  autocorrelation: number;
  /** One-sided upper 95 % bound of it, at most 0.95. */
  upper: number;
  /** p is at most the level: dependence must be allowed for. */
  seen: boolean;
  /**
   * Independent values that these are worth, n(1 − ρ)/(1 + ρ) at the autocorrelation ρ; n where no dependence is seen.
   */
  effective: number;
  /**
   * How many times as wide as for independent values an interval around the centre must be; 1 where no dependence is
   * seen.
   */
  stretch: number;
}

/**
 * The level at which dependence is a fact. For interleaved pairs, in which what neighbours share has cancelled out
 * already, and for nights, whose changes have a small p of their own.
 */
export const factLevel = 0.05;
/** No larger autocorrelation is reckoned with: beyond it no number of values that anyone measures would do. */
const most = 0.95;
/** One-sided 95 % of the normal distribution. */
const upperNormal = 1.645;

/**
 * Whether values, in the order in which they were measured, depend on each other, and what they are then worth. The
 * test is the rank version of von Neumann's ratio with its beta approximation (Bartels 1982, JASA 77, 40–46; within
 * 0.02 of exact from 6 values on). The level falls with the number of values, 3/n, since few values cannot show
 * dependence that hurts them most: half of all sets of 6 are held to be dependent, 5 % of those of 59. Bias of the
 * autocorrelation: Marriott & Pope 1954. `stretch` follows from the variance of the mean of n values of an AR(1)
 * process and from how much too small their own spread then is. Equal values show nothing and count as independent.
 * Needs 4 values.
 */
export function dependence(values: readonly number[], level = Math.min(0.5, 3 / values.length)): Stat<Dependence> {
  const wrong = unfit('dependence of values in order', values, 4);
  if (wrong) return wrong;
  const n = values.length;
  const {ranks} = midRanks(values);
  const centre = (n + 1) / 2;
  const squares = sum(ranks.map(rank => (rank - centre) ** 2));
  const following = ranks.slice(1);
  const steps = sum(following.map((rank, i) => (rank - (ranks[i] ?? Number.NaN)) ** 2));
  const products = sum(following.map((rank, i) => (rank - centre) * ((ranks[i] ?? Number.NaN) - centre)));
  const independent = {n, autocorrelation: 0, upper: 0, seen: false, effective: n, stretch: 1};
  if (squares === 0) return answer({...independent, ratio: Number.NaN, p: 1});

  const ratio = steps / squares;
  const p = chanceOf(ratio, n);
  const autocorrelation = within((n * (products / squares) + 1) / (n - 3));
  const upper = within(autocorrelation + upperNormal / Math.sqrt(n));
  const seen = p <= level;
  if (!seen) return answer({...independent, ratio, p, autocorrelation, upper});
  const effective = (n * (1 - autocorrelation)) / (1 + autocorrelation);
  return answer({n, ratio, p, autocorrelation, upper, seen, effective, stretch: stretchOf(n, upper)});
}

function within(autocorrelation: number): number {
  return Math.min(most, Math.max(0, autocorrelation));
}

/** P(ratio ≤ this) where the order is random: a beta distribution on 0 … 4. */
function chanceOf(ratio: number, n: number): number {
  const shape = (5 * n * (n + 1) * (n - 1) ** 2) / (2 * (n - 2) * (5 * n * n - 2 * n - 9)) - 0.5;
  return incompleteBeta(Math.min(1, ratio / 4), shape, shape);
}

/** The largest `stretch` that any n values can be given. */
export function mostStretch(n: number): number {
  const known = stretches.get(n) ?? stretchOf(n, most);
  stretches.set(n, known);
  return known;
}

const stretches = new Map<number, number>();

/** The deviation of the mean of n AR(1) values in units of what their own spread lets one expect; 1 at ρ = 0. */
function stretchOf(n: number, autocorrelation: number): number {
  const lags = Array.from({length: n - 1}, (_, i) => (1 - (i + 1) / n) * autocorrelation ** (i + 1));
  const ofMean = (1 + 2 * sum(lags)) / n;
  return Math.sqrt(((n - 1) * ofMean) / (1 - ofMean));
}

/**
 * An interval around `centre`, stretched: on logarithms where all three numbers are above 0, since what is measured has
 * no negative values. An infinite end stays infinite.
 */
export function stretched(
  {low, high}: {low: number; high: number},
  centre: number,
  by: number,
): {low: number; high: number} {
  if (by === 1) return {low, high};
  if (low > 0) return {low: centre * (low / centre) ** by, high: centre * (high / centre) ** by};
  return {low: centre + by * (low - centre), high: centre + by * (high - centre)};
}
