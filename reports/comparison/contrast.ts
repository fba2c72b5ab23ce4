import {answer, type Stat} from '../../harness/parse/answer.ts';
import type {Estimate} from '../../harness/types.ts';
import {dependence, factLevel} from '../stats/dependence.ts';
import {type DriftAdjusted, driftAdjustedRatio, lag, mostLag, type Placed} from '../stats/drift.ts';
import {hodgesLehmann, hodgesLehmannPaired} from '../stats/hodges-lehmann.ts';
import {mannWhitney} from '../stats/mann-whitney.ts';
import {greatest, mean, median, variance} from '../stats/numbers.ts';
import {type PairedRatio, pairedRatio, stretchedRatio} from '../stats/ratio.ts';
import {unpairedRatio} from '../stats/welch.ts';
import {wilcoxonSignedRank} from '../stats/wilcoxon.ts';

/**
 * Trials a side (or pairs) from which a ratio has an interval, a difference may be claimed, a p value of ranks below
 * 0.05 is possible at all, and a median has an interval. A claim needs 3: where a machine has two speeds, 2 a side
 * fall on one each by chance, hardly differ among themselves, and t is sure of it: 12.4 % false alarms at 5 %, at
 * worst; 3 a side give 3.1 % (contrast.test.ts).
 */
export const fewestFor = {ratio: 2, claim: 3, mannWhitney: 4, wilcoxon: 6, median: 6} as const;

export interface Contrast {
  /**
   * `ratio`: after ÷ before. `difference`: after − before in the values' unit, where a value of 0 or below has no
   * ratio.
   */
  scale: 'ratio' | 'difference';
  /** Without an interval `low` and `high` are infinite. */
  effect: Estimate;
  /** Two-sided, of the test that decides; absent with too few trials. */
  p?: number;
  /** The same question put to ranks, which assume no distribution. */
  ranks?: {test: 'Mann–Whitney' | 'Wilcoxon signed-rank'; p: number};
  /**
   * Spread of one side, relative (the deviation of logarithms, or deviation ÷ mean before); absent where it cannot be
   * known.
   */
  spread?: number;
  /** All of one side was measured before all of the other, and a steady drift is taken out. */
  inBlocks?: boolean;
  /** Every value on both sides is one and the same; in pairs: both of each pair are. */
  allEqual: boolean;
}

export interface Contrasted {
  paired: boolean;
  confidence: number;
  /** Where each trial stands in the order in which all ran, e.g. its start; by index. No two trials share one. */
  places?: {before: readonly number[]; after: readonly number[]};
}

/**
 * How much `after` differs from `before`, one value a trial. Unpaired: Welch's t on logarithms, Mann–Whitney beside
 * it. Paired (equal lengths, pair by index): t on the logarithms of the ratios, Wilcoxon's signed ranks beside it.
 * Where a value is 0 or below, or none varies, the ranks decide. Where the order of the trials is known and the sides
 * do not lie evenly in it, a steady drift is taken out, in pairs too: on logarithms, or where there are none along a
 * straight line, which can only take from what the ranks say. Never NaN: what cannot be computed is absent. Needs 1
 * finite value a side.
 */
export function contrast(before: readonly number[], after: readonly number[], options: Contrasted): Contrast {
  const {paired, confidence} = options;
  const ranks = paired ? signedRanks(before, after) : rankSums(before, after);
  const allEqual = paired
    ? after.every((value, index) => value === before[index])
    : [...before, ...after].every(value => value === before[0]);
  const positive = [...before, ...after].every(value => value > 0);
  const common = {allEqual, ...(ranks === undefined ? {} : {ranks})};
  if (!positive) {
    const found: Contrast = {...common, ...differenceOf(before, after, paired, confidence), ...decidedBy(ranks)};
    return {...found, ...beyondDrift(before, after, found, options)};
  }
  if (Math.min(before.length, after.length) < fewestFor.ratio) return {...ofSingles(before, after, options), allEqual};
  const found =
    withoutDrift(before, after, options, ranks) ??
    (paired ? byPairs(before, after, options) : bySides(before, after, confidence)) ??
    byRanksAlone(before, after, options, ranks);
  return {...common, ...found, scale: 'ratio'};
}

type Found = Pick<Contrast, 'effect' | 'p' | 'spread' | 'inBlocks'>;

function ofSingles(
  before: readonly number[],
  after: readonly number[],
  {paired, confidence}: Contrasted,
): Pick<Contrast, 'scale' | 'effect'> {
  const value = Math.exp(mean(after.map(Math.log)) - mean(before.map(Math.log)));
  const n = paired ? before.length : before.length + after.length;
  return {scale: 'ratio', effect: {...noInterval, value, n, confidence, method: 'ratio of single trials'}};
}

function byPairs(before: readonly number[], after: readonly number[], options: Contrasted): Found | undefined {
  const ratio = inOrder(pairedRatio(before, after, options.confidence), before, after, options.places);
  if (!ratio.ok || !(ratio.value.logDeviation > epsilon)) return undefined;
  const {p, logDeviation, ...effect} = ratio.value;
  // The deviation of paired logarithms is √2 times that of one side.
  return {effect, p, spread: logDeviation / Math.SQRT2};
}

function bySides(before: readonly number[], after: readonly number[], confidence: number): Found | undefined {
  const ratio = unpairedRatio(before, after, confidence);
  const spread = Math.sqrt((variance(before.map(Math.log)) + variance(after.map(Math.log))) / 2);
  if (!ratio.ok || !(spread > epsilon)) return undefined;
  const {p, ...effect} = ratio.value;
  return {effect, p, spread};
}

/** Nothing varies on either side: a t test would be sure of anything. */
function byRanksAlone(
  before: readonly number[],
  after: readonly number[],
  {paired, confidence}: Contrasted,
  ranks: Contrast['ranks'],
): Found {
  const shift = shiftOf(before.map(Math.log), after.map(Math.log), paired, confidence);
  const bounds = Number.isFinite(shift.low) ? {low: Math.exp(shift.low), high: Math.exp(shift.high)} : {};
  return {effect: {...shift, value: Math.exp(shift.value), ...bounds}, ...decidedBy(ranks), spread: 0};
}

/**
 * Absent where the sides lie evenly in the order, where there are too few trials, and where neither side varies. Where
 * every value lies on the line of the drift, t would be sure of anything: then ranks decide, from as many as they need.
 */
function withoutDrift(
  before: readonly number[],
  after: readonly number[],
  {paired, confidence, places}: Contrasted,
  ranks: Contrast['ranks'],
): Found | undefined {
  const adjusted = adjustedFor(before, after, places, confidence);
  if (adjusted?.ok !== true) return undefined;
  const {p, logDeviation, inBlocks, ...whole} = adjusted.value;
  const effect = {...whole, n: paired ? before.length : whole.n};
  if (logDeviation > epsilon) return {effect, p, spread: logDeviation, inBlocks};
  if ([before, after].every(side => variance(side.map(Math.log)) <= epsilon ** 2)) return undefined;
  const few = Math.min(before.length, after.length) < (paired ? fewestFor.wilcoxon : fewestFor.mannWhitney);
  return {effect: few ? {...effect, ...noInterval} : effect, ...decidedBy(ranks), spread: 0, inBlocks};
}

/** Absent where the order is not known, or the sides lie evenly in it. */
function adjustedFor(
  before: readonly number[],
  after: readonly number[],
  places: Contrasted['places'],
  confidence: number,
): Stat<DriftAdjusted> | undefined {
  if (places === undefined) return undefined;
  const placed = (values: readonly number[], at: readonly number[]): readonly Placed[] =>
    values.map((value, index) => ({value, place: at[index] ?? Number.NaN}));
  const sides = [placed(before, places.before), placed(after, places.after)] as const;
  return Math.abs(lag(...sides)) <= mostLag ? undefined : driftAdjustedRatio(...sides, confidence);
}

/**
 * What a steady drift leaves of a difference: counts may reach 0 along a straight line, in their own unit. Of ranks
 * alone nothing can be taken out, so the interval is widened to what the line leaves, and p is the larger one. Nothing
 * where `withoutDrift` has nothing. Where every value lies on the line t would be sure of anything: no step is no
 * difference, and for a step the ranks decide.
 */
function beyondDrift(
  before: readonly number[],
  after: readonly number[],
  {effect, p}: Contrast,
  {confidence, places}: Contrasted,
): {effect?: Estimate; p?: number; inBlocks?: boolean} {
  if ([before, after].every(side => side.every(value => value === side[0]))) return {};
  const size = greatest([...before, ...after].map(value => Math.abs(value)));
  // Its logarithms are then the values, from −1 to 1.
  const scaled = (values: readonly number[]) => values.map(value => Math.exp(value / size));
  const adjusted = adjustedFor(scaled(before), scaled(after), places, confidence);
  if (adjusted?.ok !== true) return {};
  const {value, low, high, logDeviation, inBlocks, p: byLine} = adjusted.value;
  const onLine = logDeviation <= epsilon;
  const step = onLine && Math.abs(Math.log(value)) <= epsilon ? 1 : value;
  const chance = onLine ? Number(step === 1) : byLine;
  const shifts = (onLine ? [step] : [low, high]).map(ratio => (ratio > 0 ? size * Math.log(ratio) : noInterval.low));
  return {
    effect: {
      ...effect,
      low: Math.min(effect.low, ...shifts),
      high: Math.max(effect.high, ...shifts),
      method: `${effect.method}, widened to what a steady drift over the order of the trials leaves`,
    },
    ...(p === undefined ? {} : {p: Math.max(p, chance)}),
    inBlocks,
  };
}

/** Pairs in the order in which they were measured may depend on each other. */
function inOrder(
  ratio: Stat<PairedRatio>,
  before: readonly number[],
  after: readonly number[],
  places: Contrasted['places'],
): Stat<PairedRatio> {
  if (!ratio.ok || places === undefined) return ratio;
  const order = before
    .map((value, index) => ({log: Math.log((after[index] ?? Number.NaN) / value), at: places.before[index] ?? 0}))
    .sort((a, b) => a.at - b.at);
  const found = dependence(
    order.map(({log}) => log),
    factLevel,
  );
  return answer(stretchedRatio(ratio.value, found.ok ? found.value.stretch : 1));
}

/** A deviation of logarithms below this is rounding. */
const epsilon = 1e-12;
const noInterval = {low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY};

function decidedBy(ranks: Contrast['ranks']): {p?: number} {
  return ranks === undefined ? {} : {p: ranks.p};
}

function rankSums(before: readonly number[], after: readonly number[]): Contrast['ranks'] {
  if (Math.min(before.length, after.length) < 2) return undefined;
  const test = mannWhitney(before, after);
  return test.ok ? {test: 'Mann–Whitney', p: test.value.p} : undefined;
}

function signedRanks(before: readonly number[], after: readonly number[]): Contrast['ranks'] {
  if (before.length < 2) return undefined;
  const test = wilcoxonSignedRank(before, after);
  return test.ok ? {test: 'Wilcoxon signed-rank', p: test.value.p} : undefined;
}

function differenceOf(
  before: readonly number[],
  after: readonly number[],
  paired: boolean,
  confidence: number,
): Pick<Contrast, 'scale' | 'effect' | 'spread'> {
  const middle = Math.abs(mean(before));
  const few = Math.min(before.length, after.length) < 2;
  const spread = few || middle === 0 ? Number.NaN : Math.sqrt((variance(before) + variance(after)) / 2) / middle;
  return {
    scale: 'difference',
    effect: shiftOf(before, after, paired, confidence),
    ...(Number.isFinite(spread) ? {spread} : {}),
  };
}

/** after − before without an assumption on the distribution; the interval is infinite where there are too few. */
function shiftOf(before: readonly number[], after: readonly number[], paired: boolean, confidence: number): Estimate {
  const differences = paired
    ? after.map((value, index) => value - (before[index] ?? Number.NaN))
    : after.flatMap(value => before.map(one => value - one));
  const shift = paired ? hodgesLehmannPaired(differences, confidence) : hodgesLehmann(before, after, confidence);
  if (shift.ok) return shift.value;
  return {
    ...noInterval,
    value: median(differences),
    n: paired ? before.length : before.length + after.length,
    confidence,
    method: paired ? 'median of paired differences' : 'median of pairwise differences',
  };
}
