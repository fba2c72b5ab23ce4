/**
 * Which settings made the difference: each one added to what was found, and each one left out of all (a screening
 * design). Every contrast is in pairs, by repetition; Holm over all of them. Pure.
 */
import type {Sample} from '../../harness/types.ts';
import {type Compared, compareEach} from '../comparison/judged.ts';
import {usual} from '../comparison/measured.ts';
import type {Row} from '../comparison/model.ts';
import {trialsOf} from '../comparison/profiles.ts';
import {type Series, seriesOf} from '../comparison/series.ts';
import {metricNamed} from '../metrics.ts';

/** Settings that are added and left out as one, and the states before and after that. */
export interface Factor {
  name: string;
  settings: readonly string[];
  added: readonly [before: string, after: string];
  leftOut: readonly [before: string, after: string];
}

/** What a contrast says, or why it says nothing. `after` is with the settings, in both kinds. */
export type Step = {row: Row} | {reason: string};

export type Difference =
  | 'better'
  | 'worse'
  /** Only on top of what was found, or only on top of all others. */
  | 'better-alone'
  | 'better-with-others'
  | 'worse-alone'
  | 'worse-with-others'
  /** One way says better, the other worse. */
  | 'depends'
  | 'none'
  | 'not-told';

export interface Ranked {
  factor: Factor;
  added: Step;
  leftOut: Step;
  difference: Difference;
}

export interface RankedSeries {
  metric: string;
  labels: Readonly<Record<string, string>>;
  /** All of it against nothing of it. */
  whole: Step;
  /** What made most of a difference first, as far as the two contrasts show one. */
  factors: readonly Ranked[];
}

export interface Ranking {
  schema: 'seatrial-tune-rank/1';
  series: readonly RankedSeries[];
  /** How many p values Holm corrects for. */
  tests: number;
  confidence: number;
}

const settled = {...usual, paired: true, noise: undefined};

interface Asked {
  states: readonly [before: string, after: string];
  series: Series;
}

/** `whole`: the names of the states with none and with all of it. `metrics`: only these; all without. */
export function rank(
  samples: readonly Sample[],
  whole: readonly [before: string, after: string],
  factors: readonly Factor[],
  metrics?: readonly string[],
): Ranking {
  const contrasts = [whole, ...factors.flatMap(({added, leftOut}) => [added, leftOut])];
  const different = [...new Map(contrasts.map(states => [JSON.stringify(states), states])).values()];
  const asked = different.flatMap(states => seriesBetween(samples, states, metrics));
  const compared = compareEach(
    asked.map(({series}) => series),
    settled,
  );
  const found = new Map(asked.map(({states, series}, index) => [keyOf(series, states), compared[index]]));
  const step = (series: Series, states: readonly [string, string]) => stepOf(found.get(keyOf(series, states)));
  const once = new Map(asked.map(({series}) => [keyOf(series), series]));
  return {
    schema: 'seatrial-tune-rank/1',
    series: [...once.values()].map(series => ({
      metric: series.metric,
      labels: series.labels,
      whole: step(series, whole),
      factors: factors
        .map((factor): Ranked => {
          const [added, leftOut] = [step(series, factor.added), step(series, factor.leftOut)];
          return {factor, added, leftOut, difference: differenceOf(added, leftOut)};
        })
        .sort((a, b) => sizeOf(b) - sizeOf(a)),
    })),
    tests: compared.filter(one => 'row' in one && one.row.pHolm !== undefined).length,
    confidence: settled.confidence,
  };
}

function seriesBetween(
  samples: readonly Sample[],
  states: readonly [string, string],
  metrics: readonly string[] | undefined,
): readonly Asked[] {
  const [before, after] = states;
  return seriesOf(trialsOf(samples, before), trialsOf(samples, after), settled)
    .filter(series => {
      const metric = metricNamed(series.metric);
      return metric !== undefined && metric.partOf === undefined && (metrics?.includes(series.metric) ?? true);
    })
    .map(series => ({states, series}));
}

function keyOf({metric, labels}: Series, states: readonly string[] = []): string {
  return JSON.stringify([metric, labels, states]);
}

function stepOf(one: Compared | undefined): Step {
  if (one === undefined) return {reason: 'not measured in these states'};
  return 'row' in one ? {row: one.row} : {reason: one.aside.reason};
}

function differenceOf(added: Step, leftOut: Step): Difference {
  const verdictOf = (step: Step) => ('row' in step ? step.row.verdict : 'too-noisy');
  const [alone, withOthers] = [verdictOf(added), verdictOf(leftOut)];
  const shown = (verdict: string): verdict is 'better' | 'worse' => verdict === 'better' || verdict === 'worse';
  if (shown(alone) && shown(withOthers)) return alone === withOthers ? alone : 'depends';
  if (shown(alone)) return `${alone}-alone`;
  if (shown(withOthers)) return `${withOthers}-with-others`;
  return alone === 'too-noisy' || withOthers === 'too-noisy' ? 'not-told' : 'none';
}

/** What is shown comes before what is not; within each, the larger change. */
function sizeOf({added, leftOut, difference}: Ranked): number {
  const sizes = [added, leftOut].map(step => {
    if (!('row' in step)) return 0;
    const {scale, effect, before} = step.row;
    if (scale === 'ratio') return effect.value > 0 ? Math.abs(Math.log(effect.value)) : 0;
    return before.median === 0 ? 0 : Math.abs(effect.value / before.median);
  });
  return Math.max(...sizes) + (difference === 'none' || difference === 'not-told' ? 0 : 1e6);
}
