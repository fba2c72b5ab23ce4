/** What a long trial came to, as stored in docs/trials/NAME.json, and the page made of all of them. Pure. */
import {z} from 'zod';

const stepSchema = z.strictObject({
  name: z.string(),
  seconds: z.number(),
  /** What the step saw, in its own words. */
  saw: z.record(z.string(), z.string()),
});

export const trialResultSchema = z.strictObject({
  name: z.string(),
  proves: z.string(),
  /** ISO 8601, UTC: when it began. */
  date: z.string(),
  commit: z.string(),
  machine: z.string(),
  /** Tasks that wanted to run at once, the mean of the last minute when it began. */
  load: z.number(),
  seconds: z.number(),
  outcome: z.enum(['passed', 'failed']),
  /** Where it failed and why. */
  reason: z.string().optional(),
  /** Begun steps in their order; of a failed trial the last one is where it failed. */
  steps: z.array(stepSchema),
});
export type TrialResult = z.infer<typeof trialResultSchema>;

/** docs/trials.md: every trial's last run. */
export function trialsPage(results: readonly TrialResult[]): string {
  const sorted = [...results].sort((a, b) => (a.name < b.name ? -1 : 1));
  const head = [
    '# Long trials',
    '',
    'Proofs of minutes that `scripts/test.sh` has no time for, each by its last run: `npm run trials -- NAME` runs one again and',
    'writes this page; `npm run trials -- --list` says what there is. The numbers are those of one machine on one day.',
  ];
  if (sorted.length === 0) return [...head, '', 'None has been run yet.', ''].join('\n');
  const overview = table(
    ['trial', 'outcome', 'took', 'date', 'commit'],
    sorted.map(each => [
      `[${each.name}](#${each.name})`,
      each.outcome,
      duration(each.seconds),
      each.date.slice(0, 10),
      each.commit,
    ]),
  );
  return [...head, 'The files in [trials/](trials) hold the same as JSON.', '', ...overview, ...sorted.flatMap(section)]
    .join('\n')
    .concat('\n');
}

function section({name, proves, outcome, reason, machine, load, steps}: TrialResult): string[] {
  const rows = steps.map(step => [
    step.name,
    duration(step.seconds),
    Object.entries(step.saw)
      .map(([what, value]) => `${what}: ${value}`)
      .join('; '),
  ]);
  return [
    '',
    `## ${name}`,
    '',
    proves,
    '',
    `${outcome === 'passed' ? 'Passed' : `**Failed**: ${reason ?? 'no reason was given'}`}. ${machine}; load ${load.toFixed(1)} when it began.`,
    '',
    ...table(['step', 'took', 'seen'], rows),
  ];
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const row = (cells: readonly string[]) =>
    `| ${cells.map(cell => cell.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ')).join(' | ')} |`;
  return [row(columns), row(columns.map(() => '---')), ...rows.map(row)];
}

/** `4.2 s`, `3 min 05 s`. */
export function duration(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
