/** What one block of simulated years counts: one array of numbers, summed over years with their weights. */
import type {Model} from './model.ts';

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
  /** Times that all VMs were started after quorum came back. */
  'restarts',
] as const;
export type Scalar = (typeof scalars)[number];

/** Ways in which a fault keeps VMs down for as long as something is broken. */
export const levels = ['capacity', 'quorum', 'data', 'whole'] as const;

/** Bins of a year's downtime: none, then twenty a decade from 1 s up to beyond a year. */
export const bins = 152;
export const measures = ['service', 'tagged', 'any'] as const;

export function binOf(seconds: number): number {
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
  const histograms = data + pairs;
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
    histograms,
    length: histograms + measures.length * bins,
  };
}

export const at: Readonly<Record<Scalar, number>> = Object.fromEntries(
  scalars.map((name, index) => [name, index]),
) as Record<Scalar, number>;
