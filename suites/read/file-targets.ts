/** Targets on files that somebody has: YAML text → targets in base units, or everything that is wrong with it, with line and column. Pure. */
import {z} from 'zod';
import {didYouMean, oneOf} from '../../harness/config/nearest.ts';
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
  const read = readYaml(fileSchema(metrics), text, file);
  return read.ok ? {ok: true, value: read.value.targets} : read;
}

/** Loose, so that an unknown key is told together with all that is wrong with the known ones. */
const written = z.looseObject({
  id: z.string().regex(/^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$/, {error: 'words joined by . _ or -'}),
  metric: z.string(),
  where: z.record(z.string(), z.union([z.string(), z.number()]).transform(String)).default({}),
  statistic: z.string(),
  bound: z.string(),
  scope: z.string().default('file'),
  confidence: z.number().gt(0).lt(1).optional(),
  reliability: z.number().gt(0).lt(1).optional(),
  limit: z.string().optional(),
  source: z.string().trim().min(1).max(2000).optional(),
});
type Written = z.infer<typeof written>;

function fileSchema(metrics: readonly FileMetricShape[]) {
  const target = written.transform((read, context): ReadTarget => {
    const {target: value, wrong} = checked(read, metrics);
    const unknown = Object.keys(read).filter(key => !Object.hasOwn(written.shape, key));
    if (unknown.length > 0) context.issues.push({code: 'unrecognized_keys', keys: unknown, input: read, path: []});
    for (const {path, expected, hint} of wrong) {
      context.issues.push({code: 'custom', input: read, path: [...path], params: {expected, hint}});
    }
    return value ?? z.NEVER;
  });
  return z.strictObject({targets: z.array(target).min(1).max(mostTargets)}).superRefine(({targets}, context) => {
    const known = new Set<string>();
    for (const [index, {id}] of targets.entries()) {
      const params = {expected: 'an id that no other target has', hint: 'rename one of the two'};
      if (known.has(id)) context.addIssue({code: 'custom', path: ['targets', index, 'id'], params});
      known.add(id);
    }
  });
}

interface Wrong {
  path: readonly string[];
  expected: string;
  hint: string;
}

/** The target, or all that is wrong with it. */
function checked(read: Written, metrics: readonly FileMetricShape[]): {target?: ReadTarget; wrong: readonly Wrong[]} {
  const wrong: Wrong[] = [];
  const refuse = (path: readonly string[], expected: string, hint: string) => wrong.push({path, expected, hint});
  const names = metrics.map(metric => metric.name);
  const metric = metrics.find(({name}) => name === read.metric);
  if (metric === undefined) refuse(['metric'], oneOf(names, 20), didYouMean(read.metric, names));
  const scope = scopes.find(name => name === read.scope);
  if (scope === undefined) refuse(['scope'], oneOf(scopes), didYouMean(read.scope, scopes));
  const percentile = statisticPercentile(read.statistic);
  const statistic = percentile === undefined ? statistics.find(name => name === read.statistic) : 'median';
  if (statistic === undefined) {
    const valid = [...statistics, 'p50', 'p90', 'p95', 'p99', 'p99.9', 'p99.99'];
    refuse(
      ['statistic'],
      `${oneOf(statistics)}, or a percentile of latency such as p99`,
      (/^p\d/.test(read.statistic) ? percentileHint(read.statistic) : undefined) ?? didYouMean(read.statistic, valid),
    );
  }
  const own = read.where.percentile === undefined ? undefined : readPercentile(read.where.percentile);
  const named = percentile ?? own;
  const where = named === undefined ? read.where : {...read.where, percentile: named};
  if (metric !== undefined) {
    for (const label of Object.keys(read.where)) {
      if (metric.labels.includes(label)) continue;
      refuse(['where', label], `a label of ${metric.name}: ${oneOf(metric.labels)}`, didYouMean(label, metric.labels));
    }
    if (percentile !== undefined && !metric.labels.includes('percentile')) {
      refuse(['statistic'], oneOf(statistics), `${metric.name} has no percentiles; latencies have`);
    } else if (percentile !== undefined && 'percentile' in read.where) {
      refuse(['where', 'percentile'], 'no such label here', `"statistic: ${read.statistic}" names it already`);
    } else if (statistic !== undefined && metric.labels.includes('percentile') && !latencyNamed(where.percentile)) {
      const path = where.percentile === undefined ? ['where'] : ['where', 'percentile'];
      const usual = 'say "statistic: p99", or "where: {percentile: p99}" beside another statistic';
      refuse(
        path,
        `a percentile such as p99, or ${oneOf(latencyFigures)}`,
        percentileHint(where.percentile ?? '') ?? usual,
      );
    }
    if (scope !== undefined && scope !== 'file' && !metric.adds) {
      refuse(['scope'], 'file', `${metric.name} does not add up over files`);
    }
  }
  if (scope === 'all' && (statistic === 'median' || statistic === 'proportion')) {
    const hint =
      'all files together are one trial: say "statistic: observed" for what was seen in it, with "where: {percentile: p99}" for a P99';
    refuse(['statistic'], 'observed or worst', hint);
  }
  if (statistic === 'observed' && read.confidence !== undefined) {
    refuse(['confidence'], 'no such key here', 'what was observed is certain; it says nothing about the next trial');
  }
  const judged = judgedBy({...read, statistic: statistic ?? 'median'}, metric ?? nothingKnown);
  // Without its metric or statistic a bound cannot be told right from wrong.
  if (metric !== undefined && statistic !== undefined) {
    for (const {key, expected, hint} of judged.wrong) refuse([key], expected, hint);
  }
  if (metric === undefined || scope === undefined || statistic === undefined || judged.judged === undefined) {
    return {wrong};
  }
  if (wrong.length > 0) return {wrong};
  return {
    target: {
      id: read.id,
      metric: metric.name,
      unit: metric.unit,
      where,
      written: read.statistic,
      statistic,
      ...judged.judged,
      confidence: read.confidence ?? usualConfidence,
      scope,
      ...(read.source === undefined ? {} : {source: read.source}),
    },
    wrong,
  };
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
