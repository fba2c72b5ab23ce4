/** Isolation as numbers: a cell for each plane and each other one, and a sentence for each that is amiss. Pure. */
import type {Finding, Sample} from '../../harness/types.ts';
import type {ReachPlan} from './reach-plan.ts';
import {wireName} from './reach-plan.ts';
import type {Tried} from './reach-seen.ts';

interface Cell {
  by: 'host' | 'guest';
  from: string;
  to: string;
  tries: readonly Tried[];
}

/** BMCs and guests are in columns of their own. */
function cellsOf(tries: readonly Tried[]): readonly Cell[] {
  const cells = Map.groupBy(tries, ({from, to}) => {
    const by = from.kind === 'guest' ? 'guest' : 'host';
    return JSON.stringify([by, wireName(from), to.kind === 'host' ? wireName(to) : to.kind]);
  });
  return [...cells].map(([key, those]) => {
    const [by, from, to] = JSON.parse(key) as [Cell['by'], string, string];
    return {by, from, to, tries: those};
  });
}

const leaks = ({expect, seen}: Tried) => expect === 'silence' && (seen === 'joined' || seen === 'routed');
const weak = ({expect, seen}: Tried) => expect === 'silence' && seen === 'weak-host';
const silent = ({expect, seen}: Tried) => expect === 'answer' && seen === 'none';
const reached = ({seen}: Tried) => seen === 'answered' || seen === 'joined' || seen === 'routed';

/** Where silence is no proof (`whole` is false), nought is not counted. */
export function samplesOf(tries: readonly Tried[], artefact: string, whole: boolean): readonly Sample[] {
  const cells = cellsOf(tries.filter(({expect}) => expect !== 'sign'));
  return cells.flatMap(({by, from, to, tries: those}) => {
    const labels = {by, from, to};
    const sample = (metric: string, unit: Sample['unit'], value: number): Sample => ({
      metric,
      unit,
      value,
      labels,
      from: {artefact, path: `${from} to ${to}`},
    });
    const count = (metric: string, of: (each: Tried) => boolean) => sample(metric, 'count', those.filter(of).length);
    const own = those.some(({expect}) => expect === 'answer');
    return [
      sample('network.reachability', 'ratio', those.filter(reached).length / those.length),
      ...(own ? [count('network.unreached', silent)] : []),
      ...(those.some(({expect}) => expect === 'silence')
        ? [count('network.leaks', leaks), count('network.weak-host', weak)].filter(({value}) => whole || value > 0)
        : []),
    ];
  });
}

export function findingsOf(tries: readonly Tried[], artefact: string): readonly Finding[] {
  return [
    ...grouped(tries.filter(leaks), byPlanes).map(
      (those): Finding => ({
        severity: 'critical',
        invariant: 'no plane reaches another',
        detail: sentence(those, 'reaches', 'which it must not'),
        artefact,
      }),
    ),
    ...grouped(tries.filter(silent), byPlanes).map(
      (those): Finding => ({
        severity: 'warning',
        invariant: 'a plane reaches itself',
        detail: sentence(those, 'does not reach', 'which it must'),
        artefact,
      }),
    ),
    ...grouped(tries.filter(weak), ({from}) => from.kind).map(
      (those): Finding => ({
        severity: 'warning',
        invariant: 'hosts answer for their own interface alone',
        detail: sentence(those, 'is answered by', 'by the host itself, which is in both planes: no way between them'),
        artefact,
      }),
    ),
  ];
}

const byPlanes = ({from, to, seen}: Tried) => JSON.stringify([from.kind, wireName(from), wireName(to), to.kind, seen]);

function grouped(tries: readonly Tried[], by: (each: Tried) => string): readonly (readonly [Tried, ...Tried[]])[] {
  const groups = Map.groupBy(tries, by);
  return [...groups.values()].flatMap(those => {
    const [first, ...rest] = those;
    return first === undefined ? [] : [[first, ...rest] as const];
  });
}

function sentence(tries: readonly [Tried, ...Tried[]], verb: string, rest: string): string {
  const [{from, to, how}] = tries;
  const more = tries.length - 1;
  const others = more === 0 ? '' : `; and ${more} more such ${more === 1 ? 'pair' : 'pairs'}`;
  return `${from.id} ${verb} ${to.id} (${to.address}), ${rest}: ${how}${others}`;
}

/** Each address by each: for people, exact. */
export function matrixText({wires}: ReachPlan, tries: readonly Tried[]): string {
  const signs = {none: '.', answered: '+', 'weak-host': 'w', joined: 'J', routed: 'R'} as const;
  const froms = wires.filter(wire => tries.some(({from}) => from === wire));
  const width = Math.max(...wires.map(({id}) => id.length));
  const lines = froms.map(from => {
    const cells = wires.map(to => {
      const tried = tries.find(each => each.from === from && each.to === to);
      return tried === undefined ? ' ' : signs[tried.seen];
    });
    return `${from.id.padEnd(width)}  ${cells.map(each => each.padStart(3)).join('')}`;
  });
  const heads = wires.map(({id}, index) => `${String(index + 1).padStart(3)} ${id}`);
  const numbers = `${' '.repeat(width)}  ${wires.map((_, index) => String(index + 1).padStart(3)).join('')}`;
  const legend = '+ answers  . silent  w answered by a host that is in both planes  J the planes are one  R passed on';
  return `${[legend, '', ...heads, '', numbers, ...lines].join('\n')}\n`;
}
