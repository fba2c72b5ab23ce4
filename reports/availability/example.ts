/** For tests: a small cluster of equal nodes, changed as each test wants it. */

import {at, type Scalar} from './accumulator.ts';
import type {Model} from './model.ts';
import {modelOf} from './model.ts';
import {type MeasuredWait, type Recovery, recoveryOf} from './recovery.ts';
import {type Resimulated, resimulationBlocks, variantsOf} from './sensitivities.ts';
import {simulateBlock} from './simulate.ts';
import type {FaultClass, Topology} from './topology.ts';

export function recovery(name: string, times: readonly number[], never: readonly number[] = []): Recovery {
  const waits: MeasuredWait[] = [
    ...times.map((time, index) => ({time, ended: true, trial: `${name} ${index}`})),
    ...never.map((time, index) => ({time, ended: false, trial: `${name} never ${index}`})),
  ];
  const made = recoveryOf(name, waits, 'test', true);
  if (!made.ok) throw new Error(made.error.got);
  return made.value;
}

export function nodeFault(perYear: number, repairSeconds: number, name = 'crash'): FaultClass {
  return {
    name,
    strikes: 'node',
    rate: {perYear},
    repair: {kind: 'exponential', mean: repairSeconds},
    recovery: 'instant',
  };
}

/** `nodes` in one rack, all voting, all but one of them to spare. */
export function topologyOf(nodes: number, faults: readonly FaultClass[], change: Partial<Topology> = {}): Topology {
  return {
    cluster: 'test',
    vms: 4 * nodes,
    feeds: [],
    racks: [{name: 'r1', nodes, feeds: []}],
    switchesPerRack: 0,
    standby: nodes - 1,
    quorum: {members: nodes, witness: false, onLoss: 'stop'},
    fencing: {bmcUnavailable: 0, power: 'separate', network: 'separate'},
    operator: {kind: 'fixed', seconds: 1800},
    faults,
    recoveries: [],
    assumptions: [],
    ...change,
  };
}

export function model(
  nodes: number,
  faults: readonly FaultClass[],
  change: Partial<Topology> = {},
  recoveries: readonly Recovery[] = [recovery('instant', [0])],
): Model {
  const made = modelOf(topologyOf(nodes, faults, change), recoveries, 0.9999);
  if (!made.ok) throw new Error(`${made.error.need}, got ${made.error.got}`);
  return made.value;
}

/** What the sensitivities need, of so many years. */
export function resimulatedOf(of: Model, years: number, seed = 1): Resimulated {
  const blocks = resimulationBlocks(of, years, 0, seed, Number.POSITIVE_INFINITY);
  const each = (model: Model) => blocks.map(block => simulateBlock(model, block));
  return {
    base: each(of),
    variants: variantsOf(of).map(({halved, doubled}) => ({halved: each(halved), doubled: each(doubled)})),
  };
}

/** Mean per year over 40 seeded blocks, its standard error, and the mean weight of a year. Unweighted sums: what is tested is that they are unbiased. */
export function run(of: Model, measure: Scalar, years: number, forced = true) {
  const blocks = 40;
  const values: number[] = [];
  let weight = 0;
  let events = 0;
  for (let index = 0; index < blocks; index++) {
    const tally = simulateBlock(of, {index, years: years / blocks, seed: 7, kind: 'as-measured', forced});
    values.push((tally[at[measure]] ?? Number.NaN) / (years / blocks));
    weight += (tally[at.weight] ?? Number.NaN) / years;
    events += tally[at.events] ?? Number.NaN;
  }
  const mean = values.reduce((sum, value) => sum + value, 0) / blocks;
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (blocks - 1);
  return {mean, error: Math.sqrt(variance / blocks), variance, weight, events};
}

/** Within 4 standard errors, and those no more than `most` of the value: a wide error proves nothing. */
export function agrees(
  t: {true(holds: boolean, message?: string): unknown},
  found: {mean: number; error: number},
  exact: number,
  most: number,
) {
  t.true(found.error < most * exact, `error ${found.error} of ${exact}`);
  t.true(Math.abs(found.mean - exact) < 4 * found.error, `${found.mean} ± ${found.error}, exact ${exact}`);
}

/** One vote: without it only what fell since waits, so that nothing else stands still. */
export const oneVote = {quorum: {members: 1, witness: false, onLoss: 'freeze'}} as const;
