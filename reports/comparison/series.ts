/** The sides of a comparison as series: one value a trial, or in pairs one value a pair. */
import type {Sample, Unit} from '../../harness/types.ts';
import {metrics} from '../metrics.ts';
import {operationsToShow, tooFew} from '../percentile.ts';
import {median} from '../stats/numbers.ts';
import {byCount} from '../words/text.ts';
import {labelWords} from '../words/words.ts';
import type {ComparedTrial} from './model.ts';

export interface Point {
  trial: string;
  pair: string;
  value: number;
  censored: boolean;
  place?: number;
  /** Why its operations are too few for the percentile. */
  short?: string;
}

export interface Series {
  metric: string;
  labels: Readonly<Record<string, string>>;
  unit: Unit;
  before: Point[];
  after: Point[];
}

/** Labels that tell trials apart, not series. */
const trialLabels = new Set(['file', 'trial', 'repetition']);

function profilesOf(trials: readonly ComparedTrial[]): ReadonlySet<string> {
  return new Set(trials.flatMap(({samples}) => samples.flatMap(({labels}) => labels.profile ?? [])));
}

/**
 * A side of one profile may be held against another profile; where a side has several, each is compared with itself.
 */
function apartFrom(before: readonly ComparedTrial[], after: readonly ComparedTrial[]): ReadonlySet<string> {
  const several = profilesOf(before).size > 1 || profilesOf(after).size > 1;
  return several ? trialLabels : new Set([...trialLabels, 'profile']);
}

/** Every series of either side, in order of metric and labels; values in the order of the trials. */
export function seriesOf(
  before: readonly ComparedTrial[],
  after: readonly ComparedTrial[],
  {paired, confidence}: {paired: boolean; confidence: number},
): readonly Series[] {
  const dropped = apartFrom(before, after);
  const all = new Map<string, Series>();
  for (const [side, trials] of [
    ['before', before],
    ['after', after],
  ] as const) {
    const units = paired ? [...Map.groupBy(trials, ({pair}) => pair).values()] : trials.map(trial => [trial]);
    for (const unit of units) {
      for (const [key, {labels, drawn}] of drawnFrom(unit, dropped)) {
        const [{sample}] = drawn;
        const known = all.get(key) ?? {metric: sample.metric, labels, unit: sample.unit, before: [], after: []};
        all.set(key, known);
        known[side].push(pointOf(drawn, confidence));
      }
    }
  }
  return [...all.values()].sort(inOrder);
}

interface Drawn {
  sample: Sample;
  trial: ComparedTrial;
}

/** The samples of trials that are one unit, by series. */
function drawnFrom(unit: readonly ComparedTrial[], dropped: ReadonlySet<string>) {
  const own = new Map<string, {labels: Series['labels']; drawn: [Drawn, ...Drawn[]]}>();
  for (const trial of unit) {
    for (const sample of trial.samples) {
      const labels = Object.fromEntries(
        Object.entries(sample.labels)
          .filter(([label]) => !dropped.has(label))
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      );
      const key = JSON.stringify([sample.metric, sample.unit, labels]);
      const known = own.get(key);
      if (known) known.drawn.push({sample, trial});
      else own.set(key, {labels, drawn: [{sample, trial}]});
    }
  }
  return own;
}

/** Several samples of one trial, or of the trials of one pair, are one value: the trial is what is replicated. */
function pointOf(drawn: readonly [Drawn, ...Drawn[]], confidence: number): Point {
  const trials = [...new Set(drawn.map(({trial}) => trial))];
  const places = trials.flatMap(({place}) => place ?? []);
  const short = drawn.flatMap(
    ({sample: {labels, operations}}) =>
      tooFew(labels.percentile, operations, wanted => operationsToShow(wanted, confidence)) ?? [],
  )[0];
  return {
    trial: trials.map(({name}) => name).join(' and '),
    pair: drawn[0].trial.pair,
    value: median(drawn.map(({sample}) => sample.value)),
    censored: drawn.some(({sample}) => sample.censored === true),
    ...(places.length < trials.length ? {} : {place: Math.min(...places)}),
    ...(short === undefined ? {} : {short}),
  };
}

function inOrder(a: Series, b: Series): number {
  return (
    rankOf(a.metric) - rankOf(b.metric) ||
    byCount(a.metric, b.metric) ||
    byCount(labelWords(a.labels), labelWords(b.labels)) ||
    byCount(JSON.stringify(a.labels), JSON.stringify(b.labels))
  );
}

function rankOf(metric: string): number {
  const index = metrics.findIndex(({name}) => name === metric);
  return index < 0 ? metrics.length : index;
}

/** Only points that have a partner, in the order of the first side. */
export function inPairs({before, after}: Series): {before: readonly Point[]; after: readonly Point[]} {
  const partners = new Map(after.map(point => [point.pair, point]));
  const both = before.flatMap(point => {
    const partner = partners.get(point.pair);
    return partner ? [[point, partner] as const] : [];
  });
  return {before: both.map(([one]) => one), after: both.map(([, other]) => other)};
}
