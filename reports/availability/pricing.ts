/**
 * From what was counted to downtime: the simulated hits and waits are counted once and priced by every distribution of
 * recoveries and every rate that the evidence leaves possible. A VM alternates: it waits for a repair (share L of the
 * time), or starts again, or runs and is hit, or is silent. By renewal–reward, odds of waiting grow with the rates, L =
 * o ÷ (1 + o), and of the time it runs it is silent x ÷ (1 + x), x being hits · mean silence: shares stay within 0…1,
 * and small ones are hits · silence as one expects.
 */
import {at, layoutOf, levels} from './accumulator.ts';
import type {Contribution} from './assessment.ts';
import {bmcUnreachable, type Model} from './model.ts';
import {num} from './numbers.ts';
import {yearSeconds} from './quantities.ts';
import {meanSilence, type Outage} from './recovery.ts';

/** What a hit costs, and how often it comes. */
export interface Prices {
  /** Factors on how often VMs are hit, by class; 1 where absent. */
  factors: readonly number[];
  /** Factors on how often failures meet, by class: a pair takes those of both (first order); 1 where absent. */
  meeting: readonly number[];
  outages: readonly Outage[];
  /** The operator's mean response, seconds. */
  operator: number;
  /** Factor on the chance that a BMC does not answer. */
  bmc: number;
  /** Factor on what VMs wait, and how often they start again, all causes together: from a simulation of its own. */
  joint: number;
}

export type Part = Omit<Contribution, 'share'>;

const wayOf = {
  capacity: 'waiting for room: more nodes down than standby',
  quorum: 'quorum lost',
  data: 'data unavailable',
  whole: 'the whole cluster down',
} as const;

export function pricesOf(
  model: Model,
  outages: readonly Outage[],
  operator: number,
  factors: readonly number[] = model.classes.map(() => 1),
): Prices {
  return {factors, meeting: factors, outages, operator, bmc: 1, joint: 1};
}

export function total(parts: readonly Part[]): number {
  return parts.reduce((sum, {seconds}) => sum + seconds, 0);
}

/** Downtime per VM and year, part by part, at most a year in sum; `sums` are per year. */
export function partsOf(model: Model, sums: Float64Array, prices: Prices): Part[] {
  const waits = waitsOf(model, sums, prices);
  // Counted seconds that VMs did not wait: what odds and rates are relative to.
  const running = Math.max(
    1e-9 * yearSeconds,
    yearSeconds - total(waitsOf(model, sums, {...prices, meeting: [], joint: 1})),
  );
  const odds = total(waits) / running;
  const notWaiting = yearSeconds / (1 + odds);

  const restart = prices.outages[model.restart];
  const starts = (restartsOf(model, sums, prices) / running) * (restart ? meanSilence(restart, prices.operator) : 0);
  // What starts again may stand still again before it is up.
  const starting = -Math.expm1(-starts);

  const hits = hitsOf(model, sums, prices);
  const silent = total(hits) / running;
  const scale = (notWaiting * (1 - starting)) / (1 + silent) / running;
  return [
    ...waits.map(part => ({...part, seconds: (part.seconds * notWaiting) / running})),
    ...hits.map(part => ({...part, seconds: part.seconds * scale})),
    {cause: 'what it waited for came back', way: 'VMs start again', seconds: notWaiting * starting},
  ].filter(({seconds}) => seconds > 0);
}

/** Hits that a recovery ends, a year and VM, and the downtime that its length does not change. */
export function recoverable(model: Model, sums: Float64Array, prices: Prices): {hits: number; rest: number} {
  const layout = layoutOf(model);
  let hits = restartsOf(model, sums, prices);
  for (let c = 0; c < model.classes.length; c++) {
    if ((model.classes[c]?.recovery ?? -1) < 0) continue;
    hits += num(sums, layout.hits + c) + num(sums, layout.unfenced + c);
  }
  const free = prices.outages.map((outage, i) =>
    i === model.maintenance?.recovery ? outage : {times: [0], mass: [1], never: 0, waited: 0},
  );
  return {hits, rest: total(partsOf(model, sums, {...prices, outages: free}))};
}

/** Seconds that VMs wait for something to be mended, by what is to blame. */
function waitsOf(model: Model, sums: Float64Array, prices: Prices): Part[] {
  const layout = layoutOf(model);
  const nameOf = (cause: number) => model.classes[cause]?.name ?? (cause === layout.maintenance ? 'maintenance' : '');
  const parts: Part[] = [];
  for (const [l, level] of levels.entries()) {
    for (let c = 0; c < layout.causes; c++) {
      const seconds =
        prices.joint * pairSum(sums, layout.waits + (l * layout.causes + c) * layout.causes, c, prices, layout.causes);
      if (seconds > 0) parts.push({cause: nameOf(c), way: wayOf[level], seconds});
    }
  }
  return parts;
}

/** One row of a table of cause × cause before, at these prices' rates. */
function pairSum(sums: Float64Array, row: number, c: number, {meeting}: Prices, causes: number): number {
  let seconds = 0;
  for (let d = 0; d < causes; d++) seconds += num(sums, row + d) * (meeting[c] ?? 1) * (meeting[d] ?? 1);
  return seconds;
}

/** A whole table of cause × cause before. */
export function pairTotal(model: Model, sums: Float64Array, place: number, prices: Prices): number {
  const {causes} = layoutOf(model);
  let all = 0;
  for (let c = 0; c < causes; c++) all += pairSum(sums, place + c * causes, c, prices, causes);
  return all;
}

function restartsOf(model: Model, sums: Float64Array, prices: Prices): number {
  return prices.joint * pairTotal(model, sums, layoutOf(model).restarts, prices);
}

/** Seconds of silence after hits, as though no VM were hit while it is silent. */
function hitsOf(model: Model, sums: Float64Array, prices: Prices): Part[] {
  const layout = layoutOf(model);
  const parts: Part[] = [];
  const recovering = (cause: string, hits: number, recovery: number, way: string) => {
    const outage = prices.outages[recovery];
    if (outage === undefined) return;
    const never = outage.never * (outage.waited + prices.operator);
    parts.push({cause, way, seconds: hits * (meanSilence(outage, prices.operator) - never)});
    parts.push({cause, way: 'never came back: the operator', seconds: hits * never});
  };
  for (const [c, one] of model.classes.entries()) {
    const factor = prices.factors[c] ?? 1;
    recovering(one.name, factor * num(sums, layout.hits + c), one.recovery, 'recovery');
    const outage = prices.outages[one.recovery];
    const each = prices.operator + (outage ? meanSilence(outage, prices.operator) : 0);
    const unfenced = factor * (bmcUnreachable(model, one.kind) ? 1 : prices.bmc) * num(sums, layout.unfenced + c);
    parts.push({cause: one.name, way: 'fence not confirmed: the operator', seconds: unfenced * each});
  }
  if (model.maintenance) {
    recovering('maintenance', num(sums, at.moved), model.maintenance.recovery, 'live migration');
  }
  return parts;
}
