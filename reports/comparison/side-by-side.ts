/** Two sets of trials side by side: every metric that both measured, judged; everything else listed. Pure. */
import type {Estimate, Sample, Unit} from '../../harness/types.ts';
import {keyOf} from '../files/samples.ts';
import {type Metric, metricNamed, metrics} from '../metrics.ts';
import {operationsToShow, tooFew} from '../percentile.ts';
import {blocksNote} from '../stats/drift.ts';
import {holm} from '../stats/holm.ts';
import {mannWhitney} from '../stats/mann-whitney.ts';
import {medianInterval} from '../stats/median.ts';
import {median} from '../stats/numbers.ts';
import {outliers} from '../stats/outliers.ts';
import {trialsPerSide} from '../stats/sample-size.ts';
import {byCount} from '../words/text.ts';
import {formatProbability, formatShare} from '../words/units.ts';
import {labelWords, plural} from '../words/words.ts';
import {type Contrast, type Contrasted, contrast, fewestFor} from './contrast.ts';
import {type SettingDifference, type Setup, settingDifferences} from './settings.ts';

/** One trial as it comes in: a file, or a trial of a run. */
export interface ComparedTrial extends Setup {
  /** The file, or the run it belongs to. */
  source: string;
  /** Unix time; where it is known of all trials, a drift is told from a difference. */
  startedAtMs?: number;
  /** In pairs, the trials of both sides with the same `pair` are held against each other, series by series. */
  pair: string;
  samples: readonly Sample[];
  /** Sentences. */
  warnings: readonly string[];
  /** Why its numbers must not count. It is listed and left out. */
  unfit?: string;
}

export interface SeriesNoise {
  metric: string;
  labels: Readonly<Record<string, string>>;
  noise?: number;
}

export interface SideBySideOptions {
  paired: boolean;
  /** 0…1, default 0.95. */
  confidence?: number;
  /** Smallest relative change worth a word, default 0.03. */
  threshold?: number;
  /** Relative A/A noise: one number, or as an A/A comparison measured it, by series. A change must be twice that. */
  noise?: number | readonly SeriesNoise[];
  /** Only these metrics; all without. */
  metrics?: readonly string[];
  /** What is known of the sides as a whole. */
  warnings?: readonly string[];
  /** Reasons, known beforehand, why "none is worse" must not be said. */
  reservations?: readonly string[];
}

export interface SideValues {
  /** One value a trial, in the order given. In pairs, values of the same index belong together. */
  values: readonly {trial: string; value: number}[];
  median: number;
  /** Order-statistic interval of the median; absent below 6 trials (at 95 %). */
  estimate?: Estimate;
  /** Indices of values that stand far out. They count all the same. */
  outliers: readonly number[];
}

export type ContrastVerdict = 'better' | 'worse' | 'no-difference-shown' | 'too-noisy';

export interface Row {
  metric: string;
  labels: Readonly<Record<string, string>>;
  unit: Unit;
  better: Metric['better'];
  before: SideValues;
  after: SideValues;
  scale: Contrast['scale'];
  effect: Estimate;
  p?: number;
  pHolm?: number;
  ranks?: Contrast['ranks'];
  verdict: ContrastVerdict;
  /** Trials a side that would show the smallest change worth a word. */
  trialsNeeded?: number;
  /** The smallest relative change worth a word, for this series. */
  threshold: number;
  /** What this comparison is worth as an A/A control: the larger of the change it saw and half the half-width of its interval. */
  noise?: number;
  notes: readonly string[];
}

/** What was measured and cannot be compared. */
export interface Aside {
  metric: string;
  labels: Readonly<Record<string, string>>;
  before: number;
  after: number;
  reason: string;
}

export interface ListedTrial {
  name: string;
  source: string;
  /** Why it was left out. */
  unfit?: string;
}

export interface SideBySide {
  schema: 'seatrial-comparison/1';
  verdict: 'none-worse' | 'worse' | 'undecided';
  exitCode: 0 | 1 | 2;
  /** Why it is undecided, or what is unsure beside a `worse`. */
  reasons: readonly string[];
  paired: boolean;
  confidence: number;
  threshold: number;
  /** How many p values Holm corrects for. */
  tests: number;
  noise: 'not given' | 'given' | 'measured';
  before: readonly ListedTrial[];
  after: readonly ListedTrial[];
  settings: {between: readonly SettingDifference[]; within: readonly SettingDifference[]};
  warnings: readonly string[];
  rows: readonly Row[];
  aside: readonly Aside[];
}

const defaultThreshold = 0.03;

// ───────────────────────────── series ─────────────────────────────

interface Point {
  trial: string;
  pair: string;
  value: number;
  censored: boolean;
  startedAtMs?: number;
  /** Why its operations are too few for the percentile. */
  short?: string;
}

interface Series {
  metric: string;
  labels: Readonly<Record<string, string>>;
  unit: Unit;
  before: Point[];
  after: Point[];
}

/** Labels that tell trials apart, not series. */
const trialLabels = new Set(['file', 'trial', 'repetition']);

function profilesOf(trials: readonly ComparedTrial[]): ReadonlySet<string> {
  return new Set(trials.flatMap(({samples}) => samples.flatMap(({labels}) => labels.profile ?? [])));
}

/** A side of one profile may be held against another profile; where a side has several, each is compared with itself. */
function apartFrom(before: readonly ComparedTrial[], after: readonly ComparedTrial[]): ReadonlySet<string> {
  const several = profilesOf(before).size > 1 || profilesOf(after).size > 1;
  return several ? trialLabels : new Set([...trialLabels, 'profile']);
}

function seriesOf(
  before: readonly ComparedTrial[],
  after: readonly ComparedTrial[],
  confidence: number,
): readonly Series[] {
  const dropped = apartFrom(before, after);
  const all = new Map<string, Series>();
  const add = (side: 'before' | 'after', {name, pair, samples, startedAtMs}: ComparedTrial) => {
    const own = new Map<string, Sample[]>();
    for (const sample of samples) {
      const labels = Object.fromEntries(
        Object.entries(sample.labels)
          .filter(([label]) => !dropped.has(label))
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      );
      const key = JSON.stringify([sample.metric, sample.unit, labels]);
      if (!all.has(key)) all.set(key, {metric: sample.metric, labels, unit: sample.unit, before: [], after: []});
      own.set(key, [...(own.get(key) ?? []), sample]);
    }
    for (const [key, those] of own) {
      // Several samples of one trial are one value: the trial is what is replicated.
      const value = median(those.map(sample => sample.value));
      const censored = those.some(sample => sample.censored === true);
      const short = those.flatMap(
        ({labels: {percentile}, operations}) =>
          tooFew(percentile, operations, wanted => operationsToShow(wanted, confidence)) ?? [],
      )[0];
      const point = {
        trial: name,
        pair,
        value,
        censored,
        ...(short === undefined ? {} : {short}),
        ...(startedAtMs === undefined ? {} : {startedAtMs}),
      };
      all.get(key)?.[side].push(point);
    }
  };
  for (const trial of before) add('before', trial);
  for (const trial of after) add('after', trial);
  const rank = (metric: string) => {
    const index = metrics.findIndex(({name}) => name === metric);
    return index < 0 ? metrics.length : index;
  };
  return [...all.values()].sort(
    (a, b) =>
      rank(a.metric) - rank(b.metric) ||
      byCount(a.metric, b.metric) ||
      byCount(labelWords(a.labels), labelWords(b.labels)) ||
      byCount(JSON.stringify(a.labels), JSON.stringify(b.labels)),
  );
}

/** Only points that have a partner, in the order of the first side. */
function inPairs({before, after}: Series): {before: Point[]; after: Point[]} {
  const partners = new Map(after.map(point => [point.pair, point]));
  const both = before.flatMap(point => {
    const partner = partners.get(point.pair);
    return partner ? [[point, partner] as const] : [];
  });
  return {before: both.map(([one]) => one), after: both.map(([, other]) => other)};
}

// ───────────────────────────── one row ─────────────────────────────

interface Settled {
  confidence: number;
  paired: boolean;
  threshold: number;
  noise: SideBySideOptions['noise'];
}

interface Unjudged {
  series: Series;
  metric: Metric;
  before: SideValues;
  after: SideValues;
  contrast: Contrast;
  notes: string[];
}

function sideOf(points: readonly Point[], confidence: number): SideValues {
  const values = points.map(({value}) => value);
  const interval = medianInterval(values, confidence);
  const far = outliers(values);
  return {
    values: points.map(({trial, value}) => ({trial, value})),
    median: median(values),
    ...(interval.ok ? {estimate: interval.value} : {}),
    outliers: far.ok ? far.value : [],
  };
}

/** The series measured, or why it cannot be compared. */
function measured(series: Series, {confidence, paired}: Settled): Unjudged | Aside {
  const {metric: name, labels} = series;
  const [all, others] = [series.before.length, series.after.length];
  const asideFor = (reason: string): Aside => ({metric: name, labels, before: all, after: others, reason});
  const metric = metricNamed(name);
  if (all === 0) return asideFor('measured after only');
  if (others === 0) return asideFor('measured before only');
  if (!metric) return asideFor('it is not known whether more or less of it is better');
  const points = [...series.before, ...series.after];
  const endless = points.filter(({censored}) => censored).length;
  if (endless > 0)
    return asideFor(
      `${plural(endless, 'trial')} gave a lower bound only: what never ended, or is beyond what the tool can measure, has no ratio`,
    );
  const short = points.find(({short}) => short !== undefined);
  if (short !== undefined) return asideFor(`${short.trial} ${short.short}`);
  if (!points.every(({value}) => Number.isFinite(value))) return asideFor('a value is not a finite number');
  const {before, after} = paired ? inPairs(series) : series;
  if (before.length === 0) return asideFor('no trial before has a partner after');
  const alone = all + others - 2 * before.length;
  const notes = paired && alone > 0 ? [`${plural(alone, 'trial')} without a partner left out`] : [];
  const sides = {before: sideOf(before, confidence), after: sideOf(after, confidence)};
  const values = (side: SideValues) => side.values.map(({value}) => value);
  const places = placesOf(before, after);
  const found = contrast(values(sides.before), values(sides.after), {
    paired,
    confidence,
    ...(places === undefined ? {} : {places}),
  });
  return {
    series,
    metric,
    ...sides,
    contrast: found,
    notes: found.inBlocks === true ? [...notes, blocksNote] : notes,
  };
}

/** When each trial began; nothing where that is not known of one, or shared by two. */
function placesOf(before: readonly Point[], after: readonly Point[]): Contrasted['places'] {
  const of = (side: readonly Point[]) => side.flatMap(({startedAtMs}) => startedAtMs ?? []);
  const places = {before: of(before), after: of(after)};
  const different = new Set([...places.before, ...places.after]).size;
  return different === before.length + after.length ? places : undefined;
}

function noiseFor(series: Series, noise: SideBySideOptions['noise']): number | undefined {
  if (noise === undefined || typeof noise === 'number') return noise;
  const key = keyOf(series.labels);
  return noise.find(one => one.metric === series.metric && keyOf(one.labels) === key)?.noise;
}

/** The change and its interval as signed sizes in which the threshold is `1`: 0 is no change. */
function sizes({scale, effect}: Contrast, before: SideValues, threshold: number) {
  const unit = scale === 'ratio' ? Math.log1p(threshold) : threshold * Math.abs(before.median);
  const size = (value: number) => {
    const shift = scale === 'ratio' ? (value > 0 ? Math.log(value) : Number.NEGATIVE_INFINITY) : value;
    // From nothing, any change is worth a word.
    return shift === 0 ? 0 : shift / unit;
  };
  return {value: size(effect.value), low: size(effect.low), high: size(effect.high)};
}

/** The bad end of an interval of sizes: above 1 it may be worse by more than is worth a word. */
function worstOf({low, high}: {low: number; high: number}, {better}: Metric): number {
  return better === 'lower' ? high : -low;
}

function judged(one: Unjudged, pHolm: number | undefined, settled: Settled): Row {
  const {series, metric, before, after, contrast: found} = one;
  const {confidence, paired, noise} = settled;
  const notes = [...one.notes];
  const own = noiseFor(series, noise);
  const threshold = own === undefined ? settled.threshold : Math.max(settled.threshold, 2 * own);
  if (noise !== undefined && own === undefined) notes.push('the A/A comparison did not measure its noise');
  const least = formatShare(threshold);
  const size = sizes(found, before, threshold);
  const n = Math.min(before.values.length, after.values.length);

  const excludesNone = size.low > 0 || size.high < 0;
  const sure = pHolm !== undefined && pHolm < 1 - confidence && excludesNone;
  let verdict: ContrastVerdict = 'too-noisy';
  let trialsNeeded: number | undefined;
  if (n < fewestFor.ratio) {
    trialsNeeded = fewestFor.median;
    notes.push(
      `a single ${paired ? 'pair' : 'trial'} shows no spread: need >= ${trialsNeeded} ${paired ? 'pairs' : 'a side'}`,
    );
  } else if (n < fewestFor.claim) {
    trialsNeeded = needed(found, n, threshold, settled) ?? fewestFor.claim;
    notes.push(`2 ${paired ? 'pairs' : 'a side'} claim nothing: where a machine has two speeds they differ by chance`);
  } else if (sure && Math.abs(size.value) > 1) {
    verdict = size.value < 0 === (metric.better === 'lower') ? 'better' : 'worse';
  } else if (found.allEqual) {
    verdict = 'no-difference-shown';
    notes.push('all values are equal');
  } else if (sure && worstOf(size, metric) <= 1) {
    verdict = 'no-difference-shown';
    notes.push(`a real difference, but below ${least}`);
  } else if (sure) {
    trialsNeeded = needed(found, n, threshold, settled);
    notes.push(`a real difference, which may exceed ${least}`);
  } else if (Math.max(Math.abs(size.low), Math.abs(size.high)) <= 1) {
    verdict = 'no-difference-shown';
    notes.push(`any difference is below ${least}`);
  } else {
    trialsNeeded = needed(found, n, threshold, settled);
    if (pHolm !== undefined && found.p !== undefined && found.p < 1 - confidence && pHolm >= 1 - confidence)
      notes.push(`p ${formatProbability(found.p)} alone, not among so many comparisons`);
  }
  if (found.scale === 'difference')
    notes.push('a value of 0 or below has no ratio: judged by the difference and ranks');
  else if (found.spread === 0 && !found.allEqual) notes.push('no value varies: judged by ranks');
  for (const [side, values] of [
    ['before', before],
    ['after', after],
  ] as const) {
    for (const index of values.outliers) {
      notes.push(`outlier ${side}, kept: ${values.values[index]?.trial}`);
    }
  }
  const spreadSize = found.scale === 'ratio' && Number.isFinite(found.effect.high) && found.effect.low > 0;
  return {
    metric: series.metric,
    labels: series.labels,
    unit: series.unit,
    better: metric.better,
    before,
    after,
    scale: found.scale,
    effect: found.effect,
    ...(found.p === undefined ? {} : {p: found.p}),
    ...(pHolm === undefined ? {} : {pHolm}),
    ...(found.ranks === undefined ? {} : {ranks: found.ranks}),
    verdict,
    ...(trialsNeeded === undefined ? {} : {trialsNeeded}),
    threshold,
    ...(spreadSize
      ? {
          noise: Math.expm1(
            Math.max(Math.abs(Math.log(found.effect.value)), Math.log(found.effect.high / found.effect.low) / 4),
          ),
        }
      : {}),
    notes,
  };
}

/** Trials a side (pairs) for the smallest change worth a word at 80 % power, and at least what a claim or the deciding test needs at all. */
function needed({scale, spread}: Contrast, n: number, threshold: number, {confidence, paired}: Settled) {
  const forRanks = paired ? fewestFor.wilcoxon : fewestFor.mannWhitney;
  const byRanks = scale === 'difference' || spread === 0;
  const delta = scale === 'ratio' ? Math.log1p(threshold) : threshold;
  const wanted = spread === undefined ? undefined : trialsPerSide(spread, delta, 1 - confidence);
  if (wanted?.ok) return Math.max(n + 1, wanted.value, byRanks ? forRanks : fewestFor.claim);
  return n < forRanks ? forRanks : undefined;
}

// ───────────────────────────── the whole ─────────────────────────────

/**
 * A trend within a side looks like a difference between the sides when all of one was measured before all of the other. The first half of each
 * series is held against its second half (Mann–Whitney, from 8 trials), Holm over all of them.
 */
function drifts(rows: readonly Unjudged[], confidence: number): readonly string[] {
  const tests = rows.flatMap(({series, before, after}) =>
    [['before', before] as const, ['after', after] as const].flatMap(([side, {values}]) => {
      const half = values.length >> 1;
      if (half < fewestFor.mannWhitney) return [];
      const numbers = values.map(({value}) => value);
      const test = mannWhitney(numbers.slice(0, half), numbers.slice(-half));
      return test.ok ? [{side, series, p: test.value.p}] : [];
    }),
  );
  const adjusted = holm(tests.map(({p}) => p));
  if (!adjusted.ok) return [];
  return tests.flatMap(({side, series}, index) => {
    const p = adjusted.value[index];
    if (p === undefined || p >= 1 - confidence) return [];
    return [
      `${series.metric} (${labelWords(series.labels)}) drifts within ${side}: its later half differs from its earlier half (p ${formatProbability(p)}). A drift looks like a difference between the sides: measure in turns (A B B A) and compare with --paired`,
    ];
  });
}

function isAside(one: Unjudged | Aside): one is Aside {
  return 'reason' in one;
}

/**
 * Every series (metric and labels) that both sides measured, each trial one value. `better` or `worse` only if the interval excludes "no change"
 * after Holm over all rows, and the change exceeds the threshold and twice the A/A noise. In order of metric and labels; the same input
 * gives the same result. Exit code 0: none is worse; 1: some are; 2: that cannot be said.
 */
export function sideBySide(
  before: readonly ComparedTrial[],
  after: readonly ComparedTrial[],
  options: SideBySideOptions,
): SideBySide {
  const {paired, confidence = 0.95, threshold = defaultThreshold, noise} = options;
  const settled: Settled = {paired, confidence, threshold, noise};
  const fit = (side: readonly ComparedTrial[]) => side.filter(({unfit}) => unfit === undefined);
  const [fitBefore, fitAfter] = [fit(before), fit(after)];
  const wanted = options.metrics;
  const all = seriesOf(fitBefore, fitAfter, confidence)
    .filter(({metric}) => wanted === undefined || wanted.includes(metric))
    .map(series => measured(series, settled));
  const aside = all.filter(isAside);
  const unjudged = all.flatMap(one => (isAside(one) ? [] : [one]));
  const adjusted = holm(unjudged.flatMap(({contrast: {p}}) => p ?? []));
  const pHolms = adjusted.ok ? adjusted.value : [];
  const left = [...pHolms];
  const rows = unjudged.map(one => judged(one, one.contrast.p === undefined ? undefined : left.shift(), settled));

  const reasons = [
    ...(options.reservations ?? []),
    ...unfitReasons('before', before),
    ...unfitReasons('after', after),
    ...(rows.length === 0 ? ['no metric was measured on both sides'] : []),
    // What only the second side measured cannot have become worse.
    ...aside
      .filter(one => one.before > 0 && rows.length > 0)
      .map(one => `${one.metric} (${labelWords(one.labels)}) cannot be compared: ${one.reason}`),
    ...undecidedRows(rows),
  ];
  const worse = rows.some(row => row.verdict === 'worse');
  const verdict = worse ? 'worse' : reasons.length > 0 ? 'undecided' : 'none-worse';
  return {
    schema: 'seatrial-comparison/1',
    verdict,
    exitCode: ({'none-worse': 0, worse: 1, undecided: 2} as const)[verdict],
    reasons,
    paired,
    confidence,
    threshold,
    tests: pHolms.length,
    noise: noise === undefined ? 'not given' : typeof noise === 'number' ? 'given' : 'measured',
    before: before.map(nameOf),
    after: after.map(nameOf),
    settings: settingDifferences(fitBefore, fitAfter),
    warnings: [
      ...(options.warnings ?? []),
      ...[...fitBefore, ...fitAfter].flatMap(({name, warnings}) => warnings.map(text => `${name}: ${text}`)),
      ...withoutStart([...fitBefore, ...fitAfter]),
      ...(paired ? [] : drifts(unjudged, confidence)),
    ],
    rows,
    aside,
  };
}

/** Without the order of all trials nothing guards against a drift. */
function withoutStart(trials: readonly ComparedTrial[]): readonly string[] {
  const unknown = trials.filter(({startedAtMs}) => startedAtMs === undefined).length;
  if (unknown === 0) return [];
  const which =
    unknown === trials.length ? 'No trial' : `Not every trial (${trials.length - unknown} of ${trials.length})`;
  return [
    `${which} says when it began: their order is not known, and a drift looks like a difference between the sides`,
  ];
}

function nameOf({name, source, unfit}: ComparedTrial): ListedTrial {
  return {name, source, ...(unfit === undefined ? {} : {unfit})};
}

/** One sentence for all that were left out for the same reason. */
function unfitReasons(side: string, trials: readonly ComparedTrial[]): string[] {
  const byReason = Map.groupBy(
    trials.filter(({unfit}) => unfit !== undefined),
    ({unfit}) => unfit,
  );
  return [...byReason].map(([reason, those]) => {
    const names = those.slice(0, 3).map(({name}) => name);
    const more = those.length > names.length ? `, … (${those.length - names.length} more)` : '';
    return `Left out of ${side}: ${names.join(', ')}${more}: ${reason}`;
  });
}

function undecidedRows(rows: readonly Row[]): string[] {
  const count = rows.filter(({verdict}) => verdict === 'too-noisy').length;
  return count === 0 ? [] : [`${count} of ${plural(rows.length, 'comparison')} too noisy to tell`];
}
