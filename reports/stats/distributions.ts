/**
 * Distribution functions, good to about 1e-13 relative (1e-9 at parameters of a million), tails included. jstat was measured against SciPy first: its
 * incomplete beta stops at 3e-7 (worst relative error found: 8e-8), its normal tail is 0 at −10; so the incomplete beta and
 * gamma are evaluated here by the textbook continued fractions (DLMF 8.9.2, 8.17.22), and jstat only checks them in the tests.
 * Every function is total: arguments outside its domain give NaN, which no interval passes on.
 */

const tiny = 1e-300;
const epsilon = 1e-16;
const maxTerms = 20_000;

/** ln Γ(x), x > 0: Stirling's series above 10, the recurrence below. */
export function lnGamma(x: number): number {
  if (!(x > 0)) return Number.NaN;
  let shift = 0;
  let z = x;
  while (z < 15) {
    shift += Math.log(z);
    z += 1;
  }
  const w = 1 / (z * z);
  const series = (1 / 12 - w * (1 / 360 - w * (1 / 1260 - w * (1 / 1680 - w * (1 / 1188 - (w * 691) / 360_360))))) / z;
  return (z - 0.5) * Math.log(z) - z + 0.5 * Math.log(2 * Math.PI) + series - shift;
}

/** ln of n over k. */
export function lnChoose(n: number, k: number): number {
  return lnGamma(n + 1) - lnGamma(k + 1) - lnGamma(n - k + 1);
}

function betaFraction(x: number, a: number, b: number): number {
  const away = (value: number) => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / away(1 - ((a + b) * x) / (a + 1));
  let product = d;
  for (let m = 1; m <= maxTerms; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / away(1 + even * d);
    c = away(1 + even / c);
    product *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / away(1 + odd * d);
    c = away(1 + odd / c);
    product *= d * c;
    if (Math.abs(d * c - 1) < epsilon) break;
  }
  return product;
}

/** The regularized incomplete beta function I_x(a, b): a, b > 0, x from 0 to 1. */
export function incompleteBeta(x: number, a: number, b: number): number {
  if (!(a > 0 && b > 0 && x >= 0 && x <= 1)) return Number.NaN;
  if (x === 0 || x === 1) return x;
  const front = Math.exp(lnGamma(a + b) - lnGamma(a) - lnGamma(b) + a * Math.log(x) + b * Math.log1p(-x));
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(x, a, b)) / a : 1 - (front * betaFraction(1 - x, b, a)) / b;
}

/** P(a, x) and Q(a, x), each without loss of the small one: a > 0, x ≥ 0. */
function incompleteGamma(a: number, x: number): {lower: number; upper: number} {
  if (!(a > 0 && x >= 0)) return {lower: Number.NaN, upper: Number.NaN};
  if (x === 0) return {lower: 0, upper: 1};
  if (x === Number.POSITIVE_INFINITY) return {lower: 1, upper: 0};
  const front = Math.exp(a * Math.log(x) - x - lnGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n <= maxTerms && term > sum * epsilon; n++) {
      term *= x / (a + n);
      sum += term;
    }
    return {lower: front * sum, upper: 1 - front * sum};
  }
  let b = x + 1 - a;
  let c = 1 / tiny;
  let d = 1 / b;
  let product = d;
  for (let n = 1; n <= maxTerms; n++) {
    const numerator = -n * (n - a);
    b += 2;
    d = 1 / (numerator * d + b);
    c = b + numerator / c;
    product *= d * c;
    if (Math.abs(d * c - 1) < epsilon) break;
  }
  return {lower: 1 - front * product, upper: front * product};
}

/** The x in [low, high] where a rising function reaches `wanted`; to the last bit or 200 halvings. */
function invert(rising: (x: number) => number, wanted: number, low: number, high: number): number {
  let below = low;
  let above = high;
  for (let i = 0; i < 200; i++) {
    const middle = below + (above - below) / 2;
    if (middle === below || middle === above) break;
    if (rising(middle) < wanted) below = middle;
    else above = middle;
  }
  return below + (above - below) / 2;
}

/** The p quantile of Beta(a, b). */
export function betaQuantile(p: number, a: number, b: number): number {
  if (!(p >= 0 && p <= 1 && a > 0 && b > 0)) return Number.NaN;
  if (p === 0 || p === 1) return p;
  return invert(x => incompleteBeta(x, a, b), p, 0, 1);
}

/** P(Z ≤ z), standard normal. */
export function normalCdf(z: number): number {
  if (Number.isNaN(z)) return Number.NaN;
  const {lower, upper} = incompleteGamma(0.5, (z * z) / 2);
  return z < 0 ? upper / 2 : 0.5 + lower / 2;
}

/** The standard normal quantile. */
export function normalQuantile(p: number): number {
  if (!(p > 0 && p < 1)) return p === 0 ? Number.NEGATIVE_INFINITY : p === 1 ? Number.POSITIVE_INFINITY : Number.NaN;
  return p > 0.5 ? -normalQuantile(1 - p) : invert(normalCdf, p, -40, 0);
}

/** P(|T| ≥ |t|), Student's t with `freedom` degrees (a fraction is fine). */
export function tTwoSided(t: number, freedom: number): number {
  if (Number.isNaN(t) || !(freedom > 0)) return Number.NaN;
  if (!Number.isFinite(t)) return 0;
  return incompleteBeta(freedom / (freedom + t * t), freedom / 2, 0.5);
}

/** The t with P(|T| ≤ t) = confidence. */
export function tQuantileTwoSided(confidence: number, freedom: number): number {
  if (!(confidence > 0 && confidence < 1 && freedom > 0)) return Number.NaN;
  const x = invert(y => incompleteBeta(y, freedom / 2, 0.5), 1 - confidence, 0, 1);
  return Math.sqrt((freedom * (1 - x)) / x);
}

/** P(X ≤ x), χ² with `freedom` degrees. */
export function chiSquareCdf(x: number, freedom: number): number {
  return incompleteGamma(freedom / 2, x / 2).lower;
}

/** The χ² quantile. */
export function chiSquareQuantile(p: number, freedom: number): number {
  if (!(p >= 0 && p < 1 && freedom > 0)) return Number.NaN;
  let high = freedom + 10;
  while (chiSquareCdf(high, freedom) < p) high *= 2;
  return invert(x => chiSquareCdf(x, freedom), p, 0, high);
}

/** P(K ≤ k) of Binomial(n, p). */
export function binomialCdf(k: number, n: number, p: number): number {
  if (k < 0) return 0;
  if (k >= n) return 1;
  return incompleteBeta(1 - p, n - k, k + 1);
}
