/** What one block of simulated years counts: one array of numbers, summed over years with their weights. */
import {followed} from './followed-vms.ts';
import type {Model} from './model.ts';
import {num} from './numbers.ts';

export const scalars = [
  'years',
  'weight',
  'weightSquared',
  'events',
  /** Seconds of downtime, mean over VMs. */
  'service',
  /** The same of a few VMs that were followed. */
  'tagged',
  /** Seconds with at least one VM down, without quorum, without data. */
  'any',
  'quorum',
  'data',
  'quorumLosses',
  'dataLosses',
  /** Years (of VMs: VM-years) that broke the promise. */
  'missService',
  'missTagged',
  'missAny',
  /** Share of the VMs moved for maintenance. */
  'moved',
] as const;
export type Scalar = (typeof scalars)[number];

/** Ways in which a fault keeps VMs down for as long as something is broken. */
export const levels = ['capacity', 'quorum', 'data', 'whole'] as const;

/** Bins of a year's downtime: none, then twenty a decade from 1 s up to beyond a year. */
export const bins = 152;
export const measures = ['service', 'tagged', 'any'] as const;

function binOf(seconds: number): number {
  if (!(seconds > 0)) return 0;
  return seconds < 1 ? 1 : Math.min(bins - 1, 2 + Math.floor(Math.log10(seconds) * 20));
}

/** Upper edge of a bin, seconds. */
export function binTop(bin: number): number {
  return bin === 0 ? 0 : 10 ** ((bin - 1) / 20);
}

/** Places of everything in the array. Causes are the fault classes, then maintenance, then "nothing else". */
export interface Layout {
  causes: number;
  maintenance: number;
  nothing: number;
  /** Rate of each class in this block ÷ its stated rate. */
  factors: number;
  /** By class: share of the VMs hit whose node was fenced, and whose node's fence was not confirmed. */
  hits: number;
  unfenced: number;
  /** levels × cause × the cause that was there before: VM-seconds per VM. */
  waits: number;
  /** cause × cause before: seconds without quorum, without data. */
  quorum: number;
  data: number;
  /** cause × cause before: share of the VMs that started again once what they had waited for was back. */
  restarts: number;
  histograms: number;
  length: number;
}

export function layoutOf(model: Pick<Model, 'classes'>): Layout {
  const classes = model.classes.length;
  const causes = classes + 2;
  const pairs = causes * causes;
  const factors = scalars.length;
  const hits = factors + classes;
  const unfenced = hits + classes;
  const waits = unfenced + classes;
  const quorum = waits + levels.length * pairs;
  const data = quorum + pairs;
  const restarts = data + pairs;
  const histograms = restarts + pairs;
  return {
    causes,
    maintenance: classes,
    nothing: classes + 1,
    factors,
    hits,
    unfenced,
    waits,
    quorum,
    data,
    restarts,
    histograms,
    length: histograms + measures.length * bins,
  };
}

export const at: Readonly<Record<Scalar, number>> = Object.fromEntries(
  scalars.map((name, index) => [name, index]),
) as Record<Scalar, number>;

/**
 * Adds one year to the block's sums, by its likelihood ratio `weight`; `vmDowntime` holds the seconds of the followed
 * VMs.
 */
export function addYear(
  total: Float64Array,
  year: Float64Array,
  vmDowntime: Float64Array,
  of: {layout: Layout; budget: number; weight: number},
): void {
  const {layout, budget, weight} = of;
  const add = (place: number, count: number) => {
    total[place] = num(total, place) + count;
  };
  const bin = (measure: number, seconds: number, count: number) =>
    add(layout.histograms + measure * bins + binOf(seconds), count);
  add(at.years, 1);
  add(at.weight, weight);
  add(at.weightSquared, weight * weight);
  for (let i = at.service; i < layout.histograms; i++) {
    const value = num(year, i);
    if (value !== 0) add(i, weight * value);
  }
  const service = num(year, at.service);
  const any = num(year, at.any);
  if (service > budget) add(at.missService, weight);
  if (any > budget) add(at.missAny, weight);
  bin(0, service, weight);
  bin(2, any, weight);
  for (let i = 0; i < followed; i++) {
    const seconds = num(vmDowntime, i);
    add(at.tagged, (weight * seconds) / followed);
    if (seconds > budget) add(at.missTagged, weight / followed);
    bin(1, seconds, weight / followed);
  }
}
