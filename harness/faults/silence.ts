/** Which host stops hearing which others: the shapes that a split can have. Pure. */
import type {Host} from '../types.ts';

/**
 * `apart`: the named nodes and all the others stop hearing each other. `mute`: the others stop hearing the named nodes,
 * which go on hearing them. `deaf`: the other way round. `bridge`: the named nodes stop hearing each other, and every
 * other node hears all (corosync issue 659). `ring`: every node hears its two neighbours only, in the inventory's
 * order, so that each sees a majority of its own where there are five.
 * `halves`: as apart, with as many named as others, so that nobody has a majority.
 */
export const shapes = ['apart', 'mute', 'deaf', 'bridge', 'ring', 'halves'] as const;
export type Shape = (typeof shapes)[number];

export interface Silence {
  node: Host;
  /** The hosts whose packets it drops. */
  deafTo: readonly Host[];
}

/** Only nodes that drop something. A sentence where the shape cannot be drawn with these nodes. */
export function silences(
  all: readonly Host[],
  named: readonly Host[],
  shape: Shape,
): readonly Silence[] | {impossible: string} {
  const isNamed = (node: Host) => named.some(({name}) => name === node.name);
  const others = all.filter(node => !isNamed(node));
  const own = named.map(node => ({node, deafTo: others}));
  const theirs = others.map(node => ({node, deafTo: named}));
  if (shape === 'bridge' && named.length < 2) return {impossible: 'a bridge parts two nodes or more from each other'};
  if (shape === 'ring' && all.length < 4)
    return {impossible: `a ring takes four nodes or more, there are ${all.length}`};
  if (shape !== 'ring' && shape !== 'bridge' && others.length === 0)
    return {impossible: 'there is no other node to be parted from'};
  if (shape === 'halves' && named.length !== others.length)
    return {impossible: `halves are of one size, found ${named.length} and ${others.length} nodes`};
  const drawn: Record<Shape, () => readonly Silence[]> = {
    apart: () => [...own, ...theirs],
    halves: () => [...own, ...theirs],
    mute: () => theirs,
    deaf: () => own,
    bridge: () => named.map(node => ({node, deafTo: named.filter(other => other !== node)})),
    ring: () =>
      all.map((node, index) => ({node, deafTo: all.filter((_, other) => apart(index, other, all.length) > 1)})),
  };
  return drawn[shape]();
}

/** Steps from one place on a ring to another, the shorter way. */
function apart(one: number, other: number, around: number): number {
  const steps = Math.abs(one - other);
  return Math.min(steps, around - steps);
}
