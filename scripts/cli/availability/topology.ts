/** A topology file (docs/topology.yaml is an example): YAML text → what `reports/availability` works on, or errors with line and column. Pure. */
import {z} from 'zod';
import {didYouMean, oneOf} from '../../../harness/config/nearest.ts';
import {readYaml} from '../../../harness/config/yaml.ts';
import type {ConfigError, Result} from '../../../harness/types.ts';
import {
  lognormalOf,
  meanOf,
  parseDuration,
  parseRate,
  type Spread,
  yearSeconds,
} from '../../../reports/availability/quantities.ts';
import type {Assumption, FaultClass, Rack, RecoverySource, Topology} from '../../../reports/availability/topology.ts';
import {metrics} from '../../../reports/metrics.ts';

/** Sizes beyond these are a mistake, or more than the simulation was tried with. */
const mostNodes = 10_000;
const mostVms = 1_000_000;

export function loadTopology(text: string, file: string): Result<Topology, ConfigError[]> {
  return readYaml(topologySchema, text, file);
}

interface Issues {
  issues: z.core.$ZodRawIssue[];
}

function refuse(
  context: Issues,
  input: unknown,
  path: (string | number)[],
  expected: string,
  hint: string,
): z.ZodNever['_output'] {
  context.issues.push({code: 'custom', input, path, params: {expected, hint}});
  return z.NEVER;
}

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

/** "4 h" is always as long; {mean: 4 h} is exponential; {median: 4 h, p95: 1 day} lognormal; {between: [1 h, 8 h]} uniform. */
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

const topologySchema = z
  .strictObject({
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
  })
  .transform((file, context): Topology => {
    const racks = Array.isArray(file.racks)
      ? file.racks
      : Array.from({length: file.racks.count}, (_, index) => ({
          name: `r${index + 1}`,
          nodes: Array.isArray(file.racks) ? 1 : file.racks.nodes,
          feeds: Array.isArray(file.racks) ? [] : file.racks.feeds,
        }));
    const nodes = racks.reduce((sum, one) => sum + one.nodes, 0);
    const wrong = (path: (string | number)[], expected: string, hint: string) =>
      refuse(context, file, path, expected, hint);
    if (nodes > mostNodes) wrong(['racks'], `at most ${mostNodes} nodes, not ${nodes}`, 'split the cluster');
    if (file.standby >= nodes) wrong(['standby'], `fewer than the ${nodes} nodes there are`, 'some node must work');
    if (file.quorum.members > nodes)
      wrong(['quorum', 'members'], `at most ${nodes}, the nodes there are`, 'count the voting nodes');
    if (file.maintenance && file.standby === 0) {
      wrong(['maintenance'], 'a standby node to move the VMs to', 'say "standby: 1" or more, or leave maintenance out');
    }
    const {storage} = file;
    if (storage && storage.minimum > storage.replicas) {
      wrong(['storage', 'minimum'], `at most ${storage.replicas}, the replicas there are`, 'mend one of the two');
    }
    const domains = storage ? (storage.domain === 'rack' ? racks.length : (storage.servers ?? nodes)) : 0;
    if (storage && domains < storage.replicas) {
      wrong(
        ['storage', 'replicas'],
        `at most ${domains}, the failure domains there are`,
        'each replica needs a domain of its own',
      );
    }
    const recoveryNames = Object.keys(file.recoveries);
    if (recoveryNames.length === 0) {
      wrong(['recoveries'], 'at least one recovery', 'say how long VMs take to start: {samples: ["30 s"], source: …}');
    }
    const {spread: response, text: responseText} = file.operator.response;
    if (meanOf(response) > yearSeconds) {
      wrong(
        ['operator', 'response'],
        `at most a year on average, not ${responseText}`,
        'state how long it takes until somebody acts',
      );
    }
    const knownRecovery = (text: string, path: (string | number)[]) => {
      if (!recoveryNames.includes(text)) wrong(path, oneOf(recoveryNames, 20), didYouMean(text, recoveryNames));
    };
    const knownFeeds = (feeds: readonly string[], path: (string | number)[]): number[] =>
      feeds.map((feed, index) => {
        const found = file.feeds.indexOf(feed);
        if (found < 0)
          wrong([...path, index], `one of the feeds: ${oneOf(file.feeds, 20)}`, didYouMean(feed, file.feeds));
        return found;
      });
    const assumptions: Assumption[] = [];
    const assume = (subject: string, text: string, source: string) => assumptions.push({subject, text, source});
    const faults = file.faults.flatMap((one, index): FaultClass[] => {
      const at = ['faults', index];
      if (file.faults.findIndex(other => other.name === one.name) !== index)
        wrong([...at, 'name'], 'a name that no other fault has', 'rename one of the two');
      if ((one.rate === undefined) === (one.observed === undefined)) {
        wrong(
          one.rate === undefined ? at : [...at, 'observed'],
          'exactly one of rate and observed',
          'say how often it happens, or how often it was seen in how long',
        );
        return [];
      }
      if (one.strikes === 'vm') {
        if (one.repair !== undefined)
          wrong([...at, 'repair'], 'no repair', 'a VM is back when it has recovered: say that as "recovery"');
      } else if (one.repair === undefined)
        wrong(at, 'a repair', `add "repair: 4 h": how long the ${one.strikes} is away`);
      if (one.strikes === 'storage' || one.strikes === 'cluster') {
        if (one.recovery !== undefined)
          wrong([...at, 'recovery'], 'no recovery', 'what a VM sees is the time until the repair');
        if (one.strikes === 'storage' && !storage)
          wrong([...at, 'strikes'], 'a cluster with storage', 'add "storage: …"');
      } else if (one.recovery === undefined)
        wrong(at, 'a recovery', `add "recovery: …", one of ${oneOf(recoveryNames, 20)}`);
      else knownRecovery(one.recovery, [...at, 'recovery']);
      if (one.strikes === 'feed' && file.feeds.length === 0)
        wrong([...at, 'strikes'], 'feeds', 'add "feeds: [a, b]" and name them at the racks');
      if (one.strikes === 'switch' && file.switchesPerRack === 0)
        wrong([...at, 'strikes'], 'switches', 'say "switchesPerRack: 2"');
      const perUnit =
        one.strikes === 'cluster'
          ? 'the cluster'
          : `each ${one.strikes === 'vm' ? 'VM' : one.strikes === 'storage' ? 'storage host' : one.strikes}`;
      assume(
        `${one.name}: rate`,
        one.rate
          ? `${one.rate.text}, ${perUnit}`
          : `${one.observed?.faults} seen in ${one.observed?.in.text} of ${perUnit}`,
        one.source,
      );
      if (one.repair) assume(`${one.name}: repair`, one.repair.text, one.source);
      const years = (one.observed?.in.seconds ?? Number.NaN) / yearSeconds;
      return [
        {
          name: one.name,
          strikes: one.strikes,
          rate: one.observed
            ? // None seen is not never: half a fault is the usual stand-in, and the interval reaches much further.
              {
                perYear: Math.max(0.5, one.observed.faults) / years,
                observed: {faults: one.observed.faults, unitYears: years},
              }
            : {perYear: one.rate?.perYear ?? Number.NaN},
          ...(one.repair ? {repair: one.repair.spread} : {}),
          ...(one.recovery === undefined ? {} : {recovery: one.recovery}),
        },
      ];
    });
    if (file.maintenance) {
      knownRecovery(file.maintenance.recovery, ['maintenance', 'recovery']);
      assume(
        'maintenance',
        `each node every ${file.maintenance.every.text}, ${file.maintenance.lasts.text}`,
        file.maintenance.source,
      );
    }
    assume(
      'BMC',
      `${file.fencing.bmcFails.text}, mended within ${file.fencing.bmcRepair.text}, power ${file.fencing.power}, network ${file.fencing.network}`,
      file.fencing.source,
    );
    if (storage) {
      assume(
        'storage',
        `${storage.replicas} replicas, served with ${storage.minimum}, one a ${storage.domain}${storage.rebuild ? `, rebuilt in ${storage.rebuild.text}` : ', never rebuilt elsewhere'}`,
        storage.source,
      );
    }
    assume("the operator's response", file.operator.response.text, file.operator.source);
    for (const [key, one] of Object.entries(file.recoveries)) {
      if (one.kind === 'literal') assume(`recovery ${key}`, `${one.waits.length} stated times`, one.source);
    }
    const bmcYears = file.fencing.bmcRepair.seconds / yearSeconds;
    return {
      cluster: file.cluster,
      vms: file.vms,
      feeds: file.feeds,
      racks: racks.map(
        (one, index): Rack => ({
          name: one.name,
          nodes: one.nodes,
          feeds: knownFeeds(one.feeds, Array.isArray(file.racks) ? ['racks', index, 'feeds'] : ['racks', 'feeds']),
        }),
      ),
      switchesPerRack: file.switchesPerRack,
      standby: file.standby,
      quorum: file.quorum,
      fencing: {
        bmcUnavailable: bmcYears / (bmcYears + 1 / file.fencing.bmcFails.perYear),
        power: file.fencing.power,
        network: file.fencing.network,
      },
      ...(storage
        ? {
            storage: {
              replicas: storage.replicas,
              minimum: storage.minimum,
              domain: storage.domain,
              ...(storage.servers === undefined ? {} : {servers: storage.servers}),
              ...(storage.rebuild ? {rebuild: storage.rebuild.spread} : {}),
              ...(storage.placementGroups === undefined ? {} : {placementGroups: storage.placementGroups}),
            },
          }
        : {}),
      ...(file.maintenance
        ? {
            maintenance: {
              everySeconds: file.maintenance.every.seconds,
              lasts: file.maintenance.lasts.spread,
              recovery: file.maintenance.recovery,
            },
          }
        : {}),
      operator: file.operator.response.spread,
      faults,
      recoveries: Object.entries(file.recoveries).map(([key, one]): RecoverySource => ({name: key, ...one})),
      assumptions,
    };
  });
