/** What may stand in a topology file, key by key: YAML values → base units, each with the text as written. Pure. */
import {z} from 'zod';
import {refuse} from '../../../harness/config/refuse.ts';
import {lognormalOf, parseDuration, parseRate, type Spread} from '../../../reports/availability/quantities.ts';

/** Sizes beyond these are a mistake, or more than the simulation was tried with. */
export const mostNodes = 10_000;
const mostVms = 1_000_000;

/** Times in which a VM does not serve. Other times of a fault (a phase, a stall of the store) are no downtime of it. */
export const downtimes = [
  'failover.service',
  'failover.durable',
  'failover.recovered',
  'failover.blackout',
  'failover.write-stall',
  'migration.blackout',
  'migration.downtime',
] as const;

const sentence = z.string().trim().min(1).max(2000);
const name = z.string().trim().min(1).max(100);

const duration = z
  .string()
  .meta({form: 'a duration such as `4 h`'})
  .transform((text, context) => {
    const read = parseDuration(text);
    return read.ok ? {seconds: read.value, text} : refuse(context, text, [], read.error.expected, read.error.hint);
  });

const rate = z
  .string()
  .meta({form: 'a rate such as `1 per 3 years` or `MTBF 100000 h`'})
  .transform((text, context) => {
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
  .meta({
    form: 'a duration such as `4 h`, or `{mean: 4 h}` (exponential), `{median: 4 h, p95: 1 day}` (lognormal), `{between: [1 h, 8 h]}`',
  })
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

const rackNodes = count(1, mostNodes).describe('in it');
const rackFeeds = z.array(name).max(16).default([]).describe('the feeds that it hangs on; one of them is enough');
const rack = z.strictObject({name: name.describe('its name'), nodes: rackNodes, feeds: rackFeeds});
const likeRacks = z.strictObject({
  count: count(1, 2000).describe('in place of a list: so many racks that are alike'),
  nodes: rackNodes,
  feeds: rackFeeds,
});

const recovery = z
  .union([
    z.strictObject({
      measured: z.literal('runs').describe('from the runs given with --runs'),
      metric: z.enum(downtimes).describe('the figure that counts as downtime'),
      fault: name.optional().describe('only of trials with this fault'),
      profile: name.optional().describe('only of trials with this profile'),
      guest: name.optional().describe('only of this guest'),
    }),
    z.strictObject({
      samples: z
        .array(z.string())
        .min(1)
        .max(10_000)
        .meta({form: 'a list of durations, `> 60 s` where it had not come back'})
        .describe('in place of measured: a distribution of your own'),
      source: sentence.describe('where the samples come from'),
    }),
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
  name: name.describe('on every output'),
  strikes: z
    .enum(['node', 'rack', 'feed', 'switch', 'storage', 'vm', 'cluster'])
    .describe('what each of is struck at that rate'),
  rate: rate.optional().describe('of one of them; this, or observed'),
  observed: z
    .strictObject({faults: count(0, 1_000_000).describe('that were counted'), in: duration.describe('summed over all')})
    .optional()
    .describe('a record in place of a rate; the intervals hold how little a few faults tell'),
  source: sentence.describe('where the rate comes from'),
  repair: spread.optional().describe('until what was struck is whole again'),
  recovery: name.optional().describe('one of recoveries: how long a VM on it is down'),
});

/** A topology as it is written; what its parts say of each other is not checked here. */
export const topologyFile = z.strictObject({
  cluster: name.describe('on every output'),
  vms: count(1, mostVms).describe('that it carries'),
  feeds: z.array(name).max(64).default([]).describe('of power'),
  racks: z.union([z.array(rack).min(1).max(2000), likeRacks]).describe('where the nodes stand'),
  switchesPerRack: count(0, 8).describe('one of them is enough'),
  standby: count(0, mostNodes).describe('nodes that may be down while all VMs still find room'),
  quorum: z
    .strictObject({
      members: count(1, mostNodes).describe('voting nodes, dealt over the racks'),
      witness: z.boolean().default(false).describe('a vote outside of the racks'),
      onLoss: z.enum(['stop', 'freeze']).describe("what Pacemaker's no-quorum-policy says"),
    })
    .describe('who decides'),
  fencing: z
    .strictObject({
      bmcFails: rate.describe('of one BMC'),
      bmcRepair: duration.describe('until somebody has noticed and mended it'),
      power: z.enum(['shared', 'separate']).describe('shared: a BMC dies with the power of its rack'),
      // Unless it is said otherwise a BMC hangs on its rack's switches: the worse for the promise.
      network: z
        .enum(['shared', 'separate'])
        .default('shared')
        .describe('shared: a BMC is out of reach with the switches of its rack'),
      source: sentence.describe('where that comes from'),
    })
    .describe('how a lost node is made sure of'),
  storage: z
    .strictObject({
      replicas: count(1, 16).describe('of every piece of data'),
      minimum: count(1, 16).describe("without so many of them writes wait: Ceph's min_size"),
      servers: count(1, mostNodes)
        .optional()
        .describe('storage servers apart from the nodes; without it the nodes hold the data'),
      domain: z.enum(['host', 'rack']).describe('failure domain of the CRUSH rule'),
      rebuild: spread.optional().describe('until the lost replicas exist again elsewhere; without it nothing rebuilds'),
      placementGroups: count(1, 10_000_000).optional().describe('of the pool; enough to be everywhere without it'),
      source: sentence.describe('where that comes from'),
    })
    .optional()
    .describe('without it storage is taken for always there'),
  maintenance: z
    .strictObject({
      every: duration.describe('each node in turn'),
      lasts: spread.describe('that a node is away'),
      recovery: name.describe('one of recoveries: what moving away costs a VM'),
      source: sentence.describe('where that comes from'),
    })
    .optional()
    .describe('planned work; none without it'),
  operator: z
    .strictObject({
      response: spread.describe('until somebody acts'),
      source: sentence.describe('where that comes from'),
    })
    .describe('who is called when the cluster does not help itself'),
  recoveries: z.record(name, recovery).describe('how long a VM is down, by names of your own'),
  faults: z.array(fault).min(1).max(50).describe('what happens, and how often'),
});

export type TopologyFile = z.infer<typeof topologyFile>;
export type WrittenFault = TopologyFile['faults'][number];
