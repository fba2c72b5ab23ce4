/** What tuning is said to give, beside what it gave in this run: context, against which nothing is judged. */
import type {Improvement} from '../../harness/types.ts';
import {type Block, chart, numeric, table} from '../document/document.ts';
import {formatQuantity} from '../words/units.ts';
import {comparisonWord, labelWords} from '../words/words.ts';
import {effectText, unitOf} from './phrases.ts';
import type {Comparison, Improved} from './report.ts';

/** Those of which this run has a before and after: the first comparison of that metric and those labels. */
export function improvementsBeside(
  improvements: readonly Improvement[],
  comparisons: readonly Comparison[],
): readonly Improved[] {
  return improvements.flatMap(documented => {
    const measured = comparisons.find(
      ({metric, labels}) =>
        metric === documented.metric &&
        Object.entries(documented.where).every(([name, value]) => labels[name] === value),
    );
    return measured === undefined ? [] : [{documented, measured}];
  });
}

export function improvementBlocks(improved: readonly Improved[]): readonly Block[] {
  return [
    chart(async () => (await import('./charts/improvements.ts')).improvementChart(improved)),
    table(
      'What tuning is said to give, and what it gave here',
      ['Figure', ...['Documented', 'Measured'].map(numeric), 'Result', {title: 'Source', small: true}],
      improved.map(({documented, measured}) => [
        [documented.title, {below: labelWords(measured.labels)}],
        [
          changeOf(documented.before, documented.after),
          {below: figures(documented.before, documented.after, measured)},
        ],
        [effectText(measured), {below: figures(measured.before.median, measured.after.median, measured)}],
        {tone: measured.verdict, words: comparisonWord[measured.verdict]},
        documented.source,
      ]),
      'After ÷ before. The documented figures come without hardware, number of trials or spread: they are context, and no verdict of this report is held against them here.',
    ),
  ];
}

export function changeOf(before: number, after: number): string {
  return `${Number((after / before).toPrecision(3))}×`;
}

/** `18 Gbit/s → 24 Gbit/s`. */
export function figures(before: number, after: number, measured: Comparison): string {
  const unit = unitOf(measured);
  return `${formatQuantity(before, unit)} → ${formatQuantity(after, unit)}`;
}
