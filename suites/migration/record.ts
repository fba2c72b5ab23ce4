/** What a migration trial is asked for and keeps: its parameters, and what moved when. */
import {z} from 'zod';
import {insideSchema} from '../../harness/guest/inside.ts';

export const migrationSettings = z.object({
  intervalMs: z.number().int().min(1).max(1000),
  /** Watched before, between and after the two moves. */
  restSeconds: z.number().min(1).max(600),
  /** Memory the guest keeps writing to while it moves; 0 for none. */
  dirtyMiB: z.number().int().min(0),
  dirtyBytesPerSecond: z.number().int().min(1),
  /** Random writes to its disk while it moves; 0 for none. */
  diskOperationsPerSecond: z.number().int().min(0),
  migrationDeadlineSeconds: z.number().min(1).max(3600),
});
export type MigrationSettings = z.infer<typeof migrationSettings>;

/** Away from where the guest was, and home again. */
export const directions = ['out', 'back'] as const;

export const recordArtefact = 'migration.json';

export function jobArtefact(direction: string): string {
  return `domjobinfo-${direction}.txt`;
}

/** Wall clocks are the harness's; `clock` is the client's minus the harness's. */
export const migrationRecord = z.object({
  guest: z.string(),
  clock: z.object({offsetMs: z.number(), halfWidthMs: z.number().nonnegative()}),
  legs: z.array(
    z.object({
      leg: z.enum(directions),
      from: z.string(),
      to: z.string(),
      wallBeginMs: z.number(),
      wallEndMs: z.number(),
      moved: z.boolean(),
      why: z.string(),
      /** What was asked of the guest before and after; runs of before did not ask. */
      asked: z.object({laid: z.string().optional(), before: insideSchema, after: insideSchema}).optional(),
    }),
  ),
});
export type MigrationRecord = z.infer<typeof migrationRecord>;
export type Move = MigrationRecord['legs'][number];
