/** Before and after, as the report of a run has it. */
import {type Attribution, attribution, stealRise} from '../comparison/attribution.ts';
import {type Block, list, numeric, quiet, table, type Words} from '../document/document.ts';
import {formatEstimate, formatProbability, formatQuantity, missing} from '../words/units.ts';
import {comparisonWord, labelWords, metricTitle, plural, sentences} from '../words/words.ts';
import {effectText, unitOf} from './phrases.ts';
import type {Comparison, Report} from './report.ts';
import type {Sources} from './sources.ts';

export function comparisonBlocks(sources: Sources): readonly Block[] {
  const {comparisons} = sources.report;
  if (comparisons.length === 0) return [quiet('Nothing to compare: no metric was measured under two profiles.')];
  const from = whereFrom(sources.report);
  return [
    ...(from === undefined ? [] : [list(from.says, 'warning')]),
    {kind: 'chart', draw: async () => (await import('./charts/comparison.ts')).comparisonCharts(sources)},
    table(
      'Before and after, paired by repetition',
      [
        'Metric',
        ...['Before', 'After', 'After ÷ before', 'p, p after Holm'].map(numeric),
        'Result',
        {title: 'Note, trials needed a side', small: true},
      ],
      comparisons.map(cells),
      'The effect is a ratio of paired trials with its 95 % interval; below 1× is better for times, above 1× for rates. The single values stand under each chart above.',
    ),
  ];
}

/** Where what is worse comes from. */
export function whereFrom({comparisons, samples}: Report): Attribution | undefined {
  const [first] = comparisons;
  if (first === undefined) return undefined;
  return attribution(comparisons, stealRise(samples, [first.before.profile, first.after.profile]));
}

function cells(comparison: Comparison): readonly Words[] {
  const {before, after, p, pHolm, verdict, trialsNeeded, note} = comparison;
  const effect = comparison.effect ? formatEstimate(comparison.effect, 'ratio', 'factor') : undefined;
  return [
    [metricTitle(comparison.metric), {below: labelWords(comparison.labels)}],
    sideCell(comparison, before),
    sideCell(comparison, after),
    effect ? [effect.value, {below: effect.interval}] : {small: effectText(comparison)},
    p === undefined
      ? {absent: 'none'}
      : [formatProbability(p), {below: pHolm === undefined ? missing : formatProbability(pHolm)}],
    {tone: verdict, words: comparisonWord[verdict]},
    sentences(note, trialsNeeded === undefined ? '' : `${plural(trialsNeeded, 'trial')} a side would show it`),
  ];
}

function sideCell(comparison: Comparison, {profile, estimate, median, values}: Comparison['before']): Words {
  if (values.length === 0) return {absent: 'no trial'};
  const unit = unitOf(comparison);
  const trials = `${profile}, n ${values.length}`;
  if (estimate === undefined) return [formatQuantity(median, unit), {below: trials}];
  const {value, interval} = formatEstimate(estimate, unit);
  return [value, {below: `${interval} · ${trials}`}];
}
