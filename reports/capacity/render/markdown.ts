import {grid, text} from '../../render/markdown-text.ts';
import {formatQuantity} from '../../render/units.ts';
import type {CapacityReport} from '../report.ts';
import {
  aimWords,
  dailySentence,
  hardwareWords,
  headroomSentences,
  lawWords,
  limitCell,
  limitSentence,
  notCountedSentence,
  p99Words,
  partTitle,
  rate,
  roundsSentence,
  standingWord,
  useRows,
  vcpuSentence,
  verdictSentence,
  verdictTitle,
} from './words.ts';

/** For a merge request or a chat: the order and words of the page, without charts. */
export function renderCapacityMarkdown(report: CapacityReport): string {
  const hardware = hardwareWords(report);
  const lines = [
    `# ${verdictTitle[report.verdict]}: ${text(report.cluster)}, ${text(aimWords(report))}`,
    '',
    text(verdictSentence(report)),
    '',
    ...(hardware ? [`> **${text(hardware.headline || 'Hardware.')}** ${text(hardware.note)}`.trim(), ''] : []),
    ...grid(
      ['', 'Highest load that keeps the target', 'Lowest that breaks it', 'First full'],
      report.parts.map(part => [
        text(partTitle(part)),
        text(limitCell(part)),
        part.limit?.breaks ? text(rate(part.limit.breaks.load.amount)) : 'none tried',
        text(part.saturation?.says ?? 'nothing counted'),
      ]),
    ),
    ...report.headrooms.flatMap(headroom => [
      `## Headroom, ${text(headroom.pattern)}`,
      '',
      ...headroomSentences(headroom).map(line => `- ${text(line)}`),
      '',
    ]),
    ...report.parts.flatMap(part => [
      `## ${text(partTitle(part))}`,
      '',
      text(limitSentence(part)),
      '',
      ...((part.limit?.standings.length ?? 0) === 0
        ? []
        : grid(
            ['Arrivals a second', 'P99', 'Against the target'],
            (part.limit?.standings ?? []).map(each => [
              formatQuantity(each.load.amount, 'op/s'),
              text(p99Words(each)),
              `${standingWord(each.kind)}: ${text(each.reason)}`,
            ]),
          )),
      ...(useRows(part).length === 0
        ? []
        : grid(
            ['Resource', 'At the limit', 'At most', 'Full (90 %)'],
            useRows(part).map(({resource, atLimit, most, full}) => [text(resource), text(atLimit), most, text(full)]),
          )),
      ...(part.saturation ? [text(notCountedSentence(part)), ''] : []),
      text(vcpuSentence(part)),
      '',
      text(dailySentence(part)),
      '',
      ...(part.law
        ? [
            ...grid(
              ['Scalability law', 'Value and interval'],
              lawWords(part).map(([name, value]) => [text(name), text(value)]),
            ),
            ...part.law.remarks.map(text),
            ...(part.heldBack ? [text(part.heldBack.says)] : []),
            '',
          ]
        : []),
    ]),
    ...(report.warnings.length === 0
      ? []
      : [
          '## Warnings',
          '',
          ...report.warnings.map(one => `- **${text(one.subject)}**: ${text(one.text)} ${text(one.todo)}`),
          '',
        ]),
    text(roundsSentence(report)),
  ];
  return `${lines.join('\n').trimEnd()}\n`;
}
