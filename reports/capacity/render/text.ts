import {aligned} from '../../render/aligned.ts';
import {oneLine} from '../../render/text.ts';
import {formatQuantity} from '../../render/units.ts';
import type {CapacityReport} from '../report.ts';
import {
  aimWords,
  dailySentence,
  hardwareWords,
  headroomSentences,
  lawWords,
  limitSentence,
  notCountedSentence,
  p99Words,
  partTitle,
  roundsSentence,
  standingWord,
  useRows,
  vcpuSentence,
  verdictSentence,
  verdictTitle,
} from './words.ts';

/** For a terminal. */
export function renderCapacityText(report: CapacityReport): string {
  const hardware = hardwareWords(report);
  const lines = [
    `${verdictTitle[report.verdict]}: ${oneLine(report.cluster)}, ${aimWords(report)}`,
    verdictSentence(report),
    ...(hardware ? [`${hardware.headline} ${hardware.note}`.trim()] : []),
    '',
  ];
  for (const part of report.parts) {
    lines.push(`${partTitle(part)}`, limitSentence(part), '');
    const standings = part.limit?.standings ?? [];
    if (standings.length > 0) {
      lines.push(
        aligned(
          ['', 'arrivals a second', 'P99'],
          standings.map(each => [standingWord(each.kind), formatQuantity(each.load.amount, 'op/s'), p99Words(each)]),
          1,
        ),
      );
    }
    if (part.saturation) lines.push(part.saturation.says, notCountedSentence(part), '');
    const rows = useRows(part).slice(0, 8);
    if (rows.length > 0) {
      lines.push(
        aligned(
          ['resource', 'at the limit', 'most', 'full'],
          rows.map(({resource, atLimit, most, full}) => [resource, atLimit, most, full]),
          1,
        ),
      );
    }
    lines.push(vcpuSentence(part), dailySentence(part), '');
    if (part.law) {
      lines.push(
        aligned(
          ['scalability law', ''],
          lawWords(part).map(([name, value]) => [name, value]),
          2,
        ),
      );
      lines.push(...part.law.remarks, ...(part.heldBack ? [part.heldBack.says] : []), '');
    }
  }
  for (const headroom of report.headrooms) {
    lines.push(`Headroom, ${oneLine(headroom.pattern)}`, ...headroomSentences(headroom), '');
  }
  for (const {subject, text, todo} of report.warnings) lines.push(`${oneLine(subject)}: ${oneLine(text)} ${todo}`);
  lines.push(roundsSentence(report));
  return `${lines.join('\n').replace(/\n{3,}/g, '\n\n')}\n`;
}
