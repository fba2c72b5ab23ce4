/**
 * The end of a run on a terminal: a line for each promise that was tried, what became of the whole, and where the
 * report lies.
 */
import {damageSentence} from '../../../reports/run/build.ts';
import {forecastOf, forecastSentence} from '../../../reports/run/forecast.ts';
import type {Report} from '../../../reports/run/report.ts';

export function summary(report: Report, folder: string, paths: readonly string[]): string {
  const lines = verdictLines(report);
  const because = report.ended.reason === '' ? '' : `: ${report.ended.reason}`;
  lines.push(`overall: ${report.overall}${because}`, `run: ${folder}`);
  if (report.ended.status === 'aborted' && report.damage.length === 0)
    lines.push(`to go on with it: seatrial resume ${folder}, with --lab or --inventory as before`);
  const [first] = paths;
  if (first !== undefined) lines.push(`report: ${first}`);
  return `${lines.join('\n')}\n`;
}

/** The same of several runs together. */
export function poolSummary(report: Report): string {
  const {runs = [], leftOut = []} = report.pool ?? {};
  const lines = [
    ...verdictLines(report),
    `overall: ${report.overall}, of ${runs.length} ${runs.length === 1 ? 'run' : 'runs'}: ${runs.map(({id}) => id).join(', ')}`,
    ...leftOut.map(
      ({id, reason, forbids}) => `left out: ${id}: ${reason}${forbids ? '; without it nothing is met' : ''}`,
    ),
  ];
  return `${lines.join('\n')}\n`;
}

function verdictLines(report: Report): string[] {
  const order = ['missed', 'undecided', 'met'] as const;
  const tried = report.verdicts.filter(verdict => verdict.targets.some(target => target.samples.length > 0));
  const lines: string[] = [];
  for (const kind of order) {
    for (const {claim, reason} of tried.filter(verdict => verdict.kind === kind)) {
      lines.push(`${kind.padEnd(10)}${claim.id}: ${reason}`);
    }
  }
  const untried = report.verdicts.filter(verdict => verdict.kind !== 'not-testable').length - tried.length;
  if (untried > 0) lines.push(`${untried} more promises were not tried or gave no value; the report says why.`);
  for (const {trial, severity, invariant, detail} of report.findings) {
    if (severity === 'critical') lines.push(`trial ${trial}: ${invariant}: ${detail}`);
  }
  for (const error of report.damage) lines.push(`damaged: ${damageSentence(error)}`);
  const forecast = forecastSentence(forecastOf(report));
  if (forecast !== '' && report.ended.status === 'complete') lines.push(forecast);
  return lines;
}
