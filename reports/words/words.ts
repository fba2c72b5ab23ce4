import type {Estimate, Sample, Target, Unit, Verdict} from '../../harness/types.ts';
import {loadWords} from '../judge/under.ts';
import {metricNamed} from '../metrics.ts';
import {percentileOf as percentileIn} from '../percentile.ts';
import type {ClaimVerdict, Comparison, Overall, Report} from '../run/report.ts';
import {byText, oneLine} from './text.ts';
import {formatBound, formatEstimate, formatShare, type RatioStyle} from './units.ts';

/** What targets, labels and verdicts say in words: the same in every format. */

export type VerdictKind = 'met' | 'missed' | 'undecided' | 'not-testable';

export const verdictWord: Record<VerdictKind, string> = {
  met: 'met',
  missed: 'missed',
  undecided: 'undecided',
  'not-testable': 'not testable',
};

export const overallWord: Record<Overall, string> = {
  met: 'Met',
  missed: 'Missed',
  undecided: 'Undecided',
  aborted: 'Aborted',
  unhealed: 'Unhealed',
};

export const comparisonWord: Record<Comparison['verdict'], string> = {
  better: 'better',
  worse: 'worse',
  'no-difference-shown': 'no difference shown',
  'too-noisy': 'too noisy to tell',
};

export function metricTitle(name: string): string {
  return metricNamed(name)?.title ?? oneLine(name);
}

const labelOrder = [
  'scenario',
  'pattern',
  'path',
  'direction',
  'protocol',
  'percentile',
  'leg',
  'fault',
  'guest',
  'profile',
];
const bare = new Set(labelOrder);
/** Labels that say which trial, not which series. */
export const trialLabels: ReadonlySet<string> = new Set(['scenario', 'profile', 'trial', 'repetition']);

/** Label names in the order people want them, the rest by name. */
export function inLabelOrder(names: Iterable<string>): string[] {
  const rank = (name: string) => {
    const index = labelOrder.indexOf(name);
    return index < 0 ? labelOrder.length : index;
  };
  return [...names].sort((a, b) => rank(a) - rank(b) || byText(a, b));
}

/** `randread · read · P99`. Labels without an obvious meaning keep their name: `vlan=7`. */
export function labelWords(labels: Readonly<Record<string, string>>, without: ReadonlySet<string> = new Set()): string {
  // The scenario is said by these already, and they say more.
  const told = ['pattern', 'path', 'leg', 'fault'].some(name => labels[name] !== undefined);
  return inLabelOrder(Object.keys(labels).filter(name => !without.has(name) && !(told && name === 'scenario')))
    .map(name => {
      const value = oneLine(labels[name] ?? '');
      if (name === 'percentile') return percentileWord(value);
      return bare.has(name) ? value : `${oneLine(name)}=${value}`;
    })
    .join(' · ');
}

/**
 * The percentile of a label, in per cent, as `percentile.ts` reads it; `max` and `100` → 100. Undefined where it is
 * none.
 */
export function percentileOf(label: string): number | undefined {
  return /^(?:max|p?100)$/i.test(label.trim()) ? 100 : percentileIn(label);
}

export function percentileWord(label: string): string {
  const value = percentileOf(label);
  return value === undefined ? label : value === 100 ? 'max' : `P${value}`;
}

const sign = {'at-most': '≤', 'at-least': '≥'} as const;

/** How the estimate of a target is to be read: its unit, and whether a ratio is a share or a factor. */
function targetUnit(target: Target): {unit: Unit; style: RatioStyle} {
  if (target.statistic === 'proportion') return {unit: 'ratio', style: 'share'};
  if (target.statistic === 'ratio') return {unit: 'ratio', style: 'factor'};
  return {unit: target.unit, style: 'share'};
}

/** The bound alone, with its relation: `≤ 15 s`. */
export function boundWords(target: Target): string {
  const {unit, style} = targetUnit(target);
  return `${sign[target.relation]} ${formatBound(target.bound, unit, style)}`;
}

/** Which statistic is held against the bound, as a phrase. */
export function statisticWords(target: Target): string {
  switch (target.statistic) {
    case 'median':
      return 'median over trials';
    case 'p99':
      return 'P99, median over trials';
    case 'worst':
      return target.reliability === undefined
        ? 'every trial'
        : `every trial, shown for ${formatShare(target.reliability)} of cases`;
    case 'proportion': {
      if (target.limit === undefined) return 'share of trials';
      const better = metricNamed(target.metric)?.better;
      const side = better === undefined ? 'on the good side of' : better === 'lower' ? '≤' : '≥';
      return `share of trials ${side} ${formatBound(target.limit, target.unit)}`;
    }
    case 'ratio':
      return target.against ? `${oneLine(target.against[1])} ÷ ${oneLine(target.against[0])}` : 'after ÷ before';
    case 'observed':
      return 'as read';
  }
}

/** What is measured, and where: `Storage latency (randread · read · tuned)`. */
export function subjectWords(target: Target): string {
  const where = [labelWords(target.where), ...loadWords(target)].filter(words => words !== '').join(' · ');
  return where === '' ? metricTitle(target.metric) : `${metricTitle(target.metric)} (${where})`;
}

/** The whole promise of one target in one line. */
export function targetWords(target: Target): string {
  return `${subjectWords(target)}, ${statisticWords(target)} ${boundWords(target)}`;
}

/** `9.31 s [8.90, 9.80]`, or undefined where nothing was measured. */
export function measuredText(
  target: Target,
  verdict: Verdict,
): {value: string; interval: string; text: string} | undefined {
  if (verdict.estimate === undefined) return undefined;
  const {unit, style} = targetUnit(target);
  return formatEstimate(verdict.estimate, unit, style);
}

/** Why it is undecided and what would decide it; empty for what is decided. */
export function verdictReason(verdict: Verdict): string {
  if (verdict.kind !== 'undecided') return '';
  return sentences(
    verdict.reason,
    verdict.trialsNeeded === undefined ? '' : `${plural(verdict.trialsNeeded, 'trial')} would decide`,
  );
}

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

export interface Counts {
  met: number;
  missed: number;
  undecided: number;
  'not-testable': number;
}

export function countsOf(report: Report): Counts {
  const counts: Counts = {met: 0, missed: 0, undecided: 0, 'not-testable': 0};
  for (const verdict of report.verdicts) counts[verdict.kind] += 1;
  return counts;
}

/** One sentence under the overall verdict. */
export function overallSentence(report: Report): string {
  const counts = countsOf(report);
  const judged = counts.met + counts.missed + counts.undecided;
  const parts = [`${counts.missed} missed`, `${counts.undecided} undecided`, `${counts.met} met`].join(', ');
  const rest =
    counts['not-testable'] === 0
      ? ''
      : ` ${plural(counts['not-testable'], 'further promise')} cannot be judged by a test on a cluster.`;
  const sum = judged === 0 ? 'No promise was judged.' : `Of ${plural(judged, 'promise')}: ${parts}.`;
  const end =
    report.overall === 'aborted' || report.overall === 'unhealed'
      ? `The run ended ${report.overall}: ${sentence(report.ended.reason)} `
      : '';
  return `${end}${sum}${rest}`;
}

/** Sentences one after the other, each ended; empty ones are left out. */
export function sentences(...texts: readonly string[]): string {
  return texts
    .filter(text => oneLine(text) !== '')
    .map(sentence)
    .join(' ');
}

export function sentence(text: string): string {
  const line = oneLine(text);
  return line === '' ? 'no reason was recorded.' : /[.!?…]$/.test(line) ? line : `${line}.`;
}

/**
 * What the reader must know about the machines before reading a figure; undefined for real, separate hardware without a
 * note.
 */
export function hardwareRemark(report: Report): {headline: string; note: string} | undefined {
  const {emulated, shared, note} = report.header.hardware;
  const parts = [
    ...(emulated ? ['Emulated: guests run without hardware virtualization.'] : []),
    ...(shared ? ['Shared: all hosts of this cluster are one machine.'] : []),
    ...(emulated || shared ? ['These figures do not speak for real hardware.'] : []),
  ];
  if (parts.length === 0 && oneLine(note) === '') return undefined;
  return {headline: parts.join(' '), note: oneLine(note)};
}

/** A sample's own number, with what is known of its error: `9.31 s ± 10 ms`, `> 60 s (never ended)`. */
export function sampleNote(sample: Sample): string {
  const notes = [
    ...(sample.censored ? ['never ended: a lower bound'] : []),
    ...(sample.halfWidth === undefined
      ? []
      : [`± ${formatBound(Number(sample.halfWidth.toPrecision(2)), sample.unit)}`]),
  ];
  return notes.join('; ');
}

/** The suite, and how much of it was run. */
export function suiteWords({header}: Report): string {
  return [
    oneLine(header.suite),
    ...(header.quick ? ['quick (fewer and shorter trials)'] : []),
    ...(header.only === undefined ? [] : [`only ${header.only.map(oneLine).join(', ')}`]),
  ].join(', ');
}

/** Worst first; the order of the register within. Not testable ones are left out. */
export function worstFirst(report: Report): ClaimVerdict[] {
  return report.verdicts
    .filter(({kind}) => kind !== 'not-testable')
    .sort((a, b) => severity[a.kind] - severity[b.kind]);
}

const severity = {missed: 0, undecided: 1, met: 2, 'not-testable': 3} as const;

/** Nothing at all stands behind it: not tried, or no scenario yet. */
export function untried(claim: ClaimVerdict): boolean {
  return claim.targets.every(({verdict, samples}) => verdict.estimate === undefined && samples.length === 0);
}

/** The interval of a worst value is its measuring error; every other one is a confidence interval. */
export function intervalWords(target: Target, interval: string, estimate: Estimate): string {
  if (interval === 'no interval') return interval;
  if (target.statistic !== 'worst') return `${interval}, ${formatShare(estimate.confidence)}`;
  if (estimate.low === estimate.high) return 'the worst trial';
  return Number.isFinite(estimate.low) && Number.isFinite(estimate.high) ? `${interval}, measuring error` : interval;
}

/** What is true of a promise that is met besides, in half a sentence. */
export function verdictNote(verdict: Verdict): string | undefined {
  return verdict.kind === 'met' ? verdict.note : undefined;
}

/** Why it is undecided and what would decide it, or how it was decided. */
export function verdictGround(verdict: Verdict): string {
  if (verdict.kind === 'undecided') return verdictReason(verdict);
  const {method, confidence} = verdict.estimate;
  // What was seen is certain; all else is met with the confidence that was asked for, be it less than usual.
  const sure = verdict.kind === 'met' && confidence < 1 ? `, at ${formatShare(confidence)} confidence` : '';
  const note = verdictNote(verdict);
  return `${oneLine(method)}${sure}${note === undefined ? '' : `; ${oneLine(note)}`}`;
}
