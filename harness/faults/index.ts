/** The faults, and the way back from a journal's words to a fault that can be healed. */
import type {Cluster, Expects, Fault, Parameters, Result, TrialFacts} from '../types.ts';
import {addressRemoved} from './address-removed.ts';
import {bondMemberCut} from './bond-member-cut.ts';
import {clockStep} from './clock-step.ts';
import {corosyncLinkCut} from './corosync-link-cut.ts';
import {diskErrors} from './disk-errors.ts';
import {diskFull} from './disk-full.ts';
import {diskSlow} from './disk-slow.ts';
import {type FaultKind, fatesOf} from './fault.ts';
import {fenceConfirmed} from './fence-confirmed.ts';
import {fenceDeviceFaults} from './fence-device.ts';
import {fencePathCut} from './fence-path-cut.ts';
import {guestBusy} from './guest-busy.ts';
import {guestFlapping} from './guest-flapping.ts';
import {guestHung} from './guest-hung.ts';
import {guestKilled} from './guest-killed.ts';
import {guestPanic} from './guest-panic.ts';
import {cpuHog, loadHog, memoryHog} from './hog.ts';
import {hostCrash} from './host-crash.ts';
import {linkFlapping} from './link-flapping.ts';
import {memberPulled} from './member-pulled.ts';
import {migrationKilled} from './migration-killed.ts';
import {migrationPathCut} from './migration-path-cut.ts';
import {nicDown} from './nic-down.ts';
import {nodeHung} from './node-hung.ts';
import {nodeLost} from './node-lost.ts';
import {nodeReboot, nodeShutdown} from './node-stopped.ts';
import {osdHung} from './osd-hung.ts';
import {osdKilled} from './osd-killed.ts';
import {packetDelay} from './packet-delay.ts';
import {packetDuplicates} from './packet-duplicates.ts';
import {packetLoss} from './packet-loss.ts';
import {partition} from './partition.ts';
import {powerAndBmcLost} from './power-and-bmc-lost.ts';
import {rateLimit} from './rate-limit.ts';
import {serviceFaults} from './service.ts';
import {logsGrown, spaceTaken} from './space.ts';

const all: FaultKind[] = [
  hostCrash,
  nodeHung,
  nodeLost,
  nodeShutdown,
  nodeReboot,
  powerAndBmcLost,
  cpuHog,
  memoryHog,
  loadHog,
  diskFull,
  spaceTaken,
  logsGrown,
  clockStep,
  nicDown,
  partition,
  linkFlapping,
  bondMemberCut,
  corosyncLinkCut,
  packetLoss,
  packetDelay,
  packetDuplicates,
  rateLimit,
  fencePathCut,
  fenceConfirmed,
  ...fenceDeviceFaults,
  ...serviceFaults,
  addressRemoved,
  osdKilled,
  osdHung,
  diskSlow,
  diskErrors,
  guestKilled,
  guestPanic,
  guestHung,
  memberPulled,
  guestBusy,
  guestFlapping,
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
        const strikes = struck.filter(
          each => (each.node === node || each.effect.everywhere) && (each.only ?? guest) === guest,
        );
        // What harms nobody by itself, such as a fence device that is slow, takes nothing back of what does.
        const by = strikes.find(({effect}) => effect.guests !== 'unharmed') ?? strikes[0];
        return by === undefined ? [] : [[guest, fatesOf(by.effect)]];
      }),
    ),
  };
}
