/** What the doctor says, as data: `--json` prints this, and nothing else says it otherwise. */
import {z} from 'zod';
import {phaseIds} from '../../../harness/doctor/budget.ts';
import {type Level, levels} from '../../../harness/doctor/check.ts';
import {impacts} from '../../../harness/run/impact.ts';
import {exitCodes} from '../kit/command-error.ts';

const text = z.string();

const diagnosis = z.strictObject({
  check: text.describe('id of the check: --despite takes it'),
  level: z.enum(levels),
  subject: text.describe('host, guest or cluster'),
  found: text,
  expected: text,
  todo: text.describe('empty where nothing is to be done'),
});

const phase = z.strictObject({
  id: z.enum(phaseIds).describe('stays when the words change'),
  name: text,
  seconds: z.number().min(0),
  from: text,
  beside: z.literal(true).exactOptional().describe('runs beside the phases before it'),
  limitSeconds: z.number().exactOptional().describe('after so long it is given up'),
});

const budget = z.strictObject({
  phases: z.array(phase).readonly(),
  totalSeconds: z.number(),
  boundSeconds: z.number(),
  unknown: z.array(text).readonly().describe('what could not be read: the total is at least this'),
  advice: z
    .array(z.strictObject({phase: z.enum(phaseIds), setting: text, now: text, better: text, savesSeconds: z.number()}))
    .readonly(),
});

const suite = z.strictObject({
  suite: text,
  scenarios: z.array(
    z.strictObject({
      scenario: text,
      impact: z.enum(impacts),
      purpose: text,
      notApplicable: text.exactOptional().describe('why it cannot run on this cluster'),
    }),
  ),
  profiles: z.array(
    z.strictObject({
      profile: text,
      changes: z.int().min(0),
      restartsGuestsFor: z.array(text).describe('ids of settings'),
    }),
  ),
});

const explained = z.strictObject({check: text, title: text, why: text, commands: z.array(text)});

export const doctorReport = z.strictObject({
  schema: z.literal('seatrial-doctor/1'),
  cluster: text.exactOptional().describe('absent where only this machine was looked at'),
  seconds: z.number().min(0).describe('that the examination took'),
  findings: z.array(diagnosis).describe('in order of danger'),
  budget: budget.exactOptional(),
  suites: z.array(suite),
  checks: z.array(explained).describe('why each check matters, and what was typed for it'),
});
export type DoctorReport = z.infer<typeof doctorReport>;
export type DoctorFinding = DoctorReport['findings'][number];

/** 3 for a danger, 1 for warnings only, else 0. */
export function exitCodeOf(findings: readonly {level: Level}[]): number {
  if (findings.some(({level}) => level === 'danger')) return exitCodes.usage;
  return findings.some(({level}) => level === 'warning') ? exitCodes.missed : exitCodes.met;
}
