/** The register of promises: YAML text → claims with targets in base units, or errors with line and column. Pure. */
import {z} from 'zod';
import {readYaml} from '../../harness/config/yaml.ts';
import type {Claim, ConfigError, Result, Target} from '../../harness/types.ts';
import {latencyFigures, percentileHint, readPercentile} from './percentile.ts';
import {type JudgedMetric, judgedBy} from './statistic-rules.ts';

/** As much of a metric as a target needs: targets on any other metric, or on labels it does not carry, are refused. */
export interface MetricShape extends JudgedMetric {
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

function registerSchema(metrics: readonly MetricShape[]) {
  const target = z
    .strictObject({
      id: identifier,
      metric: z.enum(metrics.map(metric => metric.name)),
      where: z.record(z.string(), z.union([z.string(), z.number()]).transform(String)).default({}),
      statistic: z.enum(['median', 'p99', 'worst', 'proportion', 'ratio']),
      bound: z.string(),
      confidence: share.default(0.95),
      reliability: share.optional(),
      limit: z.string().optional(),
      against: z.tuple([z.string().min(1), z.string().min(1)]).optional(),
      source: sentence.optional(),
    })
    .transform((read, context): Omit<Target, 'claim' | 'source'> & {source?: string} => {
      const metric = metrics.find(one => one.name === read.metric);
      const refuse = (key: string, expected: string, hint: string): typeof z.NEVER => {
        context.issues.push({code: 'custom', input: read, path: [key], params: {expected, hint}});
        return z.NEVER;
      };
      if (metric === undefined) return refuse('metric', 'a known metric', 'seatrial claims --metrics lists them');
      const labels = [...metric.labels, ...commonLabels];
      const stranger = Object.keys(read.where).find(label => !labels.includes(label));
      if (stranger !== undefined) {
        context.issues.push({
          code: 'custom',
          input: read,
          path: ['where', stranger],
          params: {expected: `a label of ${metric.name}: ${labels.join(', ')}`, hint: 'rename or remove it'},
        });
        return z.NEVER;
      }
      const percentile = read.where.percentile;
      if (
        percentile !== undefined &&
        !latencyFigures.includes(percentile) &&
        readPercentile(percentile) === undefined
      ) {
        const params = {
          expected: 'a percentile such as p99, or min, mean or max',
          hint: percentileHint(percentile) ?? 'write it as p99 or 99',
        };
        context.issues.push({code: 'custom', input: read, path: ['where', 'percentile'], params});
        return z.NEVER;
      }
      const {judged, wrong} = judgedBy(read, metric);
      const [first] = wrong;
      if (judged === undefined || first !== undefined) {
        return refuse(first?.key ?? 'bound', first?.expected ?? 'a bound', first?.hint ?? 'change the value');
      }
      if (read.statistic === 'ratio') {
        if (read.against === undefined) {
          return refuse('against', 'two profiles', 'say "against: [stock, tuned]": the second divided by the first');
        }
        if (read.against[0] === read.against[1])
          return refuse('against', 'two different profiles', 'change one of them');
        if ('profile' in read.where) return refuse('where', 'no profile', 'a ratio takes both profiles from "against"');
      } else if (read.against !== undefined) {
        return refuse('against', 'no such key here', 'only "statistic: ratio" compares two profiles');
      }
      return {
        id: read.id,
        metric: metric.name,
        unit: metric.unit,
        where: read.where,
        statistic: read.statistic,
        ...judged,
        confidence: read.confidence,
        ...(read.against === undefined ? {} : {against: read.against}),
        ...(read.source === undefined ? {} : {source: read.source}),
      };
    });

  const claim = z
    .strictObject({
      id: identifier,
      title: sentence,
      figure: sentence,
      printed: sentence.optional(),
      arithmetic: sentence.optional(),
      source: sentence,
      targets: z.array(target).min(1).max(50).optional(),
      notTestable: sentence.optional(),
      noScenarioYet: sentence.optional(),
    })
    .transform((read, context): Claim => {
      const ways = [read.targets, read.notTestable, read.noScenarioYet].filter(way => way !== undefined).length;
      if (ways !== 1) {
        context.issues.push({
          code: 'custom',
          input: read,
          params: {
            expected: 'exactly one of targets, notTestable and noScenarioYet',
            hint: ways === 0 ? 'say how it is judged, or why it is not' : 'keep the one that is true',
          },
        });
        return z.NEVER;
      }
      const {targets = [], printed, arithmetic, notTestable, noScenarioYet, ...rest} = read;
      return {
        ...rest,
        targets: targets.map(one => ({...one, claim: read.id, source: one.source ?? read.source})),
        ...(printed === undefined ? {} : {printed}),
        ...(arithmetic === undefined ? {} : {arithmetic}),
        ...(notTestable === undefined ? {} : {notTestable}),
        ...(noScenarioYet === undefined ? {} : {noScenarioYet}),
      };
    });

  return z.strictObject({claims: z.array(claim).min(1).max(500)}).superRefine((register, context) => {
    const claims = new Set<string>();
    const targets = new Set<string>();
    for (const [index, one] of register.claims.entries()) {
      const twice = (path: (string | number)[], what: string) =>
        context.addIssue({
          code: 'custom',
          input: register,
          path: ['claims', index, ...path],
          params: {expected: `an id that no other ${what} has`, hint: 'rename one of the two'},
        });
      if (claims.has(one.id)) twice(['id'], 'claim');
      claims.add(one.id);
      for (const [position, each] of one.targets.entries()) {
        if (targets.has(each.id)) twice(['targets', position, 'id'], 'target');
        targets.add(each.id);
      }
    }
  });
}
