/** The matrix of migrations as data: what each cell of it is to be like, in the order in which they are tried. Pure. */
import {z} from 'zod';
import {type MigrationOption, migrationOptionNames} from '../../harness/cluster/migration.ts';

const numbers = (least: number, most: number) =>
  z
    .array(z.string().regex(/^\d{1,5}$/))
    .min(1)
    .max(12)
    .transform(words => words.map(Number))
    .pipe(z.array(z.number().min(least).max(most)));

export const matrixSettings = z.object({
  intervalMs: z.number().int().min(1).max(1000),
  options: z.array(z.enum(migrationOptionNames)).min(1),
  /** What a writer in each guest changes of its memory, at random; 0 for none. MiB/s. */
  dirtyRates: numbers(0, 10_000),
  /** Writers up to this rate read a part of it again: faster ones would take the guest's CPU. MiB/s. */
  verifiedUpTo: z.number().int().min(0),
  /** Of the memory that the writer changes. MiB. */
  workingSetMiB: z.number().int().min(8),
  /** Of the guest's memory, filled beforehand: untouched memory costs a migration nothing. MiB. */
  usedMiB: numbers(1, 65_536),
  /** How many guests move at once. */
  together: numbers(1, 16),
  /** Of each migration; 0 for none. A limit makes the result independent of how busy the machine is. */
  bandwidthMiBPerSecond: z.number().int().min(0),
  /** QEMU's limit of the pause at the end. */
  downtimeMs: z.number().int().min(1).max(60_000),
  /** A migration that has not ended by then does not converge, and is called back. */
  deadlineSeconds: z.number().min(5).max(3600),
  /** Watched under load before each cell, and after it. */
  restSeconds: z.number().min(1).max(60),
});
export type MatrixSettings = z.infer<typeof matrixSettings>;

export interface Cell {
  option: MigrationOption;
  dirtyMiBPerSecond: number;
  usedMiB: number;
  together: number;
}

/** Options last: neighbours in time are what is compared. */
export function cellsOf({options, dirtyRates, usedMiB, together}: MatrixSettings): readonly Cell[] {
  return usedMiB.flatMap(used =>
    together.flatMap(count =>
      dirtyRates.flatMap(rate =>
        options.map(option => ({option, dirtyMiBPerSecond: rate, usedMiB: used, together: count})),
      ),
    ),
  );
}
