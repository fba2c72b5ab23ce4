/** What the tables of docs/backends.md are made of: the figures of each store in each trial of a run. Pure. */
import {z} from 'zod';
import {type Sample, type StoredRun, storeKinds} from '../../../harness/types.ts';
import {backends} from '../../../suites/storage/backends.ts';
import {storeServerLost} from '../../../suites/storage/store-server.ts';

const figureSchema = z.strictObject({
  /** Slot of the trial. */
  trial: z.number(),
  kind: z.enum(storeKinds),
  figure: z.enum(['share', 'iops', 'p50', 'p99', 'stall', 'lost']),
  /** Of figures of a load. */
  direction: z.enum(['read', 'write']).optional(),
  depth: z.string().optional(),
  /** Of figures of a lost server. */
  copies: z.enum(['one', 'several']).optional(),
  /** Operations a second, seconds, blocks, or a ratio. */
  value: z.number(),
  /** It is at least so much. */
  atLeast: z.literal(true).optional(),
});
export type StoreFigure = z.infer<typeof figureSchema>;

export const storedSchema = z.strictObject({
  run: z.string(),
  startedAt: z.string(),
  commit: z.string(),
  figures: z.array(figureSchema),
  /** What gave no figure, and why. */
  without: z.array(z.string()),
  critical: z.array(z.string()),
});
export type StoredStores = z.infer<typeof storedSchema>;

export function storesOf(run: StoredRun): StoredStores {
  const {id, startedAt, commit} = run.header;
  const kept: StoredStores = {run: id, startedAt, commit, figures: [], without: [], critical: []};
  for (const {record, artefacts} of run.trials) {
    const scenario = [backends, storeServerLost].find(({name}) => name === record.planned.scenario);
    if (scenario === undefined) continue;
    const measured = scenario.measure(artefacts, record.planned);
    kept.figures.push(...measured.samples.flatMap(sample => figureOf(sample, record.planned.slot)));
    kept.without.push(
      ...measured.problems.map(({artefact, expected, found}) => `${artefact}: expected ${expected}, found ${found}`),
    );
    if (record.status !== 'done') kept.without.push(`trial ${record.planned.slot} ${record.status}: ${record.reason}`);
    const critical = [...measured.findings, ...record.auditAfter].filter(({severity}) => severity === 'critical');
    kept.critical.push(...critical.map(({invariant, detail}) => `${invariant}: ${detail}`));
  }
  return kept;
}

const shown: Readonly<Record<string, StoreFigure['figure']>> = {
  'storage.share': 'share',
  'storage.iops': 'iops',
  'storage.latency p50': 'p50',
  'storage.latency p99': 'p99',
  'failover.store-stall': 'stall',
  'failover.store-lost': 'lost',
};

function figureOf({metric, labels, value, censored}: Sample, trial: number): StoreFigure[] {
  const figure = shown[[metric, ...(labels.percentile === undefined ? [] : [labels.percentile])].join(' ')];
  if (figure === undefined) return [];
  const read = figureSchema.safeParse({
    trial,
    kind: labels.kind,
    figure,
    direction: labels.direction,
    depth: labels.depth,
    copies: labels.copies,
    value: Number(value.toPrecision(4)),
    atLeast: censored,
  });
  return read.success ? [read.data] : [];
}
