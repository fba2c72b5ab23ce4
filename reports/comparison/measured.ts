/** One series measured on both sides: the contrast, or why there can be none. */
import {type Metric, metricNamed} from '../metrics.ts';
import {blocksNote} from '../stats/drift.ts';
import {medianInterval, orderedMedianInterval} from '../stats/median.ts';
import {median} from '../stats/numbers.ts';
import {outliers} from '../stats/outliers.ts';
import {plural} from '../words/words.ts';
import {type Contrast, contrast} from './contrast.ts';
import type {Aside, SideBySideOptions, SideValues} from './model.ts';
import {placesOf} from './order.ts';
import {inPairs, type Point, type Series} from './series.ts';

/** The options with their defaults. */
export interface Settled {
  confidence: number;
  paired: boolean;
  threshold: number;
  noise: SideBySideOptions['noise'];
}

/** Where nothing else is asked for. `threshold`: the smallest relative change worth a word. */
export const usual = {confidence: 0.95, threshold: 0.03} as const;

/** A contrast without a verdict: that needs the p values of all. */
export interface Unjudged {
  series: Series;
  metric: Metric;
  before: SideValues;
  after: SideValues;
  contrast: Contrast;
  notes: readonly string[];
}

/**
 * Values in the order given; where the order of the trials is known, trials that follow each other widen the
 * interval.
 */
export function sideOf(points: readonly Point[], confidence: number): SideValues {
  const values = points.map(({value}) => value);
  const placed = points.every(({place}) => place !== undefined);
  const inTime = points.toSorted((a, b) => (a.place ?? 0) - (b.place ?? 0)).map(({value}) => value);
  const interval = placed ? orderedMedianInterval(inTime, confidence) : medianInterval(values, confidence);
  const far = outliers(values);
  return {
    values: points.map(({trial, value}) => ({trial, value})),
    median: median(values),
    ...(interval.ok ? {estimate: interval.value} : {}),
    outliers: far.ok ? far.value : [],
  };
}

/** The series measured, or why it cannot be compared. */
export function measured(series: Series, {confidence, paired}: Settled): Unjudged | Aside {
  const asideFor = (reason: string): Aside => ({
    metric: series.metric,
    labels: series.labels,
    before: series.before.length,
    after: series.after.length,
    reason,
  });
  const metric = metricNamed(series.metric);
  const missing = missingIn(series);
  if (missing !== undefined) return asideFor(missing);
  if (!metric) return asideFor('it is not known whether more or less of it is better');
  const unusable = unusableIn([...series.before, ...series.after]);
  if (unusable !== undefined) return asideFor(unusable);
  const {before, after} = paired ? inPairs(series) : series;
  if (before.length === 0) return asideFor('no trial before has a partner after');
  const places = placesOf(before, after);
  const values = (side: readonly Point[]) => side.map(({value}) => value);
  const found = contrast(values(before), values(after), {
    paired,
    confidence,
    ...(places === undefined ? {} : {places}),
  });
  const alone = series.before.length + series.after.length - before.length - after.length;
  return {
    series,
    metric,
    before: sideOf(before, confidence),
    after: sideOf(after, confidence),
    contrast: found,
    notes: [
      ...(alone > 0 ? [`${plural(alone, 'trial')} without a partner left out`] : []),
      ...(found.inBlocks === true ? [blocksNote] : []),
    ],
  };
}

function missingIn({before, after}: Series): string | undefined {
  if (before.length === 0) return 'measured after only';
  return after.length === 0 ? 'measured before only' : undefined;
}

function unusableIn(points: readonly Point[]): string | undefined {
  const endless = points.filter(({censored}) => censored).length;
  if (endless > 0)
    return (
      `${plural(endless, 'trial')} gave a lower bound only: ` +
      'what never ended, or is beyond what the tool can measure, has no ratio'
    );
  const short = points.find(point => point.short !== undefined);
  if (short !== undefined) return `${short.trial} ${short.short}`;
  return points.every(({value}) => Number.isFinite(value)) ? undefined : 'a value is not a finite number';
}
