import test from 'ava';
import fc from 'fast-check';
import {
  changePoints,
  clopperPearson,
  dependence,
  driftAdjustedRatio,
  ecdf,
  erlangC,
  fitUsl,
  hodgesLehmann,
  holm,
  kaplanMeier,
  kneedle,
  kOfN,
  lostSeconds,
  mannKendall,
  mannWhitney,
  meanRatioInterval,
  medianInterval,
  mergeBins,
  mtbfLowerBound,
  orderedMedianInterval,
  outliers,
  pairedRatio,
  quantileFromBins,
  senSlope,
  sprt,
  steadyState,
  toleranceTrials,
  welch,
  wilcoxonSignedRank,
} from './index.ts';

/** Numbers as they should not be, and some that are fine. */
const wild = fc.oneof(
  {weight: 4, arbitrary: fc.double({min: 0.1, max: 1000, noNaN: true})},
  {weight: 2, arbitrary: fc.integer({min: -2, max: 5})},
  {weight: 1, arbitrary: fc.double()},
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      0,
      -0,
      Number.MAX_VALUE,
      -Number.MAX_VALUE,
      Number.MIN_VALUE,
      1e150,
      1e-200,
      1e16,
      1 - 2 ** -53,
    ),
  },
);
/** As above, without those that every statistic refuses at once: these reach the arithmetic. */
const finite = fc.oneof(
  {weight: 3, arbitrary: fc.double({min: 1e-3, max: 1e3, noNaN: true})},
  {weight: 2, arbitrary: fc.integer({min: 0, max: 4})},
  {weight: 1, arbitrary: fc.double({noNaN: true, noDefaultInfinity: true})},
);
const list = fc.oneof(fc.array(wild, {maxLength: 12}), fc.array(finite, {maxLength: 14}));
const level = fc.oneof(fc.constantFrom(0.95, 0.9, 0.999), wild);
const options = fc.record(
  {window: wild, p: level, change: wild, newest: wild, compat: fc.boolean()},
  {requiredKeys: []},
);
const shape = {
  curve: fc.constantFrom('concave', 'convex'),
  direction: fc.constantFrom('increasing', 'decreasing'),
} as const;
const bins = fc.array(fc.tuple(wild, wild), {maxLength: 6});
/** Two lists, often of one length. */
const twoLists = fc.oneof(
  fc.tuple(list, list),
  fc
    .array(fc.tuple(finite, finite), {maxLength: 12})
    .map(pairs => [pairs.map(([a]) => a), pairs.map(([, b]) => b)] as const),
);

const everyOne: readonly (readonly [name: string, calls: fc.Arbitrary<() => unknown>])[] = [
  [
    'medianInterval',
    fc.tuple(list, level).map(
      ([a, c]) =>
        () =>
          medianInterval(a, c),
    ),
  ],
  [
    'meanRatioInterval',
    fc.tuple(list, level).map(
      ([a, c]) =>
        () =>
          meanRatioInterval(a, c),
    ),
  ],
  [
    'pairedRatio',
    fc.tuple(twoLists, level).map(
      ([[a, b], c]) =>
        () =>
          pairedRatio(a, b, c),
    ),
  ],
  [
    'welch',
    fc.tuple(twoLists, level).map(
      ([[a, b], c]) =>
        () =>
          welch(a, b, c),
    ),
  ],
  [
    'mannWhitney',
    twoLists.map(
      ([a, b]) =>
        () =>
          mannWhitney(a, b),
    ),
  ],
  [
    'wilcoxonSignedRank',
    twoLists.map(
      ([a, b]) =>
        () =>
          wilcoxonSignedRank(a, b),
    ),
  ],
  [
    'hodgesLehmann',
    fc.tuple(twoLists, level).map(
      ([[a, b], c]) =>
        () =>
          hodgesLehmann(a, b, c),
    ),
  ],
  [
    'clopperPearson',
    fc.tuple(wild, wild, level, fc.boolean()).map(
      ([k, n, c, o]) =>
        () =>
          clopperPearson(k, n, c, o),
    ),
  ],
  [
    'toleranceTrials',
    fc.tuple(level, level).map(
      ([r, c]) =>
        () =>
          toleranceTrials(r, c),
    ),
  ],
  [
    'sprt',
    fc.tuple(fc.record({p0: level, p1: level, alpha: level, beta: level}), wild, wild).map(
      ([plan, x, n]) =>
        () =>
          sprt(plan, x, n),
    ),
  ],
  [
    'sprt, small rates',
    fc.tuple(fc.double({min: 0, max: 1}), fc.double({min: 0, max: 1})).map(
      ([p0, p1]) =>
        () =>
          sprt({p0, p1, alpha: 0.05, beta: 0.1}, 1, 3),
    ),
  ],
  [
    'kaplanMeier',
    fc.tuple(fc.array(fc.record({time: fc.oneof(finite, wild), ended: fc.boolean()}), {maxLength: 12}), level).map(
      ([waits, c]) =>
        () =>
          kaplanMeier(waits, c),
    ),
  ],
  ['steadyState', list.map(a => () => steadyState(a))],
  ['dependence', list.map(a => () => dependence(a))],
  [
    'orderedMedianInterval',
    fc.tuple(list, level).map(
      ([a, c]) =>
        () =>
          orderedMedianInterval(a, c),
    ),
  ],
  [
    'driftAdjustedRatio',
    fc.tuple(list, list, level).map(
      ([a, b, c]) =>
        () =>
          driftAdjustedRatio(
            a.map((value, place) => ({place, value})),
            b.map((value, place) => ({place: 100 + place, value})),
            c,
          ),
    ),
  ],
  ['mergeBins', fc.array(fc.array(fc.tuple(fc.nat(), fc.nat()))).map(all => () => mergeBins(all))],
  [
    'quantileFromBins',
    fc.tuple(bins, level).map(
      ([b, p]) =>
        () =>
          quantileFromBins(b, p),
    ),
  ],
  [
    'ecdf',
    fc.tuple(list, level).map(
      ([a, c]) =>
        () =>
          ecdf(a, c),
    ),
  ],
  ['holm', fc.oneof(list, fc.array(fc.double({min: 0, max: 1}))).map(a => () => holm(a))],
  [
    'changePoints',
    fc.tuple(list, options).map(
      ([a, o]) =>
        () =>
          changePoints(a, o),
    ),
  ],
  [
    'changePoints, values alone',
    fc.tuple(fc.array(finite, {minLength: 4, maxLength: 25}), fc.boolean()).map(
      ([a, compat]) =>
        () =>
          changePoints(a, {compat, p: 0.2}),
    ),
  ],
  [
    'fitUsl',
    twoLists.map(
      ([a, b]) =>
        () =>
          fitUsl(a.map((x, i) => [x, b[i] ?? 1] as const)),
    ),
  ],
  [
    'fitUsl, good loads',
    fc.array(finite, {minLength: 6, maxLength: 9}).map(ys => () => fitUsl(ys.map((y, i) => [2 ** i, y] as const))),
  ],
  [
    'kneedle',
    fc.tuple(twoLists, fc.record({...shape, sensitivity: wild})).map(
      ([[xs, ys], o]) =>
        () =>
          kneedle(xs, ys, o),
    ),
  ],
  [
    'kneedle, x ascending',
    fc.tuple(fc.array(finite, {minLength: 4, maxLength: 12}), fc.record(shape)).map(
      ([ys, o]) =>
        () =>
          kneedle(
            ys.map((_, i) => i),
            ys,
            o,
          ),
    ),
  ],
  [
    'kOfN',
    fc.tuple(wild, wild, level).map(
      ([k, n, a]) =>
        () =>
          kOfN(k, n, a),
    ),
  ],
  [
    'erlangC',
    fc.tuple(fc.oneof(fc.integer({min: 0, max: 99}), wild), wild).map(
      ([s, l]) =>
        () =>
          s > 1e4 && s <= 1e6 ? undefined : erlangC(s, l),
    ),
  ],
  [
    'mtbfLowerBound',
    fc.tuple(wild, wild, level).map(
      ([t, r, c]) =>
        () =>
          mtbfLowerBound(t, r, c),
    ),
  ],
  [
    'lostSeconds',
    fc.tuple(list, fc.array(fc.option(fc.oneof(finite, wild))), wild).map(
      ([b, d, s]) =>
        () =>
          lostSeconds(b, d, s),
    ),
  ],
  ['outliers', list.map(a => () => outliers(a))],
  ['mannKendall', list.map(a => () => mannKendall(a))],
  [
    'senSlope',
    fc.tuple(list, level).map(
      ([a, c]) =>
        () =>
          senSlope(a, c),
    ),
  ],
];

function holdsNaN(value: unknown): boolean {
  if (typeof value === 'number') return Number.isNaN(value);
  return typeof value === 'object' && value !== null && Object.values(value).some(holdsNaN);
}

/** A value without NaN, or what was needed and what came instead. */
function sound(result: unknown): boolean {
  if (typeof result !== 'object' || result === null || !('ok' in result)) return !holdsNaN(result);
  if (result.ok === true && 'value' in result) return !holdsNaN(result.value);
  if (!('error' in result) || typeof result.error !== 'object' || result.error === null) return false;
  const {what, need, got} = {what: '', need: '', got: '', ...result.error};
  return [what, need, got].every(text => typeof text === 'string' && text !== '');
}

for (const [name, calls] of everyOne) {
  test(`${name}: any input gives a value or says what is needed`, t => {
    fc.assert(
      fc.property(calls, call => sound(call())),
      {numRuns: Number(process.env.STATS_RUNS ?? 300), seed: 41},
    );
    t.pass();
  });
}
