/** What a trial that counts has not shown: outputs of it that could not be read may hold what got worse. Pure. */
import type {Report, TrialRow, Warning} from '../run/report.ts';

/** Warnings of trials that are done, but for those that tell of an earlier try of the same slot. */
export function unreadOf({
  trials,
  resumed,
  warnings,
}: Pick<Report, 'trials' | 'resumed' | 'warnings'>): readonly Warning[] {
  const done = new Set(trials.flatMap(({slot, status}) => (status === 'done' ? [`trial ${slot}`] : [])));
  const interrupted = resumed?.interrupted ?? [];
  return warnings.filter(warning => done.has(warning.subject) && !interrupted.some(row => tellsOf(warning, row)));
}

/** Outputs are told by their files, an interrupted trial by its scenario: no text out of a file looks like this. */
function tellsOf({subject, text}: Warning, {slot, scenario, profile, folder}: TrialRow): boolean {
  return (
    subject === `trial ${slot}` &&
    text.startsWith(`${scenario} under ${profile} `) &&
    text.includes(` and tried anew: what it left in ${folder} `)
  );
}
