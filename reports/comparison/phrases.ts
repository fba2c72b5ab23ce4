/** What a comparison says in words: the same in every format. */
import {metricNamed} from '../metrics.ts';
import {trialsForMedian} from '../stats/median.ts';
import {oneLine} from '../words/text.ts';
import {formatEstimate, formatProbability, formatQuantity, formatShare, missing} from '../words/units.ts';
import {comparisonWord, labelWords, metricTitle, plural} from '../words/words.ts';
import type {Aside, ListedTrial, Row, SideBySide, SideValues} from './model.ts';
import type {SettingDifference} from './settings.ts';

export const verdictHeadline: Record<SideBySide['verdict'], string> = {
  'none-worse': 'No metric is worse',
  worse: 'Worse',
  undecided: 'Undecided',
};

/** `12 metrics compared: 1 better, 0 worse, 9 no difference shown, 2 too noisy.` */
export function countSentence({rows, aside}: SideBySide): string {
  const count = (verdict: Row['verdict']) => rows.filter(row => row.verdict === verdict).length;
  const listed = aside.length === 0 ? '' : ` ${aside.length} not comparable.`;
  return `${plural(rows.length, 'comparison')}: ${count('better')} better, ${count('worse')} worse, ${count('no-difference-shown')} with no difference shown, ${count('too-noisy')} too noisy.${listed}`;
}

/** How it was compared, in one sentence: what a reader has to know before a figure. */
export function methodSentence(comparison: SideBySide): string {
  const {paired, confidence, threshold, tests, noise} = comparison;
  const how = paired
    ? "paired (files by order, runs by repetition): t interval on logarithms of the ratios, Wilcoxon's signed ranks beside it"
    : "unpaired (the two sets were not measured in turns): Welch's t on logarithms, Mann–Whitney beside it";
  const floor = {
    'not given': '; the A/A noise is not known (--noise)',
    given: ' and twice the A/A noise as given',
    measured: ' and twice the A/A noise as measured, series by series',
  }[noise];
  return `Each file or trial is one value; ${how}; ${formatShare(confidence)} intervals; p after Holm over ${plural(tests, 'test')}; a change counts above ${formatShare(threshold)}${floor}.`;
}

/** `620K op/s ± 2 %`; `± ∞` where there are too few for an interval. */
export function sideText({median, estimate}: SideValues, unit: Row['unit']): string {
  const value = formatQuantity(median, unit);
  if (estimate === undefined) return `${value} ± ∞`;
  const half = Math.max(estimate.high - median, median - estimate.low);
  if (half === 0) return `${value} ± 0 %`;
  if (median === 0) return `${value} ± ${formatQuantity(half, unit)}`;
  const share = (100 * half) / Math.abs(median);
  return `${value} ± ${share < 0.95 ? Number(share.toPrecision(1)) : Math.round(share)} %`;
}

/** `6 + 6`, `6 pairs`. */
export function countText({before, after}: Row, paired: boolean): string {
  return paired ? plural(before.values.length, 'pair') : `${before.values.length} + ${after.values.length}`;
}

/** `+12.9 % [+10.1, +15.8]`, `2.31× [2.02, 2.64]`, `+3 [+1, +5]`. */
export function changeText({scale, effect, unit}: Row): string {
  if (scale === 'difference') {
    const {value, interval} = formatEstimate(effect, unit);
    return `${effect.value > 0 ? '+' : ''}${value} ${openEnded(effect) ? '(no interval)' : interval}`;
  }
  if (effect.value >= 2 || effect.value <= 0.5) return formatEstimate(effect, 'ratio', 'factor').text;
  const width = openEnded(effect) ? Number.POSITIVE_INFINITY : 100 * (effect.high - effect.low);
  const decimals = width < 0.5 ? 2 : width > 50 && width < Number.POSITIVE_INFINITY ? 0 : 1;
  const percent = (ratio: number) => signed(100 * (ratio - 1), decimals);
  if (openEnded(effect)) return `${percent(effect.value)} % (no interval)`;
  return `${percent(effect.value)} % [${percent(effect.low)}, ${percent(effect.high)}]`;
}

function openEnded({low, high}: Row['effect']): boolean {
  return !Number.isFinite(low) && !Number.isFinite(high);
}

function signed(value: number, decimals: number): string {
  const text = Math.abs(value).toFixed(decimals);
  return Number(text) === 0 ? text : `${value < 0 ? '−' : '+'}${text}`;
}

export function probability(p: number | undefined): string {
  return p === undefined ? missing : formatProbability(p);
}

/** `worse`, `too noisy: 14 more needed`: trials a side, or pairs. */
export function verdictText({verdict, trialsNeeded, before, after}: Row): string {
  if (verdict !== 'too-noisy' || trialsNeeded === undefined) return comparisonWord[verdict];
  return `too noisy: ${trialsNeeded - Math.min(before.values.length, after.values.length)} more needed`;
}

export function seriesText({labels}: Row | Aside): string {
  return labelWords(labels) || missing;
}

/** `Storage latency (storage.latency), lower is better`. */
export function metricHeading(name: string): string {
  const metric = metricNamed(name);
  return metric ? `${metricTitle(name)} (${name}), ${metric.better} is better` : oneLine(name);
}

/** Notes of a row, with what its sides lack. */
export function rowNotes(row: Row, {confidence}: SideBySide): readonly string[] {
  const short = row.before.estimate === undefined || row.after.estimate === undefined;
  const own = short
    ? [`± ∞: need >= ${trialsForMedian(confidence)} trials for the interval of a median at ${formatShare(confidence)}`]
    : [];
  return [...own, ...row.notes].map(oneLine);
}

function settingText({setting, kinds, before, after}: SettingDifference): string {
  const values = (side: readonly string[]) => side.map(value => oneLine(value) || "''").join(', ');
  const where = kinds.length === 0 ? '' : ` (${kinds.map(oneLine).join('; ')})`;
  const change = before.join('\0') === after.join('\0') ? values(before) : `${values(before)} → ${values(after)}`;
  return `${oneLine(setting)}${where}: ${change}`;
}

function asideText(aside: Aside): string {
  const where = labelWords(aside.labels);
  return `${oneLine(aside.metric)}${where === '' ? '' : ` (${where})`}: ${aside.reason} (${aside.before} before, ${aside.after} after)`;
}

/** `3: a.json, b.json, c.json`; trials of a run together. */
export function sideNames(trials: readonly ListedTrial[]): string {
  const names = [...Map.groupBy(trials, ({source}) => source)].map(([source, {length}]) =>
    length === 1 ? oneLine(source) : `${length} of ${oneLine(source)}`,
  );
  const shown = names.slice(0, mostNames).join(', ');
  return `${trials.length}: ${shown}${names.length > mostNames ? `, … (${names.length - mostNames} more)` : ''}`;
}

const mostNames = 6;

export interface Block {
  title: string;
  lines: readonly string[];
}

/** Everything a reader should know beside the table, in the order of its weight; empty blocks are left out. */
export function remarks({settings, attribution, warnings, aside}: SideBySide): {
  above: readonly Block[];
  below: readonly Block[];
} {
  const filled = (blocks: readonly Block[]) => blocks.filter(({lines}) => lines.length > 0);
  return {
    above: filled([
      {title: 'Where it comes from', lines: attribution?.says ?? []},
      {
        title: 'Settings differ between the two sides: a difference below may come from these',
        lines: settings.between.map(settingText),
      },
      {
        title: 'Settings vary within both sides: trials taken as alike are not',
        lines: settings.within.map(settingText),
      },
      {title: 'Warnings', lines: warnings.map(oneLine)},
    ]),
    below: filled([{title: 'Not compared', lines: aside.map(asideText)}]),
  };
}

/** Which test by ranks stands beside the other. */
export function rankHead({paired}: SideBySide): string {
  return paired ? 'p Wilcoxon' : 'p M–W';
}

/** Which way is good. */
export function arrow({better}: Row): string {
  return better === 'higher' ? '↑' : '↓';
}
