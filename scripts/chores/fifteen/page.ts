/** What runs of crash and drill came to, and the page made of it. Pure. */
import {z} from 'zod';
import {head, rest} from './prose.ts';

const times = ['membership', 'fenced', 'started', 'service', 'durable'] as const;
const second = z.number().optional();
const trialSchema = z.strictObject({
  fault: z.string(),
  status: z.string(),
  load: z.number().optional(),
  lostWrites: z.number().optional(),
  ...Object.fromEntries(times.map(name => [name, second])),
} as {fault: z.ZodString; status: z.ZodString; load: typeof second; lostWrites: typeof second} & Record<
  (typeof times)[number],
  typeof second
>);
type Trial = z.infer<typeof trialSchema>;

const fifteenSchema = z.strictObject({
  machine: z.string(),
  groups: z.array(
    z.strictObject({
      label: z.string(),
      date: z.string(),
      commit: z.string(),
      seed: z.number(),
      /** What the report calls critical, and why a trial was not done, as it says it. */
      findings: z.array(z.string()),
      trials: z.array(trialSchema),
    }),
  ),
});
export type Fifteen = z.infer<typeof fifteenSchema>;
export type Group = Fifteen['groups'][number];

export interface LoadAt {
  atMs: number;
  /** Tasks that wanted to run at once, the mean of the minute before. */
  load: number;
}

/** docs/fifteen.json. Throws where it is none. */
export function readFifteen(text: string): Fifteen {
  return fifteenSchema.parse(JSON.parse(text));
}

const reportSchema = z.object({
  header: z.object({startedAt: z.string(), commit: z.string(), seed: z.number()}),
  trials: z.array(
    z.object({
      slot: z.number(),
      scenario: z.string(),
      profile: z.string(),
      status: z.string(),
      reason: z.string(),
      startedAt: z.string(),
      durationSeconds: z.number(),
    }),
  ),
  samples: z.array(z.object({metric: z.string(), value: z.number(), labels: z.record(z.string(), z.string())})),
  findings: z.array(z.object({trial: z.number(), severity: z.string(), invariant: z.string(), detail: z.string()})),
});

/** From a run's report.json, its trials of one profile or all of them. Throws where it is none. */
export function groupOf(label: string, report: string, loads: readonly LoadAt[], profile?: string): Group {
  const {header, trials: all, samples, findings} = reportSchema.parse(JSON.parse(report));
  const trials = all.filter(trial => profile === undefined || trial.profile === profile);
  if (trials.length === 0)
    throw new Error(`the run has no trial${profile === undefined ? '' : ` of profile ${profile}`}`);
  const worst = (slot: number, metric: string) => {
    const values = samples.filter(each => each.metric === metric && each.labels.trial === `${slot}`);
    return values.length === 0 ? undefined : rounded(Math.max(...values.map(({value}) => value)));
  };
  return {
    label,
    date: header.startedAt.slice(0, 16),
    commit: header.commit.slice(0, 10),
    seed: header.seed,
    findings: [
      ...findings
        .filter(({severity, trial}) => severity === 'critical' && trials.some(({slot}) => slot === trial))
        .map(({invariant, detail}) => `${invariant}: ${detail}`),
      ...trials
        .filter(({status}) => status !== 'done')
        .map(({slot, status, reason}) => `trial ${slot} ${status}: ${reason}`),
    ],
    trials: trials.map(({slot, scenario, status, startedAt, durationSeconds}) => {
      const from = Date.parse(startedAt);
      const beside = loads.filter(({atMs}) => atMs >= from && atMs <= from + durationSeconds * 1000);
      return JSON.parse(
        JSON.stringify({
          fault: scenario.replace('failover/', ''),
          status,
          load: beside.length === 0 ? undefined : rounded(median(beside.map(({load}) => load))),
          lostWrites: worst(slot, 'failover.lost-writes'),
          ...Object.fromEntries(times.map(name => [name, worst(slot, `failover.${name}`)])),
        }),
      ) as Trial;
    }),
  };
}

const rounded = (value: number) => Math.round(value * 10) / 10;

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[sorted.length % 2 === 1 ? middle : middle - 1], sorted[middle]];
  return (low + high) / 2;
}

/** docs/fifteen.md. */
export function fifteenPage({machine, groups}: Fifteen): string {
  const cells = (...all: readonly string[]) => `| ${all.join(' | ')} |`;
  const columns = ['profile', 'fault', 'trials', ...times, 'worst service', 'writes lost', 'load'];
  // Runs of one label are one row.
  const labels = [...new Set(groups.map(({label}) => label))];
  const rows = labels.flatMap(label => {
    const measured = groups.filter(group => group.label === label).flatMap(({trials}) => trials);
    return [...new Set(measured.map(({fault}) => fault))].sort().map(fault => {
      const trials = measured.filter(each => each.fault === fault);
      const all = (name: (typeof times)[number] | 'load' | 'lostWrites') =>
        trials.flatMap(each => (each[name] === undefined ? [] : [each[name]]));
      const middle = (name: (typeof times)[number]) => (all(name).length === 0 ? '—' : median(all(name)).toFixed(1));
      const loads = all('load');
      return cells(
        label,
        fault,
        `${all('service').length} of ${trials.length}`,
        ...times.map(middle),
        all('service').length === 0 ? '—' : Math.max(...all('service')).toFixed(1),
        all('lostWrites').length === 0 ? '—' : `${all('lostWrites').reduce((sum, value) => sum + value, 0)}`,
        loads.length === 0 ? '—' : `${Math.min(...loads).toFixed(0)}–${Math.max(...loads).toFixed(0)}`,
      );
    });
  });
  const runs = groups.map(({label, date, commit, seed, findings}) =>
    [
      `- ${label}: ${date.replace('T', ' ')} UTC, commit ${commit}, seed ${seed}.`,
      ...findings.map(finding => `  **${finding.replace(/\.$/, '')}**.`),
    ].join('\n'),
  );
  return [
    head,
    `Machine: ${machine}. Seconds from the injection on, medians; "load" is the number of tasks that wanted to run at once during the trials.`,
    '',
    cells(...columns),
    cells(...columns.map(() => '---')),
    ...rows,
    '',
    ...runs,
    '',
    rest,
  ].join('\n');
}
