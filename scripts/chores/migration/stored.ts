/** What the figures of docs/migration.md are made of: each cell of each run, in docs/trials/migration/RUN.json. Pure. */
import {isDeepStrictEqual} from 'node:util';
import {z} from 'zod';
import type {Sample, StoredRun} from '../../../harness/types.ts';
import {matrixArtefact, matrixRecord} from '../../../suites/migration/matrix-record.ts';
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
  /** False: called back at its deadline, and `totalSeconds` is how long was waited. */
  converged: z.boolean(),
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
  /** Migrations after which the guest answered from inside, of all that were begun. */
  answered: z.strictObject({of: z.number(), yes: z.number()}),
  /** Critical findings, in sentences. */
  critical: z.array(z.string()),
});
export type StoredMigration = z.infer<typeof storedMigrationSchema>;

const limit = z.object({bandwidthMiBPerSecond: z.number()});

/** Of the trials that walk a matrix; others have no cells. */
export function compact(run: StoredRun): StoredMigration {
  const {id, startedAt, commit} = run.header;
  const walks = run.trials.filter(({artefacts}) => artefacts.names.includes(matrixArtefact));
  const measured = walks.map(({record, artefacts}) => ({
    ...measureMatrix(artefacts, record.planned),
    limitMiBPerSecond: limit.parse(record.planned.parameters).bandwidthMiBPerSecond,
  }));
  const attempts = walks.flatMap(({artefacts}) => {
    const record = jsonArtefact(artefacts, matrixArtefact, matrixRecord);
    return record.ok ? record.value.cells.flatMap(cell => cell.attempts) : [];
  });
  return {
    run: id,
    startedAt,
    commit,
    cells: measured.flatMap(({samples, limitMiBPerSecond}) => cellsOf(samples, limitMiBPerSecond)),
    answered: {of: attempts.length, yes: attempts.filter(({after}) => after.silent === undefined).length},
    critical: measured.flatMap(({findings}) =>
      findings.flatMap(({severity, invariant, detail}) => (severity === 'critical' ? [`${invariant}: ${detail}`] : [])),
    ),
  };
}

function cellsOf(samples: readonly Sample[], limitMiBPerSecond: number): MigrationCell[] {
  return samples
    .filter(({metric}) => metric === 'migration.total')
    .map(total => {
      const {option = '', dirty = '0', together, guest = ''} = total.labels;
      const own = samples.filter(({labels}) => isDeepStrictEqual(labels, total.labels));
      const value = (metric: string) => own.find(sample => sample.metric === metric)?.value;
      return {
        option,
        dirtyMiBPerSecond: Number.parseInt(dirty, 10),
        limitMiBPerSecond,
        together: Number(together),
        guest,
        writtenBytesPerSecond: value('migration.dirty-rate'),
        totalSeconds: total.value,
        converged: total.censored !== true,
        downtimeSeconds: value('migration.downtime'),
        blackoutSeconds: value('migration.blackout'),
        brownoutSecondsSquared: value('migration.brownout'),
        rounds: value('migration.iterations'),
        movedBytes: value('migration.transferred'),
      };
    });
}
