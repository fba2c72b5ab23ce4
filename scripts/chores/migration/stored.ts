/** What the figures of docs/migration.md are made of: each cell of each run, kept in docs/trials/migration/. Pure. */
import {z} from 'zod';
import type {Sample, StoredRun} from '../../../harness/types.ts';
import {brokenBy} from '../../../suites/migration/asked-inside.ts';
import {
  type Attempt,
  type MatrixRecord,
  matrixArtefact,
  matrixRecord,
} from '../../../suites/migration/matrix-record.ts';
import {measureMatrix} from '../../../suites/migration/measure-matrix.ts';
import {jsonArtefact} from '../../../suites/steps/artefacts.ts';

const figure = z.number().optional();
const cellSchema = z.strictObject({
  option: z.string(),
  /** What the writer was asked for. MiB/s. */
  dirtyMiBPerSecond: z.number(),
  /** Of the migration; 0 without a limit. MiB/s. */
  limitMiBPerSecond: z.number(),
  together: z.number(),
  guest: z.string(),
  /** What it wrote. */
  writtenBytesPerSecond: figure,
  totalSeconds: z.number(),
  /** `called-back`: at its deadline; `totalSeconds` is how long was waited. `broken`: moved, and not whole inside. */
  end: z.enum(['moved', 'called-back', 'failed', 'broken']),
  downtimeSeconds: figure,
  blackoutSeconds: figure,
  brownoutSecondsSquared: figure,
  rounds: figure,
  movedBytes: figure,
});
export type MigrationCell = z.infer<typeof cellSchema>;

export const storedMigrationSchema = z.strictObject({
  run: z.string(),
  startedAt: z.string(),
  commit: z.string(),
  cells: z.array(cellSchema),
  /** Migrations after which the guest answered from inside, of all. */
  answered: z.number(),
  /** Critical findings, in sentences. */
  critical: z.array(z.string()),
});
export type StoredMigration = z.infer<typeof storedMigrationSchema>;

const limit = z.object({bandwidthMiBPerSecond: z.number()});

/** Of the trials that walk a matrix; others have no cells. */
export function compact(run: StoredRun): StoredMigration {
  const {id, startedAt, commit} = run.header;
  const cells: MigrationCell[] = [];
  const critical: string[] = [];
  let answered = 0;
  for (const {record, artefacts} of run.trials) {
    if (!artefacts.names.includes(matrixArtefact)) continue;
    const walked = jsonArtefact(artefacts, matrixArtefact, matrixRecord);
    if (!walked.ok) continue;
    const {samples, findings} = measureMatrix(artefacts, record.planned);
    const {bandwidthMiBPerSecond} = limit.parse(record.planned.parameters);
    for (const cell of walked.value.cells)
      for (const attempt of cell.attempts) {
        cells.push(cellOf(cell, attempt, samples, bandwidthMiBPerSecond));
        if (attempt.after.silent === undefined) answered++;
      }
    for (const {severity, invariant, detail} of findings)
      if (severity === 'critical') critical.push(`${invariant}: ${detail}`);
  }
  return {run: id, startedAt, commit, cells, answered, critical};
}

function cellOf(
  {option, dirtyMiBPerSecond, usedMiB, together}: MatrixRecord['cells'][number],
  attempt: Attempt,
  samples: readonly Sample[],
  limitMiBPerSecond: number,
): MigrationCell {
  const {guest, end, wallBeginMs, wallEndMs} = attempt;
  const own = samples.filter(
    ({labels}) =>
      labels.option === option &&
      labels.guest === guest &&
      labels.dirty === `${dirtyMiBPerSecond} MiB/s` &&
      labels.used === `${usedMiB} MiB` &&
      labels.together === String(together),
  );
  const value = (metric: string) => own.find(sample => sample.metric === metric)?.value;
  return {
    option,
    dirtyMiBPerSecond,
    limitMiBPerSecond,
    together,
    guest,
    end: end === 'moved' && brokenBy(attempt).length > 0 ? 'broken' : end,
    totalSeconds: value('migration.total') ?? (wallEndMs - wallBeginMs) / 1000,
    writtenBytesPerSecond: value('migration.dirty-rate'),
    downtimeSeconds: value('migration.downtime'),
    blackoutSeconds: value('migration.blackout'),
    brownoutSecondsSquared: value('migration.brownout'),
    rounds: value('migration.iterations'),
    movedBytes: value('migration.transferred'),
  };
}
