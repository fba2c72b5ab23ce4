/**
 * One sweep: the same accesses at several loads, in all guests at once, with everything whole or with one node
 * gone.
 */
import {z} from 'zod';
import {readOnly} from '../../harness/cluster/commands.ts';
import {onCluster} from '../../harness/cluster/pacemaker.ts';
import {impactOfFault} from '../../harness/faults/fault.ts';
import {expectsOfFaults, nodeLost} from '../../harness/faults/index.ts';
import {fioTotals} from '../../harness/parse/fio-totals.ts';
import {takesLoad} from '../../harness/probes/serving.ts';
import type {
  Artefacts,
  Cluster,
  Command,
  Fault,
  Guest,
  Host,
  Measured,
  Parameters,
  ParseError,
  Sample,
  Scenario,
  Trial,
} from '../../harness/types.ts';
import {waitFor} from '../../harness/wait.ts';
import {countedHosts, type HostUse, usesDuring, withCounters} from '../steps/counters.ts';
import {
  bytesOf,
  deviceLoad,
  deviceShape,
  fillCommand,
  fillEstimateSeconds,
  fillGuests,
  fillProblems,
} from '../steps/fio-load.ts';
import {guestsReport, saturatedFindings} from '../steps/fio-report.ts';
import {latencySample} from '../steps/fio-samples.ts';
import {guestsKept} from '../steps/guests.ts';
import {onlyProblems, together} from '../steps/measured.ts';
import {parametersOf, readParameters} from '../steps/parameters.ts';
import {nodesOfGuests, runElsewhere} from '../steps/placement.ts';

const loadShape = /^(closed|open):([1-9]\d{0,8})$/;

const settings = z.object({
  /**
   * In the order they are tried. `closed:8` is 8 accesses in flight over all guests (a closed loop measures
   * capacity); `open:500` is 500 arrivals a second over all guests (an open loop measures latency at a load).
   */
  loads: z.array(z.string().regex(loadShape)).min(1).max(100),
  /** `whole`, or `node-lost`: the node with most guests is gone, its guests run elsewhere, and the storage rebuilds. */
  condition: z.enum(['whole', 'node-lost']),
  pattern: z.enum(['randread', 'randwrite']),
  /** Of each load, after the ramp. */
  seconds: z.number().int().min(2).max(86_400),
  ...deviceShape,
  /** Accesses that may wait in one guest before an open loop closes. */
  openDepth: z.number().int().min(1).max(4096),
  /** How long the guests of the lost node may take to serve again. */
  recoverySeconds: z.number().min(1).max(3600),
});
type Settings = z.infer<typeof settings>;

const full: Parameters = {
  loads: ['closed:1', 'closed:2', 'closed:4', 'closed:8', 'closed:16', 'closed:32', 'closed:64'],
  condition: 'whole',
  pattern: 'randread',
  seconds: 30,
  rampSeconds: 2,
  blockBytes: 4096,
  sizeMiB: 4096,
  engine: 'libaio',
  openDepth: 64,
  recoverySeconds: 120,
};
const quick: Parameters = {...full, seconds: 4, rampSeconds: 0, sizeMiB: 64};

const artefactOf = (index: number) => `fio-${index + 1}.json`;
const countersOf = (index: number) => `counters-${index + 1}.json`;
const storageOf = (index: number) => `storage-${index + 1}.json`;

interface Load {
  loop: 'closed' | 'open';
  amount: number;
}

/** A load as the plan writes it; the schema has seen that it is one. */
function loadOf(text: string): Load {
  const [, loop, amount] = loadShape.exec(text) ?? [];
  return {loop: loop === 'open' ? 'open' : 'closed', amount: Number(amount)};
}

/**
 * The loads that a trial was to give figures of: all, or, of one that failed, those up to the first that left no
 * output, where it did. None where the parameters are no sweep's.
 */
export function loadsTried(
  parameters: Parameters,
  failedWith?: Artefacts,
): readonly (Load & Pick<Settings, 'condition' | 'pattern'>)[] {
  const asked = readParameters(settings, parameters);
  if (!asked.ok) return [];
  const {loads, condition, pattern} = asked.value;
  const failedAt =
    failedWith === undefined ? -1 : loads.findIndex((_, index) => !failedWith.names.includes(artefactOf(index)));
  const tried = failedAt < 0 ? loads : loads.slice(0, failedAt + 1);
  return tried.map(load => ({...loadOf(load), condition, pattern}));
}

/** What each guest gets of a load: as even as whole numbers allow; guests without any are left out. */
export function shares(load: number, guests: number): readonly number[] {
  const base = Math.floor(load / guests);
  return Array.from({length: guests}, (_, i) => base + (i < load % guests ? 1 : 0)).filter(share => share > 0);
}

/** The guests a load falls on, the first ones first. */
function loaded(guests: readonly Guest[], load: number): readonly Guest[] {
  return guests.slice(0, shares(load, guests.length).length);
}

function loadCommand(guests: readonly Guest[], {loop, amount}: Load, asked: Settings): Command {
  const parts = shares(amount, guests.length);
  const chosen = loaded(guests, amount);
  return deviceLoad(chosen, asked, guest => {
    const share = parts[chosen.indexOf(guest)] ?? 0;
    const {pattern, openDepth} = asked;
    return loop === 'closed'
      ? {pattern, jobs: 1, depth: share}
      : {pattern, jobs: 1, depth: openDepth, arrivalsPerSecond: share};
  });
}

/** The node with most guests: losing it costs most. */
async function busiest(cluster: Cluster): Promise<Host> {
  const counts = new Map<string, number>();
  for (const node of [...(await nodesOfGuests(cluster)).values()].flat()) counts.set(node, (counts.get(node) ?? 0) + 1);
  const [name] = [...counts].sort((a, b) => b[1] - a[1])[0] ?? [];
  const node = cluster.nodes.find(each => each.name === name);
  if (!node) throw new Error('no guest runs on any node: there is nothing to load');
  return node;
}

/** Takes the node away, and waits until the guests take load without it. */
async function lose(trial: Trial, node: Host, fault: Fault, seconds: number): Promise<void> {
  const {cluster, signal} = trial;
  await trial.inject(fault);
  trial.say('waiting for all guests to take load again');
  const back = await waitFor(
    `all guests to take load without ${node.name}`,
    seconds * 1000,
    async () => {
      for (const guest of cluster.guests) {
        if (!(await runElsewhere(cluster, [guest], [node.name]))) return undefined;
        if (!(await takesLoad(cluster, guest))) return undefined;
      }
      return true as const;
    },
    {intervalMs: 500, signal},
  );
  if (!back.ok) throw new Error(back.error);
}

export const sweep: Scenario = {
  name: 'capacity/sweep',
  family: 'capacity',
  purpose: 'How much load the guests carry together, at which latency, and what is used up first.',
  needs: {guests: 1, fio: true, scratch: true},
  impact: ({condition}) => (condition === 'node-lost' ? impactOfFault(nodeLost.effect({})) : 'load'),
  claims: [],
  provides: ['capacity.throughput', 'capacity.latency', 'capacity.use'],
  expects: expectsOfFaults,
  parameters: {full, quick},
  estimateSeconds(parameters) {
    const {loads, seconds, rampSeconds, sizeMiB, condition} = parametersOf(settings, parameters);
    const away = condition === 'node-lost' ? 60 : 0;
    return fillEstimateSeconds(sizeMiB) + loads.length * (seconds + rampSeconds + 3) + away;
  },
  preview(cluster, parameters) {
    const asked = parametersOf(settings, parameters);
    const [node] = cluster.nodes;
    const lost =
      asked.condition === 'node-lost' && node ? [{host: node.name, argv: [nodeLost.at([node], {}).describe]}] : [];
    const loads = asked.loads.map(load => loadCommand(cluster.guests, loadOf(load), asked));
    const commands = [fillCommand(cluster.guests, asked), ...loads];
    return [...lost, ...commands.map(({argv}) => ({host: cluster.client.name, argv}))];
  },
  async run(trial) {
    const {cluster} = trial;
    const asked = parametersOf(settings, trial.planned.parameters);
    await fillGuests(trial, cluster.guests, asked);
    const lost = asked.condition === 'node-lost' ? await busiest(cluster) : undefined;
    const fault = lost && nodeLost.at([lost], {});
    if (lost && fault) await lose(trial, lost, fault, asked.recoverySeconds);
    const hosts = countedHosts(cluster, lost?.name);
    for (const index of asked.loads.keys()) await runLoad(trial, index, asked, hosts);
    if (fault) await trial.heal(fault);
  },
  measure(raw, planned) {
    const asked = readParameters(settings, planned.parameters);
    if (!asked.ok) return onlyProblems(asked.error);
    const unfilled = fillProblems(raw, bytesOf(asked.value.sizeMiB));
    if (unfilled.length > 0) return onlyProblems(...unfilled);
    return together(asked.value.loads.map((load, index) => measurePoint(raw, index, loadOf(load), asked.value)));
  },
};

/** One load, with the counters of all hosts beside it, and what the storage says of itself just after. */
async function runLoad(trial: Trial, index: number, asked: Settings, hosts: readonly Host[]): Promise<void> {
  const {cluster} = trial;
  const {client, guests} = cluster;
  const load = loadOf(asked.loads[index] ?? '');
  const what = load.loop === 'closed' ? `${load.amount} in flight` : `${load.amount} arrivals a second`;
  const which = `${index + 1} of ${asked.loads.length}`;
  trial.say(`${asked.pattern} with ${what} for ${asked.seconds} s (${which})`, client.name);
  const command = loadCommand(guests, load, asked);
  const seconds = asked.seconds + asked.rampSeconds;
  await withCounters(trial, countersOf(index), {hosts, seconds, what: 'all'}, () =>
    trial.record(artefactOf(index), client, command),
  );
  if (cluster.storage !== 'ceph') return;
  const status = await onCluster(
    cluster,
    readOnly(['ceph', '--connect-timeout=10', 'status', '--format=json'], 20_000),
  );
  await trial.keep(storageOf(index), status.ok ? status.value : '');
}

const percentiles = [
  ['p50', 0.5],
  ['p99', 0.99],
  ['p99.9', 0.999],
] as const;

function measurePoint(raw: Artefacts, index: number, {loop, amount}: Load, asked: Settings): Measured {
  const artefact = artefactOf(index);
  const guests = guestsKept(raw);
  if (!guests.ok) return onlyProblems(guests.error);
  const taking = shares(amount, guests.value.length).length;
  const read = guestsReport(raw, artefact, asked.seconds, taking);
  if (!read.ok) return onlyProblems(...read.error);
  const totals = fioTotals(read.value.report, [asked.pattern === 'randread' ? 'read' : 'write'], artefact);
  if (!totals.ok) return onlyProblems(totals.error);
  const {iops, path} = totals.value;
  const labels = {loop, load: `${amount}`, condition: asked.condition, pattern: asked.pattern};
  const samples: Sample[] = [
    {metric: 'capacity.throughput', unit: 'op/s', value: iops, labels, from: {artefact, path: `${path}/iops`}},
  ];
  const problems: ParseError[] = [];
  for (const [percentile, p] of percentiles) {
    const latency = latencySample(totals.value, artefact, 'capacity.latency', p, {...labels, percentile});
    if (latency.ok) samples.push(latency.value);
    else problems.push(latency.error);
  }
  const uses = usesDuring(raw, countersOf(index));
  if (!uses.ok) problems.push(uses.error);
  else samples.push(...busiestUses(uses.value).map(use => useSample(use, labels, countersOf(index))));
  return {samples, problems, findings: saturatedFindings(read.value, artefact)};
}

function useSample({resource, host, name, ratio, path}: HostUse, labels: Sample['labels'], artefact: string): Sample {
  const of = {...labels, resource, host, name};
  return {metric: 'capacity.use', unit: 'ratio', value: ratio, labels: of, from: {artefact, path}};
}

/**
 * Of each resource of each host the busiest one, and the virtual CPUs of all guests together: that is what a
 * cluster's utilisation means.
 */
function busiestUses(uses: readonly HostUse[]): readonly HostUse[] {
  const busiestOf = new Map<string, HostUse>();
  for (const use of uses) {
    const key = `${use.resource} ${use.host}`;
    if (use.ratio >= (busiestOf.get(key)?.ratio ?? -1)) busiestOf.set(key, use);
  }
  const vcpus = uses.filter(({resource}) => resource === 'vcpu');
  const [first] = vcpus;
  if (first === undefined) return [...busiestOf.values()];
  const ratio = vcpus.reduce((sum, use) => sum + use.ratio, 0) / vcpus.length;
  return [...busiestOf.values(), {...first, host: 'all', name: `${vcpus.length} guests`, ratio}];
}
