/**
 * Which loads to try next: a grid first, then closer and closer to where the target breaks, until enough trials show
 * it. Pure.
 */
import {greatest, median} from '../stats/numbers.ts';
import {type CapacityAim, carriedBy, carriedShare, standingOf, tooFewIn} from './limit.ts';
import type {Load, Loop} from './loads.ts';

export interface Search {
  /** Accesses in flight that every round of the closed loop tries; USL wants six points. */
  closed: readonly number[];
  /** Trials of each load near the limit, and of each closed one. */
  trials: number;
  /** The search ends when the lowest breaking load is within this factor of the highest that keeps, e.g. 1.15. */
  within: number;
}

export type LoadWanted = {loop: Loop; amount: number};

export interface Next {
  loads: readonly LoadWanted[];
  /** Nothing more to learn: `loads` is empty. */
  done: boolean;
  why: string;
}

/** Shares of the closed loop's highest throughput that the open loop begins with. */
const firstShares = [0.25, 0.5, 0.75, 0.95];

/** `loads` are those of one condition and one pattern so far. */
export function nextLoads(loads: readonly Load[], aim: CapacityAim, search: Search): Next {
  const closed = search.closed
    .filter(amount => trialsAt(loads, 'closed', amount) < search.trials)
    .map(amount => ({loop: 'closed' as const, amount}));
  const open = openNext(loads, aim, search);
  const wanted = [...closed, ...open.amounts.map(amount => ({loop: 'open' as const, amount}))];
  return {loads: wanted, done: wanted.length === 0, why: open.why};
}

function openNext(loads: readonly Load[], aim: CapacityAim, search: Search): {amounts: readonly number[]; why: string} {
  const tried = loads.filter(({loop}) => loop === 'open').sort((a, b) => a.amount - b.amount);
  if (tried.length === 0) {
    const carried = loads.flatMap(({trials}) => trials.map(({throughput}) => throughput));
    if (carried.length === 0) return {amounts: [], why: 'the closed loop first: it says where to look'};
    const most = greatest(carried);
    return {
      amounts: rounded(firstShares.map(share => share * most)),
      why: `shares of ${Math.round(most)} op/s, the most the closed loop did`,
    };
  }
  const fails = tried.findIndex(load => !looksGood(load, aim));
  const breaking = tried[fails];
  const keeping = fails < 0 ? tried.at(-1) : tried[fails - 1];
  if (breaking === undefined && keeping !== undefined) {
    return {
      amounts: rounded([keeping.amount * 1.5, keeping.amount * 2]),
      why: `${keeping.amount} op/s still keeps the target`,
    };
  }
  if (keeping === undefined) {
    const lowest = breaking?.amount ?? 1;
    if (lowest <= 1) return {amounts: [], why: 'not even one arrival a second keeps the target'};
    return {amounts: rounded([lowest / 4, lowest / 2]), why: `${lowest} op/s, the least tried, breaks the target`};
  }
  const high = breaking?.amount ?? keeping.amount;
  const between = `between ${keeping.amount} and ${high} op/s`;
  const middle = Math.round(Math.sqrt(keeping.amount * high));
  const ends = [keeping, breaking].flatMap(load => (load && load.trials.length < search.trials ? [load.amount] : []));
  if (high / keeping.amount > search.within && middle > keeping.amount && middle < high) {
    return {amounts: rounded([...ends, middle]), why: between};
  }
  // Found to within a step: what is left is to show it. A load that many trials leave undecided is too near the edge;
  // a lower one may show.
  if (ends.length > 0) return {amounts: ends, why: `the limit lies ${between}: more trials of both`};
  if (standingOf(keeping, aim).kind === 'keeps') return {amounts: [], why: `the limit lies ${between}`};
  const shown = tried.slice(0, fails).findLast(load => standingOf(load, aim).kind === 'keeps');
  if (shown !== undefined && keeping.amount / shown.amount <= search.within ** 2) {
    return {amounts: [], why: `${shown.amount} op/s is the highest load shown to keep the target`};
  }
  // A lower load completes fewer still.
  const few = tooFewIn(keeping, aim);
  if (few !== undefined) return {amounts: [], why: `${keeping.amount} op/s: ${few}; run each load for longer`};
  const lower = tried.slice(0, fails).findLast(load => load.trials.length < search.trials && load !== keeping);
  const least = shown?.amount ?? 0;
  const stepDown = Math.round(keeping.amount / search.within);
  if (lower !== undefined && lower.amount > least)
    return {amounts: [lower.amount], why: `${keeping.amount} op/s is too near the edge to be shown`};
  const below = tried[0]?.amount ?? stepDown;
  const fresh = Math.round(Math.min(stepDown, below / search.within));
  return fresh > least && fresh >= 1 && trialsAt(loads, 'open', fresh) < search.trials
    ? {amounts: [fresh], why: `${keeping.amount} op/s is too near the edge to be shown`}
    : {amounts: [], why: 'no load could be shown to keep the target'};
}

/** At a glance, for the search only: the median P99 against the target. The verdict takes intervals. */
function looksGood(load: Load, aim: CapacityAim): boolean {
  if (load.trials.some(({censored}) => censored)) return false;
  return carriedBy(load) >= carriedShare && median(load.trials.map(({p99Seconds}) => p99Seconds)) < aim.p99Seconds;
}

function trialsAt(loads: readonly Load[], loop: Loop, amount: number): number {
  return loads.find(load => load.loop === loop && load.amount === amount)?.trials.length ?? 0;
}

/** Whole arrivals, ascending, each once. */
function rounded(amounts: readonly number[]): readonly number[] {
  return [...new Set(amounts.map(amount => Math.max(1, Math.round(amount))))].sort((a, b) => a - b);
}
