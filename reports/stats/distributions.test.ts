import test from 'ava';
import {
  betaQuantile,
  binomialCdf,
  chiSquareQuantile,
  incompleteBeta,
  lnGamma,
  normalCdf,
  normalQuantile,
  tQuantileTwoSided,
  tTwoSided,
} from './distributions.ts';

/** Reference values: SciPy 1.17; those marked mp: mpmath 1.3 at 32 digits. */
const close = (got: number, want: number, relative: number) => Math.abs(got - want) <= relative * Math.abs(want);

const table: readonly [name: string, got: number, want: number][] = [
  ['I(.95; 30, .5)', incompleteBeta(0.95, 30, 0.5), 0.08062942690643064],
  ['I(.999; 3000, .5)', incompleteBeta(0.999, 3000, 0.5), 0.01428560678371607],
  ['I(1e-6; 2.5, .5)', incompleteBeta(1e-6, 2.5, 0.5), 3.3953066652368976e-16],
  ['I(.3; 7, 8)', incompleteBeta(0.3, 7, 8), 0.09328189116275992],
  ['I(.01; 300, 5000)', incompleteBeta(0.01, 300, 5000), 1.9289114519392545e-123],
  ['I(.06; 300, 5000)', incompleteBeta(0.06, 300, 5000), 0.8572331154956954],
  ['t 2.5, 5.5', tTwoSided(2.5, 5.5), 0.050120085869221634],
  ['t 17, 3', tTwoSided(-17, 3), 0.0004433435383120773],
  ['t 40, 200', tTwoSided(40, 200), 2.2487396535202197e-97],
  ['t 3, 1e6', tTwoSided(3, 1e6), 0.0026998625414218],
  ['tq .95, 1', tQuantileTwoSided(0.95, 1), 12.706204736174694],
  ['tq .95, 5', tQuantileTwoSided(0.95, 5), 2.5705818356363146],
  ['tq .999, 1000', tQuantileTwoSided(0.999, 1000), 3.300282648423944],
  ['Φ(−30)', normalCdf(-30), 4.906713927147908e-198],
  ['Φ(−8)', normalCdf(-8), 6.22096057427174e-16],
  ['Φ(−1.96)', normalCdf(-1.96), 0.024997895148220435],
  ['Φ(.5)', normalCdf(0.5), 0.6914624612740131],
  ['z 1e-12', normalQuantile(1e-12), -7.034483825301131],
  ['z .975', normalQuantile(0.975), 1.959963984540054],
  ['χ² .95, 2', chiSquareQuantile(0.95, 2), 5.991464547107979],
  ['χ² .95, 200', chiSquareQuantile(0.95, 200), 233.99426889232492],
  ['χ² .01, 1', chiSquareQuantile(0.01, 1), 0.00015708785790970184],
  ['ln Γ(.1)', lnGamma(0.1), 2.252712651734206],
  ['ln Γ(50)', lnGamma(50), 144.56574394634487],
  ['ln Γ(1e4)', lnGamma(1e4), 82099.71749644238],
  ['Bin(3; 10, .5)', binomialCdf(3, 10, 0.5), 0.171875],
  ['Bin(0; 59, .05)', binomialCdf(0, 59, 0.05), 0.04849452524942322],
  ['Bin(180; 200, .9)', binomialCdf(180, 200, 0.9), 0.5344615291741031],
  ['mp I(.5; 5e4, 5e4)', incompleteBeta(0.5, 5e4, 5e4), 0.5],
  ['mp I(.4985; 5e4, 5e4)', incompleteBeta(0.4985, 5e4, 5e4), 0.1713909159022283],
  ['mp Φ(−37)', normalCdf(-37), 5.725571222524577e-300],
  ['mp t 30, 1000', tTwoSided(30, 1000), 1.5374687444043482e-141],
  ['mp tq .99, 2.3', tQuantileTwoSided(0.99, 2.3), 8.00374526687109],
  ['mp χ² .95, 20002', chiSquareQuantile(0.95, 20_002), 20_332.120272254142],
  ['mp Beta .025; 500, 501', betaQuantile(0.025, 500, 501), 0.46854917297179194],
  // Far tails: closed forms, and SciPy where it has digits.
  ['Beta 5e-7; 1e5, 1', betaQuantile(5e-7, 1e5, 1), 5e-7 ** 1e-5],
  ['Beta 1e-100; 1e5, 1', betaQuantile(1e-100, 1e5, 1), 1e-100 ** 1e-5],
  ['Beta 1e-12; 1, 1e5', betaQuantile(1e-12, 1, 1e5), -Math.expm1(Math.log1p(-1e-12) / 1e5)],
  ['Beta 1−1e-12; 1, 1e5', betaQuantile(1 - 2 ** -40, 1, 1e5), -Math.expm1(Math.log(2 ** -40) / 1e5)],
  ['tq 1−2⁻⁴⁰, 1', tQuantileTwoSided(1 - 2 ** -40, 1), 699_970_842_190.266],
  ['tq 1−2⁻⁴⁰, 2', tQuantileTwoSided(1 - 2 ** -40, 2), 1048575.9999992847],
  ['tq 1e-9, 1', tQuantileTwoSided(1e-9, 1), 1.5707963267949e-9],
  ['tq 1e-9, 2', tQuantileTwoSided(1e-9, 2), 1.4142135623730951e-9],
  ['χ² 1−2⁻⁴⁰, 2', chiSquareQuantile(1 - 2 ** -40, 2), 55.451774444795625],
  ['χ² 1e-300, 2', chiSquareQuantile(1e-300, 2), 2e-300],
  ['Beta .025; 7, 44', betaQuantile(0.025, 7, 44), 0.058191700340372084],
];

test('distributions agree with SciPy to 1e-9 relative, tails included', t => {
  for (const [name, got, want] of table) t.true(close(got, want, 1e-9), `${name}: ${got}, want ${want}`);
});

test('values too small for a double are 0 or 1, never an exception', t => {
  t.is(normalCdf(-50), 0);
  t.is(normalCdf(50), 1);
  t.is(tTwoSided(1e200, 4), 0);
  t.is(tTwoSided(1e6, 1e6), 0);
  t.is(incompleteBeta(1e-30, 1e4, 1), 0);
  t.is(binomialCdf(0, 1_000_000, 0.5), 0);
  t.true(Number.isFinite(chiSquareQuantile(0.5, 7988)) && Number.isFinite(chiSquareQuantile(0.05, 8090)));
});

test('arguments outside the domain give NaN', t => {
  for (const got of [
    incompleteBeta(2, 1, 1),
    incompleteBeta(0.5, 0, 1),
    tTwoSided(Number.NaN, 3),
    tQuantileTwoSided(1.5, 3),
    normalQuantile(-1),
    lnGamma(-1),
    chiSquareQuantile(0.5, -1),
  ]) {
    t.true(Number.isNaN(got));
  }
});
