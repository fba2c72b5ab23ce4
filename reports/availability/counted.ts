/** Sums over blocks of simulated years, freed of the rates that a block had drawn. */
import {at, layoutOf, type Scalar} from './accumulator.ts';
import type {Model} from './model.ts';
import {num} from './numbers.ts';

export interface Counted {
  /** Per year, block b weighted by `weights[b]`; without weights every block alike. */
  sums(weights?: readonly number[]): Float64Array;
}

export function countedOf(model: Model, tallies: readonly Float64Array[]): Counted {
  const layout = layoutOf(model);
  const freed = tallies.map(tally => freedOf(model, tally));
  // Most pairs of causes never meet: only what occurred is summed.
  const used = Array.from({length: layout.histograms}, (_, place) => place).filter(place =>
    freed.some(block => block[place] !== 0),
  );
  return {
    sums(weights) {
      const sum = new Float64Array(layout.histograms);
      for (const [b, block] of freed.entries()) {
        const w = weights ? (weights[b] ?? 0) : 1;
        for (const place of used) sum[place] = num(sum, place) + w * num(block, place);
      }
      const years = num(sum, at.weight);
      for (const place of used) sum[place] = num(sum, place) / years;
      return sum;
    },
  };
}

/** A block's sums as they would be at the stated rates; pairs of causes in first order. */
function freedOf(model: Model, tally: Float64Array): Float64Array {
  const layout = layoutOf(model);
  const copy = tally.slice(0, layout.histograms);
  const factor = (cause: number) => (cause < model.classes.length ? (tally[layout.factors + cause] ?? 1) : 1);
  for (let c = 0; c < model.classes.length; c++) {
    copy[layout.hits + c] = num(copy, layout.hits + c) / factor(c);
    copy[layout.unfenced + c] = num(copy, layout.unfenced + c) / factor(c);
  }
  for (let place = layout.waits; place < layout.histograms; place++) {
    const pair = (place - layout.waits) % (layout.causes * layout.causes);
    copy[place] = num(copy, place) / (factor(Math.floor(pair / layout.causes)) * factor(pair % layout.causes));
  }
  return copy;
}

export function scalar(tallies: readonly Float64Array[], name: Scalar): number {
  return tallies.reduce((sum, tally) => sum + num(tally, at[name]), 0);
}

/** Weights of a Bayesian bootstrap. */
export function exponentials(count: number, next: () => number): number[] {
  return Array.from({length: count}, () => -Math.log(1 - next()));
}

/** Linear between order statistics. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = p * (sorted.length - 1);
  const low = num(sorted, Math.floor(place));
  const high = num(sorted, Math.ceil(place));
  return low + (high - low) * (place - Math.floor(place));
}
