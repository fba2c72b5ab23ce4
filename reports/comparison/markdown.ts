import {grid, text} from '../render/markdown-text.ts';
import type {SideBySide} from './side-by-side.ts';
import {rankHead} from './text.ts';
import {
  type Block,
  changeText,
  countSentence,
  countText,
  methodSentence,
  metricHeading,
  probability,
  remarks,
  rowNotes,
  seriesText,
  sideNames,
  sideText,
  verdictHeadline,
  verdictText,
} from './words.ts';

/** For a merge request or a chat: the same words as the text, as tables. */
export function renderMarkdown(comparison: SideBySide): string {
  const {above, below} = remarks(comparison);
  const lines = [
    `# ${verdictHeadline[comparison.verdict]}`,
    '',
    text(countSentence(comparison)),
    '',
    ...comparison.reasons.map(reason => `- ${text(reason)}`),
    ...(comparison.reasons.length > 0 ? [''] : []),
    `- Before ${text(sideNames(comparison.before))}`,
    `- After ${text(sideNames(comparison.after))}`,
    '',
    text(methodSentence(comparison)),
    '',
    ...above.flatMap(section),
    ...tables(comparison),
    ...below.flatMap(section),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}

function section({title, lines}: Block): string[] {
  return [`**${text(title)}**`, '', ...lines.map(line => `- ${text(line)}`), ''];
}

function tables(comparison: SideBySide): string[] {
  const metrics = [...new Set(comparison.rows.map(({metric}) => metric))];
  return metrics.flatMap(metric => [
    `## ${text(metricHeading(metric))}`,
    '',
    ...grid(
      ['Verdict', 'Series', 'Before', 'After', 'n', 'After ÷ before', 'p', 'p Holm', rankHead(comparison), 'Notes'],
      comparison.rows
        .filter(row => row.metric === metric)
        .map(row => [
          row.verdict === 'worse' || row.verdict === 'better' ? `**${verdictText(row)}**` : text(verdictText(row)),
          text(seriesText(row)),
          text(sideText(row.before, row.unit)),
          text(sideText(row.after, row.unit)),
          countText(row, comparison.paired),
          text(changeText(row)),
          text(probability(row.p)),
          text(probability(row.pHolm)),
          text(probability(row.ranks?.p)),
          text(rowNotes(row, comparison).join('; ')),
        ]),
    ),
  ]);
}
