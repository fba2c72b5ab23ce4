/**
 * What single years came to: the chance that one keeps the promise, the seconds without quorum, without data and with
 * any VM down.
 */
import type {Estimate} from '../../harness/types.ts';
import {bins, binTop, layoutOf, measures, type Scalar} from './accumulator.ts';
import type {Assessment, Chance} from './assessment.ts';
import {type Counted, quantile, scalar} from './counted.ts';
import {intervalOf, type Possible} from './downtime.ts';
import type {Model} from './model.ts';
import {num} from './numbers.ts';
import {pairTotal} from './pricing.ts';
import {yearSeconds} from './quantities.ts';
import type {Block} from './simulate.ts';

/** Simulated blocks with what they took as true. */
export interface Years {
  model: Model;
  blocks: readonly Block[];
  /** In the order of the blocks. */
  tallies: readonly Float64Array[];
  confidence: number;
  next: () => number;
}

function ofKind({blocks, tallies}: Years, kind: Block['kind']): readonly Float64Array[] {
  return tallies.filter((_, i) => blocks[i]?.kind === kind);
}

function spread(value: number, values: readonly number[], confidence: number, n: number, method: string): Estimate {
  const tail = (1 - confidence) / 2;
  const [low, high] = [Math.min(value, quantile(values, tail)), Math.max(value, quantile(values, 1 - tail))];
  return {value, low, high, n, confidence, method};
}

export function statesOf(years: Years, counted: Counted, possible: Possible): Assessment['states'] {
  const {model, confidence} = years;
  const layout = layoutOf(model);
  const plain = ofKind(years, 'as-measured');
  const drawn = ofKind(years, 'possible');
  const perYear = (name: Scalar) => scalar(plain, name) / scalar(plain, 'weight');
  const lasting = (place: number) =>
    intervalOf(possible, model, confidence, pairTotal(model, counted.sums(), place, possible.stated), (sums, prices) =>
      Math.min(yearSeconds, pairTotal(model, sums, place, prices)),
    );
  const any = spread(
    perYear('any'),
    drawn.map(tally => scalar([tally], 'any') / scalar([tally], 'weight')),
    confidence,
    drawn.length,
    'simulated blocks, each with one draw of what the measured recoveries leave possible (wider than needed: it holds the chance of single years)',
  );
  return [
    {name: 'at least one VM down', downtime: any, unit: 's'},
    {name: 'quorum lost', downtime: lasting(layout.quorum), perYear: perYear('quorumLosses'), unit: 's'},
    ...(model.storage
      ? [
          {
            name: 'data unavailable',
            downtime: lasting(layout.data),
            perYear: perYear('dataLosses'),
            unit: 's' as const,
          },
        ]
      : []),
  ];
}

export function chanceOf(years: Years, miss: Scalar, of: string): Chance {
  const {confidence, next} = years;
  const kept = (some: readonly Float64Array[]) =>
    Math.min(1, Math.max(0, 1 - scalar(some, miss) / scalar(some, 'weight')));
  const plain = ofKind(years, 'as-measured');
  const drawn = ofKind(years, 'possible');
  const boot = Array.from({length: 400}, () =>
    kept(plain.map(() => plain[Math.floor(next() * plain.length)] ?? plain[0] ?? new Float64Array())),
  );
  const n = Math.round(scalar(plain, 'years'));
  // No year of n broke it: that shows no more than 3/n.
  const unseen = scalar(plain, miss) === 0 ? 3 / n : 0;
  const estimate = spread(kept(plain), boot, confidence, n, 'simulated years, bootstrap over blocks');
  return {
    of,
    asMeasured: {...estimate, low: Math.min(estimate.low, 1 - unseen)},
    possible: spread(
      kept(drawn),
      drawn.map(tally => kept([tally])),
      confidence,
      Math.round(scalar(drawn, 'years')),
      'simulated blocks, one draw of recoveries and rates each, at their worst',
    ),
  };
}

export function distributionOf(years: Years): Assessment['distribution'] {
  const layout = layoutOf(years.model);
  const curve = (measure: (typeof measures)[number], kind: Block['kind']) => {
    const some = ofKind(years, kind);
    const sum = scalar(some, 'weight');
    let below = 0;
    return Array.from({length: bins}, (_, bin) => {
      const place = layout.histograms + measures.indexOf(measure) * bins + bin;
      below += some.reduce((all, tally) => all + num(tally, place), 0);
      return Math.min(1, below / sum);
    });
  };
  const possible = curve('service', 'possible');
  const vmAsMeasured = curve('tagged', 'as-measured');
  const vmPossible = curve('tagged', 'possible');
  return curve('service', 'as-measured').map((share, bin) => ({
    upTo: binTop(bin),
    asMeasured: share,
    possible: possible[bin] ?? Number.NaN,
    vmAsMeasured: vmAsMeasured[bin] ?? Number.NaN,
    vmPossible: vmPossible[bin] ?? Number.NaN,
  }));
}
