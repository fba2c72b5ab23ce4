/** What is left when a node is lost: the limit, the throughput, and what that carries in a day. Pure. */
import type {Estimate} from '../../harness/types.ts';
import {mean} from '../stats/numbers.ts';
import {meanRatioInterval} from '../stats/ratio.ts';
import type {Limit} from './limit.ts';
import type {Load} from './loads.ts';

/** A limit known from both sides: the highest load shown to keep the target, the lowest shown to break it. */
export interface Bracket {
  /** op/s. */
  keeps: number;
  /** op/s; infinite where no load that was tried breaks the target. */
  breaks: number;
}

export interface Headroom {
  pattern: string;
  whole?: Bracket;
  lost?: Bracket;
  /**
   * Limit with a node lost over limit whole. Its interval is the arithmetic of both brackets: the true limits lie
   * anywhere within.
   */
  limitRatio?: {value: number; low: number; high: number};
  /** Throughput with a node lost over whole at the same accesses in flight, paired by round. */
  throughputRatio?: Estimate;
  /** Of the closed loop's ratio: why there is none. */
  unpaired?: string;
  /** Share of the limit that must stay free for one lost node: 1 − limitRatio. Measured. */
  free?: {value: number; low: number; high: number};
  /** Limit after a second node is lost. Never measured: arithmetic. */
  second:
    | {kind: 'arithmetic'; limit: {value: number; low: number; high: number}; how: string}
    | {kind: 'not-known'; why: string};
}

export function bracketOf(limit: Limit | undefined): Bracket | undefined {
  if (limit?.keeps === undefined) return undefined;
  return {keeps: limit.keeps.load.amount, breaks: limit.breaks?.load.amount ?? Number.POSITIVE_INFINITY};
}

/** From all loads and limits of one pattern; `nodes` is how many the whole cluster has. */
export function headroomOf(
  pattern: string,
  loads: readonly Load[],
  limits: readonly Limit[],
  {nodes, confidence}: {nodes: number; confidence: number},
): Headroom {
  const limitUnder = (condition: Limit['condition']) =>
    bracketOf(limits.find(limit => limit.pattern === pattern && limit.condition === condition));
  const [whole, lost] = [limitUnder('whole'), limitUnder('node-lost')];
  const limitRatio =
    whole && lost
      ? {value: lost.keeps / whole.keeps, low: lost.keeps / whole.breaks, high: lost.breaks / whole.keeps}
      : undefined;
  const paired = pairedByRound(
    loads.filter(load => load.pattern === pattern && load.loop === 'closed'),
    confidence,
  );
  return {
    pattern,
    ...(whole ? {whole} : {}),
    ...(lost ? {lost} : {}),
    ...(limitRatio
      ? {
          limitRatio,
          free: {value: 1 - limitRatio.value, low: Math.max(0, 1 - limitRatio.high), high: 1 - limitRatio.low},
        }
      : {}),
    ...(typeof paired === 'string' ? {unpaired: paired} : {throughputRatio: paired}),
    second: secondLoss(whole, lost, nodes),
  };
}

/** `round-03/2` is trial 2 of round 3. */
function roundOf(trial: string): string {
  const slash = trial.indexOf('/');
  return slash < 0 ? trial : trial.slice(0, slash);
}

/**
 * Geometric mean over rounds with a t interval on logs. Within a round the ratios at all loads that both conditions
 * tried are averaged first: they share the trial, so the round is what is replicated.
 */
function pairedByRound(closed: readonly Load[], confidence: number): Estimate | string {
  const rounds = new Map<string, number[]>();
  for (const whole of closed.filter(({condition}) => condition === 'whole')) {
    const lost = closed.find(each => each.condition === 'node-lost' && each.amount === whole.amount);
    for (const trial of whole.trials) {
      const other = lost?.trials.find(each => roundOf(each.trial) === roundOf(trial.trial));
      if (other === undefined || !(trial.throughput > 0) || !(other.throughput > 0)) continue;
      const logs = rounds.get(roundOf(trial.trial)) ?? [];
      logs.push(Math.log(other.throughput / trial.throughput));
      rounds.set(roundOf(trial.trial), logs);
    }
  }
  if (rounds.size === 0) return 'no round tried the same accesses in flight both whole and with a node lost';
  const ratio = meanRatioInterval(
    [...rounds.values()].map(logs => Math.exp(mean(logs))),
    confidence,
  );
  if (!ratio.ok) return `${rounds.size} round tried both: an interval needs 2`;
  const {value, low, high, n, method} = ratio.value;
  return {value, low, high, n, confidence, method: `paired by round, ${method}`};
}

/**
 * Scalability law over nodes without coherency, X(n) = γn/(1 + α(n−1)), through the two measured limits, taken one node
 * further. A loss larger than one node's share has no such α ≥ 0; then the second loss is taken to cost as much again
 * as one node's share.
 */
function secondLoss(whole: Bracket | undefined, lost: Bracket | undefined, nodes: number): Headroom['second'] {
  if (!whole || !lost)
    return {kind: 'not-known', why: 'not measured, and without both limits there is nothing to reckon from'};
  if (nodes < 3) return {kind: 'not-known', why: `of ${nodes} nodes two cannot be lost`};
  const after = (full: number, one: number) => {
    const q = (one / full) * (nodes / (nodes - 1));
    const alpha = Math.min(1, Math.max(0, (q - 1) / (nodes - 1 - q * (nodes - 2))));
    const contended = (n: number) => n / (1 + alpha * (n - 1));
    return (one * contended(nodes - 2)) / contended(nodes - 1);
  };
  const value = after(whole.keeps, lost.keeps);
  const ends = [after(whole.breaks, lost.keeps), after(whole.keeps, Math.min(lost.breaks, whole.keeps))].filter(
    Number.isFinite,
  );
  return {
    kind: 'arithmetic',
    limit: {value, low: Math.min(value, ...ends), high: Math.max(value, ...ends)},
    how: 'Not measured: the scalability law over nodes, through the two measured limits, taken one node further. It says nothing of quorum and replicas, which must survive two losses first.',
  };
}

/** What the guide promises, for comparison. */
export const guideTransactionsPerDay = 100_000;

export interface Daily {
  /** Operations a day at the highest load that keeps the target, sustained. */
  operations: number;
  /** Present when operations of one transaction were stated: an assumption of the user's. */
  transactions?: {perDay: number; operationsEach: number; meetsGuide: boolean};
  /** Operations that each of the guide's 100,000 transactions could take. */
  operationsForGuide: number;
}

export function dailyAt(operationsPerSecond: number, operationsEach: number | undefined): Daily {
  const operations = operationsPerSecond * 86_400;
  return {
    operations,
    operationsForGuide: operations / guideTransactionsPerDay,
    ...(operationsEach === undefined
      ? {}
      : {
          transactions: {
            perDay: operations / operationsEach,
            operationsEach,
            meetsGuide: operations / operationsEach >= guideTransactionsPerDay,
          },
        }),
  };
}
