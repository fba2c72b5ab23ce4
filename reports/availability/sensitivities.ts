/**
 * What each input moves. What a recovery, the operator or a BMC changes is priced exactly. What rates, repairs and the
 * rebuild change beyond that, failures that meet, has no formula (a rebuild may end an outage long before the repair
 * does): it is simulated anew with the input halved and doubled.
 */
import {layoutOf, levels} from './accumulator.ts';
import type {Sensitivity} from './assessment.ts';
import {countedOf} from './counted.ts';
import type {Model} from './model.ts';
import {type Prices, pairTotal, partsOf, pricesOf, total} from './pricing.ts';
import {meanOf, scaled} from './quantities.ts';
import {asMeasured, meanSilence, type Outage} from './recovery.ts';
import type {Block} from './simulate.ts';

/** An input that changes how failures meet. */
export interface Variant {
  subject: string;
  halved: Model;
  doubled: Model;
  /** For a rate: its class. It changes the hits, which is exact, and pairs of failures in proportion. */
  rateOf?: number;
}

/** Blocks of as-measured years, simulated of the model as it is and of every variant. */
export interface Resimulated {
  base: readonly Float64Array[];
  /** In the order of `variantsOf`. */
  variants: readonly {halved: readonly Float64Array[]; doubled: readonly Float64Array[]}[];
}

export function variantsOf(model: Model): Variant[] {
  const variant = (subject: string, change: (factor: number) => Model): Variant => ({
    subject,
    halved: change(0.5),
    doubled: change(2),
  });
  const withClass = (c: number, change: (one: Model['classes'][number]) => Model['classes'][number]): Model => ({
    ...model,
    classes: model.classes.map((one, i) => (i === c ? change(one) : one)),
  });
  const {storage, maintenance} = model;
  return [
    ...model.classes.flatMap((one, c) => {
      const {repair} = one;
      if (repair === undefined) return [];
      const faster = (factor: number) =>
        withClass(c, each => ({...each, rate: {...each.rate, perYear: each.rate.perYear * factor}}));
      return [
        {...variant(`${one.name}: rate`, faster), rateOf: c},
        variant(`${one.name}: repair`, factor => withClass(c, each => ({...each, repair: scaled(repair, factor)}))),
      ];
    }),
    ...(storage?.rebuild
      ? [
          variant('storage: rebuild', f => ({
            ...model,
            storage: {...storage, rebuild: scaled(storage.rebuild ?? {kind: 'fixed', seconds: 0}, f)},
          })),
        ]
      : []),
    ...(maintenance
      ? [
          variant('maintenance: how long', f => ({
            ...model,
            maintenance: {...maintenance, lasts: scaled(maintenance.lasts, f)},
          })),
        ]
      : []),
  ];
}

function rateChanged(prices: Prices, c: number, factor: number): Prices {
  const factors = prices.factors.map((each, i) => (i === c ? each * factor : each));
  return {...prices, factors, meeting: factors};
}

/** So many blocks of years as cost about as much as `events` events in all, no more years than there are. */
export function resimulationBlocks(
  model: Model,
  years: number,
  eventsPerYear: number,
  seed: number,
  events: number,
): Block[] {
  const runs = 1 + 2 * variantsOf(model).length;
  const each = Math.floor(Math.min(years, Math.max(20, events / runs / Math.max(1, eventsPerYear))) / 10);
  return Array.from(
    {length: 10},
    (_, index): Block => ({index, years: Math.max(1, each), seed, kind: 'as-measured', forced: true}),
  );
}

/** Seconds that VMs wait or start again a year, in years simulated of some variant. */
function jointOf(model: Model, tallies: readonly Float64Array[], prices: Prices): number {
  const layout = layoutOf(model);
  const sums = countedOf(model, tallies).sums();
  const outage = prices.outages[model.restart];
  let seconds = (outage ? meanSilence(outage, prices.operator) : 0) * pairTotal(model, sums, layout.restarts, prices);
  for (let level = 0; level < levels.length; level++) {
    seconds += pairTotal(model, sums, layout.waits + level * layout.causes ** 2, prices);
  }
  return seconds;
}

/**
 * Whether pairs in proportion are enough: the simulated blocks do not differ from them by more than three standard
 * errors.
 */
function inProportion(
  model: Model,
  base: readonly Float64Array[],
  anew: readonly Float64Array[],
  prices: Prices,
): boolean {
  const stated = {...prices, meeting: []};
  const differences = anew.map((tally, b) => {
    const before = base[b];
    return jointOf(model, [tally], stated) - (before ? jointOf(model, [before], prices) : Number.NaN);
  });
  const n = differences.length;
  const mean = differences.reduce((sum, each) => sum + each, 0) / n;
  const variance = differences.reduce((sum, each) => sum + (each - mean) ** 2, 0) / (n - 1);
  return Math.abs(mean) <= 3 * Math.sqrt(variance / n);
}

/** Every input halved and doubled, the others left. `sums` are those of the assessment. */
export function sensitivitiesOf(model: Model, sums: Float64Array, resimulated: Resimulated): Sensitivity[] {
  const measured = model.recoveries.map(asMeasured);
  const operator = meanOf(model.operator);
  const base = pricesOf(model, measured, operator);
  const before = jointOf(model, resimulated.base, base);
  const priced = (prices: Prices) => total(partsOf(model, sums, prices));
  const anew = ({rateOf}: Variant, factor: number, tallies: readonly Float64Array[] | undefined) => {
    const proportional = rateOf === undefined ? base : rateChanged(base, rateOf, factor);
    // Where nothing met in these years, nothing can be said of more or less of it.
    if (!(before > 0) || tallies === undefined) return priced(proportional);
    if (rateOf !== undefined && inProportion(model, resimulated.base, tallies, proportional))
      return priced(proportional);
    return priced({...proportional, meeting: [], joint: jointOf(model, tallies, base) / before});
  };
  const list: Sensitivity[] = [
    ...variantsOf(model).map((variant, i) => ({
      subject: variant.subject,
      halved: anew(variant, 0.5, resimulated.variants[i]?.halved),
      doubled: anew(variant, 2, resimulated.variants[i]?.doubled),
    })),
    ...pricedOnly(model, base, measured).map(({subject, change}) => ({
      subject,
      halved: priced(change(0.5)),
      doubled: priced(change(2)),
    })),
  ];
  return list.toSorted((a, b) => b.doubled - b.halved - (a.doubled - a.halved));
}

/** Inputs that change what a hit costs or how often VMs alone are hit, not how failures meet. */
function pricedOnly(
  model: Model,
  base: Prices,
  measured: readonly Outage[],
): {subject: string; change(factor: number): Prices}[] {
  const longer = (outage: Outage, factor: number): Outage => ({
    ...outage,
    times: outage.times.map(time => time * factor),
    waited: outage.waited * factor,
  });
  return [
    ...model.classes.flatMap((one, c) =>
      one.repair ? [] : [{subject: `${one.name}: rate`, change: (f: number) => rateChanged(base, c, f)}],
    ),
    ...model.recoveries.map((one, r) => ({
      subject: `recovery ${one.name} (measured or stated)`,
      change: (f: number) => ({...base, outages: measured.map((outage, i) => (i === r ? longer(outage, f) : outage))}),
    })),
    {subject: "the operator's response", change: f => ({...base, operator: base.operator * f})},
    ...(model.bmcUnavailable > 0
      ? [{subject: 'a BMC that does not answer', change: (f: number) => ({...base, bmc: f})}]
      : []),
  ];
}
