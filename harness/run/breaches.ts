/**
 * What of a cluster is worse than its owner's limits allow, at one look. What a trial's own fault explains is no
 * breach: the node that it struck counts as there, and storage that misses its disks may warn. A guest of somebody
 * else counts as lost whoever is to blame. Pure.
 */
import type {Limits} from '../config/limits.ts';
import type {ClusterState, ResourceState} from '../parse/crm-mon.ts';
import type {StorageHealth} from '../storage/backend.ts';
import type {Guest} from '../types.ts';

/** What was not looked at this time, or gave no answer, is absent. */
export interface Look {
  /** As the quorate partition has it. */
  state?: ClusterState;
  /** Names of the domains that are active anywhere. */
  domains?: readonly string[];
  storage?: StorageHealth;
}

/** How it was when the run began. */
export interface Baseline {
  /** Resources and domains in service that are none of ours. */
  resources: readonly string[];
  domains: readonly string[];
  storage: StorageHealth;
  quorumMargin: number;
}

/** A breach that lasts longer than it may ends the run. `key` is the same at every look. */
export interface Breach {
  key: string;
  sentence: string;
  allowedSeconds: number;
}

export function baselineOf(look: Required<Look>, guests: readonly Guest[]): Baseline {
  const ours = new Set(guests.flatMap(({name, resource}) => [name, resource]));
  return {
    resources: [...new Set(look.state.resources.filter(inService).map(({id}) => id))].filter(id => !ours.has(id)),
    domains: look.domains.filter(name => !ours.has(name)),
    storage: look.storage,
    quorumMargin: marginOf(look.state, new Set()),
  };
}

/** `struck`: nodes that the trial's own faults have struck so far. `looked`: what this look asked for. */
export function breachesIn(
  look: Look,
  looked: {slow: boolean},
  baseline: Baseline,
  struck: ReadonlySet<string>,
  limits: Limits,
): readonly Breach[] {
  return [
    ...quorumBreaches(look, baseline, struck, limits),
    ...(look.state === undefined ? [] : resourceBreaches(look.state, baseline, limits)),
    ...(looked.slow ? slowBreaches(look, baseline, struck, limits) : []),
  ];
}

/** Those that a look at storage and domains can find; other looks leave them as they were. */
export function isSlow({key}: Breach): boolean {
  return key === 'storage' || key.startsWith('domain ');
}

function quorumBreaches(
  {state}: Look,
  baseline: Baseline,
  struck: ReadonlySet<string>,
  {quorumMargin, quorumGoneSeconds: allowedSeconds}: Limits,
): readonly Breach[] {
  if (state === undefined) return [{key: 'quorum', sentence: 'no node answers with quorum', allowedSeconds}];
  const least = Math.min(quorumMargin, baseline.quorumMargin);
  const margin = marginOf(state, struck);
  if (margin >= least) return [];
  const away = state.nodes.filter(({name, online}) => !online && !struck.has(name)).map(({name}) => name);
  const who = away.join(' and ') || 'a node';
  const sentence = `${who} went away, which no fault of ours struck: ${Math.max(0, margin)} further nodes may be lost before quorum is, ${least} at least are wanted`;
  return [{key: 'quorum margin', sentence, allowedSeconds}];
}

/** How many more nodes may go. */
function marginOf({nodes}: ClusterState, struck: ReadonlySet<string>): number {
  const majority = Math.floor(nodes.length / 2) + 1;
  return nodes.filter(({name, online}) => online || struck.has(name)).length - majority;
}

function resourceBreaches(state: ClusterState, {resources}: Baseline, limits: Limits): readonly Breach[] {
  const serving = new Set(state.resources.filter(inService).map(({id}) => id));
  return resources
    .filter(id => !serving.has(id))
    .map(id => lost('resource', id, state.resources.find(each => each.id === id)?.role ?? 'gone', limits));
}

function lost(what: 'resource' | 'domain', name: string, role: string, limits: Limits): Breach {
  const allowedSeconds = limits.foreignAwaySeconds;
  const sentence = `${what} ${name}, which is none of ours, is out of service (${role})`;
  return {key: `${what} ${name}`, sentence, allowedSeconds};
}

function slowBreaches(
  {domains, storage}: Look,
  baseline: Baseline,
  struck: ReadonlySet<string>,
  limits: Limits,
): readonly Breach[] {
  const gone = domains === undefined ? [] : baseline.domains.filter(name => !domains.includes(name));
  return [
    ...gone.map(name => lost('domain', name, 'active on no node that answers', limits)),
    ...storageBreaches(storage, baseline, struck, limits),
  ];
}

function storageBreaches(
  storage: StorageHealth | undefined,
  {storage: before}: Baseline,
  struck: ReadonlySet<string>,
  {storageWorseSeconds: allowedSeconds}: Limits,
): readonly Breach[] {
  const explained = struck.size > 0 ? 1 : 0;
  const worst = Math.max(before.rank, explained);
  if (storage !== undefined && storage.rank <= worst) return [];
  const now = storage === undefined ? 'it gives no answer' : storage.words;
  const sentence = `the storage is worse than at the start: ${now}; it was: ${before.words}`;
  return [{key: 'storage', sentence, allowedSeconds}];
}

/** Fence devices are the cluster's own, and move as nodes come and go. */
function inService({agent, active, role, orphaned}: ResourceState): boolean {
  return active && role !== 'Stopped' && role !== 'Stopping' && !orphaned && !agent.startsWith('stonith:');
}
