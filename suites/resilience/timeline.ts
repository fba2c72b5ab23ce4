/** A timeline of faults: its lines, and the walk along them. */
import {type Effect, type FaultKind, only} from '../../harness/faults/fault.ts';
import {faultNamed, faults} from '../../harness/faults/index.ts';
import type {Cluster, Fault, Host, Injection, Parameters, Trial} from '../../harness/types.ts';
import {pause} from '../steps/pause.ts';
import type {TargetName} from './targets.ts';

/**
 * One line of a timeline. A heal undoes the injection of the same fault; one that is not healed in the timeline is
 * healed when all is measured.
 */
export interface Step {
  /** Seconds after the main injection has ended; steps before it in the list are done before it. */
  at: number;
  action: 'inject' | 'heal';
  fault: FaultKind['name'];
  target: TargetName;
  parameters: Parameters;
}

/** What is tried. */
export interface Drill {
  timeline: readonly Step[];
  /** Times count from this step's injection: those before it only prepare for it. */
  main: number;
  /** What the main fault takes away, and what becomes of the guests by it: that is waited for. */
  first: {strikes: FaultKind['strikes']} & Pick<Effect, 'guests' | 'everywhere'>;
  /** The node that is struck can be asked while the fault is in force: its logs are kept too. */
  struckTells?: boolean;
  /** The fault of a step on its nodes. */
  bind(cluster: Cluster, step: Step, nodes: readonly Host[]): Fault;
}

/** From the registry of faults; one that strikes a guest strikes the first. */
export function bindStep(cluster: Cluster, {fault, parameters}: Step, nodes: readonly Host[]): Fault {
  const ofGuest = faults.find(({name}) => name === fault)?.strikes === 'guest';
  const guest = ofGuest ? {guest: cluster.guests[0]?.name ?? ''} : {};
  const bound = faultNamed(
    cluster,
    fault,
    nodes.map(({name}) => name),
    {...parameters, ...guest},
  );
  if (!bound.ok) throw new Error(bound.error);
  return bound.value;
}

/** A fault that is no one of the registry, on the node of the first guest: a control plants more than a fault. */
export function drillWith(faultOn: (node: Host) => Fault): Drill {
  const step: Step = {at: 0, action: 'inject', fault: 'planted', target: 'node-of-first-guest', parameters: {}};
  return {
    timeline: [step],
    main: 0,
    first: {strikes: 'node', guests: 'moved'},
    bind: (_cluster, _step, nodes) => faultOn(only(nodes)),
  };
}

export interface Walked {
  first: Injection;
  /** When the first fault was healed by the timeline. */
  healing?: {monotonicBeforeMs: number; monotonicAfterMs: number};
  /** Whether each fault bit, asked before it was healed. */
  reached: readonly Reached[];
  inForce: readonly Fault[];
}

export interface Reached {
  fault: string;
  bit: boolean;
  evidence: string;
}

/** Asked while the fault is in force. */
export async function reachedBy(cluster: Cluster, fault: Fault): Promise<Reached> {
  const reached = await fault.reached(cluster);
  return {fault: fault.kind, bit: reached.ok, evidence: reached.ok ? reached.value : reached.error};
}

/** Every step at its time. A step is late by as long as the one before it takes: its own times are kept. */
export async function walk(
  trial: Trial,
  {timeline, main, bind}: Drill,
  nodes: ReadonlyMap<TargetName, readonly Host[]>,
): Promise<Walked> {
  const inForce = new Map<string, Fault>();
  const reached: Reached[] = [];
  let first: Injection | undefined;
  let healing: Walked['healing'];
  for (const [index, step] of timeline.entries()) {
    if (first !== undefined) await pause(trial, step.at - (performance.now() - first.monotonicAfterMs) / 1000);
    const key = JSON.stringify([step.fault, step.target, step.parameters]);
    if (step.action === 'inject') {
      const fault = bind(trial.cluster, step, nodes.get(step.target) ?? []);
      inForce.set(key, fault);
      const injection = await trial.inject(fault);
      if (index === main) first = injection;
      continue;
    }
    const fault = inForce.get(key);
    if (fault === undefined) throw new Error(`the timeline heals ${step.fault}, which is not in force`);
    reached.push(await reachedBy(trial.cluster, fault));
    const monotonicBeforeMs = performance.now();
    await trial.heal(fault);
    healing ??= {monotonicBeforeMs, monotonicAfterMs: performance.now()};
    inForce.delete(key);
  }
  if (first === undefined) throw new Error('the timeline does not inject its main fault');
  return {first, reached, inForce: [...inForce.values()], ...(healing === undefined ? {} : {healing})};
}
