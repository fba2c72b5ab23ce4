import {answer, type Stat} from '../harness/parse/answer.ts';
import type {Estimate, Sample} from '../harness/types.ts';
import {fewestFor} from './comparison/contrast.ts';
import {trialOf} from './judge/evidence.ts';
import {type Metric, metricNamed} from './metrics.ts';
import type {Comparison} from './run/report.ts';
import {dependence, factLevel} from './stats/dependence.ts';
import {blocksNote, driftAdjustedRatio, lag, mostLag, type Placed} from './stats/drift.ts';
import {holm} from './stats/holm.ts';
import {orderedMedianInterval} from './stats/median.ts';
import {median} from './stats/numbers.ts';
import {type PairedRatio, pairedRatio, stretchedRatio} from './stats/ratio.ts';
import {trialsPerSide} from './stats/sample-size.ts';
import {wilcoxonSignedRank} from './stats/wilcoxon.ts';

export interface CompareOptions {
  confidence?: number;
  /** Relative noise that an A/A run showed, by metric (0.02 is 2 %). A change must be twice that, and 3 %, to be worth a word. */
  noise?: Readonly<Record<string, number>>;
}

/** The smallest relative change worth a word. */
const worthAWord = 0.03;
/** Below this many pairs the interval leans on the t distribution alone, and the note says so. */
const fewPairs = 6;
/** A deviation of logarithms below this is rounding. */
const rounding = 1e-12;
/** Labels that tell trials apart, not series. */
const trialLabels = new Set(['trial', 'profile', 'repetition']);

interface Series {
  metric: string;
  labels: Readonly<Record<string, string>>;
  samples: Sample[];
}

interface Sides {
  before: number[];
  after: number[];
  /** In pairs only: before[i] and after[i] are of one repetition. */
  pairs: readonly (readonly [before: Placed, after: Placed])[];
  neverEnded: number;
  alone: number;
}

function seriesOf(samples: readonly Sample[]): readonly Series[] {
  const all = new Map<string, Series>();
  for (const sample of samples) {
    const labels = Object.fromEntries(
      Object.entries(sample.labels)
        .filter(([label]) => !trialLabels.has(label))
        .sort(([a], [b]) => (a < b ? -1 : 1)),
    );
    const key = JSON.stringify([sample.metric, labels]);
    const known = all.get(key);
    if (known) known.samples.push(sample);
    else all.set(key, {metric: sample.metric, labels, samples: [sample]});
  }
  return [...all].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)).map(([, series]) => series);
}

/** One value a trial (the median of its samples), by repetition; its place is its slot. */
function byRepetition(samples: readonly Sample[], profile: string): Map<string, Placed & {censored: boolean}> {
  const own = new Map<string, Sample[]>();
  for (const sample of samples.filter(each => each.labels.profile === profile)) {
    const repetition = sample.labels.repetition ?? '';
    const known = own.get(repetition);
    if (known) known.push(sample);
    else own.set(repetition, [sample]);
  }
  const values = new Map<string, Placed & {censored: boolean}>();
  for (const repetition of [...own.keys()].sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1))) {
    const those = own.get(repetition) ?? [];
    const value = median(those.map(sample => sample.value));
    const place = Math.min(...those.flatMap(sample => trialOf(sample) ?? []));
    values.set(repetition, {place, value, censored: those.some(sample => sample.censored === true)});
  }
  return values;
}

function sidesOf(series: Series, profiles: readonly [string, string]): Sides {
  const before = byRepetition(series.samples, profiles[0]);
  const after = byRepetition(series.samples, profiles[1]);
  const pairs: (readonly [Placed, Placed])[] = [];
  for (const [repetition, one] of before) {
    const partner = after.get(repetition);
    if (partner) pairs.push([one, partner]);
  }
  const all = [...before.values(), ...after.values()];
  return {
    before: [...before.values()].map(({value}) => value),
    after: [...after.values()].map(({value}) => value),
    pairs,
    neverEnded: all.filter(({censored}) => censored).length,
    alone: all.length - 2 * pairs.length,
  };
}

interface Judged {
  series: Series;
  metric: Metric;
  sides: Sides;
  ratio?: PairedRatio;
  p?: number;
  notes: string[];
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}

function measure(series: Series, metric: Metric, profiles: readonly [string, string], confidence: number): Judged {
  const sides = sidesOf(series, profiles);
  const notes: string[] = [];
  const before = sides.pairs.map(([{value}]) => value);
  const after = sides.pairs.map(([, {value}]) => value);
  if (sides.alone > 0) notes.push(`${sides.alone} trials without a partner are left out of the comparison`);
  if (sides.neverEnded > 0) {
    notes.push(`${sides.neverEnded} trials never ended: a wait has no ratio, see the verdicts`);
    return {series, metric, sides, notes};
  }
  const ratio = ratioOf(sides.pairs, confidence, notes);
  const ranks = wilcoxonSignedRank(before, after);
  if (ratio.ok) {
    if (sides.pairs.length < fewPairs) {
      notes.push(
        `${sides.pairs.length} pairs only: the interval rests on the t distribution; ${fewPairs} would let ranks speak too`,
      );
    } else if (ranks.ok) notes.push(`Wilcoxon signed-rank p ${Number(ranks.value.p.toPrecision(3))}`);
    // Pairs that all differ alike leave a t test no doubt at all, be they two: then ranks decide.
    const p = ratio.value.logDeviation < rounding && ranks.ok ? ranks.value.p : ratio.value.p;
    return {series, metric, sides, ratio: ratio.value, p, notes};
  }
  if (sides.pairs.length < 2) {
    notes.push(
      `${sides.pairs.length === 1 ? '1 pair' : 'no pair'}: an interval needs 2, ${fewPairs} to be worth reading`,
    );
    return {series, metric, sides, notes};
  }
  notes.push('values of 0 have no ratio: judged by Wilcoxon signed ranks');
  return ranks.ok ? {series, metric, sides, p: ranks.value.p, notes} : {series, metric, sides, notes};
}

/** By pairs where the trials were interleaved; else, and in blocks above all, told apart from a steady drift. */
function ratioOf(pairs: Sides['pairs'], confidence: number, notes: string[]): Stat<PairedRatio> {
  const before = pairs.map(([one]) => one);
  const after = pairs.map(([, other]) => other);
  const paired = pairedRatio(
    before.map(({value}) => value),
    after.map(({value}) => value),
    confidence,
  );
  if (!paired.ok) return paired;
  if (Math.abs(lag(before, after)) > mostLag) {
    const adjusted = driftAdjustedRatio(before, after, confidence);
    if (adjusted.ok) {
      if (adjusted.value.inBlocks) notes.push(blocksNote);
      // Of pairs, as everything else here: √2 times that of one side.
      return answer({...adjusted.value, n: pairs.length, logDeviation: Math.SQRT2 * adjusted.value.logDeviation});
    }
  }
  const found = dependence(
    pairs.map(([one, other]) => Math.log(other.value / one.value)),
    factLevel,
  );
  return answer(stretchedRatio(paired.value, found.ok ? found.value.stretch : 1));
}

function directionOf(metric: Metric, before: number, after: number): 'better' | 'worse' {
  return after < before === (metric.better === 'lower') ? 'better' : 'worse';
}

function verdictOf(
  judged: Judged,
  pHolm: number | undefined,
  confidence: number,
  noise: number | undefined,
): Pick<Comparison, 'verdict' | 'trialsNeeded'> {
  const {metric, sides, ratio, notes} = judged;
  const threshold = noise === undefined ? worthAWord : Math.max(worthAWord, 2 * noise);
  const sure = pHolm !== undefined && pHolm < 1 - confidence;
  if (!ratio) {
    if (pHolm === undefined) return {verdict: 'too-noisy'};
    const [before, after] = [median(sides.before), median(sides.after)];
    const changed = before === 0 ? after !== 0 : Math.abs(after / before - 1) > threshold;
    if (sure && changed) return {verdict: directionOf(metric, before, after)};
    if (sides.pairs.every(([one, other]) => one.value === other.value)) return {verdict: 'no-difference-shown'};
    return sure ? {verdict: 'no-difference-shown'} : {verdict: 'too-noisy'};
  }
  if (ratio.n < fewestFor.claim) {
    notes.push(`${ratio.n} pairs claim nothing: where a machine has two speeds they differ by chance`);
    return {verdict: 'too-noisy', trialsNeeded: fewestFor.claim};
  }
  const size = Math.abs(Math.log(ratio.value));
  if (sure && size > Math.log1p(threshold)) return {verdict: directionOf(metric, 1, ratio.value)};
  const bad = metric.better === 'lower' ? Math.log(ratio.high) : -Math.log(ratio.low);
  if (sure && bad <= Math.log1p(threshold)) {
    notes.push(`a real difference, but below ${percent(threshold)}`);
    return {verdict: 'no-difference-shown'};
  }
  if (sure) notes.push(`a real difference, which may exceed ${percent(threshold)}`);
  const within = Math.max(Math.abs(Math.log(ratio.low)), Math.abs(Math.log(ratio.high))) <= Math.log1p(threshold);
  if (!sure && within) {
    notes.push(`any difference is below ${percent(threshold)}`);
    return {verdict: 'no-difference-shown'};
  }
  // The deviation of paired logs is √2 times the spread of one side.
  const needed = trialsPerSide(ratio.logDeviation / Math.SQRT2, Math.log1p(threshold));
  const trialsNeeded = needed.ok ? Math.max(ratio.n + 1, needed.value) : undefined;
  if (trialsNeeded === undefined) return {verdict: 'too-noisy'};
  notes.push(`${trialsNeeded - ratio.n} more trials a side would show ${percent(threshold)}`);
  return {verdict: 'too-noisy', trialsNeeded};
}

function side(profile: string, values: readonly number[], confidence: number): Comparison['before'] {
  const interval = orderedMedianInterval(values, confidence);
  return {profile, values, median: median(values), ...(interval.ok ? {estimate: interval.value} : {})};
}

/**
 * Before against after: every series (metric and labels) that both profiles measured, paired by repetition, in order of
 * metric and labels. `better` or `worse` only if the interval excludes "no change", after Holm over all series
 * here, and the effect exceeds 3 % and twice the A/A noise. Values that are not finite, samples without a trial and series
 * of unknown metrics are passed over; a series that one profile lacks is not comparable and not listed.
 */
export function compare(
  samples: readonly Sample[],
  profiles: readonly [before: string, after: string],
  options: CompareOptions = {},
): readonly Comparison[] {
  const confidence = options.confidence ?? 0.95;
  const usable = samples.filter(sample => Number.isFinite(sample.value) && trialOf(sample) !== undefined);
  const judged: Judged[] = [];
  for (const series of seriesOf(usable)) {
    const metric = metricNamed(series.metric);
    if (!metric) continue;
    const one = measure(series, metric, profiles, confidence);
    if (one.sides.before.length > 0 && one.sides.after.length > 0) judged.push(one);
  }
  const adjusted = holm(judged.flatMap(({p}) => p ?? []));
  const pHolms = adjusted.ok ? [...adjusted.value] : [];
  return judged.map(one => {
    const pHolm = one.p === undefined ? undefined : pHolms.shift();
    const verdict = verdictOf(one, pHolm, confidence, options.noise?.[one.metric.name]);
    const effect: Estimate | undefined = one.ratio && {
      value: one.ratio.value,
      low: one.ratio.low,
      high: one.ratio.high,
      n: one.ratio.n,
      confidence,
      method: one.ratio.method,
    };
    return {
      metric: one.series.metric,
      labels: one.series.labels,
      before: side(profiles[0], one.sides.before, confidence),
      after: side(profiles[1], one.sides.after, confidence),
      ...(effect ? {effect} : {}),
      ...(one.p === undefined ? {} : {p: one.p}),
      ...(pHolm === undefined ? {} : {pHolm}),
      ...verdict,
      note: one.notes.join('; '),
    };
  });
}
