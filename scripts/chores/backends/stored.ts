/** What the tables of docs/backends.md are made of: the figures of each store in each trial of a run. Pure. */
import {z} from 'zod';
import {type Sample, type StoredRun, storeKinds} from '../../../harness/types.ts';
import {backends} from '../../../suites/storage/backends.ts';
import {storeParts} from '../../../suites/storage/store-part.ts';
import {storeServerLost} from '../../../suites/storage/store-server.ts';

const figureSchema = z.strictObject({
  /** Slot of the trial. */
  trial: z.number(),
  kind: z.enum(storeKinds),
  figure: z.enum(['share', 'iops', 'p50', 'p99', 'stall', 'metadata-stall', 'errors', 'lost']),
  /** Of figures of a load. */
  direction: z.enum(['read', 'write']).optional(),
  depth: z.string().optional(),
  /** Of figures of a lost server, or a part of one. */
  copies: z.enum(['one', 'several']).optional(),
  /** Of figures of a part that failed while its node lived: the scenario. */
  part: z.string().optional(),
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
    const {slot, scenario: tried} = record.planned;
    const scenario = [backends, storeServerLost, ...storeParts].find(({name}) => name === tried);
    if (scenario === undefined) continue;
    const part = storeParts.includes(scenario) ? {part: tried} : {};
    const measured = scenario.measure(artefacts, record.planned);
    kept.figures.push(...measured.samples.flatMap(sample => figureOf(sample, slot, part)));
    kept.without.push(
      ...measured.problems.map(({artefact, expected, found}) => `${artefact}: expected ${expected}, found ${found}`),
    );
    if (record.status !== 'done') kept.without.push(`trial ${slot} ${record.status}: ${record.reason}`);
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
  'failover.metadata-stall': 'metadata-stall',
  'failover.store-errors': 'errors',
  'failover.store-lost': 'lost',
};

function figureOf(
  {metric, labels, value, censored}: Sample,
  trial: number,
  part: Pick<StoreFigure, 'part'>,
): StoreFigure[] {
  const figure = shown[[metric, ...(labels.percentile === undefined ? [] : [labels.percentile])].join(' ')];
  if (figure === undefined) return [];
  const read = figureSchema.safeParse({
    ...part,
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
