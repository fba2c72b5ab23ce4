/** The faults, and the way back from a journal's words to a fault that can be healed. */
import type {Cluster, Expects, Fault, Parameters, Result, TrialFacts} from '../types.ts';
import {type FaultKind, fatesOf} from './fault.ts';
import {fencePathCut} from './fence-path-cut.ts';
import {guestKilled} from './guest-killed.ts';
import {hostCrash} from './host-crash.ts';
import {migrationKilled} from './migration-killed.ts';
import {migrationPathCut} from './migration-path-cut.ts';
import {nicDown} from './nic-down.ts';
import {nodeHung} from './node-hung.ts';
import {nodeLost} from './node-lost.ts';
import {osdKilled} from './osd-killed.ts';
import {partition} from './partition.ts';
import {serviceFaults} from './service.ts';

const all: FaultKind[] = [
  hostCrash,
  nodeHung,
  nodeLost,
  nicDown,
  partition,
  fencePathCut,
  ...serviceFaults,
  osdKilled,
  guestKilled,
  migrationKilled,
  migrationPathCut,
];
export const faults: readonly FaultKind[] = all;

/** Those of a plug-in join them, before a command begins. */
export function addFaults(more: readonly FaultKind[]): void {
  all.push(...more);
}

export {hostCrash, nodeLost, osdKilled, partition};

/** What a journal entry names: healing it needs nothing else. */
export function faultNamed(
  cluster: Cluster,
  name: string,
  nodes: readonly string[],
  parameters: Parameters,
): Result<Fault, string> {
  const kind = faults.find(each => each.name === name);
  if (kind === undefined)
    return {
      ok: false,
      error: `no fault is named ${name}; there are ${faults.map(each => each.name).join(', ')}. One of a plug-in takes --plugins`,
    };
  const known = nodes.flatMap(each => cluster.nodes.find(node => node.name === each) ?? []);
  if (known.length === 0 || known.length < nodes.length) {
    return {
      ok: false,
      error: `fault ${name}: the inventory has no node ${nodes.join(', ')}; it has ${cluster.nodes.map(node => node.name).join(', ')}`,
    };
  }
  return kind.on(known, parameters);
}

/**
 * What the faults of a trial make lawful: the fences of the struck nodes, and what becomes of the guests on them.
 * Nothing else. Pure.
 */
export function expectsOfFaults({injections, guests}: TrialFacts): Expects {
  const struck = injections.flatMap(({fault, nodes, parameters = {}}) => {
    const kind = faults.find(each => each.name === fault);
    if (kind === undefined) return [];
    const only = kind.strikes === 'guest' ? parameters.guest : undefined;
    return nodes.map(node => ({node, only, effect: kind.effect(parameters)}));
  });
  const fences: Record<string, readonly number[]> = {};
  for (const {node, effect} of struck) {
    const before = fences[node] ?? [0];
    fences[node] = [...new Set(before.flatMap(count => effect.fences.map(more => count + more)))];
  }
  return {
    fences,
    guests: Object.fromEntries(
      guests.flatMap(({guest, node}) => {
        const by = struck.find(each => each.node === node && (each.only ?? guest) === guest);
        return by === undefined ? [] : [[guest, fatesOf(by.effect)]];
      }),
    ),
  };
}
