/** What a trial of the matrix keeps of itself. Wall clocks are the harness's; `clock` is the client's minus it. */
import {z} from 'zod';
import {migrationOptionNames} from '../../harness/cluster/migration.ts';
import {insideSchema} from '../../harness/guest/inside.ts';
import {whereaboutsShape} from './whereabouts.ts';

/** One guest, once. */
const attempt = z.object({
  guest: z.string(),
  memoryBytes: z.number(),
  from: z.string(),
  to: z.string(),
  /** From before the load is watched at rest. */
  wallRestMs: z.number(),
  wallBeginMs: z.number(),
  wallEndMs: z.number(),
  /** `called-back`: it did not end in time. */
  end: z.enum(['moved', 'called-back', 'failed']),
  /** What virsh said. */
  said: z.string(),
  ...whereaboutsShape,
  writer: z
    .union([
      z.object({bytesPerSecond: z.number(), seconds: z.number(), error: z.number()}),
      z.object({why: z.string()}),
    ])
    .optional(),
  /** SHA-256 of what was laid into its memory. */
  laid: z.string(),
  before: insideSchema,
  after: insideSchema,
});
export type Attempt = z.infer<typeof attempt>;

export const matrixRecord = z.object({
  clock: z.object({offsetMs: z.number(), halfWidthMs: z.number().nonnegative()}),
  cells: z.array(
    z.object({
      option: z.enum(migrationOptionNames),
      dirtyMiBPerSecond: z.number(),
      usedMiB: z.number(),
      together: z.number(),
      /** Why it was not tried. */
      refused: z.string().optional(),
      attempts: z.array(attempt),
    }),
  ),
  /** How often each node had formed a membership, before and after. */
  memberships: z.object({before: z.record(z.string(), z.number()), after: z.record(z.string(), z.number())}).optional(),
});
export type MatrixRecord = z.infer<typeof matrixRecord>;

export const matrixArtefact = 'matrix.json';

export function jobOf(cell: number, guest: string): string {
  return `domjobinfo-${cell}-${guest}.txt`;
}

export function samplesOf(cell: number, guest: string): string {
  return `jobs-${cell}-${guest}.txt`;
}

export function eventsOf(cell: number, guest: string): string {
  return `events-${cell}-${guest}.txt`;
}
