/** The night as Markdown: for a mail, a merge request, a job's summary. */
import {oneLine} from '../render/text.ts';
import {formatInstant, formatQuantity} from '../render/units.ts';
import {figureOf, levels, percent} from './alarms.ts';
import {many, type NightlyReport, remeasuredLines} from './nightly.ts';

/** Members of one alarm that are listed; the rest are counted. */
const membersShown = 8;

export function renderNightlyMarkdown(report: NightlyReport): string {
  const {night, alarms, holes, notes, baseline} = report;
  const lines = [
    `# Night ${cell(night.id)}: ${report.verdict.replaceAll('-', ' ')}`,
    '',
    `${cell(report.sentence)}. Cluster ${cell(night.cluster)}, ${night.quick ? 'quick' : 'full'}, started ${formatInstant(night.startedAt)}; run in \`${cell(night.folder)}\`.`,
  ];
  if (alarms.length > 0) {
    lines.push('', '## Regressions', '');
    for (const alarm of alarms) {
      lines.push(`- **${alarm.state}** ${cell(alarm.sentence)}`);
      if (alarm.members.length > 1) {
        for (const member of alarm.members.slice(0, membersShown))
          lines.push(`  - ${cell(figureOf(member.trend))}: ${levels(member)} (\`${cell(member.trend.name)}\`)`);
        const rest = alarm.members.length - membersShown;
        if (rest > 0) lines.push(`  - and ${rest} more`);
      } else for (const {trend} of alarm.members) lines.push(`  - \`${cell(trend.name)}\``);
    }
  }
  const again = remeasuredLines(report);
  if (again.length > 0) lines.push('', '## Measured again', '', ...again.map(line => `- ${cell(line)}`));
  if (holes.length > 0) {
    lines.push('', '## What is missing', '');
    for (const {subject, detail, todo} of holes)
      lines.push(`- **${cell(subject)}**: ${cell(detail)}. To do: ${cell(todo)}.`);
  }
  const changed = report.trends.filter(({trend}) => trend.changes.some(({standing}) => standing === 'better'));
  if (changed.length > 0) {
    lines.push('', '## Changes for the better', '');
    for (const {trend} of changed) {
      const change = trend.changes.findLast(({standing}) => standing === 'better');
      if (change !== undefined)
        lines.push(
          `- ${cell(figureOf(trend))}, \`${cell(trend.name)}\`: ${levels({trend, change})} since ${cell(change.night)} (${change.state})`,
        );
    }
  }
  lines.push(
    '',
    '## Figures',
    '',
    '| Series | Tonight | Level before | Change | Seen from | Against the baseline | Standing |',
    '|---|---|---|---|---|---|---|',
  );
  for (const {trend, standing} of report.trends) {
    const point = trend.points.at(-1);
    const {unit} = trend.series;
    const before = previousLevel(
      trend.points.map(({value}) => value),
      trend.eras.at(-1)?.start ?? 0,
    );
    const comparison = trend.baseline?.comparison;
    lines.push(
      `| \`${cell(trend.name)}\` | ${point === undefined ? '—' : formatQuantity(point.value, unit)} | ${before === undefined ? '—' : formatQuantity(before, unit)} | ${
        before === undefined || point === undefined || before === 0 ? '—' : percent(point.value / before - 1)
      } | ${trend.visible === undefined ? '—' : percent(trend.visible)} | ${comparison === undefined ? '—' : `${percent(comparison.change)}, ${comparison.verdict.replaceAll('-', ' ')}`} | ${standing.replaceAll('-', ' ')} |`,
    );
  }
  lines.push(
    '',
    baseline === undefined
      ? 'Baseline: none.'
      : `Baseline: ${many(baseline.nights.length, 'night')}, pinned ${formatInstant(baseline.setAt)}${baseline.note === '' ? '' : `, ${cell(baseline.note)}`}.`,
  );
  for (const note of notes) lines.push('', cell(note));
  return `${lines.join('\n')}\n`;
}

/** Median of up to seven nights before tonight on the same ground. */
function previousLevel(values: readonly number[], start: number): number | undefined {
  const before = values.slice(Math.max(start, values.length - 8), -1).toSorted((a, b) => a - b);
  return before.length === 0 ? undefined : before[Math.floor(before.length / 2)];
}

/** Fit for a table's cell and for running text. */
function cell(text: string): string {
  return oneLine(text).replaceAll('|', '\\|').replaceAll('`', "'").replaceAll('<', '&lt;');
}
