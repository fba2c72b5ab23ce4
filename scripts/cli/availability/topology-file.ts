/** What may stand in a topology file, key by key: YAML values → base units, each with the text as written. Pure. */
import {z} from 'zod';
import {refuse} from '../../../harness/config/refuse.ts';
import {lognormalOf, parseDuration, parseRate, type Spread} from '../../../reports/availability/quantities.ts';
import {metrics} from '../../../reports/metrics.ts';

/** Sizes beyond these are a mistake, or more than the simulation was tried with. */
export const mostNodes = 10_000;
const mostVms = 1_000_000;

const sentence = z.string().trim().min(1).max(2000);
const name = z.string().trim().min(1).max(100);

const duration = z.string().transform((text, context) => {
  const read = parseDuration(text);
  return read.ok ? {seconds: read.value, text} : refuse(context, text, [], read.error.expected, read.error.hint);
});

const rate = z.string().transform((text, context) => {
  const read = parseRate(text);
  return read.ok ? {perYear: read.value, text} : refuse(context, text, [], read.error.expected, read.error.hint);
});

interface WrittenSpread {
  spread: Spread;
  text: string;
}

/**
 * "4 h" is always as long; {mean: 4 h} is exponential; {median: 4 h, p95: 1 day} lognormal; {between: [1 h, 8 h]}
 * uniform.
 */
const spread = z
  .union([
    z.string(),
    z.strictObject({mean: z.string()}),
    z.strictObject({median: z.string(), p95: z.string()}),
    z.strictObject({between: z.tuple([z.string(), z.string()])}),
  ])
  .transform((written, context): WrittenSpread => {
    const seconds = (text: string, path: (string | number)[]): number => {
      const read = parseDuration(text);
      return read.ok ? read.value : refuse(context, written, path, read.error.expected, read.error.hint);
    };
    if (typeof written === 'string') return {spread: {kind: 'fixed', seconds: seconds(written, [])}, text: written};
    if ('mean' in written) {
      return {spread: {kind: 'exponential', mean: seconds(written.mean, ['mean'])}, text: `mean ${written.mean}`};
    }
    if ('median' in written) {
      const median = seconds(written.median, ['median']);
      const p95 = seconds(written.p95, ['p95']);
      if (p95 <= median)
        return refuse(
          context,
          written,
          ['p95'],
          `more than the median, ${written.median}`,
          'the 95th percentile is the longer one',
        );
      return {spread: lognormalOf(median, p95), text: `median ${written.median}, 95 % within ${written.p95}`};
    }
    const [low, high] = [seconds(written.between[0], ['between', 0]), seconds(written.between[1], ['between', 1])];
    if (high < low)
      return refuse(context, written, ['between', 1], `at least ${written.between[0]}`, 'write the shorter one first');
    return {spread: {kind: 'uniform', low, high}, text: `between ${written.between[0]} and ${written.between[1]}`};
  });

const count = (low: number, high: number) => z.number().int().min(low).max(high);

const rack = z.strictObject({name, nodes: count(1, mostNodes), feeds: z.array(name).max(16).default([])});
const likeRacks = z.strictObject({
  count: count(1, 2000),
  nodes: count(1, mostNodes),
  feeds: z.array(name).max(16).default([]),
});

const recovery = z
  .union([
    z.strictObject({
      measured: z.literal('runs'),
      metric: z.enum(
        metrics
          .filter(metric => metric.unit === 's' && /^(failover|migration)\./.test(metric.name))
          .map(metric => metric.name),
      ),
      fault: name.optional(),
      profile: name.optional(),
      guest: name.optional(),
    }),
    z.strictObject({samples: z.array(z.string()).min(1).max(10_000), source: sentence}),
  ])
  .transform((written, context) => {
    if ('measured' in written) {
      const {fault, profile, guest} = written;
      return {
        kind: 'measured' as const,
        metric: written.metric,
        where: Object.fromEntries(
          Object.entries({fault, profile, guest}).flatMap(([key, value]) =>
            value === undefined ? [] : [[key, value]],
          ),
        ),
      };
    }
    const waits = written.samples.map((text, index) => {
      const parts = /^\s*(>)?\s*(.*)$/.exec(text);
      const read = parseDuration(parts?.[2] ?? '');
      if (!read.ok) {
        return refuse(
          context,
          written,
          ['samples', index],
          `${read.error.expected}, or "> 60 s" where it had not come back`,
          read.error.hint,
        );
      }
      return {time: read.value, ended: parts?.[1] === undefined};
    });
    return {kind: 'literal' as const, waits, source: written.source};
  });

const fault = z.strictObject({
  name,
  strikes: z.enum(['node', 'rack', 'feed', 'switch', 'storage', 'vm', 'cluster']),
  rate: rate.optional(),
  observed: z.strictObject({faults: count(0, 1_000_000), in: duration}).optional(),
  source: sentence,
  repair: spread.optional(),
  recovery: name.optional(),
});

/** A topology as it is written; what its parts say of each other is not checked here. */
export const topologyFile = z.strictObject({
  cluster: name,
  vms: count(1, mostVms),
  feeds: z.array(name).max(64).default([]),
  racks: z.union([z.array(rack).min(1).max(2000), likeRacks]),
  switchesPerRack: count(0, 8),
  standby: count(0, mostNodes),
  quorum: z.strictObject({
    members: count(1, mostNodes),
    witness: z.boolean().default(false),
    onLoss: z.enum(['stop', 'freeze']),
  }),
  fencing: z.strictObject({
    bmcFails: rate,
    bmcRepair: duration,
    power: z.enum(['shared', 'separate']),
    // Unless it is said otherwise a BMC hangs on its rack's switches: the worse for the promise.
    network: z.enum(['shared', 'separate']).default('shared'),
    source: sentence,
  }),
  storage: z
    .strictObject({
      replicas: count(1, 16),
      minimum: count(1, 16),
      servers: count(1, mostNodes).optional(),
      domain: z.enum(['host', 'rack']),
      rebuild: spread.optional(),
      placementGroups: count(1, 10_000_000).optional(),
      source: sentence,
    })
    .optional(),
  maintenance: z.strictObject({every: duration, lasts: spread, recovery: name, source: sentence}).optional(),
  operator: z.strictObject({response: spread, source: sentence}),
  recoveries: z.record(name, recovery),
  faults: z.array(fault).min(1).max(50),
});

export type TopologyFile = z.infer<typeof topologyFile>;
export type WrittenFault = TopologyFile['faults'][number];
