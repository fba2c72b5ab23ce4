/** Two sets of measurements side by side, as a document. */
import {
  type Block,
  chart,
  type Document,
  heading,
  joined,
  list,
  numeric,
  paragraph,
  present,
  type Section,
  table,
  type Words,
} from '../document/document.ts';
import {formatQuantity, formatShare} from '../words/units.ts';
import {comparisonSheet} from './columns.ts';
import type {Row, SideBySide} from './model.ts';
import {
  changeText,
  countSentence,
  countText,
  methodSentence,
  metricHeading,
  probability,
  rankHead,
  remarks,
  rowNotes,
  seriesText,
  sideNames,
  sideText,
  verdictHeadline,
  verdictText,
} from './phrases.ts';

const tones = {'none-worse': 'better', worse: 'worse', undecided: 'undecided'} as const;

export function comparisonDocument(comparison: SideBySide): Document {
  const {verdict, reasons, paired, confidence, before, after} = comparison;
  return {
    title: `${verdictHeadline[verdict]}: before and after`,
    kicker: `Comparison${paired ? ', paired' : ''}`,
    heading: 'Before and after',
    verdict: {tone: tones[verdict], word: verdictHeadline[verdict], says: countSentence(comparison)},
    notes: [],
    lead: present(reasons.length > 0 && list(reasons, 'undecided'), paragraph(methodSentence(comparison))),
    facts: [
      ['Before', sideNames(before)],
      ['After', sideNames(after)],
    ],
    sections: sectionsOf(comparison),
    footer: [`Intervals at ${formatShare(confidence)}. The same input gives the same page, byte for byte.`],
    data: {value: () => comparison},
    sheets: {series: () => comparisonSheet(comparison)},
  };
}

function sectionsOf(comparison: SideBySide): readonly Section[] {
  const {above, below} = remarks(comparison);
  const {rows, before, after} = comparison;
  const remark = (place: string) => (one: {title: string; lines: readonly string[]}, index: number) => ({
    id: `${place}-${index + 1}`,
    title: one.title,
    blocks: [list(one.lines, 'warning')],
  });
  return [
    ...above.map(remark('remark')),
    ...(rows.length === 0
      ? []
      : [
          {
            id: 'comparisons',
            title: 'Every comparison',
            blocks: [
              chart(async () => (await import('./charts.ts')).forestChart(comparison)),
              rowTable(comparison),
              valuesOf(comparison),
            ],
          },
        ]),
    ...below.map(remark('left-out')),
    {
      id: 'inputs',
      title: 'What was compared',
      blocks: [...inputs('Before', before), ...inputs('After', after)],
      only: 'page',
    },
  ];
}

/** A group a metric. */
function rowTable(comparison: SideBySide): Block {
  const titles = ['Before', 'After', 'n', 'After ÷ before', 'p', 'p Holm', rankHead(comparison)];
  const metrics = Map.groupBy(comparison.rows, ({metric}) => metric);
  return {
    kind: 'table',
    caption: 'One series a line',
    columns: [{title: 'Series'}, ...titles.map(numeric), {title: 'Verdict'}, {title: 'Notes', small: true}],
    groups: [...metrics].map(([metric, rows]) => ({
      title: metricHeading(metric),
      rows: rows.map(row => cells(row, comparison)),
    })),
  };
}

function cells(row: Row, comparison: SideBySide): readonly Words[] {
  return [
    seriesText(row),
    sideText(row.before, row.unit),
    sideText(row.after, row.unit),
    countText(row, comparison.paired),
    twoLines(changeText(row)),
    probability(row.p),
    probability(row.pHolm),
    probability(row.ranks?.p),
    {tone: row.verdict, words: verdictText(row)},
    {lines: rowNotes(row, comparison)},
  ];
}

/** The value, and below it its interval. */
function twoLines(change: string): Words {
  const at = change.search(/ [[(]/);
  return at < 0 ? change : [change.slice(0, at), {below: change.slice(at + 1)}];
}

function inputs(title: string, trials: SideBySide['before']): readonly Block[] {
  const items = trials.map(
    ({name, unfit}): Words =>
      unfit === undefined ? {code: name} : [{code: name}, ' ', {tone: 'warning', words: 'left out'}, ` ${unfit}`],
  );
  return [heading(`${title}: ${trials.length}`), list(items)];
}

function valuesOf({rows}: SideBySide): Block {
  const values = (row: Row, side: 'before' | 'after') => {
    const {values: all, outliers} = row[side];
    const numbers = all.map(
      ({trial, value}, index): Words => ({
        href: undefined,
        words: `${formatQuantity(value, row.unit)}${outliers.includes(index) ? ' (outlier)' : ''}`,
        note: trial,
      }),
    );
    return [`${row.metric}, ${seriesText(row)}`, side, joined(numbers, ', ')];
  };
  const all = table(
    'One value a trial, in the order given',
    ['Series', 'Side', {title: 'Values', numeric: 'list'}],
    rows.flatMap(row => [values(row, 'before'), values(row, 'after')]),
  );
  return {kind: 'details', summary: 'The single values', blocks: [all]};
}
