/** Whether a contrast is a difference worth a word: the verdict of one series, with its reasons. */
import type {Metric} from '../metrics.ts';
import {holm} from '../stats/holm.ts';
import {trialsPerSide} from '../stats/sample-size.ts';
import {formatProbability, formatShare} from '../words/units.ts';
import {type Contrast, fewestFor} from './contrast.ts';
import {measured, type Settled, type Unjudged} from './measured.ts';
import type {Aside, ContrastVerdict, Row, SideValues} from './model.ts';
import {noiseFor, noiseOf} from './noise.ts';
import type {Series} from './series.ts';

/** What became of a series. */
export type Compared = {series: Series; row: Row} | {series: Series; aside: Aside};

/** Every series judged; Holm over all that have a p value. */
export function compareEach(all: readonly Series[], settled: Settled): readonly Compared[] {
  const found = all.map(series => measured(series, settled));
  const ps = found.flatMap(one => ('reason' in one ? [] : (one.contrast.p ?? [])));
  const adjusted = holm(ps);
  const left = adjusted.ok ? [...adjusted.value] : [];
  return all.flatMap((series, index): readonly Compared[] => {
    const one = found[index];
    if (one === undefined) return [];
    if ('reason' in one) return [{series, aside: one}];
    return [{series, row: rowOf(one, one.contrast.p === undefined ? undefined : left.shift(), settled)}];
  });
}

function rowOf(one: Unjudged, pHolm: number | undefined, settled: Settled): Row {
  const {series, metric, before, after, contrast} = one;
  const own = noiseFor(series, settled.noise);
  const threshold = own === undefined ? settled.threshold : Math.max(settled.threshold, 2 * own);
  const unknownNoise = settled.noise !== undefined && own === undefined;
  const {verdict, trialsNeeded, notes} = verdictOf(one, pHolm, threshold, settled);
  const noise = noiseOf(contrast);
  return {
    metric: series.metric,
    labels: series.labels,
    unit: series.unit,
    better: metric.better,
    before,
    after,
    scale: contrast.scale,
    effect: contrast.effect,
    ...(contrast.p === undefined ? {} : {p: contrast.p}),
    ...(pHolm === undefined ? {} : {pHolm}),
    ...(contrast.ranks === undefined ? {} : {ranks: contrast.ranks}),
    verdict,
    ...(trialsNeeded === undefined ? {} : {trialsNeeded}),
    threshold,
    ...(noise === undefined ? {} : {noise}),
    notes: [
      ...one.notes,
      ...(unknownNoise ? ['the A/A comparison did not measure its noise'] : []),
      ...notes,
      ...(Math.min(before.values.length, after.values.length) < fewestFor.ratio ? [] : byWhatNotes(contrast)),
      ...outlierNotes('before', before),
      ...outlierNotes('after', after),
    ],
  };
}

interface Judged {
  verdict: ContrastVerdict;
  trialsNeeded?: number | undefined;
  notes: readonly string[];
}

function verdictOf(one: Unjudged, pHolm: number | undefined, threshold: number, settled: Settled): Judged {
  const {metric, before, after, contrast} = one;
  const {confidence, paired} = settled;
  const n = Math.min(before.values.length, after.values.length);
  if (n < fewestFor.ratio) return ofSingles(paired);
  const more = () => needed(contrast, n, threshold, settled);
  if (n < fewestFor.claim) {
    const two = `2 ${paired ? 'pairs' : 'a side'} claim nothing`;
    const notes = [`${two}: where a machine has two speeds they differ by chance`];
    return {verdict: 'too-noisy', trialsNeeded: more() ?? fewestFor.claim, notes};
  }
  const least = formatShare(threshold);
  const size = sizes(contrast, before, threshold);
  const sure = pHolm !== undefined && pHolm < 1 - confidence && (size.low > 0 || size.high < 0);
  // Two sides of one median are told neither better nor worse, whatever their pairs say.
  const oneWay = contrast.scale === 'ratio' || Math.sign(after.median - before.median) === Math.sign(size.value);
  if (sure && oneWay && Math.abs(size.value) > 1)
    return {verdict: size.value < 0 === (metric.better === 'lower') ? 'better' : 'worse', notes: []};
  if (contrast.allEqual) return {verdict: 'no-difference-shown', notes: ['all values are equal']};
  if (sure && worstOf(size, metric) <= 1)
    return {verdict: 'no-difference-shown', notes: [`a real difference, but below ${least}`]};
  if (sure)
    return {verdict: 'too-noisy', trialsNeeded: more(), notes: [`a real difference, which may exceed ${least}`]};
  if (Math.max(Math.abs(size.low), Math.abs(size.high)) <= 1)
    return {verdict: 'no-difference-shown', notes: [`any difference is below ${least}`]};
  const {p} = contrast;
  const hidden = pHolm !== undefined && p !== undefined && p < 1 - confidence && pHolm >= 1 - confidence;
  return {
    verdict: 'too-noisy',
    trialsNeeded: more(),
    notes: hidden ? [`p ${formatProbability(p)} alone, not among so many comparisons`] : [],
  };
}

function ofSingles(paired: boolean): Judged {
  const text = paired
    ? `1 pair: an interval needs ${fewestFor.ratio}, ${fewestFor.wilcoxon} to be worth reading`
    : `a single trial shows no spread: need >= ${fewestFor.median} a side`;
  return {verdict: 'too-noisy', trialsNeeded: paired ? fewestFor.wilcoxon : fewestFor.median, notes: [text]};
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

/**
 * Trials a side (pairs) for the smallest change worth a word at 80 % power, and at least what a claim or the deciding
 * test needs at all.
 */
function needed({scale, spread}: Contrast, n: number, threshold: number, {confidence, paired}: Settled) {
  const forRanks = paired ? fewestFor.wilcoxon : fewestFor.mannWhitney;
  const byRanks = scale === 'difference' || spread === 0;
  const delta = scale === 'ratio' ? Math.log1p(threshold) : threshold;
  const wanted = spread === undefined ? undefined : trialsPerSide(spread, delta, 1 - confidence);
  if (wanted?.ok) return Math.max(n + 1, wanted.value, byRanks ? forRanks : fewestFor.claim);
  return n < forRanks ? forRanks : undefined;
}

function byWhatNotes({scale, spread, allEqual}: Contrast): readonly string[] {
  if (scale === 'difference') return ['a value of 0 or below has no ratio: judged by the difference and ranks'];
  return spread === 0 && !allEqual ? ['nothing varies by chance: judged by ranks'] : [];
}

function outlierNotes(side: string, {values, outliers}: SideValues): readonly string[] {
  return outliers.map(index => `outlier ${side}, kept: ${values[index]?.trial}`);
}
