/**
 * Watches a cluster while a trial runs, and ends the run when it is worse than its owner's limits allow. It only looks:
 * one `crm_mon` every five seconds, on another node when that one does not answer, and every fifteen one
 * `virsh list` a node and one question to the storage.
 */
import {setTimeout as sleep} from 'node:timers/promises';
import {domains} from '../cluster/libvirt.ts';
import {clusterView} from '../cluster/pacemaker.ts';
import type {Limits} from '../config/limits.ts';
import {storageOf} from '../storage/index.ts';
import type {Cluster} from '../types.ts';
import {type Baseline, type Breach, baselineOf, breachesIn, isSlow, type Look} from './breaches.ts';

export interface Guard {
  /**
   * Runs the body under watch. `stop` is called once, with the sentence, when a limit is broken for too long; the body
   * is expected to end then. Throws where it cannot be seen how the cluster is at the start of the run.
   */
  during<T>(
    injections: readonly {nodes: readonly string[]}[],
    stop: (why: string) => void,
    body: () => Promise<T>,
  ): Promise<T>;
}

const everyMs = 5_000;
/** Of so many looks one asks storage and libvirt too: `ceph` costs its node half a second of CPU. */
const slowEvery = 3;

/** One guard a run: what it holds later looks against is what it saw first. */
export function guardOf(cluster: Cluster, limits: Limits, intervalMs = everyMs): Guard {
  let baseline: Baseline | undefined;
  return {
    async during(injections, stop, body) {
      baseline ??= await firstLook(cluster);
      const ended = new AbortController();
      void watch(cluster, {limits, baseline, injections, stop, intervalMs, signal: ended.signal});
      try {
        return await body();
      } finally {
        ended.abort();
      }
    },
  };
}

async function firstLook(cluster: Cluster): Promise<Baseline> {
  const {state, domains: active, storage} = await lookAt(cluster, true);
  if (state === undefined) throw new Error('no node answers with quorum: what is worse later could not be told');
  if (storage === undefined)
    throw new Error('the storage does not say how it is: what is worse later could not be told');
  return baselineOf({state, domains: active ?? [], storage}, cluster.guests);
}

interface Watch {
  limits: Limits;
  baseline: Baseline;
  injections: readonly {nodes: readonly string[]}[];
  stop: (why: string) => void;
  intervalMs: number;
  signal: AbortSignal;
}

async function watch(cluster: Cluster, {limits, baseline, injections, stop, intervalMs, signal}: Watch): Promise<void> {
  let lasting = new Map<string, Lasting>();
  for (let looks = 1; ; looks += 1) {
    await sleep(intervalMs, undefined, {signal, ref: false}).catch(() => {});
    if (signal.aborted) return;
    const slow = looks % slowEvery === 0;
    const look = await lookAt(cluster, slow);
    const struck = new Set(injections.flatMap(({nodes}) => nodes));
    lasting = still(lasting, breachesIn(look, {slow}, baseline, struck, limits), slow, performance.now());
    const over = [...lasting.values()].find(each => overdue(each, performance.now()));
    if (over === undefined || signal.aborted) continue;
    return stop(`${over.breach.sentence}, for more than ${over.breach.allowedSeconds} s`);
  }
}

interface Lasting {
  breach: Breach;
  sinceMs: number;
}

/** What goes on from before keeps its beginning; what only a slow look could see stays as it was at a quick one. */
export function still(
  before: ReadonlyMap<string, Lasting>,
  breaches: readonly Breach[],
  slow: boolean,
  nowMs: number,
): Map<string, Lasting> {
  const kept = slow ? [] : [...before.values()].filter(({breach}) => isSlow(breach));
  const seen = breaches.map(breach => ({breach, sinceMs: before.get(breach.key)?.sinceMs ?? nowMs}));
  return new Map([...kept, ...seen].map(each => [each.breach.key, each]));
}

function overdue({breach, sinceMs}: Lasting, nowMs: number): boolean {
  return nowMs - sinceMs > breach.allowedSeconds * 1000;
}

async function lookAt(cluster: Cluster, slow: boolean): Promise<Look> {
  const [view, active, storage] = await Promise.all([
    clusterView(cluster),
    slow ? domains(cluster) : undefined,
    slow ? storageOf(cluster).health(cluster) : undefined,
  ]);
  return {
    ...(view.ok ? {state: view.value.state} : {}),
    ...(active === undefined ? {} : {domains: active.active.map(({domain}) => domain)}),
    ...(storage?.ok ? {storage: storage.value} : {}),
  };
}
