/** Every statistic with what it takes, where it comes from, and published results that the code is held against. */
import {z} from 'zod';
import {answer} from '../../harness/parse/answer.ts';
import {type Bins, mergeBins, quantileFromBins} from '../../harness/parse/bins.ts';
import {steadyState} from '../../harness/parse/steady-state.ts';
import {anytimeMedianInterval, anytimeShare, shareEvidence, tEvidence} from './anytime.ts';
import {changePoints} from './change-points.ts';
import {clopperPearson} from './clopper-pearson.ts';
import {dependence} from './dependence.ts';
import {driftAdjustedRatio} from './drift.ts';
import {ecdf} from './ecdf.ts';
import {erlangC} from './erlang.ts';
import {hodgesLehmann} from './hodges-lehmann.ts';
import {holm} from './holm.ts';
import {kOfN} from './k-of-n.ts';
import {kaplanMeier} from './kaplan-meier.ts';
import {kneedle} from './kneedle.ts';
import {kruskalWallis} from './kruskal-wallis.ts';
import {lostSeconds} from './lost-seconds.ts';
import {mannKendall} from './mann-kendall.ts';
import {mannWhitney} from './mann-whitney.ts';
import {medianInterval, orderedMedianInterval} from './median.ts';
import {mtbfLowerBound} from './mtbf.ts';
import {outliers} from './outliers.ts';
import {predictionInterval} from './prediction.ts';
import {meanRatioInterval, pairedRatio} from './ratio.ts';
import {senSlope} from './sen-slope.ts';
import {sprt} from './sprt.ts';
import {type Statistic, statistic} from './statistic.ts';
import {toleranceTrials} from './tolerance.ts';
import {fitUsl} from './usl.ts';
import {welch} from './welch.ts';
import {wilcoxonSignedRank} from './wilcoxon.ts';

const numbers = (meaning: string) => z.array(z.number()).describe(meaning);
const confidence = z.number().default(0.95).describe('between 0 and 1');
const whole = (meaning: string) => z.number().int().describe(meaning);
const share = (meaning: string) => z.number().describe(meaning);
const histogram = z
  .union(
    [
      z.array(z.tuple([z.number().min(0), z.number().int().min(0)])),
      z.record(z.string().regex(/^\d+$/), z.number().int().min(0)),
    ],
    {
      error: '{"midpoint in ns": completions} or [[midpoint, completions], …], completions whole',
    },
  )
  .describe(
    "fio's json+ bins: an object {midpoint in ns: completions}, as fio prints it, or [midpoint, completions] pairs",
  );

/** Both forms as pairs; an object's keys are put in order, pairs are taken as they come. */
function pairs(bins: z.output<typeof histogram>): Bins {
  if (Array.isArray(bins)) return bins;
  return mergeBins([Object.entries(bins).map(([key, count]) => [Number(key), count] as const)]);
}

const sleepBefore = [0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2];
const sleepAfter = [1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4];
const permeabilityTerm = [0.8, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46];
const permeabilityEarly = [1.15, 0.88, 0.9, 0.74, 1.21];
const specsdm91 = [
  [1, 64.9],
  [18, 995.9],
  [36, 1652.4],
  [72, 1853.2],
  [108, 1828.9],
  [144, 1775],
  [216, 1702.2],
] as const;
const halved = [
  1.02, 0.95, 0.99, 1, 1.12, 1, 1.01, 0.98, 1.01, 0.96, 0.5, 0.51, 0.48, 0.48, 0.55, 0.5, 0.49, 0.51, 0.5, 0.49,
];
const upTo = (n: number) => Array.from({length: n}, (_, i) => i + 1);
/** Tourists to the United States, thousands a year, 1970–1982. */
const tourists = [12362, 12739, 13057, 13955, 14123, 15698, 17523, 18610, 19842, 20310, 22500, 23080, 21916];
const placed = (meaning: string) => z.array(z.strictObject({place: z.number(), value: z.number()})).describe(meaning);
const load = z.tuple([z.number(), z.number()]);

export const catalogue: readonly Statistic[] = [
  statistic({
    name: 'medianInterval',
    purpose: 'a median over trials, with an interval that assumes no distribution',
    source: 'David & Nagaraja, Order Statistics, §7.1',
    input: z.strictObject({values: numbers('one a trial, at least 6 at 0.95'), confidence}),
    call: ({values, confidence}) => medianInterval(values, confidence),
    published: [
      {
        input: {values: upTo(9)},
        prints: {value: '5', low: '2', high: '8'},
        where: 'printed tables of confidence intervals for a median: n = 9, x₂ to x₈, 96.1 %',
      },
      {
        input: {values: upTo(20)},
        prints: {low: '6', high: '15'},
        where: 'the same tables, also Conover 1999: n = 20, x₆ to x₁₅, 95.9 %',
      },
    ],
  }),
  statistic({
    name: 'orderedMedianInterval',
    purpose: 'the same of trials in order, stretched where they may depend on each other',
    source: 'David & Nagaraja; stretched as `dependence` says',
    input: z.strictObject({
      values: numbers('one a trial, in the order in which they ran, at least 6 at 0.95'),
      confidence,
    }),
    call: ({values, confidence}) => orderedMedianInterval(values, confidence),
    published: [
      {
        input: {values: [5, 1, 8, 3, 9, 2, 7, 4, 6]},
        prints: {value: '5', low: '2', high: '8'},
        where: 'the same tables, n = 9: an order without dependence changes nothing',
      },
    ],
  }),
  statistic({
    name: 'anytimeMedianInterval',
    purpose: 'a median over trials that is looked at after every one of them',
    source: 'Howard & Ramdas 2022, confidence sequences for quantiles, with a beta-binomial mixture',
    input: z.strictObject({values: numbers('one a trial, at least 7 at 0.95'), confidence}),
    call: ({values, confidence}) => anytimeMedianInterval(values, confidence),
    published: [
      {
        input: {values: upTo(7)},
        prints: {low: '1', high: '7'},
        where: 'by hand: 2⁷ · 2 · B(7½, ½) ÷ π = 53.6 is above 40, 2⁶ · 2 · B(6½, ½) ÷ π = 28.9 is not',
      },
    ],
  }),
  statistic({
    name: 'anytimeShare',
    purpose: 'a share k of n that is looked at after every trial',
    source: 'Robbins 1970; Howard, Ramdas, McAuliffe & Sekhon 2021, beta-binomial mixture',
    input: z.strictObject({good: whole('successes'), n: whole('trials'), confidence}),
    call: ({good, n, confidence}) => anytimeShare(good, n, confidence),
    published: [
      {
        input: {good: 90, n: 90},
        prints: {low: '0.950501', high: '1'},
        where: 'not printed: the mixture integrated and solved with SciPy 1.17',
      },
    ],
  }),
  statistic({
    name: 'shareEvidence',
    purpose: 'what a bet on "the true share is above this one" has won, as a logarithm',
    source: 'Howard, Ramdas, McAuliffe & Sekhon 2021, proposition 7, one-sided',
    input: z.strictObject({
      good: whole('successes'),
      n: whole('trials'),
      share: share('between 0 and 1'),
      prior: z
        .strictObject({a: z.number().positive(), b: z.number().positive()})
        .default({a: 0.5, b: 0.5})
        .describe('beta prior'),
    }),
    call: ({good, n, share, prior}) => shareEvidence(good, n, share, prior),
    published: [
      {
        input: {good: 135, n: 625, share: 0.2, prior: {a: 19.5507936335631, b: 78.2031745342523}},
        prints: {'': '-0.07134019'},
        where:
          "tests of the authors' own confseq, TestOneSidedBetaBinomialMixture: S = 10, V = 100, tuned for 100 at 0.05",
      },
    ],
  }),
  statistic({
    name: 'tEvidence',
    purpose: 'what a bet on "the mean is not 0" has won at a t of n values, as a logarithm',
    source: 'Lai 1976; Wang & Ramdas 2025, anytime-valid t tests, theorem 4.7; prior deviation 1',
    input: z.strictObject({t: z.number().describe('mean over its standard error'), n: whole('values, at least 2')}),
    call: ({t, n}) => tEvidence(t, n),
    published: [
      {
        input: {t: 3, n: 10},
        prints: {'': '1.831731381'},
        where: 'not printed: noncentral t over central t, integrated over the prior with SciPy 1.17',
      },
    ],
  }),
  statistic({
    name: 'dependence',
    purpose: 'whether trials in order depend on each other, and what they are then worth',
    source: 'Bartels 1982, rank von Neumann ratio, beta approximation; bias: Marriott & Pope 1954',
    input: z.strictObject({values: numbers('one a trial, in the order in which they ran, at least 4')}),
    call: ({values}) => dependence(values),
    published: [
      {
        input: {values: tourists},
        prints: {p: '1.21e-08', n: '13'},
        where: "Gibbons & Chakraborti 2003, tourists, in R's example(bartels.rank.test), package randtests, beta",
      },
      {
        input: {values: [528, 348, 264, -20, -167, 575, 410, -4, 430, -122]},
        prints: {ratio: '2.048', seen: 'false'},
        where: 'Bartels 1982, changes in stock levels; ratio by hand from the ranks',
      },
    ],
  }),
  statistic({
    name: 'driftAdjustedRatio',
    purpose: 'after ÷ before told apart from a steady drift, for trials in blocks',
    source: 'analysis of covariance, Fisher 1932; Cochran 1957',
    input: z.strictObject({
      before: placed('place in the order of all trials, value above 0; at least 2'),
      after: placed('the same; no place twice'),
      confidence,
    }),
    call: ({before, after, confidence}) => driftAdjustedRatio(before, after, confidence),
    published: [
      {
        input: {
          before: [10, 11, 10.5, 12].map((value, place) => ({place, value})),
          after: [14, 13.5, 15, 15.5].map((value, i) => ({place: 4 + i, value})),
        },
        prints: {value: '1.11208662', low: '0.94753756', high: '1.30521123', p: '0.14882091'},
        where: 'not printed: least squares on logarithms, side and place, with NumPy and SciPy 1.17',
      },
    ],
  }),
  statistic({
    name: 'meanRatioInterval',
    purpose: 'the geometric mean of ratios, with a t interval on their logarithms',
    source: 'Student 1908, on logarithms',
    input: z.strictObject({ratios: numbers('each above 0, at least 2'), confidence}),
    call: ({ratios, confidence}) => meanRatioInterval(ratios, confidence),
    published: [
      {
        input: {ratios: sleepAfter.map((value, i) => Math.exp(value - (sleepBefore[i] ?? Number.NaN)))},
        prints: {p: '0.002833'},
        where: "R's example(t.test), Student's sleep data, paired, as exp of the hours",
      },
      {
        input: {ratios: [4, 4, 4, 5].map(Math.exp)},
        prints: {p: '0.00044334'},
        where: 'tests of go-moremath (golang.org/x/perf), paired',
      },
    ],
  }),
  statistic({
    name: 'pairedRatio',
    purpose: 'after ÷ before over trials paired by slot',
    source: 'Student 1908, on logarithms of ratios',
    input: z.strictObject({
      before: numbers('above 0, in order of the slots'),
      after: numbers('above 0, as many as before'),
      confidence,
    }),
    call: ({before, after, confidence}) => pairedRatio(before, after, confidence),
    published: [
      {
        input: {before: [2, 1, 3, 4].map(Math.exp), after: [6, 5, 7, 9].map(Math.exp)},
        prints: {p: '0.00044334'},
        where: 'tests of go-moremath (golang.org/x/perf): t = −17',
      },
      {
        input: {before: sleepBefore.map(Math.exp), after: sleepAfter.map(Math.exp)},
        prints: {p: '0.002833'},
        where: "R's example(t.test), Student's sleep data, paired",
      },
    ],
  }),
  statistic({
    name: 'welch',
    purpose: 'whether two unpaired means differ, variances unequal',
    source: 'Welch 1947',
    input: z.strictObject({first: numbers('at least 2'), second: numbers('at least 2'), confidence}),
    call: ({first, second, confidence}) => welch(first, second, confidence),
    published: [
      {
        input: {first: [2, 1, 3, 4], second: [6, 5, 7, 9]},
        prints: {t: '-3.97034462', freedom: '5.58461538', p: '0.00851286'},
        where: 'tests of go-moremath (golang.org/x/perf)',
      },
      {
        input: {first: sleepBefore, second: sleepAfter},
        prints: {t: '-1.8608', freedom: '17.776', p: '0.07939', low: '-3.3654832', high: '0.2054832'},
        where: "R's example(t.test), Student's sleep data",
      },
    ],
  }),
  statistic({
    name: 'mannWhitney',
    purpose: 'whether one of two unpaired samples tends to be larger',
    source: 'Mann & Whitney 1947; exact to 50 a side (25 with ties)',
    input: z.strictObject({first: numbers('at least 1'), second: numbers('at least 1')}),
    call: ({first, second}) => mannWhitney(first, second),
    published: [
      {
        input: {first: [2, 1, 3, 5], second: [12, 11, 13, 15]},
        prints: {u: '0', p: '0.0285714'},
        where: 'tests of go-moremath (golang.org/x/perf)',
      },
      {
        input: {first: permeabilityTerm, second: permeabilityEarly},
        prints: {u: '35', p: '0.2544'},
        where:
          "Hollander & Wolfe 1973, permeability, in R's example(wilcox.test): W = 35, twice the one-sided p of 0.1272",
      },
      {
        input: {first: [19, 22, 16, 29, 24], second: [20, 11, 17, 12]},
        prints: {u: '17', p: '0.1111111111111111'},
        where: "SciPy's documentation of mannwhitneyu",
      },
    ],
  }),
  statistic({
    name: 'wilcoxonSignedRank',
    purpose: 'whether paired values differ, by the ranks of their differences',
    source: 'Wilcoxon 1945; exact to 50 pairs (25 with ties)',
    input: z.strictObject({first: numbers('at least 1'), second: numbers('as many as first')}),
    call: ({first, second}) => wilcoxonSignedRank(first, second),
    published: [
      {
        input: {
          first: [0.878, 0.647, 0.598, 2.05, 1.06, 1.29, 1.06, 3.14, 1.29],
          second: [1.83, 0.5, 1.62, 2.48, 1.68, 1.88, 1.55, 3.06, 1.3],
        },
        prints: {w: '40', p: '0.03906'},
        where:
          "Hollander & Wolfe 1973, depression, in R's example(wilcox.test): V = 40, twice the one-sided p of 0.01953",
      },
      {
        input: {
          first: new Array<number>(15).fill(0),
          second: [6, 8, 14, 16, 23, 24, 28, 29, 41, -48, 49, 56, 60, -67, 75],
        },
        prints: {w: '96', p: '0.041259765625'},
        where: "Darwin's maize in SciPy's documentation of wilcoxon (its 24 is the other sum: 120 − 24)",
      },
    ],
  }),
  statistic({
    name: 'kruskalWallis',
    purpose: 'whether one of several runs tends to have larger values',
    source: 'Kruskal & Wallis 1952, with the correction for ties; chi-square',
    input: z.strictObject({groups: z.array(z.array(z.number())).describe('values of each group, none empty')}),
    call: ({groups}) => kruskalWallis(groups),
    published: [
      {
        input: {
          groups: [
            [2.9, 3.0, 2.5, 2.6, 3.2],
            [3.8, 2.7, 4.0, 2.4],
            [2.8, 3.4, 3.7, 2.2, 2.0],
          ],
        },
        prints: {h: '0.77143', p: '0.68', freedom: '2'},
        where: "Hollander & Wolfe 1973, mucociliary efficiency, in R's example(kruskal.test)",
      },
    ],
  }),
  statistic({
    name: 'predictionInterval',
    purpose: 'where one more value will lie',
    source: 'Meeker, Hahn & Escobar, Statistical Intervals, 2017; t with n − 1 degrees',
    input: z.strictObject({values: numbers('at least 2'), confidence}),
    call: ({values, confidence: level}) => predictionInterval(values, level),
    published: [
      {
        input: {values: [50.3, 48.3, 49.6, 50.4, 51.9]},
        prints: {value: '50.10', low: '46.1', high: '54.1'},
        where: 'Hahn & Meeker 1991, output voltage of circuit packs',
      },
    ],
  }),
  statistic({
    name: 'mannKendall',
    purpose: 'whether values drift in their order, and by how much from one to the next',
    source: 'Mann 1945; Kendall 1975; the slope of Theil 1950 and Sen 1968',
    input: z.strictObject({values: numbers('in the order in which they were measured, at least 4')}),
    call: ({values}) => mannKendall(values),
    published: [
      {
        input: {values: [1.26, 1.27, 1.12, 1.16, 1.03]},
        prints: {s: '-6', p: '0.117', slope: '-0.056'},
        where: 'Hollander & Wolfe 1999, example 9.1, cloud seeding',
      },
      {
        input: {values: [2.5, 3.1, 3.4, 4, 4.6, 5.1, 11.1]},
        prints: {slope: '0.56666667'},
        where: 'Smeeton, Spencer & Sprent 2025, example 11.4, in the R package ANSM5',
      },
      {
        input: {values: [2, 1, 4, 3, 5, 6]},
        prints: {s: '11', p: '0.028'},
        where: 'Gilbert 1987, table A18, n = 6',
      },
      {
        input: {values: [10, 2, 1, 4, 3, 6, 5, 7, 8, 9]},
        prints: {s: '21', p: '0.036'},
        where: 'Gilbert 1987, table A18, n = 10',
      },
    ],
  }),
  statistic({
    name: 'senSlope',
    purpose: 'by how much values drift from one to the next, with an interval that assumes no distribution',
    source: 'Theil 1950; Sen 1968; between two pairs interpolated as in Hettmansperger & Sheather 1986',
    input: z.strictObject({values: numbers('in the order in which they were measured, at least 4'), confidence}),
    call: ({values, confidence}) => senSlope(values, confidence),
    published: [
      {
        input: {values: [2, 1, 4, 3, 5, 6], confidence: 1 - 40 / 720},
        prints: {value: '1', low: '0.333', high: '1.5'},
        where:
          'by hand: at most 2 of 15 pairs are out of order in 20 of 720 orders (Gilbert 1987, table A18), so the third ones',
      },
      {
        input: {values: [1, 2, 2, 3], confidence: 0.5},
        prints: {value: '0.6'},
        where: 'by hand: values that are equal take the slope of least squares, 3 ÷ 5',
      },
    ],
  }),
  statistic({
    name: 'hodgesLehmann',
    purpose: 'by how much two unpaired samples are shifted (second − first)',
    source: 'Hodges & Lehmann 1963; Hollander & Wolfe §4.3',
    input: z.strictObject({first: numbers('at least 4 at 0.95'), second: numbers('at least 4 at 0.95'), confidence}),
    call: ({first, second, confidence}) => hodgesLehmann(first, second, confidence),
    published: [
      {
        input: {first: permeabilityEarly, second: permeabilityTerm},
        prints: {value: '0.305', low: '-0.15', high: '0.76'},
        where: 'Hollander & Wolfe 1973, permeability; R wilcox.test(conf.int = TRUE)',
      },
      {
        input: {first: [2, 1, 3, 5], second: [12, 11, 13, 15]},
        prints: {value: '10', low: '6', high: '14'},
        where: 'not printed: all 16 differences counted by hand, least and largest at 4 against 4',
      },
    ],
  }),
  statistic({
    name: 'clopperPearson',
    purpose: 'a share k of n with its exact interval',
    source: 'Clopper & Pearson 1934',
    input: z.strictObject({
      k: whole('0 … n'),
      n: whole('at least 1'),
      confidence,
      oneSided: z.boolean().default(false).describe('each bound alone at this confidence'),
    }),
    call: ({k, n, confidence, oneSided}) => clopperPearson(k, n, confidence, oneSided),
    published: [
      {
        input: {k: 7, n: 50},
        prints: {low: '0.05819170034', high: '0.26739600250'},
        where: 'not printed: SciPy 1.17, beta.ppf',
      },
      {
        input: {k: 682, n: 925},
        prints: {value: '0.7372973', low: '0.7076683', high: '0.7654066'},
        where: "Mendel's peas (Conover 1971) in R's example(binom.test)",
      },
    ],
  }),
  statistic({
    name: 'toleranceTrials',
    purpose: 'how many trials without failure show a reliability',
    source: 'Wilks 1941; success-run theorem',
    input: z.strictObject({reliability: share('between 0 and 1'), confidence}),
    call: ({reliability, confidence}) => toleranceTrials(reliability, confidence),
    published: [
      {input: {reliability: 0.95}, prints: {'': '59'}, where: 'Wilks: 59 runs for 95 % at 95 %'},
      {input: {reliability: 0.99}, prints: {'': '299'}, where: 'success-run tables: 99 % at 95 %'},
      {input: {reliability: 0.9, confidence: 0.9}, prints: {'': '22'}, where: 'success-run tables: 90 % at 90 %'},
    ],
  }),
  statistic({
    name: 'sprt',
    purpose: 'a failure rate tested while the trials run',
    source: 'Wald 1947; NIST/SEMATECH handbook 6.2.3.4',
    input: z.strictObject({
      p0: share('good failure rate'),
      p1: share('bad failure rate, above p0'),
      alpha: share('chance to reject a good one'),
      beta: share('chance to accept a bad one'),
      failures: whole('so far'),
      trials: whole('so far'),
    }),
    call: ({failures, trials, ...plan}) => sprt(plan, failures, trials),
    published: [
      {
        input: {p0: 0.01, p1: 0.1, alpha: 0.05, beta: 0.1, failures: 0, trials: 24},
        prints: {h1: '0.939', h2: '1.205', slope: '0.0397', decision: 'accept'},
        where: 'NIST handbook 6.2.3.4: lines and the table, accept 0 of 24',
      },
      {
        input: {p0: 0.01, p1: 0.1, alpha: 0.05, beta: 0.1, failures: 3, trials: 21},
        prints: {h1: '0.93886', h2: '1.20538', slope: '0.0397474', decision: 'reject'},
        where: 'the same table, reject 3 of 21; lines with more digits by hand',
      },
    ],
  }),
  statistic({
    name: 'kaplanMeier',
    purpose: 'waits of which some never ended',
    source: 'Kaplan & Meier 1958; Greenwood; Kalbfleisch & Prentice',
    input: z.strictObject({
      waits: z
        .array(z.strictObject({time: z.number(), ended: z.boolean()}))
        .describe('ended: false is one that was still going on at that time'),
      confidence,
    }),
    call: ({waits, confidence}) => kaplanMeier(waits, confidence),
    published: [
      {
        input: {
          waits: [
            ...[6, 6, 6, 7, 10, 13, 16, 22, 23].map(time => ({time, ended: true})),
            ...[6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35].map(time => ({time, ended: false})),
          ],
        },
        prints: {
          'steps.0.survival': '0.857',
          'steps.3.survival': '0.690',
          'steps.6.survival': '0.448',
          'steps.6.low': '0.188',
          'steps.6.high': '0.680',
          'median.value': '23',
        },
        where: '6-MP in leukaemia, Freireich et al. 1963, as in Kleinbaum & Klein and R survival (log-log)',
      },
      {
        input: {
          waits: [
            ...[9, 19, 32, 34].map(time => ({time, ended: true})),
            ...[48, 50].map(time => ({time, ended: false})),
          ],
        },
        prints: {
          'steps.0.survival': '0.833',
          'steps.1.survival': '0.667',
          'steps.2.survival': '0.500',
          'steps.3.survival': '0.333',
        },
        where: 'textbook product 5/6 · 4/5 · 3/4 · 2/3',
      },
    ],
  }),
  statistic({
    name: 'steadyState',
    purpose: 'whether rounds of a storage test have settled',
    source: 'SNIA Solid State Storage Performance Test Specification, steady state',
    input: z.strictObject({rounds: numbers('oldest first, at least 5; 25 are looked at')}),
    call: ({rounds}) => steadyState(rounds),
    published: [
      {
        input: {rounds: [33500, 34000, 33800, 33200, 33600]},
        prints: {steady: 'true', mean: '33620', range: '800'},
        where: "the specification's two conditions, by hand (it prints no data set)",
      },
      {
        input: {rounds: [100, 103, 106, 109, 112]},
        prints: {steady: 'false', excursion: '12', mean: '106'},
        where: 'the same: slope 12 > 10.6',
      },
      {
        input: {rounds: [100, 115, 90, 112, 98]},
        prints: {steady: 'false', range: '25'},
        where: 'the same: range 25 > 20.6',
      },
    ],
  }),
  statistic({
    name: 'mergeBins',
    purpose: 'latency histograms of jobs, guests and hosts added up',
    source: 'fio stat.c: counts of equal bins add up',
    input: z.strictObject({histograms: z.array(histogram)}),
    call: ({histograms}) => answer(mergeBins(histograms.map(pairs))),
    published: [
      {
        input: {histograms: [{'200': 1, '3': 2}, {'200': 4}]},
        prints: {length: '2', '0.0': '3', '0.1': '2', '1.0': '200', '1.1': '5'},
        where: 'by hand; over whole recordings it equals fio\'s own "All clients" (bins.test.ts)',
      },
    ],
  }),
  statistic({
    name: 'quantileFromBins',
    purpose: 'a percentile of a latency histogram, in ns',
    source: 'fio stat.c, calc_clat_percentiles: first bin with cumulative ≥ p·N',
    input: z.strictObject({bins: histogram, p: share('0 … 1; 0.99 is P99')}),
    call: ({bins, p}) => quantileFromBins(pairs(bins), p),
    published: [
      {
        input: {
          bins: {
            '10420224': 1,
            '79167488': 1,
            '95944704': 1,
            '135266304': 1,
            '168820736': 1,
            '175112192': 1,
            '191889408': 1,
            '206569472': 1,
          },
          p: 0.5,
        },
        prints: {value: '135266304'},
        where: 'fio 3.33 on its own recording (fixtures/storage-guide-job/fio-fill.json), P50',
      },
      {
        input: {
          bins: {
            '25034752': 1,
            '46923776': 1,
            '49020928': 1,
            '55312384': 2,
            '73924608': 1,
            '86507520': 1,
            '91750400': 1,
          },
          p: 0.7,
        },
        prints: {value: '73924608'},
        where: 'fio 3.33 on its own recording (fixtures/runs/quick, storage.guide-job), P70',
      },
    ],
  }),
  statistic({
    name: 'ecdf',
    purpose: 'the distribution of values, with a band that holds everywhere',
    source: 'Dvoretzky, Kiefer & Wolfowitz 1956; Massart 1990',
    input: z.strictObject({values: numbers('at least 1'), confidence}),
    call: ({values, confidence}) => ecdf(values, confidence),
    published: [
      {
        input: {values: upTo(100)},
        prints: {'49.share': '0.5', '49.low': '0.364', '49.high': '0.636'},
        where: "Kolmogorov's asymptotic table: ± 1.36/√n at 95 %",
      },
      {
        input: {values: [3, 1, 3, 2]},
        prints: {length: '3', '0.share': '0.25', '1.share': '0.5', '2.share': '1'},
        where: "definition, by hand; R's ecdf steps alike",
      },
    ],
  }),
  statistic({
    name: 'holm',
    purpose: 'p values adjusted for several metrics',
    source: 'Holm 1979',
    input: z.strictObject({ps: numbers('each 0 … 1')}),
    call: ({ps}) => holm(ps),
    published: [
      {
        input: {ps: [0.5, 0.003, 0.32, 0.054, 0.0003]},
        prints: {'0': '0.64', '1': '0.012', '2': '0.64', '3': '0.162', '4': '0.0015'},
        where: "pingouin's documentation of holm",
      },
      {
        input: {ps: [0.319, 0.201, 0.4, 0.374, 0.113]},
        prints: {'0': '0.957', '1': '0.804', '3': '0.957', '4': '0.565'},
        where: "stdlib's documentation of padjust",
      },
    ],
  }),
  statistic({
    name: 'changePoints',
    purpose: 'where a nightly series changed its level',
    source: 'Matteson & James 2014; Fleming et al. 2023 (Hunter); Apache Otava',
    input: z.strictObject({
      values: numbers('one a night, oldest first, at least 4'),
      window: whole('points looked at together').default(50),
      p: share('a change is below it').default(0.001),
      change: share('relative; a change is above it').default(0.05),
      newest: whole('a change among so many newest points is only suspected').default(5),
      compat: z.boolean().default(false).describe('as Apache Otava computes'),
    }),
    call: ({values, ...options}) => changePoints(values, options),
    published: [
      {
        input: {values: [0.3, 2.4, 1.5, -0.9, -0.5, 99.7, 98.3, 99.1, 149, 149.7, 149.5, 149.1, 148.8, 150]},
        prints: {length: '2', '0.index': '5', '1.index': '8'},
        where: "Apache Otava's tests, change_point_divisive_test",
      },
      {
        input: {values: halved, window: 10, p: 0.0001},
        prints: {length: '1', '0.index': '10'},
        where: "Apache Otava's tests",
      },
      {
        input: {values: [...halved, 0.47, 0.48, 0.45, 0.01, 0.1, 0.22], p: 0.0001, compat: true},
        prints: {length: '2', '0.index': '10', '1.index': '23'},
        where: "Apache Otava's tests, series continued",
      },
    ],
  }),
  statistic({
    name: 'fitUsl',
    purpose: 'contention, coherency and the peak of throughput over load',
    source: 'Gunther 2007, Guerrilla Capacity Planning (Universal Scalability Law)',
    input: z.strictObject({points: z.array(load).describe('[load ≥ 1, throughput > 0], at least 6 at 3 loads')}),
    call: ({points}) => fitUsl(points),
    published: [
      {
        input: {points: specsdm91},
        prints: {
          alpha: '0.0277285',
          beta: '0.0001044',
          gamma: '89.995233',
          'peak.load': '96.52',
          'peak.throughput': '1884',
        },
        where: 'R package usl 3, README: SPEC SDM91',
      },
      {
        input: {
          points: [
            [1, 1],
            [2, 1.8868],
            [4, 3.0769],
            [6, 3.5294],
            [8, 3.5398],
            [10, 3.3557],
          ],
        },
        prints: {alpha: '0.0200', beta: '0.0200', gamma: '1.00'},
        where: 'R package usl 3, tests/coef.R',
      },
    ],
  }),
  statistic({
    name: 'kneedle',
    purpose: 'where a curve bends',
    source: 'Satopää, Albrecht, Irwin & Raghavan 2011',
    input: z.strictObject({
      xs: numbers('strictly ascending, at least 4'),
      ys: numbers('as many as xs'),
      curve: z.enum(['concave', 'convex']),
      direction: z.enum(['increasing', 'decreasing']),
      sensitivity: z.number().default(1).describe('S; larger is more conservative'),
    }),
    call: ({xs, ys, ...options}) => kneedle(xs, ys, options),
    published: [
      {
        input: {
          xs: upTo(10).map(i => (i - 1) / 9),
          ys: upTo(10).map(i => -1 / ((i - 1) / 9 + 0.1) + 5),
          curve: 'concave',
          direction: 'increasing',
        },
        prints: {length: '1', '0': '2'},
        where: 'figure 2 of the paper: knee at x = 0.22, index 2 of 10',
      },
      {
        input: {
          xs: upTo(10),
          ys: [1, 2, 3, 4, 5, 10, 15, 20, 40, 100],
          curve: 'convex',
          direction: 'increasing',
        },
        prints: {'0': '7'},
        where: 'kneed, test_convex_increasing',
      },
      {
        input: {
          xs: upTo(10),
          ys: [0, 60, 80, 85, 90, 95, 96, 97, 98, 99],
          curve: 'concave',
          direction: 'increasing',
        },
        prints: {'0': '2'},
        where: 'kneed, test_concave_increasing',
      },
    ],
  }),
  statistic({
    name: 'kOfN',
    purpose: 'availability of a group that needs k of n parts',
    source: 'MIL-HDBK-338; ΣC(n,i)aⁱ(1−a)ⁿ⁻ⁱ',
    input: z.strictObject({
      k: whole('parts needed'),
      n: whole('parts there are'),
      a: share('availability of one, 0 … 1'),
    }),
    call: ({k, n, a}) => kOfN(k, n, a),
    published: [
      {input: {k: 2, n: 3, a: 0.99}, prints: {'': '0.999702'}, where: 'two of three at 0.99, by hand'},
      {
        input: {k: 3, n: 4, a: 0.9},
        prints: {'': '0.9477'},
        where: 'Reliability Analytics (MIL-HDBK-338): 3 of 4 displays',
      },
      {input: {k: 4, n: 6, a: 0.8}, prints: {'': '0.90112'}, where: 'Kimmery, reliability cookbook: 4 of 6'},
    ],
  }),
  statistic({
    name: 'erlangC',
    purpose: 'the chance that an arrival must wait',
    source: 'Erlang 1917',
    input: z.strictObject({
      servers: whole('at least 1'),
      load: z.number().describe('erlangs: arrivals × service time'),
    }),
    call: ({servers, load}) => erlangC(servers, load),
    published: [
      {
        input: {servers: 55, load: 48},
        prints: {'': '0.239'},
        where: "Mitan's worked example: 360 calls of 4 min in 30 min, 55 agents",
      },
      {input: {servers: 14, load: 10}, prints: {'': '0.174'}, where: 'Call Centre Helper: 10 erlangs, 14 agents'},
      {
        input: {servers: 2, load: 2 / 3},
        prints: {'': '0.167'},
        where: 'Hillier & Lieberman, county hospital, 2 doctors',
      },
    ],
  }),
  statistic({
    name: 'mtbfLowerBound',
    purpose: 'a mean time between failures that is at least so long',
    source: 'NIST/SEMATECH handbook 8.4.5.1; MIL-HDBK-781 (ended by time)',
    input: z.strictObject({time: z.number().describe('above 0, any unit'), failures: whole('at least 0'), confidence}),
    call: ({time, failures, confidence}) => mtbfLowerBound(time, failures, confidence),
    published: [
      {input: {time: 800, failures: 2}, prints: {'': '127'}, where: 'NIST handbook 8.4.5.1: 800 h, 2 failures'},
      {
        input: {time: 1, failures: 1},
        prints: {'': '0.2108'},
        where: 'NIST handbook 8.4.5.1, factor for 1 failure at 95 %',
      },
    ],
  }),
  statistic({
    name: 'lostSeconds',
    purpose: 'service that a bystander lost to a fault elsewhere',
    source: 'defined here: Σ (median − v)/median · interval where v < 95 % of the median',
    input: z.strictObject({
      baseline: numbers('rate an interval before the fault, at least 1'),
      during: z.array(z.number().nullable()).describe('the same from the fault on; null where there is no value'),
      intervalSeconds: z.number().describe('above 0'),
    }),
    call: ({baseline, during, intervalSeconds}) => lostSeconds(baseline, during, intervalSeconds),
    published: [
      {
        input: {baseline: [100, 100, 102], during: [100, 96, 50, 0, null, 100, 94], intervalSeconds: 2},
        prints: {lostSeconds: '3.12', worstGapSeconds: '6', missingSeconds: '2'},
        where: 'nowhere published (own definition); by hand: 2·(0.5 + 1 + 0.06)',
      },
    ],
  }),
  statistic({
    name: 'outliers',
    purpose: 'indices of values that stand far out; flagged, never dropped',
    source: 'Hampel 1974; abs(x − median) > 14.826·MAD, ten standard deviations',
    input: z.strictObject({values: numbers('at least 3')}),
    call: ({values}) => outliers(values),
    published: [
      {
        input: {values: [1, 3, 3, 6, 8, 10, 10, 1000]},
        prints: {length: '1', '0': '7'},
        where: 'Leys et al. 2013: 1000 stands out (there beyond three deviations)',
      },
      {
        input: {values: [10, 11, 9, 10, 12, 8, 100]},
        prints: {length: '1', '0': '6'},
        where: 'by hand: median 10, MAD 1, 90 > 14.826',
      },
    ],
  }),
];
