/**
 * Distribution functions on Cephes (Moshier; the npm package is its C code as WebAssembly, without dependencies).
 * Measured against mpmath at 32 digits on 94 points, deep tails and parameters up to 500,000 included: incomplete beta
 * and gamma within 1e-10 relative (within 1e-12 for parameters below 1000), tails down to 1e-300. docs/methods.md has
 * the comparison with other libraries. Every function is total: arguments outside its domain give NaN, which no
 * interval passes on.
 */
import {compiled, igam, igamc, incbet, incbi, lgam, ndtri} from 'cephes';

await compiled;

/** Cephes throws where a value is too small for a double; `small` is what it then is, to the last bit. */
function orUnderflow(compute: () => number, small: number): number {
  try {
    return compute();
  } catch (error) {
    return error instanceof Error && error.message.includes('underflow') ? small : Number.NaN;
  }
}

/** ln Γ(x), x > 0. */
export function lnGamma(x: number): number {
  return x > 0 && Number.isFinite(x) ? lgam(x) : Number.NaN;
}

/** ln of n over k. */
export function lnChoose(n: number, k: number): number {
  return lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1);
}

/** The regularized incomplete beta function I_x(a, b): a, b > 0, x from 0 to 1. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (!(a > 0 && b > 0 && Number.isFinite(a + b) && x >= 0 && x <= 1)) return Number.NaN;
  return orUnderflow(() => incbet(a, b, x), x > a / (a + b) ? 1 : 0);
}

/** Relative: how far from p the distribution function may be at the quantile that Cephes gives. */
const quantileSlack = 1e-11;

/**
 * The p quantile of Beta(a, b). Cephes' own `incbi` stops early in far tails of large parameters (.9375 for .99985 at p
 * = 5e-7, a = 100,000, b = 1), so its answer is held against the distribution function, and found by halving where it
 * does not fit.
 */
export function betaQuantile(p: number, a: number, b: number): number {
  if (!(p >= 0 && p <= 1 && a > 0 && b > 0 && Number.isFinite(a + b))) return Number.NaN;
  if (p === 0 || p === 1) return p;
  const quick = orUnderflow(() => incbi(a, b, p), 0);
  // Of the two tails the smaller has the digits.
  if (p <= 0.5) {
    const fits = Math.abs(incompleteBeta(quick, a, b) - p) <= quantileSlack * p;
    return fits ? quick : byHalving(0, 1, x => incompleteBeta(x, a, b) < p);
  }
  const tail = (x: number) => incompleteBeta(1 - x, b, a);
  const fits = Math.abs(tail(quick) - (1 - p)) <= quantileSlack * (1 - p);
  return fits ? quick : byHalving(0, 1, x => tail(x) > 1 - p);
}

/**
 * Between `low`, where `below` holds, and `high`, where it does not: the number at which it ends to hold, to the last
 * bit.
 */
function byHalving(low: number, high: number, below: (x: number) => boolean): number {
  for (;;) {
    const middle = low + (high - low) / 2;
    if (middle <= low || middle >= high) return middle;
    if (below(middle)) low = middle;
    else high = middle;
  }
}

/** P(Z ≤ z), standard normal. By the incomplete gamma function, since Cephes' own `ndtr` is 0 below −27. */
export function normalCdf(z: number): number {
  if (Number.isNaN(z)) return Number.NaN;
  const half = (z * z) / 2;
  if (z >= 0) return Number.isFinite(half) ? 0.5 + orUnderflow(() => igam(0.5, half), 1) / 2 : 1;
  return Number.isFinite(half) ? orUnderflow(() => igamc(0.5, half), 0) / 2 : 0;
}

/** The standard normal quantile. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? Number.NEGATIVE_INFINITY : p === 1 ? Number.POSITIVE_INFINITY : Number.NaN;
  return ndtri(p);
}

/** P(|T| ≥ |t|), Student's t with `freedom` degrees (a fraction is fine). */
export function tTwoSided(t: number, freedom: number): number {
  if (Number.isNaN(t) || !(freedom > 0)) return Number.NaN;
  return Number.isFinite(t * t) ? incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5) : 0;
}

/** The t with P(|T| ≤ t) = confidence. */
export function tQuantileTwoSided(confidence: number, freedom: number): number {
  if (!(confidence > 0 && confidence < 1 && freedom > 0)) return Number.NaN;
  const x = betaQuantile(1 - confidence, freedom / 2, 0.5);
  if (x < 0.5 || confidence > 0.5) return Math.sqrt((freedom * (1 - x)) / x);
  // Near 1, for a small t, the digits are in the complement.
  const complement = betaQuantile(confidence, 0.5, freedom / 2);
  return Math.sqrt((freedom * complement) / (1 - complement));
}

/** P(X ≤ x), χ² with `freedom` degrees. */
function chiSquareCdf(x: number, freedom: number): number {
  if (!(x >= 0 && freedom > 0 && Number.isFinite(freedom))) return Number.NaN;
  return Number.isFinite(x) ? orUnderflow(() => igam(freedom / 2, x / 2), x > freedom ? 1 : 0) : 1;
}

/** P(X ≥ x), χ² with `freedom` degrees. */
export function chiSquareTail(x: number, freedom: number): number {
  if (!(x >= 0 && freedom > 0 && Number.isFinite(freedom))) return Number.NaN;
  return Number.isFinite(x) ? orUnderflow(() => igamc(freedom / 2, x / 2), x > freedom ? 0 : 1) : 0;
}

/** The χ² quantile, by halving to the last bit: Cephes' own `igami` gives up for some degrees of freedom above 7000. */
export function chiSquareQuantile(p: number, freedom: number): number {
  if (!(p >= 0 && p < 1 && freedom > 0 && Number.isFinite(freedom))) return Number.NaN;
  // Far up, the digits are in the upper tail.
  const tail = (x: number) => orUnderflow(() => igamc(freedom / 2, x / 2), 0);
  const below = p > 0.5 ? (x: number) => tail(x) > 1 - p : (x: number) => chiSquareCdf(x, freedom) < p;
  let above = freedom + 10;
  while (below(above)) above *= 2;
  return byHalving(0, above, below);
}

/** P(K ≤ k) of Binomial(n, p). */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return incompleteBeta(1 - p, n - k, k + 1);
}
