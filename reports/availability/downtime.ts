/**
 * Downtime a year with its interval: what the measured recoveries, counted rates and simulated blocks leave possible,
 * at both ends.
 */
import type {Estimate} from '../../harness/types.ts';
import {type Counted, exponentials, quantile} from './counted.ts';
import type {Model} from './model.ts';
import {type Part, type Prices, partsOf, pricesOf, total} from './pricing.ts';
import {meanOf, yearSeconds} from './quantities.ts';
import {asMeasured, drawOutage, rateFactor, type Side} from './recovery.ts';
import {stream} from './stream.ts';

/** One tail of the interval needs some of them: what confidence they can speak of is in `mostConfidence`. */
const draws = 1000;
/** Enough to say how many more trials are wanted. */
const roughDraws = 300;

export interface Possible {
  /** The measured recoveries and the stated rates as they are. */
  stated: Prices;
  parts: readonly Part[];
  value: number;
  /** Simulated blocks, drawn anew; the draws of prices beside them, at their worst and at their best. */
  resampled: readonly Float64Array[];
  worst: readonly Prices[];
  best: readonly Prices[];
}

export function possibleOf(model: Model, counted: Counted, blocks: number, seed: number, count = draws): Possible {
  const operator = meanOf(model.operator);
  const next = stream(seed, 1_000_003);
  const stated = pricesOf(model, model.recoveries.map(asMeasured), operator);
  const parts = partsOf(model, counted.sums(), stated);
  return {
    stated,
    parts,
    value: total(parts),
    resampled: Array.from({length: count}, () => counted.sums(exponentials(blocks, next))),
    worst: drawnPrices(model, seed, 'worst', count),
    best: drawnPrices(model, seed, 'best', count),
  };
}

/** The same seed draws the same weights, however many clean trials more there are. */
function drawnPrices(model: Model, seed: number, side: Side, count: number, more = 0): Prices[] {
  const own = stream(seed, side === 'worst' ? 1_000_033 : 1_000_037);
  const operator = meanOf(model.operator);
  return Array.from({length: count}, () =>
    pricesOf(
      model,
      model.recoveries.map(one => drawOutage(one, own, more, side)),
      operator,
      model.classes.map(one => rateFactor(one, own, side)),
    ),
  );
}

export type Price = (sums: Float64Array, prices: Prices) => number;

/** The interval of anything that is priced; its low end is of the best draws, its high end of the worst. */
export function intervalOf(of: Possible, model: Model, confidence: number, value: number, price: Price): Estimate {
  const all = (prices: readonly Prices[]) => of.resampled.map((sums, i) => price(sums, prices[i] ?? of.stated));
  const tail = (1 - confidence) / 2;
  return {
    value,
    low: Math.min(value, quantile(all(of.best), tail)),
    high: Math.max(value, quantile(all(of.worst), 1 - tail)),
    n: evidenceTrials(model),
    confidence,
    method: `Bayesian bootstrap over measured trials and simulated blocks, one further trial at either end, ${of.resampled.length} draws`,
  };
}

/** Seconds a year, mean over VMs. */
export function downtimeOf(of: Possible, model: Model, confidence: number): Estimate {
  return intervalOf(of, model, confidence, of.value, (sums, prices) => total(partsOf(model, sums, prices)));
}

export function availabilityOf(downtime: Estimate): Estimate {
  const share = (seconds: number) => Math.max(0, 1 - seconds / yearSeconds);
  return {...downtime, value: share(downtime.value), low: share(downtime.high), high: share(downtime.low)};
}

/** Upper end of the downtime a year once so many more failovers came back as those measured did. */
export function upperDowntime(of: Possible, model: Model, seed: number, confidence: number, more: number): number {
  const drawn = drawnPrices(model, seed, 'worst', roughDraws, more).map((prices, i) =>
    total(partsOf(model, of.resampled[i] ?? new Float64Array(), prices)),
  );
  return quantile(drawn, 1 - (1 - confidence) / 2);
}

/** Recoveries from faults: those that were measured, or the stated ones where none was. */
export function failoversOf(model: Model): Model['recoveries'] {
  const used = new Set(model.classes.map(one => one.recovery));
  const all = model.recoveries.filter((_, i) => used.has(i));
  const measured = all.filter(one => one.measured);
  return measured.length > 0 ? measured : all;
}

function evidenceTrials(model: Model): number {
  return new Set(failoversOf(model).flatMap(({waits}) => waits.map(({trial}) => trial))).size;
}
