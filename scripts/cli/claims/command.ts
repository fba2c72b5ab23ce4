import type {Command} from 'commander';
import type {Claim, Target} from '../../../harness/types.ts';
import {loadWords} from '../../../reports/judge/under.ts';
import {metrics} from '../../../reports/metrics.ts';
import {formatBound} from '../../../reports/words/units.ts';
import {readRegister} from '../kit/claims-register.ts';
import {addPluginsOption} from '../kit/plugins/option.ts';

export function setUp(command: Command): void {
  addPluginsOption(command);
  command
    .option('--targets <file>', 'read this register in place of the shipped one (and check it)')
    .option('--metrics', 'list the metrics that a target may name')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      `
Examples:
  seatrial claims                         the shipped register
  seatrial claims --targets mine.yaml     check a register of your own
  seatrial claims --metrics               what a target may measure
  seatrial claims --json | jq '.[].id'

Exit code: 0 listed, 3 wrong usage, or a register that cannot be read.`,
    )
    .action((options: {targets?: string; metrics?: true; json?: true}) => {
      if (options.metrics) {
        process.stdout.write(options.json ? `${JSON.stringify(metrics, null, 1)}\n` : metricLines());
        return;
      }
      const {claims} = readRegister(options.targets);
      process.stdout.write(options.json ? `${JSON.stringify(claims, null, 1)}\n` : claimLines(claims));
    });
}

function metricLines(): string {
  return metrics
    .map(metric => {
      const unit = metric.unit === 'ratio' || metric.unit === 'count' ? metric.unit : `in ${metric.unit}`;
      return `${metric.name}  ${unit}, ${metric.better} is better; labels ${metric.labels.join(', ')}\n    ${metric.means}\n`;
    })
    .join('');
}

/** One claim a paragraph; the counts at the end. */
export function claimLines(claims: readonly Claim[]): string {
  const paragraphs = claims.map(claim => {
    const lines = [`${claim.id}  ${claim.title}`, `    figure: ${claim.figure}`];
    if (claim.printed !== undefined) lines.push(`    printed: ${claim.printed}`);
    if (claim.arithmetic !== undefined) lines.push(`    arithmetic: ${claim.arithmetic}`);
    lines.push(`    source: ${claim.source}`);
    for (const target of claim.targets) lines.push(`    target ${target.id}: ${targetWords(target)}`);
    if (claim.saidBy !== undefined) lines.push(`    said by: ${claim.saidBy.command}; ${claim.saidBy.why}`);
    if (claim.notTestable !== undefined) lines.push(`    not testable: ${claim.notTestable}`);
    if (claim.noScenarioYet !== undefined) lines.push(`    no scenario yet: ${claim.noScenarioYet}`);
    return `${lines.join('\n')}\n`;
  });
  const judged = claims.filter(claim => claim.targets.length > 0).length;
  const said = claims.filter(claim => claim.saidBy !== undefined).length;
  const untestable = claims.filter(claim => claim.notTestable !== undefined).length;
  const later = claims.filter(claim => claim.noScenarioYet !== undefined).length;
  return `${paragraphs.join('\n')}\n${claims.length} claims: ${judged} judged by targets, ${said} by a command of their own, ${later} without a scenario yet, ${untestable} not testable\n`;
}

function targetWords(target: Target): string {
  const relation = target.relation === 'at-most' ? 'at most' : 'at least';
  const style = target.statistic === 'ratio' ? 'factor' : 'share';
  const unit = target.statistic === 'ratio' || target.statistic === 'proportion' ? 'ratio' : target.unit;
  const where = Object.entries(target.where).map(([label, value]) => `${label} ${value}`);
  const under = loadWords(target);
  const words = [
    `${target.statistic} of ${target.metric} ${relation} ${formatBound(target.bound, unit, style)}`,
    ...(where.length > 0 ? [`where ${where.join(', ')}`] : []),
    ...(under.length > 0 ? [`under ${under.join(', ')}`] : []),
    ...(target.against === undefined ? [] : [`${target.against[1]} over ${target.against[0]}`]),
    ...(target.limit === undefined ? [] : [`limit ${formatBound(target.limit, target.unit)}`]),
    ...(target.reliability === undefined ? [] : [`reliability ${formatBound(target.reliability, 'ratio')}`]),
    `confidence ${formatBound(target.confidence, 'ratio')}`,
  ];
  return words.join('; ');
}
