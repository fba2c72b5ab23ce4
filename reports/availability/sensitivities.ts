/**
 * What each input moves. What a recovery, the operator or a BMC changes is priced exactly. What rates, repairs and the rebuild change beyond that,
 * failures that meet, has no formula (a rebuild may end an outage long before the repair does): it is simulated anew with the input halved and doubled.
 */
import {layoutOf, levels} from './accumulator.ts';
import type {Sensitivity} from './assessment.ts';
import {countedOf} from './counted.ts';
import type {Model} from './model.ts';
import {num} from './numbers.ts';
import {type Prices, pairTotal, partsOf, pricesOf, total} from './pricing.ts';
import {meanOf, scaled} from './quantities.ts';
import {asMeasured, meanSilence, type Outage} from './recovery.ts';
import type {Block} from './simulate.ts';

/** An input that changes how failures meet. */
export interface Variant {
  subject: string;
  halved: Model;
  doubled: Model;
  /** What the change does to the hits, which is exact. */
  price(prices: Prices, factor: number): Prices;
}

/** Blocks of as-measured years, simulated of the model as it is and of every variant. */
export interface Resimulated {
  base: readonly Float64Array[];
  /** In the order of `variantsOf`. */
  variants: readonly {halved: readonly Float64Array[]; doubled: readonly Float64Array[]}[];
}

export function variantsOf(model: Model): Variant[] {
  const variant = (subject: string, change: (factor: number) => Model, price: Variant['price'] = prices => prices) => ({
    subject,
    halved: change(0.5),
    doubled: change(2),
    price,
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
        variant(`${one.name}: rate`, faster, (prices, factor) => rateChanged(prices, c, factor)),
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
  return {...prices, factors: prices.factors.map((each, i) => (i === c ? each * factor : each))};
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

/** Seconds that VMs wait or start again, in years simulated of some variant. */
function jointOf(model: Model, tallies: readonly Float64Array[], restart: number, prices: Prices): number {
  const layout = layoutOf(model);
  const sums = countedOf(model, tallies).sums();
  let waits = 0;
  for (let place = layout.waits; place < layout.waits + levels.length * layout.causes ** 2; place++)
    waits += num(sums, place);
  return waits + restart * pairTotal(model, sums, layout.restarts, prices);
}

/** Every input halved and doubled, the others left. `sums` are those of the assessment. */
export function sensitivitiesOf(model: Model, sums: Float64Array, resimulated: Resimulated): Sensitivity[] {
  const measured = model.recoveries.map(asMeasured);
  const operator = meanOf(model.operator);
  const base = pricesOf(model, measured, operator);
  const restartOutage = measured[model.restart];
  const restart = restartOutage ? meanSilence(restartOutage, operator) : 0;
  const before = jointOf(model, resimulated.base, restart, base);
  const priced = (prices: Prices) => total(partsOf(model, sums, prices));
  const anew = ({price}: Variant, factor: number, tallies: readonly Float64Array[] | undefined) => {
    // Where nothing met in these years, nothing can be said of more or less of it.
    const joint = before > 0 && tallies ? jointOf(model, tallies, restart, base) / before : 1;
    return priced({...price(base, factor), joint});
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
