/** The register of promises: YAML text → claims with targets in base units, or errors with line and column. Pure. */
import {z} from 'zod';
import {ofSoundValues} from '../../harness/config/checked.ts';
import {refuse, type Wrong} from '../../harness/config/refuse.ts';
import {readYaml} from '../../harness/config/yaml.ts';
import type {Claim, ConfigError, LoadCondition, Result, Target} from '../../harness/types.ts';
import {latencyFigures, percentileHint, readPercentile} from './percentile.ts';
import {type JudgedMetric, judgedBy} from './statistic-rules.ts';

/** As much of a metric as a target needs: targets on any other metric, or on labels it does not carry, are refused. */
export interface MetricShape extends JudgedMetric {
  asItStands?: true;
  labels: readonly string[];
}

/** Labels that every sample carries. */
const commonLabels = ['scenario', 'profile', 'repetition'];

/** Text of a register (claims.yaml or the user's own) → its claims in the order of the file. */
export function loadClaims(
  text: string,
  file: string,
  metrics: readonly MetricShape[],
): Result<readonly Claim[], ConfigError[]> {
  const read = readYaml(registerSchema(metrics), text, file);
  return read.ok ? {ok: true, value: read.value.claims} : read;
}

const sentence = z.string().trim().min(1).max(2000);
const identifier = z.string().regex(/^[a-z0-9]+([.-][a-z0-9]+)*$/, {error: 'lower-case words joined by . or -'});
const share = z.number().gt(0).lt(1);

export function registerSchema(metrics: readonly MetricShape[]) {
  const claim = claimSchema(targetSchema(metrics));
  return z
    .strictObject({claims: z.array(claim).min(1).max(500).describe('the promises')})
    .superRefine(({claims}, context) => {
      refuseTwice(claims, context);
    }, ofSoundValues);
}

const loadCondition = z
  .string()
  .trim()
  .regex(/^(>=|<=) *\d+(\.\d+)?$/, {error: 'a relation and a number, such as ">= 16"'})
  .meta({form: 'a relation and a number, such as `">= 16"`'});

function conditionsOf(under: Readonly<Record<string, string>>): readonly LoadCondition[] {
  return Object.entries(under).map(([parameter, condition]) => ({
    parameter,
    relation: condition.startsWith('>=') ? 'at-least' : 'at-most',
    value: Number(condition.slice(2)),
  }));
}

type TargetOfClaim = Omit<Target, 'claim' | 'source'> & {source?: string};

function targetSchema(metrics: readonly MetricShape[]) {
  return z
    .strictObject({
      id: identifier.describe('no two targets of the register share one'),
      metric: z
        .enum(metrics.map(metric => metric.name))
        .meta({form: 'a metric; `seatrial claims --metrics` lists them'})
        .describe('what is measured'),
      where: z
        .record(z.string(), z.union([z.string(), z.number()]).transform(String))
        .default({})
        .describe('labels that a sample must carry: scenario, profile, and those of the metric'),
      under: z
        .record(z.string(), loadCondition)
        .optional()
        .describe('numbers among the parameters that a trial must have been run with, such as `{iodepth: ">= 16"}`'),
      statistic: z
        .enum(['median', 'p99', 'worst', 'proportion', 'ratio', 'observed'])
        .describe(
          "what of the trials is held against the bound; ratio: the second profile's over the first's; observed: what was read of the configuration",
        ),
      bound: z.string().meta({form: 'a relation and a quantity, such as `"< 5 ms"`'}).describe('what is promised'),
      confidence: share.default(0.95).describe('of the interval that must lie on the good side'),
      reliability: share.optional().describe('for worst: the share of trials it must be shown for; needed there'),
      limit: z
        .string()
        .meta({form: 'a relation and a quantity'})
        .optional()
        .describe('for proportion: what one trial must keep; needed there'),
      against: z
        .tuple([z.string().min(1), z.string().min(1)])
        .meta({form: 'a list of 2 profiles'})
        .optional()
        .describe('for ratio: before and after; needed there'),
      source: sentence.optional().describe("where it is promised; without it the claim's"),
    })
    .transform((read, context): TargetOfClaim => {
      const metric = metrics.find(one => one.name === read.metric);
      if (metric === undefined) {
        return refuse(context, read, ['metric'], 'a known metric', 'seatrial claims --metrics lists them');
      }
      if (read.statistic === 'observed' && !metric.asItStands) {
        const hint =
          'what is measured varies from trial to trial; only what is configured, or has an interval of its own, is read as it stands';
        return refuse(context, read, ['statistic'], 'median, p99, worst, proportion or ratio', hint);
      }
      const {judged, wrong: words} = judgedBy(read, metric);
      const [word] = words;
      const wrong = wrongLabel(read, metric) ?? (word === undefined ? wrongAgainst(read) : {path: [word.key], ...word});
      if (wrong !== undefined || judged === undefined) {
        const {path, expected, hint} = wrong ?? {path: ['bound'], expected: 'a bound', hint: 'change the value'};
        return refuse(context, read, path, expected, hint);
      }
      return {
        id: read.id,
        metric: metric.name,
        unit: metric.unit,
        where: read.where,
        ...(read.under === undefined ? {} : {under: conditionsOf(read.under)}),
        statistic: read.statistic,
        ...judged,
        confidence: read.confidence,
        ...(read.against === undefined ? {} : {against: read.against}),
        ...(read.source === undefined ? {} : {source: read.source}),
      };
    });
}

function wrongLabel({where, statistic}: ComparedAsWritten, metric: MetricShape): Wrong | undefined {
  const labels = [...metric.labels, ...commonLabels];
  const stranger = Object.keys(where).find(label => !labels.includes(label));
  if (stranger !== undefined) {
    const expected = `a label of ${metric.name}: ${labels.join(', ')}`;
    return {path: ['where', stranger], expected, hint: 'rename or remove it'};
  }
  const {percentile} = where;
  if (statistic === 'p99' && !metric.labels.includes('percentile')) {
    const hint = `${metric.name} has no percentiles; latencies have`;
    return {path: ['statistic'], expected: 'median, worst, proportion or ratio', hint};
  }
  if (percentile === undefined && metric.labels.includes('percentile') && statistic !== 'p99') {
    const hint = 'say "statistic: p99", or "where: {percentile: p99}" beside another statistic';
    return {path: ['where', 'percentile'], expected: 'a percentile such as p99, or min, mean or max', hint};
  }
  if (statistic === 'p99' && percentile !== undefined && readPercentile(percentile) !== 'p99') {
    return {
      path: ['where', 'percentile'],
      expected: 'p99, or no such label',
      hint: '"statistic: p99" names it already',
    };
  }
  if (percentile === undefined || latencyFigures.includes(percentile) || readPercentile(percentile) !== undefined) {
    return undefined;
  }
  return {
    path: ['where', 'percentile'],
    expected: 'a percentile such as p99, or min, mean or max',
    hint: percentileHint(percentile) ?? 'write it as p99 or 99',
  };
}

interface ComparedAsWritten {
  statistic: string;
  against?: readonly [string, string] | undefined;
  where: Readonly<Record<string, string>>;
}

/** A ratio, and nothing else, names two profiles. */
function wrongAgainst({statistic, against, where}: ComparedAsWritten): Wrong | undefined {
  const wrong = (path: string, expected: string, hint: string): Wrong => ({path: [path], expected, hint});
  if (statistic !== 'ratio') {
    if (against === undefined) return undefined;
    return wrong('against', 'no such key here', 'only "statistic: ratio" compares two profiles');
  }
  if (against === undefined) {
    return wrong('against', 'two profiles', 'say "against: [stock, tuned]": the second divided by the first');
  }
  if (against[0] === against[1]) return wrong('against', 'two different profiles', 'change one of them');
  return 'profile' in where ? wrong('where', 'no profile', 'a ratio takes both profiles from "against"') : undefined;
}

function claimSchema(target: ReturnType<typeof targetSchema>) {
  return z
    .strictObject({
      id: identifier.describe('no two claims of the register share one'),
      title: sentence.describe('what is promised'),
      figure: sentence.describe('the promise as it is to be understood'),
      printed: sentence.optional().describe('as it stands in its source, where that cannot be meant'),
      arithmetic: sentence.optional().describe('why the printed figure cannot be'),
      source: sentence.describe('document and place'),
      targets: z
        .array(target)
        .min(1)
        .max(50)
        .optional()
        .describe('how it is judged; exactly one of this, saidBy, notTestable and noScenarioYet'),
      saidBy: z
        .strictObject({
          command: sentence.describe('a command of seatrial, without its options'),
          why: sentence.describe('why no trial of a suite can show it'),
        })
        .optional()
        .describe('which command judges it, in place of the scenarios'),
      notTestable: sentence.optional().describe('why no trial can show it'),
      noScenarioYet: sentence.optional().describe('what a scenario would have to do'),
    })
    .transform((read, context): Claim => {
      const ways = [read.targets, read.saidBy, read.notTestable, read.noScenarioYet].filter(
        way => way !== undefined,
      ).length;
      if (ways !== 1) {
        const hint = ways === 0 ? 'say how it is judged, or why it is not' : 'keep the one that is true';
        return refuse(context, read, [], 'exactly one of targets, saidBy, notTestable and noScenarioYet', hint);
      }
      const {targets = [], printed, arithmetic, saidBy, notTestable, noScenarioYet, ...rest} = read;
      return {
        ...rest,
        targets: targets.map(one => ({...one, claim: read.id, source: one.source ?? read.source})),
        ...(printed === undefined ? {} : {printed}),
        ...(arithmetic === undefined ? {} : {arithmetic}),
        ...(saidBy === undefined ? {} : {saidBy}),
        ...(notTestable === undefined ? {} : {notTestable}),
        ...(noScenarioYet === undefined ? {} : {noScenarioYet}),
      };
    });
}

/** Ids of claims and of targets, each once in the register. */
function refuseTwice(claims: readonly Claim[], context: z.RefinementCtx): void {
  const known = {claim: new Set<string>(), target: new Set<string>()};
  const once = (what: 'claim' | 'target', id: string, path: (string | number)[]) => {
    const params = {expected: `an id that no other ${what} has`, hint: 'rename one of the two'};
    if (known[what].has(id)) context.addIssue({code: 'custom', path, params});
    known[what].add(id);
  };
  for (const [index, {id, targets}] of claims.entries()) {
    once('claim', id, ['claims', index, 'id']);
    for (const [position, target] of targets.entries()) {
      once('target', target.id, ['claims', index, 'targets', position, 'id']);
    }
  }
}
