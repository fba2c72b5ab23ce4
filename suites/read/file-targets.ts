/**
 * Targets on files that somebody has: YAML text → targets in base units, or everything that is wrong with it, with line
 * and column. Pure.
 */
import {z} from 'zod';
import {didYouMean, oneOf} from '../../harness/config/nearest.ts';
import {refuse, type Wrong} from '../../harness/config/refuse.ts';
import {readYaml} from '../../harness/config/yaml.ts';
import type {ConfigError, Result, Target} from '../../harness/types.ts';
import {latencyFigures, percentileHint, readPercentile} from './percentile.ts';
import {type JudgedMetric, judgedBy} from './statistic-rules.ts';

/** As much of a metric as a target needs. */
export interface FileMetricShape extends JudgedMetric {
  labels: readonly string[];
  /** Whether it adds up over files. */
  adds: boolean;
}

/** A target as `reports/judge/targets.ts` wants it. */
export interface ReadTarget
  extends Pick<
    Target,
    'id' | 'metric' | 'unit' | 'where' | 'relation' | 'bound' | 'confidence' | 'reliability' | 'limit'
  > {
  written: string;
  statistic: 'median' | 'worst' | 'proportion' | 'observed';
  scope: 'file' | 'folder' | 'all';
  source?: string;
}

const statistics = ['median', 'worst', 'proportion', 'observed'] as const;
const scopes = ['file', 'folder', 'all'] as const;
const usualConfidence = 0.95;
const mostTargets = 200;

export function loadFileTargets(
  text: string,
  file: string,
  metrics: readonly FileMetricShape[],
): Result<readonly ReadTarget[], ConfigError[]> {
  const read = readYaml(fileTargetsSchema(metrics), text, file);
  return read.ok ? {ok: true, value: read.value.targets} : read;
}

/** Loose, so that an unknown key is told together with all that is wrong with the known ones. */
const written = z.looseObject({
  id: z
    .string()
    .regex(/^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$/, {error: 'words joined by . _ or -'})
    .describe('no two targets share one'),
  metric: z.string().meta({form: 'a metric of files, such as `storage.latency`'}).describe('what is measured'),
  where: z
    .record(z.string(), z.union([z.string(), z.number()]).transform(String))
    .default({})
    .describe('labels that the figures must carry'),
  statistic: z
    .string()
    .meta({form: 'one of `median`, `worst`, `proportion`, `observed`, or a percentile of latency such as `p99`'})
    .describe('what of the files is held against the bound'),
  bound: z.string().meta({form: 'a relation and a quantity, such as `"< 5 ms"`'}).describe('what is promised'),
  scope: z.string().meta({form: 'one of `file`, `folder`, `all`'}).default('file').describe('what counts as one trial'),
  confidence: z.number().gt(0).lt(1).optional().describe('of the interval; 0.95 without it, and none for observed'),
  reliability: z
    .number()
    .gt(0)
    .lt(1)
    .optional()
    .describe('for worst: the share of trials it must be shown for; needed there'),
  limit: z
    .string()
    .meta({form: 'a relation and a quantity'})
    .optional()
    .describe('for proportion: what one trial must keep; needed there'),
  source: z.string().trim().min(1).max(2000).optional().describe('where it is promised; goes into CSV and JSON'),
});
type Written = z.infer<typeof written>;

export function fileTargetsSchema(metrics: readonly FileMetricShape[]) {
  const target = written.transform((read, context): ReadTarget => {
    const {target: value, wrong} = checked(read, metrics);
    const unknown = Object.keys(read).filter(key => !Object.hasOwn(written.shape, key));
    if (unknown.length > 0) context.issues.push({code: 'unrecognized_keys', keys: unknown, input: read, path: []});
    for (const {path, expected, hint} of wrong) refuse(context, read, path, expected, hint);
    return value ?? z.NEVER;
  });
  return z
    .strictObject({targets: z.array(target).min(1).max(mostTargets).describe('the promises')})
    .superRefine(({targets}, context) => {
      const known = new Set<string>();
      for (const [index, {id}] of targets.entries()) {
        const params = {expected: 'an id that no other target has', hint: 'rename one of the two'};
        if (known.has(id)) context.addIssue({code: 'custom', path: ['targets', index, 'id'], params});
        known.add(id);
      }
    });
}

/** What the words of a target mean; a word that is none of the known ones means nothing. */
interface Meant {
  metric: FileMetricShape | undefined;
  scope: ReadTarget['scope'] | undefined;
  statistic: ReadTarget['statistic'] | undefined;
  /** As the statistic names it. */
  percentile: string | undefined;
  where: Readonly<Record<string, string>>;
}

function meantBy({metric, scope, statistic, where}: Written, metrics: readonly FileMetricShape[]): Meant {
  const percentile = statisticPercentile(statistic);
  const own = where.percentile === undefined ? undefined : readPercentile(where.percentile);
  const named = percentile ?? own;
  return {
    metric: metrics.find(({name}) => name === metric),
    scope: scopes.find(name => name === scope),
    statistic: percentile === undefined ? statistics.find(name => name === statistic) : 'median',
    percentile,
    where: named === undefined ? where : {...where, percentile: named},
  };
}

/** The target, or all that is wrong with it. */
function checked(read: Written, metrics: readonly FileMetricShape[]): {target?: ReadTarget; wrong: readonly Wrong[]} {
  const meant = meantBy(read, metrics);
  const {metric, scope, statistic, where} = meant;
  const {judged, wrong: words} = judgedBy({...read, statistic: statistic ?? 'median'}, metric ?? nothingKnown);
  const wrong: readonly Wrong[] = [
    ...unknownWords(read, meant, metrics),
    ...(metric === undefined ? [] : unfitForMetric(read, metric, meant)),
    ...unfitForStatistic(read, meant),
    // Without its metric or statistic a bound cannot be told right from wrong.
    ...(metric === undefined || statistic === undefined ? [] : words.map(({key, ...rest}) => ({path: [key], ...rest}))),
  ];
  if (metric === undefined || scope === undefined || statistic === undefined || judged === undefined) return {wrong};
  if (wrong.length > 0) return {wrong};
  return {
    target: {
      id: read.id,
      metric: metric.name,
      unit: metric.unit,
      where,
      written: read.statistic,
      statistic,
      ...judged,
      confidence: read.confidence ?? usualConfidence,
      scope,
      ...(read.source === undefined ? {} : {source: read.source}),
    },
    wrong,
  };
}

function unknownWords(read: Written, {metric, scope, statistic}: Meant, metrics: readonly FileMetricShape[]): Wrong[] {
  const wrong: Wrong[] = [];
  if (metric === undefined) {
    const names = metrics.map(({name}) => name);
    wrong.push({path: ['metric'], expected: oneOf(names, 20), hint: didYouMean(read.metric, names)});
  }
  if (scope === undefined) {
    wrong.push({path: ['scope'], expected: oneOf(scopes), hint: didYouMean(read.scope, scopes)});
  }
  if (statistic === undefined) {
    const valid = [...statistics, 'p50', 'p90', 'p95', 'p99', 'p99.9', 'p99.99'];
    const hint = /^p\d/.test(read.statistic) ? percentileHint(read.statistic) : undefined;
    wrong.push({
      path: ['statistic'],
      expected: `${oneOf(statistics)}, or a percentile of latency such as p99`,
      hint: hint ?? didYouMean(read.statistic, valid),
    });
  }
  return wrong;
}

/** Labels, percentile and scope that the metric does not have. */
function unfitForMetric(read: Written, metric: FileMetricShape, meant: Meant): Wrong[] {
  const {name, labels, adds} = metric;
  const wrong = Object.keys(read.where)
    .filter(label => !labels.includes(label))
    .map((label): Wrong => {
      const expected = `a label of ${name}: ${oneOf(labels)}`;
      return {path: ['where', label], expected, hint: didYouMean(label, labels)};
    });
  const percentile = unfitPercentile(read, metric, meant);
  if (percentile !== undefined) wrong.push(percentile);
  if (meant.scope !== undefined && meant.scope !== 'file' && !adds) {
    wrong.push({path: ['scope'], expected: 'file', hint: `${name} does not add up over files`});
  }
  return wrong;
}

/** A latency is that of one percentile, named once; nothing else has any. */
function unfitPercentile(
  read: Written,
  {name, labels}: FileMetricShape,
  {percentile, statistic, where}: Meant,
): Wrong | undefined {
  const hasPercentiles = labels.includes('percentile');
  if (percentile !== undefined && !hasPercentiles) {
    return {path: ['statistic'], expected: oneOf(statistics), hint: `${name} has no percentiles; latencies have`};
  }
  if (percentile !== undefined && 'percentile' in read.where) {
    const hint = `"statistic: ${read.statistic}" names it already`;
    return {path: ['where', 'percentile'], expected: 'no such label here', hint};
  }
  if (statistic === undefined || !hasPercentiles || latencyNamed(where.percentile)) return undefined;
  const usual = 'say "statistic: p99", or "where: {percentile: p99}" beside another statistic';
  return {
    path: where.percentile === undefined ? ['where'] : ['where', 'percentile'],
    expected: `a percentile such as p99, or ${oneOf(latencyFigures)}`,
    hint: percentileHint(where.percentile ?? '') ?? usual,
  };
}

function unfitForStatistic(read: Written, {scope, statistic}: Meant): Wrong[] {
  const wrong: Wrong[] = [];
  if (scope === 'all' && (statistic === 'median' || statistic === 'proportion')) {
    const hint =
      'all files together are one trial: say "statistic: observed" for what was seen in it, with "where: {percentile: p99}" for a P99';
    wrong.push({path: ['statistic'], expected: 'observed or worst', hint});
  }
  if (statistic === 'observed' && read.confidence !== undefined) {
    const hint = 'what was observed is certain; it says nothing about the next trial';
    wrong.push({path: ['confidence'], expected: 'no such key here', hint});
  }
  return wrong;
}

/** Where the metric is not known, what is wrong with its bound is not told. */
const nothingKnown: JudgedMetric = {name: '', unit: 's', better: 'lower'};

/** `p99.9` of a statistic; nothing for what is no percentile. */
function statisticPercentile(statistic: string): string | undefined {
  return statistic.startsWith('p') ? readPercentile(statistic) : undefined;
}

function latencyNamed(label: string | undefined): boolean {
  return label !== undefined && (latencyFigures.includes(label) || readPercentile(label) !== undefined);
}
