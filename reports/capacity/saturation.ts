/** Which counted resource is used up first as the load rises. Pure. */
import type {Estimate} from '../../harness/types.ts';
import {tQuantileTwoSided} from '../stats/distributions.ts';
import {mean, variance} from '../stats/numbers.ts';
import type {Limit} from './limit.ts';
import type {Condition, Load, Loop} from './loads.ts';

/** A resource above this share is full: queues grow without end before 100 %. */
export const fullShare = 0.9;

export interface UseAtLoad {
  loop: Loop;
  /** Accesses in flight (closed) or arrivals a second (open). */
  load: number;
  /** Mean over trials, 0…1; a t interval from 2 trials on. */
  use: Estimate;
}

/** One resource of one host over all loads. */
export interface ResourceUse {
  /** `cpu`, `disk`, `network`, `vcpu`. */
  resource: string;
  /**
   * A host, `all` (the virtual CPUs of all guests) or `machine` (shared hardware: the one machine behind all hosts).
   */
  host: string;
  uses: readonly UseAtLoad[];
  /** At the highest load of the open loop that keeps the target. */
  atLimit?: Estimate;
  /** For each loop: the lowest load from which on it stays full. `shown`: the whole interval lies above 90 % there. */
  full: readonly {loop: Loop; load: number; use: Estimate; shown: boolean}[];
}

export interface Saturation {
  condition: Condition;
  pattern: string;
  /** Those that are full at the lowest load first, then by use at the limit. */
  resources: readonly ResourceUse[];
  /** The first to be full; several when they are at the same load. The load generator is never among them. */
  first: readonly ResourceUse[];
  /** The load generator was full at or below the load that breaks the target: what was measured is the client. */
  clientFull?: ResourceUse;
  /**
   * Of shared hardware: its CPUs, the load generator's among them, were full at or below the load that breaks the
   * target.
   */
  machineFull?: ResourceUse;
  /**
   * Accesses in flight from which on the load generator is full in the closed loop: the law above describes the client.
   */
  clientFullFrom?: number;
  /** The CPUs of the load generator were counted, or those of the one machine that all hosts are. */
  clientCounted: boolean;
  notCounted: readonly string[];
  says: string;
}

export interface SaturationAsked {
  /** Names of the cluster's nodes; what else has counters makes the load. */
  nodes: readonly string[];
  /** All hosts are one machine. */
  shared: boolean;
  confidence: number;
}

/** From the loads of one condition and pattern, and their limit if there is one. */
export function saturationOf(
  loads: readonly Load[],
  limit: Limit | undefined,
  {nodes, shared, confidence}: SaturationAsked,
): Saturation | undefined {
  const [any] = loads;
  if (any === undefined) return undefined;
  const seen = loads.map(load => (shared ? merged(load) : load));
  const keys = [...new Set(seen.flatMap(({trials}) => trials.flatMap(({uses}) => Object.keys(uses))))].sort();
  const resources = keys.map(key => resourceOf(key, seen, limit, confidence)).sort(byFullness);
  const isClient = ({host}: ResourceUse) => host !== 'all' && host !== 'machine' && !nodes.includes(host);
  const candidates = resources.filter(each => !isClient(each) && each.full.length > 0);
  const rank = candidates[0] && firstFull(candidates[0]);
  const first = candidates.filter(each => sameRank(firstFull(each), rank));
  const clientFull = resources.find(each => isClient(each) && fullWithin(each, limit));
  const machineFull = resources.find(
    each => each.resource === 'cpu' && each.host === 'machine' && fullWithin(each, limit),
  );
  const clientFullFrom = resources
    .filter(isClient)
    .flatMap(({full}) => full)
    .find(({loop}) => loop === 'closed')?.load;
  const notCounted = uncounted(resources, nodes, shared, any.condition);
  return {
    condition: any.condition,
    pattern: any.pattern,
    resources,
    first,
    ...(clientFull === undefined ? {} : {clientFull}),
    ...(machineFull === undefined ? {} : {machineFull}),
    ...(clientFullFrom === undefined ? {} : {clientFullFrom}),
    clientCounted: resources.some(each => each.resource === 'cpu' && (isClient(each) || each.host === 'machine')),
    notCounted,
    says: saysOf(first, clientFull, resources, loads, shared),
  };
}

/** On one machine every host's CPUs and disks are the same ones: counted once, at the fullest reading. */
function merged(load: Load): Load {
  return {
    ...load,
    trials: load.trials.map(trial => {
      const uses: Record<string, number> = {};
      for (const [key, ratio] of Object.entries(trial.uses)) {
        const [resource] = parts(key);
        const to = resource === 'cpu' || resource === 'disk' ? `${resource} machine` : key;
        uses[to] = Math.max(uses[to] ?? 0, ratio);
      }
      return {...trial, uses};
    }),
  };
}

function parts(key: string): readonly [resource: string, host: string] {
  const at = key.indexOf(' ');
  return [key.slice(0, at), key.slice(at + 1)];
}

function resourceOf(key: string, loads: readonly Load[], limit: Limit | undefined, confidence: number): ResourceUse {
  const [resource, host] = parts(key);
  const uses = loads.flatMap(({loop, amount, trials}): UseAtLoad[] => {
    const values = trials.flatMap(trial => trial.uses[key] ?? []);
    const use = useOf(values, confidence);
    return use === undefined ? [] : [{loop, load: amount, use}];
  });
  const at = limit?.keeps?.load.amount;
  const atLimit = uses.find(({loop, load}) => loop === 'open' && load === at)?.use;
  const full = (['closed', 'open'] as const).flatMap(loop => {
    const own = uses.filter(each => each.loop === loop).sort((a, b) => a.load - b.load);
    const lastBelow = own.findLastIndex(({use}) => use.value < fullShare);
    const begins = own[lastBelow + 1];
    return begins === undefined
      ? []
      : [{loop, load: begins.load, use: begins.use, shown: begins.use.n > 1 && begins.use.low >= fullShare}];
  });
  return {resource, host, uses, ...(atLimit === undefined ? {} : {atLimit}), full};
}

/** Mean over trials with a t interval; one trial has none, and its ends are 0 and 1. */
function useOf(values: readonly number[], confidence: number): Estimate | undefined {
  const n = values.length;
  if (n === 0) return undefined;
  const value = mean(values);
  if (n === 1) return {value, low: 0, high: Math.max(1, value), n, confidence, method: 'one trial'};
  const half = (tQuantileTwoSided(confidence, n - 1) * Math.sqrt(variance(values))) / Math.sqrt(n);
  return {
    value,
    low: Math.max(0, value - half),
    high: Math.max(value, Math.min(1, value + half)),
    n,
    confidence,
    method: 'mean, t interval',
  };
}

/** The closed loop tells from how many in flight on; a resource that only the open loop fills comes after. */
function firstFull({full}: ResourceUse): ResourceUse['full'][number] | undefined {
  return full[0];
}

type Full = ResourceUse['full'][number] | undefined;

function sameRank(a: Full, b: Full): boolean {
  return a !== undefined && b !== undefined && a.loop === b.loop && a.load === b.load;
}

function byFullness(a: ResourceUse, b: ResourceUse): number {
  const [own, other] = [firstFull(a), firstFull(b)];
  if (own === undefined || other === undefined) {
    return (own === undefined ? 1 : 0) - (other === undefined ? 1 : 0) || topUse(b) - topUse(a);
  }
  if (own.loop !== other.loop) return own.loop === 'closed' ? -1 : 1;
  return own.load - other.load || topUse(b) - topUse(a);
}

function topUse({uses, atLimit}: ResourceUse): number {
  return atLimit?.value ?? Math.max(-1, ...uses.map(({use}) => use.value));
}

/** Full at a load that the limit rests on: the highest that keeps the target, or the lowest that breaks it. */
function fullWithin({full}: ResourceUse, limit: Limit | undefined): boolean {
  const upTo = limit?.breaks?.load.amount ?? limit?.standings.at(-1)?.load.amount;
  return full.some(({loop, load}) => (loop === 'open' && upTo !== undefined ? load <= upTo : limit === undefined));
}

function uncounted(
  resources: readonly ResourceUse[],
  nodes: readonly string[],
  shared: boolean,
  condition: Condition,
): readonly string[] {
  const has = (resource: string, host: string) =>
    resources.some(each => each.resource === resource && (each.host === host || each.host === 'machine'));
  const silent = nodes.filter(node => !resources.some(({host}) => host === node));
  const lost = condition === 'node-lost' && silent.length === 1 ? silent : [];
  const answering = nodes.filter(node => !lost.includes(node));
  const lacks = (resource: string) => answering.filter(node => !has(resource, node));
  const named = (what: string, hosts: readonly string[], why: string) =>
    hosts.length === 0 ? [] : [`${what} of ${hosts.join(', ')}${why}`];
  return [
    ...named('everything', lost, ' (the lost node)'),
    ...named('CPU', lacks('cpu'), ' (no two readings within a load)'),
    ...named('network', lacks('network'), ' (no link speed known)'),
    ...named('disks', lacks('disk'), ''),
    ...(resources.some(({resource}) => resource === 'vcpu') ? [] : ['virtual CPUs']),
    "memory bandwidth, the storage service's own queues and locks",
    ...(shared ? ['anything host by host: all hosts are one machine'] : []),
  ];
}

function saysOf(
  first: readonly ResourceUse[],
  clientFull: ResourceUse | undefined,
  resources: readonly ResourceUse[],
  loads: readonly Load[],
  shared: boolean,
): string {
  const machine = shared
    ? ' All hosts are one machine: the load generator, the nodes and the storage compete for the same CPUs, so whether the cluster or the client was full cannot be told.'
    : '';
  if (clientFull !== undefined) {
    return `The client, not the cluster, was full: ${fullWords(clientFull)}. The limit is the load generator's; use a larger one, or several.`;
  }
  if (resources.length === 0) return `No resource was counted: what saturates first is not known.${machine}`;
  if (first.length === 0) {
    const most = [...resources].sort((a, b) => highest(b) - highest(a))[0];
    const tried = Math.max(...loads.filter(({loop}) => loop === 'closed').map(({amount}) => amount));
    return `None of the counted resources is full${Number.isFinite(tried) ? ` up to ${tried} in flight` : ''}${most ? `: the fullest is ${resourceWords(most)}, ${percent(highest(most))} at most` : ''}. What limits the cluster is not among them.${machine}`;
  }
  return `First full: ${first.map(fullWords).join('; ')}.${machine}`;
}

function highest({uses}: ResourceUse): number {
  return Math.max(...uses.map(({use}) => use.value));
}

function fullWords(each: ResourceUse): string {
  const at = firstFull(each);
  if (at === undefined) return resourceWords(each);
  const where = at.loop === 'closed' ? `${at.load} in flight` : `${at.load} arrivals a second`;
  const sure = at.shown
    ? ''
    : at.use.n === 1
      ? ' (one trial: not shown)'
      : ' (likely: the interval reaches below 90 %)';
  return `${resourceWords(each)}, ${percent(at.use.value)} from ${where} on${sure}`;
}

/** `CPU of n2`, `busiest disk of n2`, `vCPUs of all guests`. */
export function resourceWords({resource, host}: Pick<ResourceUse, 'resource' | 'host'>): string {
  if (host === 'all') return 'virtual CPUs of all guests';
  const where = host === 'machine' ? 'the one machine' : host;
  const what: Record<string, string> = {
    cpu: 'CPU',
    disk: 'busiest disk',
    network: 'fullest link',
    vcpu: 'busiest guest',
  };
  return `${what[resource] ?? resource} ${resource === 'vcpu' ? 'on' : 'of'} ${where}`;
}

function percent(share: number): string {
  return `${(share * 100).toFixed(0)} %`;
}

/**
 * The virtual CPUs of all guests together at the highest load that keeps the target: what a guide calls utilisation.
 */
export function vcpuAtLimit(saturation: Saturation | undefined): Estimate | undefined {
  return saturation?.resources.find(({resource, host}) => resource === 'vcpu' && host === 'all')?.atLimit;
}
