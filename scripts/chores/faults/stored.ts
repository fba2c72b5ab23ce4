/** What docs/faults.md is made of: each trial of each run in a few lines, in docs/trials/faults/RUN.json. Pure. */
import {z} from 'zod';
import type {Finding, StoredRun} from '../../../harness/types.ts';
import type {Report} from '../../../reports/run/report.ts';

const trialSchema = z.strictObject({
  scenario: z.string(),
  status: z.enum(['done', 'aborted', 'unhealed', 'failed']),
  /** Each fault that was injected; `bit` is absent where nobody asked. */
  faults: z.array(z.strictObject({fault: z.string(), bit: z.boolean().optional(), evidence: z.string()})),
  /** Metric → seconds, of the slowest guest; absent where not measured, `censored` where it never ended. */
  phases: z.record(z.string(), z.strictObject({seconds: z.number(), censored: z.boolean()})),
  /** What was not expected, in sentences. */
  unexpected: z.array(z.string()),
});

export const storedFaultsSchema = z.strictObject({
  run: z.string(),
  startedAt: z.string(),
  commit: z.string(),
  storage: z.string(),
  trials: z.array(trialSchema),
  /** Scenarios that the cluster could not be asked for. */
  notApplicable: z.array(z.strictObject({scenario: z.string(), reason: z.string()})).default([]),
});
export type StoredFaults = z.infer<typeof storedFaultsSchema>;
export type FaultTrial = StoredFaults['trials'][number];

/** What a client saw of a fault that no guest is restarted for. */
export const silences = [
  'migration.blackout',
  'failover.write-stall',
  'vip.outage',
  'etcd.write',
  'disruption.lost',
] as const;
const phases = [
  ...['failover.membership', 'failover.fenced', 'failover.started', 'failover.service', 'failover.durable'],
  ...silences,
];
const reached = z.object({fault: z.string(), bit: z.boolean(), evidence: z.string()});
type Reached = z.infer<typeof reached>;
/** Each family of scenarios keeps in a file of its own whether its faults bit. */
const kept: readonly (readonly [artefact: string, schema: z.ZodType<readonly Reached[]>])[] = [
  ...['failover.json', 'etcd.json', 'alarm.json', 'zabbix.json', 'logs.json'].map(
    name => [name, z.object({reached: z.array(reached)}).transform(facts => facts.reached)] as const,
  ),
  ['address.json', z.object({reached}).transform(facts => [facts.reached])],
  ['bond.json', z.object({reached}).transform(facts => [facts.reached])],
  [
    'struck.json',
    z
      .object({fault: z.string(), bit: z.object({yes: z.boolean(), evidence: z.string()})})
      .transform(({fault, bit}) => [{fault, bit: bit.yes, evidence: bit.evidence}]),
  ],
];
const struck = z.object({injections: z.array(z.object({fault: z.string()}))});

/** Only trials that injected something, and that no person stopped. */
export function compact(run: StoredRun, report: Report): StoredFaults {
  const {id, startedAt, commit, storage} = run.header;
  const trials = run.trials.flatMap(({record, artefacts}): FaultTrial[] => {
    const read = <T>(name: string, schema: z.ZodType<T>): T | undefined => {
      const text = artefacts.names.includes(name) ? artefacts.text(name) : undefined;
      return text?.ok ? schema.safeParse(JSON.parse(text.value)).data : undefined;
    };
    const injected = read('effects.json', struck)?.injections.map(({fault}) => fault) ?? [];
    if (injected.length === 0 || record.reason === 'interrupted') return [];
    const answers = kept.flatMap(([artefact, schema]) => read(artefact, schema) ?? []);
    const {slot, scenario} = record.planned;
    const faults = injected.map(fault => {
      const at = answers.findIndex(each => each.fault === fault);
      const [one] = at < 0 ? [] : answers.splice(at, 1);
      return {fault, ...(one === undefined ? {} : {bit: one.bit}), evidence: one?.evidence ?? ''};
    });
    const findings = report.trials.find(trial => trial.slot === slot)?.findings ?? [];
    return [{scenario, status: record.status, faults, phases: phasesOf(report, slot), unexpected: sentences(findings)}];
  });
  return {run: id, startedAt, commit, storage, trials, notApplicable: [...run.plan.notApplicable]};
}

function sentences(findings: readonly Finding[]): string[] {
  return findings
    .filter(({severity}) => severity === 'critical')
    .map(({invariant, detail, unknown}) => `${unknown ? 'not known: ' : ''}${invariant}: ${detail}`);
}

function phasesOf({samples}: Report, slot: number): FaultTrial['phases'] {
  return Object.fromEntries(
    phases.flatMap(metric => {
      const own = samples.filter(sample => sample.metric === metric && sample.labels.trial === String(slot));
      if (own.length === 0) return [];
      const seconds = Math.max(...own.map(({value}) => value));
      return [[metric, {seconds, censored: own.some(({censored}) => censored === true)}]];
    }),
  );
}
