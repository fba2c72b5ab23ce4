/** What a kind of fault has to say of itself. One file a kind, one line in `index.ts`. */
import type {z} from 'zod';
import {faultOf} from '../issue.ts';
import type {Cluster, DeadMan, Fate, Fault, Host, Impact, Needs, Outcome, Parameters, Plane, Result} from '../types.ts';

export interface FaultKind {
  name: string;
  /** What it takes away: a whole node, a daemon on it, its way to the others, or one guest. */
  strikes: 'node' | 'osd' | 'service' | 'link' | 'guest';
  needs: Needs;
  /** Of a run that was stored before parameters were kept, they are empty. */
  effect(parameters: Parameters): Effect;
  /** The fault on these nodes; a sentence where the parameters are none of its own. */
  on(nodes: readonly Host[], parameters: Parameters): Result<Fault, string>;
}

/** What a fault does to the platform: anything else is none of its doing. */
export interface Effect {
  /** How often each struck node is fenced: every lawful number. */
  fences: readonly number[];
  /**
   * The guests on a struck node, or the guest that is struck: started anew elsewhere, started anew wherever, kept from
   * their disk while the store has an OSD down, slower for a while, or not touched. It is what a trial waits for.
   */
  guests: 'moved' | 'restarted' | 'stalled' | 'slowed' | 'unharmed';
  /** Where more than one end is lawful for them. */
  fates?: readonly Fate[];
  /** It is so for the guests of every node: they have data on what is struck, or lose the quorum that is. */
  everywhere?: true;
}

/**
 * A kind as its file writes it. Inject and heal are given the nodes that are struck; heal needs no memory of the
 * injection.
 */
export interface FaultSpec<P extends Parameters> extends Omit<FaultKind, 'on' | 'effect'> {
  parameters: z.ZodType<P>;
  effect(parameters: Partial<P>): Effect;
  /** One line that a person could type, for the plan and the journal. */
  preview(nodes: readonly Host[], parameters: P): string;
  /** What the hosts will run where the harness is gone: the least that ends the fault. */
  deadMan(cluster: Cluster, nodes: readonly Host[], parameters: P): Promise<Result<readonly DeadMan[], string>>;
  inject(cluster: Cluster, nodes: readonly Host[], parameters: P): Promise<Outcome>;
  /** Asked while the fault is in force: the evidence that it bit, or why it did not. Absent where inject knows. */
  reached?(cluster: Cluster, nodes: readonly Host[], parameters: P): Promise<Result<string, string>>;
  heal(cluster: Cluster, nodes: readonly Host[], parameters: P): Promise<Result<void, string>>;
}

/** `at` is `on` for parameters that the compiler has checked. */
export function defineFault<P extends Parameters>(
  spec: FaultSpec<P>,
): FaultKind & {at(nodes: readonly Host[], parameters: P): Fault} {
  const at = (nodes: readonly Host[], parameters: P): Fault => ({
    kind: spec.name,
    nodes: nodes.map(({name}) => name),
    parameters,
    describe: spec.preview(nodes, parameters),
    deadMan: cluster => spec.deadMan(cluster, nodes, parameters),
    inject: cluster => spec.inject(cluster, nodes, parameters),
    reached: async cluster => spec.reached?.(cluster, nodes, parameters) ?? {ok: true, value: 'injected'},
    heal: cluster => spec.heal(cluster, nodes, parameters),
  });
  const {name, strikes, needs} = spec;
  return {
    name,
    strikes,
    needs,
    effect: parameters => spec.effect(parameters as Partial<P>),
    at,
    on(nodes, parameters) {
      const read = spec.parameters.safeParse(parameters);
      if (read.success) return {ok: true, value: at(nodes, read.data)};
      const {path, expected, found} = faultOf(read.error, parameters);
      return {
        ok: false,
        error: `fault ${name}: ${String(path[0] ?? 'parameters')}: expected ${expected}, found ${found}`,
      };
    },
  };
}

/** An injection that could not begin, with the reason. */
export function notInjected(reason: string): Outcome {
  return {stdout: '', stderr: reason, durationMs: 0, exit: {kind: 'unreachable', reason}};
}

/** The one node of a fault that strikes a single node. */
export function only(nodes: readonly Host[]): Host {
  const [node] = nodes;
  if (node === undefined || nodes.length > 1) throw new Error(`one node expected, found ${nodes.length}`);
  return node;
}

/** A node that is lost to the others, fenced once, and whose guests start elsewhere. */
export const nodeIsLost: Effect = {fences: [1], guests: 'moved'};

/** A node is cut off in one plane. The cluster fences whom it does not hear; of other planes it knows nothing. */
export function severs(plane: Plane | undefined): Effect {
  if (plane === 'storage') return {fences: [0], guests: 'stalled', everywhere: true};
  return plane === 'cluster' || plane === undefined ? nodeIsLost : {fences: [0], guests: 'unharmed'};
}

/** A plane that is worse and not gone: nobody is given up for it. Of the storage's, every guest's disk is slower. */
export function impairs(plane: Plane | undefined): Effect {
  if (plane === 'storage') return {fences: [0], guests: 'slowed', everywhere: true};
  return {fences: [0], guests: 'unharmed'};
}

/** What may become of the guests on a struck node. */
export function fatesOf({guests, fates}: Effect): readonly Fate[] {
  return fates ?? (guests === 'moved' || guests === 'restarted' ? ['restarted'] : ['unharmed']);
}

/** A fence takes a node's power, and whatever else runs there dies with what it had not yet written. */
export function impactOfFault({fences}: Pick<Effect, 'fences'>): Impact {
  return fences.some(count => count > 0) ? 'destructive' : 'disruptive';
}
