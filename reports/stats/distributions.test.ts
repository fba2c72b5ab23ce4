import test from 'ava';
import jstat from 'jstat';
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

/** Reference values: SciPy 1.17. */
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
  ['Beta .025; 7, 44', betaQuantile(0.025, 7, 44), 0.05819170034],
];

test('distributions agree with SciPy to 1e-9 relative, tails included', t => {
  for (const [name, got, want] of table) t.true(close(got, want, 1e-9), `${name}: ${got}, want ${want}`);
});

test('jstat agrees as far as it is accurate', t => {
  for (const [x, a, b] of [
    [0.95, 30, 0.5],
    [0.3, 7, 8],
    [0.5, 2, 3],
  ] as const) {
    t.true(close(jstat.jStat.ibeta(x, a, b), incompleteBeta(x, a, b), 1e-7));
  }
  t.true(close(jstat.jStat.normal.inv(0.999, 0, 1), normalQuantile(0.999), 1e-12));
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
